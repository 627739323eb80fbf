"""The queue as moderators work in it: a real Chromium, keys, broken connections, no scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import Console, unlike_all_before, wait_until


@pytest.fixture(scope="module")
def api(console: Console) -> Any:
    """Calls the site's API, which holds every comment: `api("GET", "/v1/policy")`."""
    key = console.service.key("admin", "root")

    def call(method: str, path: str, json: Any = None) -> Any:
        return console.service.raw(method, path, key, json).json()

    call("PUT", "/v1/policy", {**call("GET", "/v1/policy"), "mode": "pre"})
    return call


@dataclass
class Seat:
    """A moderator at the queue of a section of their own, with what waits there, oldest first."""

    page: Page
    console: Console
    api: Any
    section: str
    ids: list[str]

    def fill(self, number: int, **more: Any) -> list[str]:
        """Posts comments to this section."""
        made = []
        for n in range(number):
            text = unlike_all_before(crc32(f"{self.section} {len(self.ids)} {n}".encode()))
            comment = {
                "body": text,
                "article": {"section": self.section},
                "author": {"id": f"u-{n}", "name": f"Reader {n}"},
            }
            made.append(self.api("POST", "/v1/comments", {**comment, **more})["id"])
        self.ids += made
        return made

    def move(self) -> None:
        """To a section where nothing waits."""
        self.section, self.ids = f"{self.section}-2", []

    def sit_down(self, page: Page | None = None) -> None:
        (page or self.page).goto(f"{self.console.address}/console/queue?order=oldest&section={self.section}")

    def now(self, page: Page | None = None) -> str | None:
        return (page or self.page).evaluate("now && now.dataset.id")

    def settle(self) -> None:
        """Waits until the comment in view takes decisions."""
        wait_until(lambda: self.page.evaluate("settled()"))

    def press(self, key: str) -> None:
        """Presses a key, and waits until another comment, or none, is in view."""
        before = self.now()
        self.settle()
        self.page.keyboard.press(key)
        wait_until(lambda: self.now() != before)

    def sent(self, page: Page | None = None) -> None:
        wait_until(lambda: (page or self.page).evaluate("outbox.entries.length === 0 && !outbox.sending"))

    def status(self, comment_id: str) -> str:
        return self.api("GET", f"/v1/comments/{comment_id}")["status"]

    def last(self, comment_id: str) -> dict[str, Any]:
        """The newest entry of a comment's history."""
        return self.api("GET", f"/v1/comments/{comment_id}")["history"][-1]


@pytest.fixture
def seat(browser: Browser, console: Console, api: Any, request: pytest.FixtureRequest) -> Iterator[Seat]:
    """Ada, signed in, with fifteen comments; a script's error fails the test."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    console.sign_in(page, name="ada")
    one = Seat(page, console, api, request.node.name.removeprefix("test_")[:60], [])
    one.fill(15)
    yield one
    context.close()
    assert errors == []


def test_each_verb_is_one_key(seat):
    seat.sit_down()
    assert seat.now() == seat.ids[0]
    for key in ("a", "r", "3", "e"):
        seat.press(key)
    seat.sent()
    stands = [seat.api("GET", f"/v1/comments/{one}") for one in seat.ids[:4]]
    assert [one["status"] for one in stands] == ["approved", "rejected", "rejected", "pending"]
    assert stands[2]["history"][-1]["labels"] == ["obscene"]
    assert stands[3]["history"][-1]["action"] == "escalate"
    seat.press("s")
    assert seat.now() == seat.ids[5]
    seat.page.keyboard.press("n")
    seat.page.keyboard.type("A note by keyboard; a, r and e are letters here.")
    seat.page.keyboard.press("Control+Enter")
    expect(seat.page.locator("#said")).to_have_text("Noted.")
    seat.sent()
    assert seat.api("GET", f"/v1/comments/{seat.ids[5]}/notes")["items"][0]["text"].startswith("A note by keyboard")
    assert seat.now() == seat.ids[5]


def test_undo_brings_back_what_was_decided_and_what_was_skipped(seat):
    seat.sit_down()
    seat.press("r")
    seat.sent()
    assert seat.status(seat.ids[0]) == "rejected"
    seat.press("u")
    assert seat.now() == seat.ids[0]
    seat.sent()
    assert seat.status(seat.ids[0]) == "pending"
    seat.press("s")
    seat.press("u")
    assert seat.now() == seat.ids[0]
    seat.press("a")
    seat.sent()
    assert seat.status(seat.ids[0]) == "approved"


def test_a_key_that_is_held_or_pressed_twice_decides_one_comment(seat):
    seat.sit_down()
    seat.settle()
    for _ in range(2):
        seat.page.keyboard.down("a")
        seat.page.keyboard.down("a")
    seat.page.keyboard.up("a")
    assert seat.now() == seat.ids[1]
    seat.sent()
    assert [seat.status(one) for one in seat.ids[:3]] == ["approved", "pending", "pending"]


def test_the_next_comment_is_there_without_asking_the_server(seat):
    seat.sit_down()
    seat.page.context.set_offline(True)
    for at in range(1, 10):
        seat.press("a")
        if at < 9:
            assert seat.now() == seat.ids[at]
    seat.page.context.set_offline(False)


def test_more_comments_come_before_these_are_used_up(seat):
    seat.sit_down()
    for at in range(15):
        assert seat.now() == seat.ids[at]
        seat.press("a")
    expect(seat.page.get_by_role("heading", name="Nothing waits here")).to_be_visible()
    seat.sent()
    assert {seat.status(one) for one in seat.ids} == {"approved"}
    (late,) = seat.fill(1, body="One that comes in while nobody has anything to do.")
    wait_until(lambda: seat.now() == late)


def test_decisions_on_a_broken_connection_are_kept_shown_and_sent_later(seat):
    seat.sit_down()
    seat.page.context.set_offline(True)
    for key in ("a", "r", "a"):
        seat.press(key)
    expect(seat.page.locator("#outbox")).to_contain_text("3 actions wait here and will not be lost")
    kept = seat.page.evaluate("JSON.stringify(localStorage)")
    assert seat.ids[0] in kept
    assert "Reader" not in kept
    assert [seat.status(one) for one in seat.ids[:3]] == ["pending"] * 3
    seat.page.context.set_offline(False)
    expect(seat.page.locator("#outbox")).to_be_hidden()
    seat.sent()
    assert [seat.status(one) for one in seat.ids[:3]] == ["approved", "rejected", "approved"]


def test_decisions_outlive_the_page_that_made_them(seat):
    seat.sit_down()
    seat.page.context.set_offline(True)
    seat.press("r")
    seat.page.close()
    seat.page.context.set_offline(False)
    again = seat.page.context.new_page()
    seat.sit_down(again)
    assert seat.now(again) == seat.ids[1]
    seat.sent(again)
    assert seat.status(seat.ids[0]) == "rejected"


def test_decisions_wait_for_a_new_sign_in_and_for_the_same_person(seat):
    seat.sit_down()
    other = seat.page.context.new_page()
    other.goto(f"{seat.console.address}/console/queue?section=none")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in")
    seat.press("r")
    expect(seat.page.locator("#outbox")).to_contain_text("You are signed out")
    seat.console.sign_in(other, name="bob")
    seat.sit_down(other)
    assert seat.now(other) == seat.ids[0]
    assert other.evaluate("outbox.entries.length") == 0
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in")
    seat.console.sign_in(other, name="ada")
    seat.sent(other)
    assert seat.status(seat.ids[0]) == "rejected"
    assert seat.api("GET", f"/v1/comments/{seat.ids[0]}")["history"][-1]["by"] == "ada"


def test_who_comes_second_is_told_and_goes_on(seat):
    seat.sit_down()
    (first, second, *_) = seat.ids
    bob, path = seat.console.service.key("moderate", "bob"), f"/v1/comments/{first}/decision"
    assert seat.console.service.raw("POST", path, bob, {"action": "reject"}).json()["claimed_by"] == "ada"
    seat.page.evaluate("ask(data.leave, [])")
    assert seat.console.service.raw("POST", path, bob, {"action": "reject"}).status == 200
    seat.press("a")
    expect(seat.page.locator("#came-back")).to_contain_text("bob decided first: rejected. That stands.")
    assert (seat.now(), seat.status(first)) == (second, "rejected")
    seat.page.get_by_role("button", name="Understood").click()
    expect(seat.page.locator("#came-back")).to_be_hidden()


def test_the_sheet_of_keys_opens_and_single_keys_can_be_switched_off(seat):
    seat.sit_down()
    seat.settle()
    seat.page.keyboard.press("?")
    expect(seat.page.get_by_role("dialog")).to_contain_text("skip: leave it for others")
    seat.page.keyboard.press("a")
    seat.page.get_by_role("switch").uncheck()
    seat.page.keyboard.press("Escape")
    seat.page.keyboard.press("a")
    assert seat.now() == seat.ids[0]
    seat.page.reload()
    seat.settle()
    seat.page.keyboard.press("a")
    assert seat.now() == seat.ids[0]
    seat.page.get_by_role("button", name="Approve").click()
    wait_until(lambda: seat.now() == seat.ids[1])


def test_focus_goes_to_the_next_comment_and_its_beginning_is_read(seat):
    seat.sit_down()
    seat.press("a")
    assert seat.page.evaluate("document.activeElement.id") == f"h-{seat.ids[1]}"
    assert seat.page.locator("#said").get_attribute("role") == "status"
    assert seat.page.locator("#said").inner_text() == "Approved."


def test_a_severe_text_is_closed_until_asked_for(seat):
    seat.move()
    seat.fill(1, body="I will find you and kill you, you worthless scum.")
    seat.sit_down()
    text = seat.page.locator(".card.now .words .reader")
    expect(text).to_be_hidden()
    seat.page.keyboard.press("v")
    expect(text).to_be_visible()
    assert "kill" in text.inner_text()
    seat.page.keyboard.press("v")
    expect(text).to_be_hidden()


def test_too_many_severe_comments_in_a_row_bring_a_milder_one_then_a_pause(seat):
    seat.move()
    policy = seat.api("GET", "/v1/policy")
    seat.api("PUT", "/v1/policy", {**policy, "wellbeing": {**policy["wellbeing"], "severe_in_a_row": 2}})
    threats = [
        seat.fill(1, body=f"I will find you and kill you, number {n} {unlike_all_before(n)}")[0] for n in range(5)
    ]
    mild = seat.fill(1, body="A mild remark about the weather in the harbour.")
    seat.sit_down()
    order = [seat.now()]
    for _ in range(3):
        seat.press("r")
        order.append(seat.now())
    assert order == [*threats[:2], *mild, threats[2]]
    seat.press("r")
    assert seat.now() == threats[3]
    seat.press("r")
    expect(seat.page.get_by_role("heading", name="A moment, if you like")).to_be_focused()
    seat.page.get_by_role("button", name="Go on").click()
    assert seat.now() == threats[4]


def test_a_break_is_offered_and_gives_back_what_was_held(seat):
    seat.sit_down()
    seat.page.evaluate("care.began = Date.now() - 61 * 60000")
    seat.settle()
    seat.page.keyboard.press("a")
    expect(seat.page.get_by_role("heading", name="Time for a break")).to_be_focused()
    seat.page.get_by_role("button", name="Leave the queue to others and rest").click()
    expect(seat.page.get_by_role("heading", name="See you later")).to_be_visible()
    left = seat.api("GET", f"/v1/queue?section={seat.section}&limit=100")["items"]
    assert [one["claimed_by"] for one in left] == [None] * 14
    seat.page.get_by_role("button", name="I am back").click()
    wait_until(lambda: seat.now() == seat.ids[1])


def test_without_scripts_the_same_forms_decide(seat, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    seat.console.sign_in(page, name="carl")
    seat.sit_down(page)
    card = page.locator("article.card:visible")
    expect(card).to_have_count(1)
    for verb, said, stands in (
        ("Approve", "Approved.", "approved"),
        ("Reject", "Rejected", "rejected"),
        ("Escalate", "Escalated to an admin.", "pending"),
    ):
        comment_id = card.get_attribute("data-id")
        card.get_by_role("button", name=verb).click()
        expect(page.locator("p.told:visible")).to_contain_text(said)
        assert seat.status(comment_id) == stands
    page.get_by_role("button", name="Undo the last one").click()
    assert card.get_attribute("data-id") == comment_id
    card.get_by_role("button", name="Skip").click()
    assert card.get_attribute("data-id") != comment_id
    context.close()


def test_two_tabs_keep_each_others_decisions_and_what_one_took_back_the_other_does_not_send(seat):
    seat.sit_down()
    context, first = seat.page.context, seat.page
    seat.sit_down(second := context.new_page())
    context.set_offline(True)
    seat.press("r")
    seat.page = second
    seat.press("a")
    seat.press("a")
    assert first.evaluate("Object.keys(localStorage).filter((key) => key.startsWith(outbox.name)).length") == 3
    third = context.new_page()
    first.evaluate("undo()")
    context.set_offline(False)
    seat.sit_down(third)
    seat.page = first
    for page in (first, second, third):
        seat.sent(page)
    assert {seat.status(one) for one in seat.ids[:2]} == {"approved"}
    assert first.evaluate("Object.keys(localStorage).filter((key) => key.startsWith(outbox.name)).length") == 0


def test_slurs_are_masked_until_one_key_shows_them(seat):
    seat.move()
    seat.fill(1, body="He called me a gyppo on the tram.")
    seat.sit_down()
    word, mask = seat.page.locator(".card.now .slur .word"), seat.page.locator(".card.now .slur .mask")
    expect(mask).to_be_visible()
    expect(word).to_be_hidden()
    seat.page.keyboard.press("m")
    expect(word).to_have_text("gyppo")
    expect(word).to_be_visible()
    seat.page.keyboard.press("m")
    expect(word).to_be_hidden()
