"""A whole shift: two hundred comments, two people at once, by keyboard, with a restart of the server in the middle."""

from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import Console, Service, unlike_all_before, wait_until

COMMENTS = 200
KEYS = {"a": "approve", "r": "reject", "5": "reject", "e": "escalate"}


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Console]:
    data = tmp_path / "data"
    data.mkdir()
    one = Console(Service(data).start())
    yield one
    one.service.stop()


def now(page: Page) -> str | None:
    return page.evaluate("now && now.dataset.id")


def decide(page: Page, key: str) -> str:
    """Decides on the comment in view by one key; says which it was."""
    wait_until(lambda: page.evaluate("settled()"), 60)
    comment_id = now(page)
    page.keyboard.press(key)
    wait_until(lambda: now(page) != comment_id)
    return comment_id


def everything(key: str, newsroom: Console, path: str) -> list[dict[str, Any]]:
    """All pages of a list of the API."""
    found, cursor = [], ""
    while True:
        page = newsroom.service.raw("GET", f"{path}&limit=100{cursor}", key).json()
        found += page["items"]
        if not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_a_shift_of_two_people_with_a_restart_adds_up(browser: Browser, newsroom: Console):
    key = newsroom.service.key("admin")
    policy = newsroom.service.raw("GET", "/v1/policy", key).json()
    newsroom.service.raw("PUT", "/v1/policy", key, {**policy, "mode": "pre"})
    posts = [{"id": f"c-{n:03}", "body": unlike_all_before(n)} for n in range(COMMENTS)]
    newsroom.service.raw("POST", "/v1/comments/batch", key, {"comments": posts})
    pages = {}
    for name in ("ada", "bob"):
        pages[name] = browser.new_context().new_page()
        newsroom.sign_in(pages[name], name=name)

    decided: dict[str, tuple[str, str]] = {}
    keys = ["a", "r", "a", "5", "a", "a", "r", "e", "a", "r"]
    away = range(COMMENTS // 2, COMMENTS // 2 + 6)
    turns = cycle(pages)
    while len(decided) < COMMENTS:
        name = next(turns)
        wait_until(lambda: any(now(page) for page in pages.values()), 60)
        if now(pages[name]) is None:  # the last ones are the colleague's
            continue
        if len(decided) == away.start:
            newsroom.service.stop()
        elif len(decided) == away.stop:
            assert sum(page.evaluate("outbox.entries.length") for page in pages.values()) == len(away)
            expect(pages["ada"].locator("#outbox")).to_contain_text("will not be lost")
            newsroom.service.start()
        pressed = keys[len(decided) // 2 % len(keys)]
        comment_id = decide(pages[name], pressed)
        assert comment_id not in decided, f"{comment_id} was before {decided.get(comment_id)} already"
        decided[comment_id] = (name, KEYS[pressed])

    for page in pages.values():
        wait_until(lambda page=page: page.evaluate("outbox.entries.length === 0"), 60)
        assert page.locator("#came-back").is_hidden()
        wait_until(lambda page=page: now(page) is None)
    assert len(decided) == COMMENTS
    standing = {one["id"]: one for one in everything(key, newsroom, "/v1/comments?")}
    stands = {"approve": "approved", "reject": "rejected", "escalate": "pending"}
    assert {one: standing[one]["status"] for one in decided} == {
        one: stands[what] for one, (_, what) in decided.items()
    }
    acts = [
        one for one in everything(key, newsroom, "/v1/audit?") if one["act"] in ("decision.made", "comment.escalated")
    ]
    assert Counter((one["on"], one["by"], one["data"]["action"]) for one in acts) == Counter(
        (one, name, what) for one, (name, what) in decided.items()
    )
    counts = newsroom.service.raw("GET", "/v1/queue/counts", key).json()
    escalated = sum(what == "escalate" for _, what in decided.values())
    assert (counts["pending"], counts["escalated"], counts["claimed"]) == (escalated, escalated, 0)
    for page in pages.values():
        page.context.close()
