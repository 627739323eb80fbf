"""The demo's news site in a browser, for its tests: opening it, its keys, its box, and looking for what bars a reader."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.support import Service

GONE_ON = "net::ERR_ABORTED"
"""What becomes of an icon that is still on its way when the reader goes on to another page."""

THREADS_LIKE_OTHERS = ".comments__list > li:nth-child(n+6):not(:has(.box, .notice))"


def address(demo: Service) -> str:
    return f"http://{demo.environment['WINNOW_DEMO_BIND']}"


@contextlib.contextmanager
def opened(browser: Browser, demo: Service, **how: Any) -> Iterator[Page]:
    """The article in a window of its own. All that the browser asks for comes from the site, and nothing fails."""
    context = browser.new_context(**how)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "requestfailed", lambda asked: asked.failure == GONE_ON or complaints.append(f"{asked.url} {asked.failure}")
    )
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda asked: asked.url.startswith(address(demo)) or complaints.append(asked.url))
    page.goto(f"{address(demo)}/")
    yield page
    context.close()
    assert complaints == []


def key(demo: Service, role: str) -> str:
    """A key that the demo printed."""
    return re.search(rf"^  {role} +(\w{{52}})$", demo.printed(), re.MULTILINE)[1]


def write(page: Page, name: str, body: str, button: str = "Post comment") -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your comment").fill(body)
    press(page, button)


def press(page: Page, button: str) -> None:
    """Presses a button that sends a form, and waits for the page that answers."""
    page.get_by_role("button", name=button).click()
    page.wait_for_load_state()


def own(page: Page) -> str:
    """The id of the comment whose receipt is shown."""
    page.wait_for_url("**/*comment=*")
    return re.search(r"[?&]comment=([\w-]+)", page.url)[1]


def decide(demo: Service, comment_id: str, action: str, role: str = "moderate") -> None:
    answer = demo.raw("POST", f"/v1/comments/{comment_id}/decision", key(demo, role), {"action": action})
    assert answer.status == 200, answer.data


def bars(page: Page, *, whole: bool = False) -> list[str]:
    """What bars a reader: all that axe-core finds, and whatever makes the page scroll sideways.

    Of the threads, which are all alike, the first few are looked at and those with a form, unless `whole`.
    """
    looked = Axe().run(page, context=None if whole else {"exclude": [[THREADS_LIKE_OTHERS]]})
    found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in looked.response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{wide} px too wide"] if wide > 0 else found
