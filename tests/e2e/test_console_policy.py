"""The policy editor, as an editor-in-chief meets it in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import Console, wait_until


@pytest.fixture(scope="module")
def call(console: Console) -> Any:
    """The site's API, with an admin's key."""
    key = console.service.key("admin", "editor")

    def ask(method: str, path: str, json: Any = None) -> Any:
        answer = console.service.raw(method, path, key, json)
        return orjson.loads(answer.data) if answer.data else None

    return ask


@contextmanager
def visiting(console: Console, browser: Any, **more: Any) -> Iterator[Any]:
    """A page of an administrator who is signed in; what breaks on it breaks the test."""
    context = browser.new_context(**more)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    console.sign_in(page, "admin", "ada")
    yield page
    context.close()
    assert broken == []


@pytest.fixture(autouse=True)
def begun(call: Any) -> None:
    """Each test begins with the same policy, one comment a rule, and no shadow."""
    policy = call("GET", "/v1/policy")
    fresh = {
        "thresholds": {"toxicity": {"hold": 0.9, "reject": None}},
        "mode": "post",
        "words": {"block": [], "suspect": ["casino bonus"]},
        "patterns": [{"name": "years", "pattern": r"\b19\d\d\b", "verdict": "hold"}],
        "sections": {"Politics": {"mode": "pre"}},
        "near_copies": {"hold": None, "seconds": 86400},
        "audit_share": 0,
        "perspective": {},
    }
    call("PUT", "/v1/policy", policy | fresh)
    call("DELETE", "/v1/policy/shadow")
    for n, body in enumerate(("You are an idiot", "My gnomes <b>stand</b> in the garden", "In 1999 the bridge fell")):
        call("POST", "/v1/comments", {"id": f"c-{n}", "body": body})


def threshold(page):
    return page.get_by_role("group", name="Toxicity", exact=True).get_by_label("Hold from")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_threshold_is_changed_previewed_and_saved(console, call, browser, scripts):
    with visiting(console, browser, java_script_enabled=scripts) as page:
        page.goto(f"{console.address}/console/policy")
        threshold(page).fill("0,5")
        page.get_by_label("Suspect words").fill("casino bonus\ngnomes")
        page.get_by_role("button", name="Preview", exact=True).click()
        page.get_by_role("link", name="c-1").wait_for()
        expect(page.get_by_text("Looking at the last")).to_be_hidden()
        expect(page.get_by_text("My gnomes <b>stand</b> in the garden")).to_be_visible()
        assert call("GET", "/v1/policy")["thresholds"]["toxicity"]["hold"] == 0.9
        page.get_by_role("button", name="Save").click()
        page.get_by_text("is in force.", exact=False).wait_for()
        saved = call("GET", "/v1/policy")
        assert saved["thresholds"]["toxicity"]["hold"] == 0.5
        assert saved["words"]["suspect"] == ["casino bonus", "gnomes"]
        assert saved["patterns"] == [{"name": "years", "pattern": r"\b19\d\d\b", "verdict": "hold"}]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_mistakes_are_linked_to_their_fields_and_mended(console, call, browser, scripts):
    with visiting(console, browser, java_script_enabled=scripts) as page:
        page.goto(f"{console.address}/console/policy")
        threshold(page).fill("much")
        page.get_by_label("Blocked domains").fill("www.example.org")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Nothing was saved.").wait_for()
        if scripts:
            expect(page.locator("#wrongs")).to_be_focused()
        page.get_by_role("link", name="Links: Blocked domains").click()
        expect(page.get_by_label("Blocked domains")).to_be_focused()
        page.get_by_label("Blocked domains").fill("example.org")
        assert threshold(page).input_value() == "much"
        threshold(page).fill("0.7")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("is in force.", exact=False).wait_for()
        assert call("GET", "/v1/policy")["links"]["block"] == ["example.org"]


def test_a_preview_is_asked_for_by_the_keyboard_alone_and_nothing_hides_the_focus(console, browser):
    with visiting(console, browser, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{console.address}/console/policy")
        met = []
        while "Discard" not in met:
            page.keyboard.press("Tab")
            met.append(
                page.evaluate("""() => {
                    const on = document.activeElement;
                    const box = on.getBoundingClientRect();
                    const over = document.elementFromPoint(box.x + Math.min(box.width, 20) / 2, box.y + box.height / 2);
                    if (over !== on && !on.contains(over)) return "hidden: " + on.outerHTML.slice(0, 200);
                    return on.id || on.textContent.trim();
                }""")
            )
            assert len(met) < 200
        hidden = [one for one in met if one.startswith("hidden")]
        assert hidden == []
        assert met.index("thresholds.toxicity.hold") < met.index("sections") < met.index("Preview") < met.index("Save")
        threshold(page).focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("0.4")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Preview of a draft").wait_for()
        page.get_by_role("button", name="Go on editing").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Policy", exact=True).wait_for()
        assert threshold(page).input_value() == "0.4"


def test_a_shadow_runs_from_the_preview_and_is_adopted(console, call, browser):
    with visiting(console, browser) as page:
        page.goto(f"{console.address}/console/policy")
        page.get_by_label("Suspect words").fill("gnomes")
        page.get_by_role("button", name="Preview", exact=True).click()
        page.get_by_role("button", name="Run as a shadow").click()
        page.get_by_role("heading", name="Shadow", exact=True).wait_for()
        posted = iter(range(1000))

        def counted():
            call("POST", "/v1/comments", {"body": f"Gnomes and gnomes, the {next(posted)}. time"})
            return call("GET", "/v1/policy/shadow")["looked_at"] > 0

        wait_until(counted)
        page.get_by_role("link", name="Look again").click()
        page.get_by_text("would have been treated in another way").wait_for()
        page.get_by_text("Adopt it …").click()
        page.get_by_role("button", name="Adopt it", exact=True).click()
        page.get_by_text("Adopted: version").wait_for()
        assert call("GET", "/v1/policy")["words"]["suspect"] == ["gnomes"]


def test_what_a_colleague_saved_meanwhile_is_shown_and_kept(console, call, browser):
    with visiting(console, browser) as page:
        page.goto(f"{console.address}/console/policy")
        threshold(page).fill("0.3")
        call("PUT", "/v1/policy", call("GET", "/v1/policy") | {"audit_share": 0.25})
        page.get_by_role("button", name="Save").click()
        page.get_by_text("editor saved version").wait_for()
        assert threshold(page).input_value() == "0.3"
        page.get_by_role("button", name="Save").click()
        page.get_by_text("is in force.", exact=False).wait_for()
        saved = call("GET", "/v1/policy")
        assert (saved["audit_share"], saved["thresholds"]["toxicity"]["hold"]) == (0.25, 0.3)


def test_an_earlier_version_is_put_back_after_a_look_at_what_changes(console, call, browser):
    number = call("GET", "/v1/policy")["version"]
    call("PUT", "/v1/policy", call("GET", "/v1/policy") | {"mode": "pre"})
    with visiting(console, browser) as page:
        page.goto(f"{console.address}/console/policy/versions")
        page.get_by_role("link", name=f"Version {number}", exact=True).click()
        page.get_by_role("heading", name="If it came back").wait_for()
        page.get_by_role("button", name=f"Put version {number} in force again").click()
        page.get_by_text(f"Version {number} is back").wait_for()
        assert call("GET", "/v1/policy")["mode"] == "post"


def test_a_draft_is_not_lost_by_a_slip(console, browser):
    with visiting(console, browser) as page:
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.goto(f"{console.address}/console/policy")
        page.get_by_role("link", name="Versions").click()
        page.get_by_role("heading", name="Versions of the policy").wait_for()
        page.go_back()
        threshold(page).fill("0.3")
        assert page.get_by_text("Not saved yet").is_visible()
        page.get_by_role("link", name="Versions").click(no_wait_after=True)
        wait_until(lambda: page.evaluate("1") and asked == ["beforeunload"])
        assert threshold(page).input_value() == "0.3"
        page.get_by_role("button", name="Preview", exact=True).click()
        page.get_by_role("heading", name="Preview of a draft").wait_for()
        assert asked == ["beforeunload"]


def each_page(console: Console, call: Any, page: Any) -> Iterator[str]:
    """Brings one page after the other into the browser, in every state that looks otherwise, and says which."""
    number = call("GET", "/v1/policy")["version"]
    for path in ("", "/json", "/versions", f"/versions/{number}", "/versions/1", "/shadow"):
        page.goto(f"{console.address}/console/policy{path}")
        yield path
    page.goto(f"{console.address}/console/policy")
    threshold(page).fill("much")
    page.get_by_label("Expression").nth(1).fill("(")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Nothing was saved.").wait_for()
    yield "mistakes"
    threshold(page).fill("0.1")
    page.get_by_label("Expression").nth(1).fill("")
    page.get_by_label("Suspect words").fill("gnomes\n" + "x" * 190)
    page.get_by_role("button", name="Preview", exact=True).click()
    page.get_by_role("button", name="Run as a shadow").wait_for()
    yield "preview"
    page.get_by_role("button", name="Run as a shadow").click()
    page.get_by_role("heading", name="Shadow", exact=True).wait_for()
    page.get_by_text("Adopt it …").click()
    yield "a shadow that runs"
    page.goto(f"{console.address}/console/policy")
    threshold(page).fill("0.2")
    call("PUT", "/v1/policy", call("GET", "/v1/policy") | {"audit_share": 0.5})
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Nothing was saved yet:").wait_for()
    yield "too late"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(console, call, browser, scheme):
    with visiting(console, browser, color_scheme=scheme) as page:
        for name in each_page(console, call, page):
            page.wait_for_load_state()
            found = Axe().run(page).response["violations"]
            assert [(name, one["id"], one["nodes"][0]["html"][:300]) for one in found] == []


@pytest.mark.parametrize("size", [(360, 740), (640, 512)], ids=["a phone", "1280 pixels at 200 percent"])
def test_no_page_is_wider_than_a_small_screen(console, call, browser, size):
    with visiting(console, browser, viewport={"width": size[0], "height": size[1]}) as page:
        for name in each_page(console, call, page):
            page.wait_for_load_state()
            assert (name, page.evaluate("document.documentElement.scrollWidth")) == (name, size[0])


def test_a_map_of_perspectives_scores_is_cleared_by_its_box_and_the_others_stay(call, console, browser):
    maps = {"TOXICITY": [[0, 0], [0.8, 0.077], [1, 1]], "INSULT": [[0, 0], [0.5, 0.25], [1, 1]]}
    call("PUT", "/v1/policy", call("GET", "/v1/policy") | {"perspective": maps})
    with visiting(console, browser) as page:
        page.goto(f"{console.address}/console/policy")
        assert page.get_by_role("row", name="TOXICITY").first.inner_text().split() == [
            "TOXICITY",
            "toxicity",
            "3",
            "0.077",
        ]
        page.get_by_label("Keep the map of INSULT").uncheck()
        assert page.get_by_text("Not saved yet").is_visible()
        page.get_by_role("button", name="Preview", exact=True).first.click()
        page.get_by_text("INSULT: 3 pairs, 0.8 there is 0.7 here").wait_for()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("is in force.", exact=False).wait_for()
    assert call("GET", "/v1/policy")["perspective"] == {"TOXICITY": maps["TOXICITY"]}
