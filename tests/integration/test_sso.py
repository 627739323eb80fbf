"""Single sign-on against a real OpenID Connect provider, over HTTP."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
import requests
from click.testing import CliRunner
from oidc_provider_mock import User, run_server_in_thread

from service.app import wire
from service.cli import main
from service.console.signon.oidc import Provider
from service.console.signon.sso import ProviderAway
from service.settings import load_settings
from service.store.people import People
from tests.support import acts

PEOPLE = {
    "u-ada": {"preferred_username": "ada", "roles": ["moderate"]},
    "u-grace": {"preferred_username": "grace", "roles": ["readers", "admin"]},
    "u-reader": {"preferred_username": "reader", "roles": ["readers"]},
    "u-nameless": {"roles": ["admin"]},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider that knows some people."""
    users = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def site(app, provider, redis_url, tmp_path, store):
    """The service with single sign-on for the herald."""
    for sub, claims in PEOPLE.items():  # as they were, whatever another test made of them
        known(provider, sub, claims)
    environ = {
        "WINNOW_DATA": str(tmp_path),
        "WINNOW_LOG_LEVEL": "error",
        "WINNOW_OIDC_ISSUER": provider,
        "WINNOW_OIDC_CLIENT_ID": "winnow",
        "WINNOW_OIDC_CLIENT_SECRET": "a client's secret",
        "WINNOW_OIDC_SITE": "herald",
    }
    app.extensions["winnow"] = wire(load_settings(environ=environ), redis_url)
    People(store).create("rival", "eve", "admin", "", by="operator", op="1")
    return app


def known(provider, sub, claims) -> None:
    """What the provider says of somebody from now on."""
    assert requests.put(f"{provider}/users/{sub}", json=claims, timeout=10).status_code == 204


def sent_back(started, sub) -> str:
    """Somebody proves to the provider who they are; where it sends their browser."""
    answer = requests.post(started.location, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/console/sso/back"
    return f"{back.path}?{back.query}"


@pytest.fixture
def enter(site):
    """Signs somebody in by the provider: the last answer, and their browser."""

    def enters(sub, **asked):
        browser = site.test_client()
        started = browser.get("/console/sso", query_string=asked)
        assert started.status_code == 303
        return browser.get(sent_back(started, sub)), browser

    return enters


def opened(browser, path="/console/queue") -> bool:
    return browser.get(path).status_code == 200


def test_the_sign_in_page_offers_it_only_where_it_is_set_up(site, routed, redis_url, tmp_path):
    assert 'href="/console/sso?next=' in site.test_client().get("/console/sign-in?next=/console/queue").text
    plain = load_settings(environ={"WINNOW_DATA": str(tmp_path), "WINNOW_LOG_LEVEL": "error"})
    routed.extensions["winnow"] = wire(plain, redis_url)
    browser = routed.test_client()
    assert "/console/sso" not in browser.get("/console/sign-in").text
    assert [browser.get(path).status_code for path in ("/console/sso", "/console/sso/back?state=x&code=y")] == [
        404,
        404,
    ]


def test_the_browser_is_sent_with_pkce_a_state_and_a_nonce(site, provider):
    started = site.test_client().get("/console/sso")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(started.location).query).items()}
    assert started.location.startswith(f"{provider}/oauth2/authorize?")
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", "winnow", "openid profile")
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    assert asked["redirect_uri"] == "http://localhost/console/sso/back"
    assert min(len(asked["state"]), len(asked["nonce"])) >= 20
    cookie = started.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/console/sso", "Max-Age=600"} <= {
        one.strip() for one in cookie.split(";")
    }
    assert "a client's secret" not in started.location + cookie


def test_a_person_is_made_when_they_first_sign_in_and_known_again(enter, store, provider):
    answer, browser = enter("u-ada", next="/console/account")
    assert (answer.status_code, answer.location) == (303, "/console/account")
    assert opened(browser)
    assert browser.get_cookie("winnow-sso", path="/console/sso") is None
    again, _ = enter("u-ada")
    assert again.status_code == 303
    (ada,) = People(store).all("herald")
    assert (ada.name, ada.role, ada.password, ada.subject) == ("ada", "moderate", "", f"{provider} u-ada")
    assert [(one["by"], one["act"]) for one in acts(store)] == [("single sign-on", "person.created")]


def test_a_person_keeps_their_name_here_whatever_the_provider_calls_them_later(enter, store, provider):
    enter("u-ada")
    known(provider, "u-ada", {"preferred_username": "ada.lovelace", "roles": ["moderate"]})
    answer, _ = enter("u-ada")
    assert answer.status_code == 303
    assert [one.name for one in People(store).all("herald")] == ["ada"]


def test_the_role_is_what_the_provider_says_now(enter, store, provider):
    _, browser = enter("u-grace")
    assert opened(browser, "/console/people")
    known(provider, "u-grace", {"preferred_username": "grace", "roles": "moderate"})
    assert enter("u-grace")[0].status_code == 303  # she was the last admin, and it holds all the same
    assert browser.get("/console/people").status_code == 403
    known(provider, "u-grace", {"preferred_username": "grace", "roles": []})
    answer, another = enter("u-grace")
    assert (answer.status_code, "no role" in answer.text) == (403, True)
    assert not opened(another)


@pytest.mark.parametrize(("sub", "said"), [("u-reader", "no role"), ("u-nameless", "no name")])
def test_whoever_has_no_role_or_no_name_is_sent_away_and_not_made(enter, store, sub, said):
    answer, browser = enter(sub)
    assert (answer.status_code, said in answer.text) == (403, True)
    assert not opened(browser)
    assert People(store).all("herald") == []


def test_nobody_takes_a_name_over(enter, store):
    mine = People(store).create("herald", "ada", "admin", "", by="operator", op="1")
    answer, browser = enter("u-ada")
    assert (answer.status_code, "Somebody is called ada here already" in answer.text and "u-ada" in answer.text) == (
        403,
        True,
    )
    assert not opened(browser)
    assert People(store).all("herald") == [mine]


@pytest.fixture
def connect(provider, redis_url, tmp_path, monkeypatch):
    """Runs `winnow users connect` for the herald, with the provider set up."""
    environ = {"OIDC_ISSUER": provider, "OIDC_CLIENT_ID": "w", "OIDC_CLIENT_SECRET": "s", "OIDC_SITE": "herald"}
    for name, value in {**environ, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"WINNOW_{name}", value)
    monkeypatch.setenv("REDIS_URL", redis_url)

    def run(name, subject="u-ada"):
        return CliRunner().invoke(main, ["users", "connect", "--site", "herald", "--name", name, "--subject", subject])

    return run


def test_a_person_with_a_password_is_connected_by_the_operator(enter, connect, store, provider):
    people = People(store)
    people.create("herald", "ada", "admin", "a digest", by="operator", op="1")
    assert connect("nobody").exit_code == 1
    assert connect("ada").exit_code == 0
    assert enter("u-ada")[0].status_code == 303
    (ada,) = people.all("herald")
    assert (ada.password, ada.role, ada.subject) == ("", "moderate", f"{provider} u-ada")


def test_nobody_is_connected_to_who_somebody_else_is_or_to_no_provider(connect, store, monkeypatch):
    for name in ("ada", "bob"):
        People(store).create("herald", name, "moderate", "", by="operator", op=name)
    assert connect("ada").exit_code == 0
    done = connect("bob")
    assert (done.exit_code, done.stderr) == (1, "Error: the provider's u-ada is ada here\n")
    monkeypatch.delenv("WINNOW_OIDC_ISSUER")
    assert connect("bob", "u-bob").exit_code == 1
    assert People(store).find("herald", "bob").subject == ""


def test_a_person_of_another_provider_is_another_one(enter, store):
    People(store).create("herald", "olga", "admin", "", by="x", op="1", subject="https://old.example u-ada")
    assert enter("u-ada")[0].status_code == 303
    assert [one.name for one in People(store).all("herald")] == ["ada", "olga"]


def test_a_disabled_person_does_not_get_in_and_gets_no_second_account(enter, store):
    _, browser = enter("u-ada")
    People(store).disable("herald", "ada", by="grace", op="1")
    assert not opened(browser)
    answer, another = enter("u-ada")
    assert (answer.status_code, "ended your access" in answer.text) == (403, True)
    assert not opened(another)
    assert len(People(store).all("herald")) == 1


def test_signing_out_ends_the_session_here(enter, store):
    _, browser = enter("u-ada")
    page = browser.get("/console/account").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    kept = browser.get_cookie("winnow").value
    assert browser.post("/console/sign-out", data={"csrf": csrf}).status_code == 303
    browser.set_cookie("winnow", kept)
    assert not opened(browser)


def tampered(address, **changed) -> str:
    """The address that the provider sent the browser to, with something else in it; None takes it away."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    return f"{parts.path}?{urlencode({name: value for name, value in query.items() if value is not None})}"


@pytest.mark.parametrize(
    "changed",
    [{"state": "another"}, {"state": None}, {"state": ""}, {"state": "ä"}, {"code": None}, {"code": "invented"},
     {"iss": "https://evil.example"}],
)  # fmt: skip
def test_what_came_back_otherwise_opens_nothing(site, store, changed):
    browser = site.test_client()
    address = sent_back(browser.get("/console/sso"), "u-ada")
    answer = browser.get(tampered(address, **changed))
    assert answer.status_code == 403
    assert not opened(browser)
    assert browser.get(address).status_code == 403  # what this browser kept is good for one answer
    assert People(store).all("herald") == []


def test_the_provider_denies_and_the_page_says_so(site):
    browser = site.test_client()
    back = sent_back(browser.get("/console/sso"), "u-ada")
    answer = browser.get(tampered(back, code=None, error="access_denied"))
    assert (answer.status_code, "did not let you through" in answer.text) == (403, True)


def test_a_sign_in_ends_in_the_browser_where_it_began(site):
    mine, anothers = site.test_client(), site.test_client()
    address = sent_back(mine.get("/console/sso"), "u-ada")
    anothers.get("/console/sso")
    assert anothers.get(address).status_code == 403
    assert site.test_client().get(address).status_code == 403
    assert mine.get(address).status_code == 303


def test_an_answer_of_the_provider_is_good_once(site):
    browser = site.test_client()
    address = sent_back(browser.get("/console/sso"), "u-ada")
    kept = browser.get_cookie("winnow-sso", path="/console/sso").value
    assert browser.get(address).status_code == 303
    thief = site.test_client()
    assert thief.get(address).status_code == 403
    thief.set_cookie("winnow-sso", kept, path="/console/sso")
    assert thief.get(address).status_code == 403
    assert not opened(thief)


def test_a_code_of_another_sign_in_does_not_fit_the_nonce(site):
    stolen = sent_back(site.test_client().get("/console/sso"), "u-grace")
    browser = site.test_client()
    address = sent_back(browser.get("/console/sso"), "u-ada")
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    assert browser.get(tampered(address, code=code)).status_code == 403
    assert not opened(browser)


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/v1/queue"])
def test_nobody_is_sent_off_the_console(enter, elsewhere):
    assert enter("u-ada", next=elsewhere)[0].location == "/console/queue"


def test_over_https_both_cookies_are_for_it_only(site):
    started = site.test_client().get("/console/sso", base_url="https://console.example")
    assert started.headers["Set-Cookie"].startswith("__Secure-winnow-sso=")
    assert "Secure" in started.headers["Set-Cookie"]
    assert "redirect_uri=https%3A%2F%2Fconsole.example%2Fconsole%2Fsso%2Fback" in started.location


def test_while_the_provider_is_away_the_page_says_so(site, redis_url, tmp_path):
    away = Provider("http://localhost:9", "winnow", "secret", "openid")
    site.extensions["winnow"].sign_on._provider = away
    answer = site.test_client().get("/console/sso")
    assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)
    assert site.test_client().get("/console/sign-in").status_code == 200


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (302, {}),
        (200, {"token_endpoint": "file:///etc/passwd"}),
        (200, {"jwks_uri": "https://10.0.0.1/keys"}),
        (200, {"userinfo_endpoint": "gopher://127.0.0.1:6379/x"}),
        (200, {"authorization_endpoint": "javascript:alert(1)"}),
    ],
)
def test_a_provider_sends_us_nowhere_else(status, document):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            got.append(self.path)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(orjson.dumps({"issuer": issuer, "authorization_endpoint": f"{issuer}/in"} | document))

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        provider = Provider(issuer, "winnow", "secret", "openid")
        for _ in range(2):
            with pytest.raises(ProviderAway):
                provider.start("http://localhost/back")
        server.shutdown()
    assert set(got) == {"/.well-known/openid-configuration"}


def test_an_issuer_that_calls_itself_otherwise_is_not_believed(provider):
    other = Provider(provider.replace("localhost", "127.0.0.1"), "winnow", "secret", "openid")
    other._client.issuer = "https://id.herald.example"
    for _ in range(2):
        with pytest.raises(ProviderAway, match="calls itself"):
            other.start("http://localhost/console/sso/back")
