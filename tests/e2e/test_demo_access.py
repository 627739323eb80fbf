"""The demo's page for everybody: axe-core, a phone, a page twice as large, dark, and words that mean harm."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.ledger import address, bars, decide, opened, own, press, write

HARSH = "You are a stupid, worthless idiot, and your boat leaks."
WINDOWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone in the dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "twice as large": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}
HOSTILE = [
    '<script>document.title="taken"</script> is how they did it',
    '<img src=x onerror="document.title=1">',
    "</textarea><svg onload=alert(1)>",
    "javascript:alert(1) {{ 7 * 7 }}",
    "\u202egnp.evil\u2066 from right to left",
    "z" + "\u0301" * 400,
    "w" * 9_990,
]


def states(page, demo):
    """Every state of the page, by name, one after the other."""
    yield "plain"
    page.goto(f"{address(demo)}/?reply=demo-005#answer")
    yield "reply"
    write(page, "Cross Reader", HARSH, "Post reply")
    yield "nudge"
    press(page, "Post as it is")
    yield "pending"
    decide(demo, own(page), "reject")
    page.reload()
    page.get_by_text("The statement of reasons in full").click()
    yield "rejected"
    page.get_by_label("Why should your comment stand?").fill("The boat does leak.")
    press(page, "Send appeal")
    yield "appealed"
    decide(demo, own(page), "reject", "admin")
    page.reload()
    yield "upheld"
    page.goto(f"{address(demo)}/")
    write(page, "", "")
    yield "error"
    page.goto(f"{address(demo)}/?report=demo-083#answer")
    yield "report"
    press(page, "Send report")
    yield "report without a reason"
    page.get_by_label("It is hateful").check()
    press(page, "Send report")
    yield "thanks"
    page.goto(f"{address(demo)}/?comment=ledger-{'0' * 32}")
    yield "lost"
    page.goto(f"{address(demo)}/?reply=demo-404#answer")
    yield "nobody to answer"


@pytest.mark.parametrize("window", WINDOWS)
def test_nothing_on_any_state_of_the_page_bars_a_reader(browser, demo, window):
    with opened(browser, demo, **WINDOWS[window]) as page:
        assert {state: found for state in states(page, demo) if (found := bars(page, whole=state == "plain"))} == {}


def test_a_link_to_something_that_went_leads_to_the_line_that_says_so(ledger, demo):
    for what in ("reply", "report"):
        ledger.goto(f"{address(demo)}/?{what}=demo-404#answer")
        expect(ledger.locator("#answer")).to_contain_text("no longer here")
        expect(ledger.locator("#answer")).to_be_focused()


def test_the_page_needs_no_script(browser, demo):
    with opened(browser, demo, java_script_enabled=False) as page:
        page.locator("#comment-demo-005").get_by_role("link", name="Reply to Idris Callow").click()
        write(page, "Plain Reader", HARSH, "Post reply")
        press(page, "Post as it is")
        expect(page.locator("#your-comment")).to_contain_text("waits for a moderator")


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: text[:12].encode("ascii", "replace").decode())
def test_hostile_words_are_shown_and_never_run(ledger, hostile):
    write(ledger, hostile[:60], f"fool {hostile}")
    if ledger.get_by_role("button", name="Post as it is").count():
        assert bars(ledger) == []
        press(ledger, "Post as it is")
    expect(ledger.locator("#your-comment")).to_have_count(1)
    assert re.search("Harbour Ledger$", ledger.title())
    expect(ledger.locator('img[src="x"], svg, script')).to_have_count(0)
    assert bars(ledger) == []


def test_a_name_that_turns_the_line_around_turns_nothing_but_itself(ledger, demo):
    write(ledger, "\u202eredaeR dednuoS", "The council might as well publish the quotation of the custodian.")
    ledger.goto(f"{address(demo)}/?reply={own(ledger)}#answer")
    mine = ledger.locator("article:has(h4:has-text('redaeR'))").last
    heading, time = mine.locator("h4").bounding_box(), mine.locator("time").bounding_box()
    assert heading["x"] < time["x"]
    reply = ledger.locator("#box-heading")
    words = reply.evaluate(
        """heading => { const range = document.createRange(); range.setStart(heading.firstChild, 0);
        range.setEnd(heading.firstChild, 5); return range.getBoundingClientRect().left }"""
    )
    assert abs(words - reply.bounding_box()["x"]) < 1
