"""The demo as a newcomer sees it: a real browser, a real news site, a real service behind it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support import Service, free_port, wait_until


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`winnow demo`, once it has printed its keys."""
    data = tmp_path_factory.mktemp("demo") / "data"
    data.mkdir()
    one = Service(data, environment={"WINNOW_DEMO_BIND": f"127.0.0.1:{free_port()}"})
    one.start("demo")
    yield one
    one.stop()


@pytest.fixture
def page(browser: Browser, demo: Service) -> Iterator[Page]:
    """The article's page, in a window of its own; a script error or a blocked resource fails the test."""
    context = browser.new_context()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda request: complaints.append(request.url))
    opened.goto(f"http://{demo.environment['WINNOW_DEMO_BIND']}/")
    yield opened
    context.close()
    assert complaints == []


def key(demo: Service, role: str) -> str:
    """A key that the demo printed."""
    return re.search(rf"^  {role} +(\w{{52}})$", demo.printed(), re.MULTILINE)[1]


def write(page: Page, name: str, body: str) -> None:
    page.get_by_label(re.compile("name", re.I)).fill(name)
    page.get_by_label(re.compile("comment", re.I)).last.fill(body)
    page.get_by_role("button", name=re.compile("post", re.I)).click()


def test_the_demo_prints_addresses_keys_and_a_command_that_works(demo):
    printed = demo.printed()
    approved, waiting = map(int, re.search(r"(\d+) approved, (\d+) waiting", printed).groups())
    assert approved + waiting == 100
    assert waiting >= 15
    for role in ("submit", "moderate", "admin"):
        assert demo.raw("GET", "/v1/model", key(demo, role)).status == 200
    assert demo.raw("GET", "/v1/queue/counts", key(demo, "moderate")).json()["pending"] >= 15


def test_a_kind_comment_stands_at_once(page):
    write(page, "Ada Byron", "A thoughtful piece, thank you. I would have liked to read more about the custody costs.")
    assert page.get_by_text("custody costs").count() >= 1
    assert re.search("published|stands|approved", page.content(), re.I)


def test_an_insult_waits_for_a_moderator_says_why_and_appears_once_approved(page, demo):
    body = "You are a stupid, worthless idiot, Councillor, and a disgusting liar."
    write(page, "Cross Reader", body)
    status = page.locator("#your-comment")
    assert re.search("wait|moderator", status.inner_text(), re.I)
    assert re.search("insult|toxic", status.inner_text(), re.I)
    moderator = key(demo, "moderate")
    claimed = demo.raw("POST", "/v1/queue/claims", moderator, {"limit": 100}).json()
    (mine,) = [item for item in claimed["items"] if item["body"] == body]
    assert mine["article"]["section"] == "markets"
    demo.raw("POST", f"/v1/comments/{mine['id']}/decision", moderator, {"action": "approve", "claim": claimed["claim"]})
    demo.raw("DELETE", f"/v1/queue/claims/{claimed['claim']}", moderator)
    page.reload()
    assert page.get_by_text(body).count() >= 1


def test_hostile_words_are_shown_and_never_run(page):
    write(page, '<img src=x onerror="document.title=1">', '<script>document.title="taken"</script> is how they did it')
    assert "taken" not in page.title()
    assert page.locator('img[src="x"]').count() == 0


def test_the_page_keeps_a_readers_words_while_winnow_is_away(page, demo):
    web = demo.part("service.web")
    workers = web.children()
    for process in (web, *workers):
        process.suspend()
    try:
        write(page, "Patient Reader", "Words that took me an hour to write.")
        assert (
            page.get_by_label(re.compile("comment", re.I)).last.input_value() == "Words that took me an hour to write."
        )
        assert re.search("again", page.locator("main").inner_text(), re.I)
    finally:
        for process in (*workers, web):
            process.resume()
    wait_until(lambda: demo.raw("GET", "/readyz").status == 200)
    page.get_by_role("button", name=re.compile("post", re.I)).click()
    assert page.get_by_text("took me an hour").count() >= 1


def test_the_apis_documentation_opens_without_the_internet(browser, demo):
    opened = browser.new_context().new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(f"http://127.0.0.1:{demo.port}/docs/")
    opened.get_by_text("/v1/comments/batch").first.wait_for()
    assert all(url.startswith((f"http://127.0.0.1:{demo.port}/", "data:")) for url in asked)
    opened.context.close()
