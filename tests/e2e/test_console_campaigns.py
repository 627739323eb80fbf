"""A wave of spam in a real browser: looked at, tried, decided as one, met by later copies, and taken back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from service.campaigning import LARGE
from tests.support import Console

PITCHES = {
    "scripts": "Earn nine thousand a month from your sofa, my cousin did it with this one simple trick, just ask him",
    "plain": "Buy the finest wooden garden furniture at half the price this week only, we deliver it to your door at once",
    "large": "Doctors are speechless about this root from the Andes that melts the belly away while you sleep at night",
    "looks": "Our clever astrologer foretells your lucky numbers and brings your lost love back before the next full moon",
}


def copy_of(kind: str, n: int) -> str:
    name = ("Anna", "Otto", "Mia")[n % 3]
    return f"{PITCHES[kind]}. Write to {name} at https://offer-{n}.example/{n * 7}"


@pytest.fixture(scope="module")
def admin(console: Console) -> str:
    return console.service.key("admin")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window in which nothing breaks: no script's error, no refused resource."""
    context = browser.new_context()
    opened = context.new_page()
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert broken == []


def wave(console: Console, key: str, kind: str, count: int = 60) -> None:
    posts = [
        {"id": f"{kind}-{n}", "body": copy_of(kind, n), "author": {"id": f"{kind}-author-{n % 7}"}}
        for n in range(count)
    ]
    for start in range(0, count, 1000):
        answer = console.service.raw("POST", "/v1/comments/batch", key, {"comments": posts[start : start + 1000]})
        assert answer.status == 200, answer.data


def status(console: Console, key: str, comment_id: str) -> str:
    return str(console.service.raw("GET", f"/v1/comments/{comment_id}", key).json()["status"])


def open_campaign(page: Page, console: Console, kind: str) -> None:
    page.goto(f"{console.address}/console/campaigns")
    card = page.get_by_role("article").filter(has_text=PITCHES[kind])
    card.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("60 near copies")


def decided_and_taken_back(page: Page, console: Console, admin: str, kind: str) -> None:
    """The whole way, by clicks."""
    open_campaign(page, console, kind)
    expect(page.get_by_text("7 authors")).to_be_visible()
    page.get_by_label("spam", exact=True).check()
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("60 comments would be rejected as spam.")).to_be_visible()
    assert status(console, admin, f"{kind}-30") == "pending"
    page.get_by_role("button", name="Reject 60 comments").click()
    expect(page.get_by_text("60 comments rejected.")).to_be_visible()
    assert {status(console, admin, f"{kind}-{n}") for n in (0, 30, 59)} == {"rejected"}

    late = {"id": f"{kind}-late", "body": copy_of(kind, 77)}
    assert console.service.raw("POST", "/v1/comments", admin, late).json()["status"] == "rejected"
    page.goto(f"{console.address}/console/campaigns?state=decided")
    page.get_by_role("article").filter(has_text=PITCHES[kind]).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("61 near copies")
    page.get_by_role("button", name="Take the decision back").click()
    expect(page.get_by_text("The decision was taken back from 61 comments.")).to_be_visible()
    assert {status(console, admin, f"{kind}-{n}") for n in (0, 30, "late")} == {"pending"}


def test_a_wave_is_tried_decided_met_by_a_later_copy_and_taken_back(page, console, admin):
    wave(console, admin, "scripts")
    console.sign_in(page, "moderate")
    decided_and_taken_back(page, console, admin, "scripts")


def test_the_same_without_scripts(browser, console, admin):
    wave(console, admin, "plain")
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    console.sign_in(plain, "moderate")
    decided_and_taken_back(plain, console, admin, "plain")
    plain.goto(f"{console.address}/console/comments/plain-5/similar")
    expect(plain.get_by_role("heading", level=1)).to_have_text("Similar comments")
    expect(plain.get_by_text("One of 61 near copies")).to_be_visible()
    context.close()


def test_a_large_campaign_shows_how_far_its_decision_is_and_then_that_it_is_done(page, console, admin):
    wave(console, admin, "large", LARGE)
    console.sign_in(page, "moderate")
    page.goto(f"{console.address}/console/campaigns")
    page.get_by_role("article").filter(has_text=PITCHES["large"]).get_by_role("link").click()
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_role("button", name="Reject 2,000 comments").click()
    expect(page.get_by_text("2,000 comments are being rejected.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=60_000)
    expect(page.get_by_text("0 waiting, 0 approved, 2,000 rejected")).to_be_visible()
    page.get_by_role("button", name="Take the decision back").click()
    expect(page.get_by_text("2,000 waiting, 0 approved, 0 rejected")).to_be_visible(timeout=60_000)


def test_the_way_by_keyboard_alone(page, console, admin, looks):
    console.sign_in(page, "moderate", name="kay")
    page.goto(f"{console.address}/console/campaigns")
    link = page.get_by_role("article").filter(has_text=PITCHES["looks"]).get_by_role("link")
    tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("60 near copies")
    tab_to(page, page.get_by_label("Reject all"))
    tab_to(page, page.get_by_label("off topic"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="See what would happen"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Reject 60 comments"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("60 comments rejected.")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Take the decision back"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The decision was taken back from 60 comments.")).to_be_visible()


def tab_to(page: Page, wanted: Any) -> None:
    """Goes on by the tab key until something has the focus."""
    for _ in range(80):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached by the keyboard: {wanted}")


@pytest.fixture(scope="module")
def looks(console: Console, admin: str) -> str:
    """The id of a campaign of 60 to look at."""
    wave(console, admin, "looks")
    items = console.service.raw("GET", "/v1/queue/campaigns", admin).json()["items"]
    return str(next(one["id"] for one in items if PITCHES["looks"] in one["sample"]))


@pytest.fixture
def addresses(looks: str) -> list[str]:
    return [
        "/console/campaigns",
        f"/console/campaigns/{looks}",
        f"/console/campaigns/{looks}/dry-run?action=reject&labels=spam",
        "/console/comments/looks-9/similar",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, console, addresses, scheme):
    page.emulate_media(color_scheme=scheme)
    console.sign_in(page, "moderate")
    for address in addresses:
        page.goto(f"{console.address}{address}")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], address


@pytest.mark.parametrize("width", [360, 640])
def test_no_page_scrolls_sideways(page, console, addresses, width):
    console.service.raw(
        "POST", "/v1/comments", console.service.key("admin", "long"), {"id": "wide", "body": "w" * 10_000}
    )
    console.sign_in(page, "moderate")
    page.set_viewport_size({"width": width, "height": 740})
    for address in [*addresses, "/console/comments/wide/similar"]:
        page.goto(f"{console.address}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_masked_words_are_shown_by_a_key_or_a_box_which_is_there_where_some_are(page, console, admin):
    for n in range(6):
        body = f"The old village inn is run by a kike as everybody here knows, so do not eat there, number {n}"
        assert console.service.raw("POST", "/v1/comments", admin, {"id": f"masked-{n}", "body": body}).status == 201
    console.sign_in(page, "moderate")
    page.goto(f"{console.address}/console/comments/masked-3/similar")
    word, box = page.locator(".slur .word").first, page.get_by_label("Show masked words")
    expect(word).to_be_hidden()
    page.keyboard.press("m")
    expect(word).to_be_visible()
    expect(box).to_be_checked()
    box.uncheck()
    expect(word).to_be_hidden()
    page.goto(f"{console.address}/console/campaigns?state=decided")
    expect(page.get_by_label("Show masked words")).to_be_hidden()


def test_a_copys_differences_are_marked_beyond_colour_and_told_to_screen_readers(page, console, looks):
    console.sign_in(page, "moderate")
    page.goto(f"{console.address}/console/campaigns/{looks}")
    added, gone = page.locator(".copies ins").first, page.locator(".copies del").first
    assert "underline" in added.evaluate("one => getComputedStyle(one).textDecorationLine")
    assert "line-through" in gone.evaluate("one => getComputedStyle(one).textDecorationLine")
    assert re.fullmatch(r"\[only here: \S+\]", added.text_content() or "")
    assert re.fullmatch(r"\[only in the first: \S+\]", gone.text_content() or "")
