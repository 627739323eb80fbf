"""Signing in: throttled, one answer for all who may not, and a session that is on the server."""

import pytest

from service.passwords import Passwords
from service.store.keys import Keys
from service.store.people import People
from service.store.sessions import (
    AT_MOST,
    BY_ADDRESS,
    BY_PERSON,
    BY_PERSON_AND_ADDRESS,
    EACH_AT_MOST,
    IDLE,
    Sessions,
    TooManyAttempts,
)
from tests.support import everything

PASSWORD = "seven quiet herons"
WRONG = "seven quiet herring"


@pytest.fixture(scope="session")
def digest() -> str:
    """The digest of the password, which takes long to make."""
    return Passwords().digest(PASSWORD)


@pytest.fixture
def people(app, store, digest) -> People:
    """The people of a herald with ada, who moderates, and of a rival, so that the form asks for the site."""
    people = People(store)
    people.create("herald", "ada", "moderate", digest, by="operator", op="1")
    people.create("rival", "eve", "admin", "", by="operator", op="1")
    return people


@pytest.fixture
def enter(app, people):
    """Sends the form from an address: the answer, and the browser that it went to."""

    def send(name="ada", password=PASSWORD, site="herald", address="192.0.2.1", browser=None, **more):
        browser = browser or app.test_client()
        form = {"site": site, "name": name, "password": password, **more.pop("form", {})}
        around = {"REMOTE_ADDR": address}
        return browser.post("/console/sign-in", data=form, environ_base=around, **more), browser

    return send


def opened(browser, path="/console/account") -> bool:
    return browser.get(path).status_code == 200


def test_who_knows_the_password_is_in_and_on_the_page_they_asked_for(enter):
    answer, browser = enter(form={"next": "/console/queue?reason=score"})
    assert (answer.status_code, answer.location) == (303, "/console/queue?reason=score")
    assert opened(browser)


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/console/", "/\\evil.example", "/console\\..", "//[", "javascript:alert(1)",
     "/v1/queue", "/console/\r\nX: y", "/consoles/"],
)  # fmt: skip
def test_nobody_is_sent_off_the_console(enter, elsewhere):
    answer, _ = enter(form={"next": elsewhere})
    assert (answer.status_code, answer.location) == (303, "/console/queue")
    again = enter()[1].get("/console/sign-in", query_string={"next": elsewhere})
    assert (again.status_code, again.location) == (303, "/console/queue")


def answer_of(answer):
    """What an answer says, without what was typed."""
    return (
        answer.status_code,
        answer.text.replace("nobody", "ada").replace("nowhere", "herald"),
        list(answer.headers.keys()),
    )


def test_a_wrong_password_an_unknown_name_and_an_unknown_site_are_answered_alike(enter, people):
    people.create("herald", "without", "moderate", "", by="operator", op="2")
    wrong = answer_of(enter(password=WRONG)[0])
    assert wrong[0] == 401
    assert "do not fit together" in wrong[1]
    assert answer_of(enter(name="nobody")[0]) == wrong
    assert answer_of(enter(site="nowhere")[0]) == wrong
    assert enter(name="without", password=PASSWORD)[0].status_code == 401
    assert "Set-Cookie" not in wrong[2]


def test_a_name_that_is_none_costs_as_much_work_as_one_that_is(enter, app, monkeypatch):
    checked = []
    passwords = app.extensions["winnow"].passwords
    verified = passwords._verified
    monkeypatch.setattr(
        passwords, "_verified", lambda digest, password: checked.append(digest) or verified(digest, password)
    )
    for name in ("ada", "nobody"):
        enter(name=name, password=WRONG)
    assert [digest.split("$")[:4] for digest in checked] == [checked[0].split("$")[:4]] * 2


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"password": ""}, {"site": "No Site"}, {"name": "a" * 101}, {"extra": "1"}]
)
def test_a_form_that_does_not_fit_says_so_and_keeps_no_password(enter, form):
    answer, browser = enter(form=form)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text
    assert not opened(browser)


def test_a_person_of_one_site_is_none_of_another(enter):
    assert enter(site="rival")[0].status_code == 401


def test_where_there_is_one_site_the_form_does_not_ask_for_it(app, store, digest):
    People(store).create("herald", "ada", "moderate", digest, by="operator", op="1")
    browser = app.test_client()
    assert 'name="site"' not in browser.get("/console/sign-in").text
    assert browser.post("/console/sign-in", data={"name": "ada", "password": PASSWORD}).status_code == 303
    Keys(store).create("rival", "submit", "website")
    assert 'name="site"' in app.test_client().get("/console/sign-in").text


def test_the_cookie_is_for_this_host_and_no_script_and_over_https_for_nothing_else(enter):
    plain = enter()[0].headers["Set-Cookie"]
    assert plain.startswith("winnow=herald.")
    secure = enter(base_url="https://console.example")[0].headers["Set-Cookie"]
    assert secure.startswith("__Host-winnow=herald.")
    for cookie in (plain, secure):
        flags = {part.strip() for part in cookie.split(";")[1:]}
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= flags
        assert not any(flag.startswith(("Domain", "Max-Age", "Expires")) for flag in flags)
    assert "Secure" in secure
    assert "Secure" not in plain


def test_a_session_that_was_planted_is_not_the_one_that_is_opened(enter, store):
    _, stranger = enter()
    planted = stranger.get_cookie("winnow").value
    answer, browser = enter(browser=stranger)
    assert answer.status_code == 303
    assert browser.get_cookie("winnow").value != planted
    assert Sessions(store).find(planted) is None  # signed in anew, the browser's old session has ended, too


def test_a_cookie_of_somebodys_invention_becomes_no_session(enter, app):
    browser = app.test_client()
    browser.set_cookie("winnow", "herald.of-my-own")
    enter(browser=browser)
    mine = app.test_client()
    mine.set_cookie("winnow", "herald.of-my-own")
    assert not opened(mine)
    assert opened(browser)


def test_redis_holds_no_token_that_would_open_a_session(enter, store):
    _, browser = enter()
    _, _, secret = browser.get_cookie("winnow").value.partition(".")
    kept = everything(store)
    assert secret not in kept
    assert PASSWORD not in kept


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_no_other_site_signs_anybody_in(enter, headers):
    answer, browser = enter(headers=headers)
    assert answer.status_code == 403
    assert not opened(browser)


def test_a_name_is_throttled_from_one_address_and_its_owner_gets_in_from_another(enter):
    for _ in range(BY_PERSON_AND_ADDRESS):
        assert enter(password="x")[0].status_code == 401
    answer, _ = enter()
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 900
    assert "Too many attempts" in answer.text
    assert enter(name="grace", password="x")[0].status_code == 401
    assert enter(address="192.0.2.2")[0].status_code == 303


def test_an_address_is_throttled_whatever_names_it_tries(store):
    sessions = Sessions(store)
    for n in range(BY_ADDRESS):
        sessions.attempt("herald", f"name {n}", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        sessions.attempt("rival", "eve", "192.0.2.1")
    sessions.attempt("rival", "eve", "192.0.2.2")


def test_a_name_is_throttled_from_however_many_addresses(store):
    sessions = Sessions(store)
    for n in range(BY_PERSON):
        sessions.attempt("herald", "ada", f"192.0.2.{n}")
    with pytest.raises(TooManyAttempts):
        sessions.attempt("herald", "ada", "198.51.100.1")
    sessions.attempt("rival", "ada", "198.51.100.1")


def test_who_gets_in_is_not_counted(store):
    sessions = Sessions(store)
    for _ in range(BY_ADDRESS + BY_PERSON):
        sessions.attempt("herald", "ada", "192.0.2.1")
        sessions.succeeded("herald", "ada", "192.0.2.1")
    for _ in range(BY_PERSON_AND_ADDRESS):
        sessions.attempt("herald", "ada", "192.0.2.1")


def test_an_address_behind_a_proxy_of_this_machine_is_the_proxys_word_and_anybody_elses_is_not(enter):
    for n in range(BY_PERSON_AND_ADDRESS):
        enter(password="x", address="127.0.0.1", headers={"X-Forwarded-For": f"10.0.0.{n}, 192.0.2.9"})
    assert enter(address="127.0.0.1", headers={"X-Forwarded-For": "192.0.2.9"})[0].status_code == 429
    for n in range(BY_PERSON_AND_ADDRESS):
        enter(password="x", address="198.51.100.7", headers={"X-Forwarded-For": f"192.0.2.{n}"})
    assert enter(address="198.51.100.7", headers={"X-Forwarded-For": "203.0.113.1"})[0].status_code == 429


def test_a_disabled_person_does_not_get_in(enter, people):
    people.disable("herald", "ada", by="operator", op="2")
    assert enter()[0].status_code == 401
    people.enable("herald", "ada", by="operator", op="3")
    assert enter()[0].status_code == 303


def test_who_was_given_a_password_is_asked_to_choose_their_own(enter, people, digest):
    people.set_password("herald", "ada", digest, by="grace", op="2", temporary=True)
    answer, browser = enter(form={"next": "/console/queue"})
    assert answer.location == "/console/account"
    assert "Somebody else has seen the password" in browser.get("/console/account").text


def test_a_person_who_changes_between_the_password_and_the_session_gets_none(store, people):
    seen = people.find("herald", "ada")
    people.sign_out("herald", "ada", by="ada", op="2")
    assert Sessions(store).open("herald", seen) is None
    people.disable("herald", "ada", by="operator", op="3")
    assert Sessions(store).open("herald", people.find("herald", "ada")) is None


def test_a_session_ends_without_use_and_after_a_week_whatever_the_use(enter, store):
    _, browser = enter()
    (session,) = Sessions(store).of("herald", "ada")
    name = f"{{herald}}:session:{session.id}"
    assert 0 < store._client.pttl(name) <= IDLE
    store._client.hset(name, mapping={"used": session.used - 61_000})
    store._client.pexpire(name, 1000)
    assert opened(browser)
    assert store._client.pttl(name) > 1000  # its use put the end off
    store._client.hset(name, "opened", session.opened - AT_MOST - 1000)
    assert Sessions(store).of("herald", "ada") == []
    assert not opened(browser)
    assert store._client.exists(name) == 0


def test_a_person_has_so_many_sessions_at_the_most_and_the_oldest_goes(enter, people, store):
    _, first = enter()
    person = people.find("herald", "ada")
    tokens = [Sessions(store).open("herald", person) for _ in range(EACH_AT_MOST)]
    assert not opened(first)
    assert len(Sessions(store).of("herald", "ada")) == EACH_AT_MOST
    assert all(Sessions(store).find(token) for token in tokens)
    assert 0 < store._client.pttl("{herald}:sessions:ada") <= AT_MOST


def test_a_word_for_a_session_that_ended_meanwhile_leaves_nothing_behind(enter, store):
    _, browser = enter()
    session = Sessions(store).find(browser.get_cookie("winnow").value)
    Sessions(store).close(session)
    Sessions(store).tell(session, "Saved.")
    assert store._client.keys("{herald}:session*") == []


def test_a_new_role_is_in_force_with_the_next_click(enter, people):
    _, browser = enter()
    assert browser.get("/console/people").status_code == 403
    people.set_role("herald", "ada", "admin", by="operator", op="2")
    assert browser.get("/console/people").status_code == 200
    people.create("herald", "grace", "admin", "", by="operator", op="3")
    people.set_role("herald", "ada", "moderate", by="grace", op="4")
    assert browser.get("/console/people").status_code == 403
