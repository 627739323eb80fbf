"""The console's pages of comments, authors, articles, the audit log and webhooks, in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from standardwebhooks import Webhook

from tests.endpoints import always, serving
from tests.support import Console, Service, wait_until

LONG = "w" * 3000
MARKED = '<img src="https://evil.example/x.png" onerror="document.title = 1">'


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A running service that may deliver webhooks to this machine, with something of every kind."""
    data = tmp_path_factory.mktemp("records") / "data"
    data.mkdir()
    one = Console(Service(data, environment={"WINNOW_WEBHOOK_NETWORKS": "127.0.0.0/8"}).start())
    fill(one)
    yield one
    one.service.stop()


def fill(console: Console) -> None:
    key = console.service.key("admin", "ada")

    def call(method: str, path: str, json: Any) -> Any:
        answer = console.service.raw(method, path, key, json)
        assert answer.status < 300, answer.data
        return answer.json()

    bodies = ["Great read, thanks!", "You are a stupid, worthless idiot, all of you.", LONG, MARKED]
    for n, body in enumerate(bodies):
        author = {"id": f"u-{n % 2}", "name": ["Ada Byron", MARKED][n % 2]}
        article = {
            "id": "a-1",
            "title": f"Bitcoin reserve {MARKED}",
            "section": "markets",
            "url": "javascript:alert(1)",
        }
        call("POST", "/v1/comments", {"id": f"c-{n}", "body": body, "author": author, "article": article})
    call("POST", "/v1/comments/c-0/reports", {"reporter_id": "r-1", "reason": "insult"})
    call("POST", "/v1/comments/c-1/decision", {"action": "reject", "labels": ["insult"]})
    call("PUT", "/v1/authors/u-0/standing", {"standing": "watched"})
    call("PUT", "/v1/articles/a-1/mode", {"mode": "post"})
    give_up_deliveries(
        console,
        "{herald}:webhook:"
        + call("POST", "/v1/webhooks", {"url": "https://127.0.0.1:1024/" + "n" * 200, "types": ["model.published"]})[
            "id"
        ],
    )


def give_up_deliveries(console: Console, hook: str) -> None:
    """Has a webhook given up the first events, as if a day of retries had passed."""
    client = redis.Redis(unix_socket_path=str(console.service.data / "redis" / "redis.sock"), decode_responses=True)
    for event, _ in client.xrange("{herald}:events", count=3):
        ms, _, sequence = event.partition("-")
        name = f"{ms}-{int(sequence):06d}"
        client.hset(f"{hook}:state", name, f"7 {ms} - {ms} 500 -")
        client.zadd(f"{hook}:parked", {name: int(ms)})
    client.close()


@contextmanager
def visiting(console: Console, browser: Any, role: str = "admin", **options: Any) -> Iterator[Any]:
    """A page of somebody who is signed in; what breaks on it is an error."""
    context = browser.new_context(**options)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("request", lambda sent: broken.append(sent.url) if not sent.url.startswith(console.address) else None)
    console.sign_in(page, role, f"{role}-of-records")
    yield page
    context.close()
    assert broken == []


def hook_of(console: Console) -> str:
    key = console.service.key("admin", "reader")
    return console.service.raw("GET", "/v1/webhooks", key).json()["items"][0]["id"]


def addresses(console: Console) -> list[str]:
    hook = hook_of(console)
    return [
        "/console/comments", "/console/comments?from=never", "/console/authors", "/console/authors?q=a",
        "/console/authors/u-0", "/console/authors/u-1", "/console/privacy/erase/u-0", "/console/articles",
        "/console/articles/a-1", "/console/audit", "/console/audit?act=mode.set", "/console/webhooks",
        f"/console/webhooks/{hook}", f"/console/webhooks/{hook}/delete", f"/console/webhooks/{hook}/parked",
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(console, browser, scheme):
    with visiting(console, browser, color_scheme=scheme) as page:
        for address in addresses(console):
            page.goto(console.address + address)
            found = Axe().run(page).response["violations"]
            assert [(address, one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize("size", [(360, 740), (640, 512)], ids=["a phone", "1280 pixels at 200 percent"])
def test_no_page_is_wider_than_a_small_screen(console, browser, size):
    with visiting(console, browser, viewport={"width": size[0], "height": size[1]}) as page:
        for address in addresses(console):
            page.goto(console.address + address)
            assert (address, page.evaluate("document.documentElement.scrollWidth")) == (address, size[0])


def test_what_readers_wrote_is_shown_as_text_and_is_no_link(console, browser):
    with visiting(console, browser) as page:
        for address in ("/console/comments", "/console/authors/u-1", "/console/articles/a-1", "/console/authors?q=img"):
            page.goto(console.address + address)
            assert page.get_by_text("evil.example").count() > 0
            assert page.locator("main img, main a[href*='evil'], main a[href^='javascript']").count() == 0
            assert page.title() != "1"


def test_an_author_is_banned_by_keyboard_and_a_later_comment_is_rejected(console, browser):
    submit = console.service.key("submit")
    post = {"body": "Thanks", "author": {"id": "u-spam", "name": "Spam Sam"}}
    assert console.service.raw("POST", "/v1/comments", submit, post).json()["status"] == "approved"
    with visiting(console, browser, "moderate") as page:
        keys = page.keyboard

        def tab_to(which: Any) -> None:
            for _ in range(80):
                keys.press("Tab")
                if which.evaluate("one => one === document.activeElement"):
                    return
            raise AssertionError("the focus never comes there")

        tab_to(page.get_by_role("link", name="Authors"))
        keys.press("Enter")
        page.wait_for_url("**/console/authors")
        tab_to(page.get_by_label("Author's id, or a part of the name"))
        keys.type("spam")
        keys.press("Enter")
        page.wait_for_url("**/console/authors?q=spam")
        tab_to(page.get_by_role("link", name="u-spam"))
        keys.press("Enter")
        page.wait_for_url("**/console/authors/u-spam")
        tab_to(page.get_by_role("radio", name="normal"))
        for _ in range(3):
            keys.press("ArrowDown")
        assert page.get_by_role("radio", name="banned").is_checked()
        tab_to(page.get_by_label("For how long"))
        keys.type("1 w")
        tab_to(page.get_by_role("button", name="Set"))
        keys.press("Enter")
        page.get_by_role("status").get_by_text("The standing is banned now.").wait_for()
        expect(page.get_by_text("set by moderate-of-records")).to_have_count(1)
    again = console.service.raw("POST", "/v1/comments", submit, post | {"body": "Thanks again"}).json()
    assert (again["status"], again["reasons"][0]["code"]) == ("rejected", "author")


def test_a_webhook_is_made_and_delivers_and_what_it_gave_up_is_sent_again(console, browser):
    submit = console.service.key("submit")
    with serving() as endpoint, visiting(console, browser) as page:
        page.goto(f"{console.address}/console/webhooks")
        page.get_by_label("Address").fill(endpoint.url)
        page.get_by_label("those that are ticked").check()
        page.get_by_role("button", name="Make it").click()
        assert page.get_by_role("alert").inner_text().endswith("Tick at least one event.")
        assert page.get_by_label("Address").input_value() == endpoint.url
        page.get_by_label("a comment was approved").check()
        page.get_by_role("button", name="Make it").click()
        secret = page.get_by_label("Secret").input_value()
        assert secret not in page.url
        console.service.raw("POST", "/v1/comments", submit, {"id": "c-pushed", "body": "Thanks"})
        wait_until(lambda: ("comment.approved", "c-pushed") in endpoint.told())
        got = endpoint.got[0]
        assert Webhook(secret).verify(got.body, got.headers) == got.json
        page.get_by_role("link", name="I have it").click()
        wait_until(lambda: page.reload() and page.get_by_text("delivers", exact=True).count())
        assert "whsec_" not in page.content()
        endpoint.answer = always(410)
        console.service.raw("POST", "/v1/comments", submit, {"id": "c-refused", "body": "Thanks"})
        wait_until(lambda: page.reload() and page.get_by_text("stopped: the server said 410 Gone").count())
        endpoint.answer = always(204)
        page.get_by_role("button", name="Start").click()
        wait_until(lambda: endpoint.told().count(("comment.approved", "c-refused")) == 2)
        page.get_by_role("link", name="Delete …").click()
        page.get_by_role("button", name="Delete for good").click()
        page.get_by_role("status").get_by_text("The webhook was deleted.").wait_for()
        page.wait_for_load_state()
        expect(page.get_by_text(endpoint.url)).to_have_count(0)


def test_parked_deliveries_are_ticked_and_sent_again(console, browser):
    with visiting(console, browser, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{console.address}/console/webhooks/{hook_of(console)}/parked")
        page.get_by_role("button", name="Send the ticked again").click()
        assert "Tick at least one delivery." in page.get_by_role("alert").inner_text()
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Send the ticked again").click()
        page.get_by_role("status").get_by_text("1 delivery is tried again.").wait_for()
        expect(page.get_by_role("link", name="2 given up")).to_have_count(1)


def test_everything_works_without_javascript(console, browser):
    submit = console.service.key("submit")
    post = {"id": "c-plain", "body": "Plain words", "author": {"id": "u-plain"}, "article": {"id": "a-plain"}}
    console.service.raw("POST", "/v1/comments", submit, post)
    with visiting(console, browser, java_script_enabled=False) as page:
        page.goto(f"{console.address}/console/comments")
        page.get_by_text("More filters").click()
        page.get_by_label("Author's id").fill("u-plain")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_text("Plain words")).to_have_count(1)
        page.get_by_role("link", name="a-plain").click()
        page.get_by_role("radio", name="closed").check()
        page.get_by_role("button", name="Set").click()
        assert "The article's mode is: closed." in page.get_by_role("status").inner_text()
        page.goto(f"{console.address}/console/authors/u-plain")
        with page.expect_download() as download:
            page.get_by_role("link", name="Export all that is held").click()
        assert download.value.suggested_filename == "author.json"
        page.get_by_role("link", name="Erase the author").click()
        page.get_by_role("button", name="Erase for good").click()
        assert "The author was erased." in page.get_by_role("status").inner_text()
        page.goto(f"{console.address}/console/audit?act=author.erased")
        assert page.get_by_text("erased an author").count() > 0


def test_a_moderator_has_no_way_to_an_admins_pages(console, browser):
    with visiting(console, browser, "moderate") as page:
        assert page.locator("header").get_by_role("link", name="Audit log").count() == 0
        for address in ("/console/audit", "/console/webhooks", "/console/privacy/erase/u-0"):
            page.goto(console.address + address)
            assert page.get_by_role("heading", level=1).inner_text() == "This is not open to you"
