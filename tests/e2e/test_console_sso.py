"""Single sign-on in a real browser: the service in its own processes, a provider on another host name."""

from collections.abc import Iterator

import oidc_provider_mock
import pytest
from oidc_provider_mock import User

from tests.support import Console, Service

PEOPLE = {
    "u-ada": {"preferred_username": "ada", "roles": ["moderate"]},
    "u-reader": {"preferred_username": "reader", "roles": ["readers"]},
}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console of a herald that has a provider."""
    data = tmp_path_factory.mktemp("sso") / "data"
    data.mkdir()
    users = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=users, require_nonce=True) as server:
        environment = {
            "WINNOW_OIDC_ISSUER": f"http://localhost:{server.server_port}",
            "WINNOW_OIDC_CLIENT_ID": "winnow",
            "WINNOW_OIDC_CLIENT_SECRET": "a client's secret",
            "WINNOW_OIDC_SITE": "herald",
        }
        one = Console(Service(data, environment=environment).start())
        one.service.key("admin")
        yield one
        one.service.stop()


def go_through(page, console, sub):
    """From a page of the console to the provider, as somebody, and back."""
    page.goto(f"{console.address}/console/account")
    page.get_by_role("link", name="Sign in through your newsroom's accounts").click()
    page.get_by_role("button", name=sub).first.click()


def test_a_person_comes_back_from_the_provider_to_the_page_they_asked_for_and_signs_out(browser, console):
    page = browser.new_context().new_page()
    go_through(page, console, "u-ada")
    page.wait_for_url(f"{console.address}/console/account")
    assert "You are ada, moderator of herald" in page.locator("main").inner_text()
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text() == "Your account"
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{console.address}/console/account")
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    page.context.close()


def test_whoever_has_no_role_is_told_so_and_the_same_address_again_opens_nothing(browser, console):
    page = browser.new_context().new_page()
    go_through(page, console, "u-reader")
    page.get_by_role("alert").wait_for()
    assert "no role here" in page.get_by_role("alert").inner_text()
    page.reload()
    assert "not begun in this browser" in page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="To the sign-in page").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    page.context.close()


def test_a_replayed_callback_opens_nothing_in_another_browser(browser, console):
    mine, anothers = browser.new_context().new_page(), browser.new_context().new_page()
    came: list[str] = []
    mine.on("request", lambda request: came.append(request.url) if "/sso/back" in request.url else None)
    go_through(mine, console, "u-ada")
    mine.wait_for_url(f"{console.address}/console/account")
    for page in (anothers, mine):
        page.goto(came[0])
        assert page.get_by_role("heading", level=1).inner_text() == "You are not signed in"
    anothers.goto(f"{console.address}/console/account")
    assert anothers.get_by_role("heading", level=1).inner_text() == "Sign in"
    for page in (mine, anothers):
        page.context.close()
