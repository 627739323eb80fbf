"""People, keys and accounts in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import PASSWORD, Console

NEW = "nine loud sparrows"

PAGES = ("/console/account", "/console/people", "/console/people/person?name=moderate", "/console/keys")


@pytest.fixture
def window(browser) -> Iterator[Any]:
    """Opens windows, each a browser of its own; a script error or a refused resource fails the test."""
    contexts, complaints = [], []

    def opened(**settings):
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type == "error" and "status of" not in said.text else None
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def violations(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def heading(page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_a_person_signs_in_by_keyboard_and_a_wrong_password_is_said_kindly(window, console: Console):
    console.person("moderate", "ada")
    page = window()
    page.goto(f"{console.address}/console/sign-in")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past what stands before the form
    expect(page.get_by_role("main")).to_be_focused()
    for text, key in (("ada", "Tab"), ("not this one at all", "Enter")):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
        if key == "Enter":
            page.keyboard.press(key)
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("alert").inner_text() == "Name and password do not fit together."
    assert page.get_by_label("Name").input_value() == "ada"
    page.get_by_label("Password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/queue*")


def test_a_new_password_ends_the_session_in_the_other_browser(window, console: Console):
    here, there = window(), window()
    for page in (here, there):
        console.sign_in(page, name="bea")
    here.goto(f"{console.address}/console/account")
    here.get_by_label("Password now").fill(PASSWORD)
    here.get_by_label("New password").fill(NEW)
    here.get_by_role("button", name="Change the password").click()
    assert "signed out everywhere else" in here.get_by_role("status").inner_text()
    there.goto(f"{console.address}/console/queue")
    assert heading(there) == "Sign in"
    there.get_by_label("Name").fill("bea")
    there.get_by_label("Password").fill(NEW)
    there.get_by_role("button", name="Sign in").click()
    there.wait_for_url("**/console/queue*")


def test_an_admin_adds_a_person_who_signs_in_and_chooses_their_own_password(window, console: Console):
    admin, theirs = window(), window()
    console.sign_in(admin, "admin")
    admin.goto(f"{console.address}/console/people")
    admin.get_by_label("Name").fill("cyd")
    admin.get_by_role("button", name=re.compile("^Add")).dblclick()
    password = admin.locator("#shown-once").inner_text()
    theirs.goto(f"{console.address}/console/sign-in")
    theirs.get_by_label("Name").fill("cyd")
    theirs.get_by_label("Password").fill(password)
    theirs.get_by_role("button", name="Sign in").click()
    theirs.wait_for_url("**/console/account")
    assert "Choose one of your own" in theirs.locator("main").inner_text()
    admin.goto(f"{console.address}/console/people")
    admin.get_by_role("link", name="Change cyd").click()
    admin.get_by_role("button", name="End their access").click()
    assert "may not sign in" in admin.get_by_role("status").inner_text()
    theirs.reload()
    assert heading(theirs) == "Sign in"


def test_a_key_is_made_once_by_a_double_click_opens_the_api_and_is_revoked_after_a_question(window, console: Console):
    page = window()
    console.sign_in(page, "admin")
    page.goto(f"{console.address}/console/keys")
    page.get_by_label("Role").select_option("moderate")
    page.get_by_label("Name", exact=True).fill("a bot")
    page.get_by_role("button", name="Make the key").dblclick()
    key = page.locator("#shown-once").inner_text()
    assert key not in page.url
    assert console.service.raw("GET", "/v1/queue/counts", key).status == 200
    page.get_by_role("link", name=re.compile("back to the keys")).click()
    expect(page.get_by_role("row").filter(has_text="a bot")).to_have_count(1)
    page.wait_for_load_state()
    assert key not in page.content()
    page.get_by_role("link", name=re.compile("Revoke the key a bot")).click()
    page.get_by_role("button", name="Revoke it").click()
    page.wait_for_load_state()
    expect(page.get_by_role("row").filter(has_text="a bot")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(window, console: Console, scheme, width):
    page = window(color_scheme=scheme, viewport={"width": width, "height": 800})
    console.person("moderate", "moderate")
    page.goto(f"{console.address}/console/sign-in")
    assert violations(page) == []
    console.sign_in(page, "admin")
    for path in PAGES:
        page.goto(console.address + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"{console.address}/console/keys")
    page.get_by_role("link", name=re.compile("^Revoke the key")).first.click()
    page.wait_for_load_state()
    assert violations(page) == []
    page.goto(f"{console.address}/console/people")
    page.get_by_label("Name").fill("admin")
    page.get_by_role("button", name=re.compile("^Add")).click()
    page.wait_for_load_state()
    assert violations(page) == []  # with a complaint


def test_all_of_it_works_without_javascript(window, console: Console):
    page = window(java_script_enabled=False)
    console.sign_in(page, "admin", name="dot")
    page.goto(f"{console.address}/console/people")
    page.get_by_label("Name").fill("eli")
    page.get_by_role("button", name=re.compile("^Add")).click()
    assert re.fullmatch(r"(\w{5}-){3}\w{5}", page.locator("#shown-once").inner_text())
    page.goto(f"{console.address}/console/keys")
    page.get_by_role("button", name="Make the key").click()
    assert re.fullmatch(r"\w{52}", page.locator("#shown-once").inner_text())
    page.goto(f"{console.address}/console/account")
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change the password").click()
    assert "Your password is changed" in page.locator("main").inner_text()
