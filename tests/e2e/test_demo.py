"""The demo as a newcomer sees it: a real browser, a real news site, a real service behind it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.ledger import key, press, write
from tests.support import wait_until


def test_the_demo_prints_addresses_keys_and_a_command_that_works(demo):
    printed = demo.printed()
    stand = re.search(r"(\d+) approved, (\d+) waiting in the queue, (\d+) rejected, 0 there before", printed)
    approved, waiting, rejected = map(int, stand.groups())
    assert approved + waiting + rejected == 100
    assert waiting >= 15
    assert rejected >= 5
    for role in ("submit", "moderate", "admin"):
        assert demo.raw("GET", "/v1/model", key(demo, role)).status == 200
    assert demo.raw("GET", "/v1/queue/counts", key(demo, "moderate")).json()["pending"] == waiting


def test_the_first_day_has_a_campaign_reports_an_appeal_and_something_escalated(demo):
    moderator = key(demo, "moderate")
    counts = demo.raw("GET", "/v1/queue/counts", moderator).json()
    assert counts["by_reason"]["report"] >= 2
    assert counts["by_reason"]["appeal"] == counts["escalated"] == 1
    (campaign,) = demo.raw("GET", "/v1/queue/campaigns", moderator).json()["items"]
    assert campaign["size"] >= 5
    assert demo.raw("GET", "/v1/audit", key(demo, "admin")).json()["items"]


@pytest.mark.parametrize(("name", "link"), [("moderator", "Queue health"), ("editor", "People")])
def test_the_demo_prints_people_who_sign_in_to_its_console(browser, demo, name, link):
    printed = demo.printed()
    address = re.search(r"^  Moderators' console +(\S+)$", printed, re.MULTILINE)[1]
    password = re.search(rf"^  {name} +password  (\S+)$", printed, re.MULTILINE)[1]
    opened = browser.new_context().new_page()
    opened.goto(address)
    opened.get_by_label("Name").fill(name)
    opened.get_by_label("Password").fill(password)
    opened.get_by_role("button", name="Sign in").click()
    opened.wait_for_url("**/console/queue*")
    opened.locator("summary", has_text="More").click()
    assert opened.get_by_role("link", name=link).count() == 1
    opened.context.close()


def test_a_kind_comment_stands_at_once(ledger):
    write(
        ledger, "Ada Byron", "A thoughtful piece, thank you. I would have liked to read more about the custody costs."
    )
    expect(ledger.locator("#your-comment")).to_contain_text("published")
    expect(ledger.get_by_text("I would have liked to read more about the custody costs.")).to_have_count(1)


def test_an_insult_waits_for_a_moderator_says_why_and_appears_once_approved(ledger, demo):
    body = "You are a stupid, worthless idiot, Councillor, and a disgusting liar."
    write(ledger, "Cross Reader", body)
    press(ledger, "Post as it is")
    status = ledger.locator("#your-comment")
    assert re.search("wait|moderator", status.inner_text(), re.I)
    assert re.search("insult|toxic", status.inner_text(), re.I)
    moderator = key(demo, "moderate")
    claimed = demo.raw("POST", "/v1/queue/claims", moderator, {"limit": 100}).json()
    (mine,) = [item for item in claimed["items"] if item["body"] == body]
    assert mine["article"]["section"] == "markets"
    demo.raw("POST", f"/v1/comments/{mine['id']}/decision", moderator, {"action": "approve", "claim": claimed["claim"]})
    demo.raw("DELETE", f"/v1/queue/claims/{claimed['claim']}", moderator)
    ledger.reload()
    expect(ledger.get_by_text(body)).to_have_count(1)


def test_the_page_keeps_a_readers_words_while_winnow_is_away(ledger, demo):
    web = demo.part("processes.web")
    workers = web.children()
    for process in (web, *workers):
        process.suspend()
    try:
        write(ledger, "Patient Reader", "Words that took me an hour to write.")
        assert (
            ledger.get_by_label(re.compile("comment", re.I)).last.input_value()
            == "Words that took me an hour to write."
        )
        assert re.search("again", ledger.locator("main").inner_text(), re.I)
    finally:
        for process in (*workers, web):
            process.resume()
    wait_until(lambda: demo.raw("GET", "/readyz").status == 200)
    press(ledger, "Post comment")
    expect(ledger.get_by_text("took me an hour")).to_have_count(1)


def test_the_apis_documentation_opens_without_the_internet(browser, demo):
    opened = browser.new_context().new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(f"http://127.0.0.1:{demo.port}/docs/")
    opened.get_by_text("/v1/comments/batch").first.wait_for()
    assert all(url.startswith((f"http://127.0.0.1:{demo.port}/", "data:")) for url in asked)
    opened.context.close()
