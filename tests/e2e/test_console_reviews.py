"""Blind reviews by keyboard and without scripts, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.support import Console


@pytest.fixture
def waiting(console: Console):
    """Four decisions of bob's, each to be reviewed."""
    keys = {role: console.service.key(role, name) for role, name in (("admin", "admin"), ("moderate", "bob"))}

    def call(role, method, path, json=None):
        answer = console.service.raw(method, path, keys[role], json)
        assert answer.status < 300, answer.data
        return answer.json()

    policy = call("admin", "GET", "/v1/policy")
    call("admin", "PUT", "/v1/policy", policy | {"mode": "pre", "review_share": 1.0})
    for n in range(4):
        made = call(
            "admin", "POST", "/v1/comments", {"body": f"You are all cunts, number {n}", "author": {"name": "x"}}
        )
        call("moderate", "POST", f"/v1/comments/{made['id']}/decision", {"action": "reject", "labels": ["insult"]})
    return lambda: call("admin", "GET", "/v1/queue/counts")["reviews"]


def test_reviews_are_answered_by_single_keys_and_by_buttons_without_scripts(browser, console: Console, waiting):
    before = waiting()
    context = browser.new_context()
    page = context.new_page()
    console.sign_in(page, "moderate", "cyd")
    page.goto(f"{console.address}/console/reviews")
    page.get_by_role("button", name="Take a few reviews").click()
    comment = page.get_by_role("article", name="Comment")
    page.get_by_text("While the focus is in here").wait_for()  # the script is there
    assert "number 0" in comment.inner_text()
    assert "cunts" not in comment.inner_text()
    page.keyboard.press("m")
    assert "cunts" in comment.inner_text()
    page.get_by_label("insult").check()
    page.keyboard.press("r")
    page.get_by_text("Taken.").wait_for()
    expect(comment).to_contain_text("number 1")
    page.keyboard.press("a")
    page.get_by_text("number 2").wait_for()
    page.get_by_role("link", name="Queue").focus()
    page.keyboard.press("r")  # not in the review, so it answers nothing
    assert waiting() == before - 2
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state()).new_page()
    plain.goto(page.url)
    plain.get_by_role("button", name="Reject").click()
    expect(plain.get_by_role("article", name="Comment")).to_contain_text("number 3")
    plain.get_by_role("button", name="Skip").click()
    assert plain.get_by_role("heading", level=1).inner_text() == "Reviews"
    assert waiting() == before - 3
    context.close()
    plain.context.close()
