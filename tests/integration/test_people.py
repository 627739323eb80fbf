"""People who sign in: their account, and what an admin does about them and about keys."""

import re

import orjson
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.holdings import SiteHoldings
from service.passwords import LEAST, Passwords
from service.store.keys import Keys
from service.store.people import PEOPLE_AT_MOST, LastAdmin, NameTaken, People, TooManyPeople, UnknownPerson
from service.store.sessions import BY_PERSON_AND_ADDRESS, Sessions
from service.store.sites import Sites
from tests.support import acts, everything, try_in_any_order

PASSWORD = "seven quiet herons"
NEW = "nine loud sparrows"


@pytest.fixture(scope="session")
def digest() -> str:
    return Passwords().digest(PASSWORD)


@pytest.fixture
def people(app, store) -> People:
    return People(store)


@pytest.fixture
def ada(desk_for, people, digest):
    """Ada, who moderates the herald, signed in; her password is known."""
    people.create("herald", "ada", "moderate", digest, by="operator", op="1")
    return desk_for("moderate", name="ada")


@pytest.fixture
def grace(desk_for):
    """Grace, an admin of the herald, signed in."""
    return desk_for("admin", name="grace")


def secret_of(answer) -> str:
    """What a page shows once."""
    return re.search(r'id="shown-once">([^<]+)<', answer.text)[1]


def gets_in(app, name, password, site="herald") -> bool:
    form = {"site": site, "name": name, "password": password}
    return app.test_client().post("/console/sign-in", data=form).status_code == 303


# What the store keeps


def test_a_person_makes_the_site_as_a_key_does(people, store):
    people.create("evening", "ada", "admin", "", by="operator", op="1")
    assert Keys(store).sites() == ["evening"]
    assert store._client.get("{evening}:salt")


def test_a_person_is_made_once_and_the_same_effect_again_is_the_same_person(people):
    made = people.create("herald", "ada", "moderate", "digest", by="grace", op="1")
    assert people.create("herald", "ada", "moderate", "digest", by="grace", op="1") == made
    with pytest.raises(NameTaken):
        people.create("herald", "ada", "admin", "another", by="grace", op="2")
    assert people.create("rival", "ada", "admin", "", by="eve", op="1").role == "admin"
    assert people.all("herald") == [made]


def test_a_change_of_nobody_is_refused(people):
    for change in (
        lambda: people.set_password("herald", "nobody", "", by="x", op="1"),
        lambda: people.set_role("herald", "nobody", "admin", by="x", op="1"),
        lambda: people.disable("herald", "nobody", by="x", op="1"),
        lambda: people.sign_out("herald", "nobody", by="x", op="1"),
    ):
        with pytest.raises(UnknownPerson):
            change()


def test_a_site_has_so_many_people_at_the_most(people, store):
    store._client.hset("{herald}:people", mapping={f"p{n}": "{}" for n in range(PEOPLE_AT_MOST)})
    with pytest.raises(TooManyPeople):
        people.create("herald", "ada", "admin", "", by="operator", op="1")


def test_every_change_of_a_person_is_in_the_audit_log_once_and_says_no_digest(people, store):
    people.create("herald", "ada", "moderate", "a digest", by="grace", op="1")
    people.create("herald", "grace", "admin", "", by="operator", op="2")
    for _ in range(2):
        people.set_role("herald", "ada", "admin", by="grace", op="3")
    people.set_password("herald", "ada", "another digest", by="ada", op="4")
    people.sign_out("herald", "ada", by="ada", op="5")
    people.disable("herald", "ada", by="grace", op="6")
    people.enable("herald", "ada", by="grace", op="7")
    log = acts(store)
    assert [(one["by"], one["act"], orjson.loads(one["data"])["person"]) for one in log] == [
        ("grace", "person.created", "ada"),
        ("operator", "person.created", "grace"),
        ("grace", "person.role", "ada"),
        ("ada", "person.password", "ada"),
        ("ada", "person.signed-out", "ada"),
        ("grace", "person.disabled", "ada"),
        ("grace", "person.enabled", "ada"),
    ]
    assert "digest" not in str(log)
    assert {one["on"] for one in log} == {""}


class Admins(RuleBasedStateMachine):
    """However roles and access change, a site that had an admin has one who can sign in."""

    NAMES = st.sampled_from(["ada", "bob", "cyd"])
    people: People

    def __init__(self) -> None:
        super().__init__()
        self.people.forget("herald")
        self.op = 0
        for name in ("ada", "bob", "cyd"):
            self.do("create", name, "admin" if name == "ada" else "moderate", "")

    def do(self, change: str, *values: str) -> None:
        self.op += 1
        try:
            getattr(self.people, change)("herald", *values, by="somebody", op=str(self.op))
        except LastAdmin:
            assert change in ("set_role", "disable")

    @rule(name=NAMES, role=st.sampled_from(["moderate", "admin"]))
    def changes_role(self, name, role):
        self.do("set_role", name, role)

    @rule(name=NAMES, change=st.sampled_from(["disable", "enable", "sign_out"]))
    def changes_access(self, name, change):
        self.do(change, name)

    @invariant()
    def somebody_can_let_others_in(self):
        assert any(one.role == "admin" and not one.disabled for one in self.people.all("herald"))


def test_a_site_is_never_left_without_an_admin(people):
    try_in_any_order(type("Here", (Admins,), {"people": people}), examples=20, steps=20)


def test_a_site_that_is_erased_takes_its_people_and_sessions_along(people, store, desk_for, ada):
    eve = desk_for("admin", name="eve", site="rival")
    steps = Sites(store, settles=0).erase("herald", "op", "olga")
    next(steps)
    assert ada.get("/console/queue").status_code == 303
    list(steps)
    assert "herald" not in everything(store)
    assert eve.get("/console/queue").status_code == 200


def test_an_export_has_the_people_and_nothing_that_lets_anybody_in(people, store, ada, digest):
    people.create("herald", "olga", "admin", "", by="operator", op="2", subject="https://id.example u-7")
    people.disable("herald", "ada", by="operator", op="3")
    found = [line for line in SiteHoldings(store, "herald").everything() if line["kind"] == "person"]
    assert [(one["name"], one["role"], one["disabled"], one["subject"]) for one in found] == [
        ("ada", "moderate", True, None),
        ("olga", "admin", False, "https://id.example u-7"),
    ]
    text = orjson.dumps(list(SiteHoldings(store, "herald").everything())).decode()
    assert "argon2" not in text
    assert Sessions(store).of("herald", "ada") == []


# One's own account


def test_a_person_changes_their_password_and_is_signed_out_everywhere_else(ada, desk_for, app):
    elsewhere = desk_for("moderate", name="ada")
    answer = ada.post("/console/account/password", {"current": PASSWORD, "new": NEW})
    assert (answer.status_code, answer.location) == (303, "/console/account")
    assert "Your password is changed" in ada.get("/console/account").text
    assert elsewhere.get("/console/queue").status_code == 303
    assert gets_in(app, "ada", NEW)
    assert not gets_in(app, "ada", PASSWORD)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": "another one entirely", "new": NEW}, "not your password now"),
        ({"current": PASSWORD, "new": "x" * (LEAST - 1)}, "characters"),
        ({"current": PASSWORD, "new": "x" * 257}, "characters"),
        ({"current": PASSWORD}, "Missing"),
        ({"new": NEW}, "Missing"),
    ],
)
def test_a_change_of_password_that_does_not_fit_changes_nothing(ada, app, form, said):
    answer = ada.post("/console/account/password", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
    assert gets_in(app, "ada", PASSWORD)


def test_guessing_the_password_from_an_open_session_is_throttled(ada, app):
    for _ in range(BY_PERSON_AND_ADDRESS):
        assert ada.post("/console/account/password", {"current": "x", "new": NEW}).status_code == 422
    answer = ada.post("/console/account/password", {"current": PASSWORD, "new": NEW})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text


def test_a_person_sees_their_sessions_and_ends_one_of_them(ada, app, store, desk_for):
    other = app.test_client()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other.post("/console/sign-in", data={"name": "ada", "password": PASSWORD}, headers={"User-Agent": agent})
    assert "Firefox on Linux" in ada.get("/console/account").text
    theirs, mine = Sessions(store).of("herald", "ada")
    ada.post("/console/account/sessions", {"session": theirs.id})
    assert other.get("/console/queue").status_code == 303
    assert [one.id for one in Sessions(store).of("herald", "ada")] == [mine.id]
    again = ada.post("/console/account/sessions", {"session": theirs.id})
    assert again.status_code == 303
    assert "had ended before" in ada.get("/console/account").text


def test_nobody_ends_or_sees_anothers_session(ada, grace, store):
    (hers,) = Sessions(store).of("herald", "grace")
    ada.post("/console/account/sessions", {"session": hers.id})
    assert grace.get("/console/queue").status_code == 200
    assert hers.id not in ada.get("/console/account").text
    assert ada.post("/console/account/sessions", {"session": "x"}).status_code == 422


def test_a_person_signs_out_everywhere_else(ada, desk_for):
    elsewhere = desk_for("moderate", name="ada")
    ada.post("/console/account/sign-out")
    assert elsewhere.get("/console/queue").status_code == 303
    assert "signed out everywhere else" in ada.get("/console/account").text


def test_who_signs_in_elsewhere_has_no_password_to_change_here(desk_for, people):
    people.create("herald", "olga", "moderate", "", by="single sign-on", op="1", subject="id u-7")
    desk = desk_for("moderate", name="olga")
    assert 'name="current"' not in desk.get("/console/account").text
    assert desk.post("/console/account/password", {"current": "", "new": NEW}).status_code == 422
    assert desk.post("/console/account/password", {"current": PASSWORD, "new": NEW}).status_code == 422
    assert people.find("herald", "olga").password == ""


# What an admin does about people


def test_an_admin_adds_a_person_whose_password_is_shown_once(grace, app, store):
    answer = grace.post("/console/people", {"name": " bob ", "role": "moderate"})
    password = secret_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert password not in grace.get("/console/people").text
    assert password not in everything(store)
    assert gets_in(app, "bob", password)
    page = grace.get("/console/people").text
    assert "first password" in page


def test_a_form_that_comes_twice_makes_one_person_and_shows_no_password_that_does_not_fit(grace, people):
    first, second = (grace.post("/console/people", {"name": "bob", "role": "moderate"}, op="1") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 409)
    assert "came twice" in second.text
    assert [one.name for one in people.all("herald")] == ["bob", "grace"]


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"name": "grace", "role": "admin"}, 409, "has this name already"),
        ({"name": "", "role": "admin"}, 422, "Missing"),
        ({"name": "a" * 101, "role": "admin"}, 422, "between 1 and 100"),
        ({"name": "a\u202eb", "role": "admin"}, 422, "cannot be seen"),
        ({"name": "bob", "role": "submit"}, 422, "Choose one of these"),
        ({"name": "bob"}, 422, "Missing"),
    ],
)
def test_a_person_who_does_not_fit_is_not_added(grace, people, form, status, said):
    answer = grace.post("/console/people", form)
    assert answer.status_code == status
    assert said in answer.text
    assert [one.name for one in people.all("herald")] == ["grace"]


def test_a_name_is_text_and_nothing_else(grace):
    name = '<script>alert(1)</script>"&/?#'
    grace.post("/console/people", {"name": name, "role": "moderate"})
    page = grace.get("/console/people").text
    assert "<script>alert" not in page
    address = re.search(r'href="(/console/people/person\?[^"]+)"', page)[1]
    assert "&lt;script&gt;" in grace.get(address).text
    grace.post("/console/people/role", {"name": name, "role": "admin"})
    assert "Admin, here since" in grace.get(address).text


def test_an_admin_ends_anothers_access_and_gives_it_back(grace, ada, app):
    grace.post("/console/people/access", {"name": "ada", "open": "false"})
    assert ada.get("/console/queue").status_code == 303
    assert not gets_in(app, "ada", PASSWORD)
    assert "may sign in again" not in grace.get("/console/people/person?name=ada").text
    grace.post("/console/people/access", {"name": "ada", "open": "true"})
    assert gets_in(app, "ada", PASSWORD)


def test_an_admin_makes_another_one(grace, ada):
    assert ada.get("/console/people").status_code == 403
    grace.post("/console/people/role", {"name": "ada", "role": "admin"})
    assert ada.get("/console/people").status_code == 200


def test_an_admin_gives_a_new_password_and_whoever_had_the_old_one_is_out(grace, ada, app):
    password = secret_of(grace.post("/console/people/password", {"name": "ada"}))
    assert ada.get("/console/queue").status_code == 303
    assert gets_in(app, "ada", password)
    assert not gets_in(app, "ada", PASSWORD)


def test_a_form_for_a_password_that_comes_twice_shows_it_once(grace, ada):
    first, second = (grace.post("/console/people/password", {"name": "ada"}, op="1") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 409)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/console/people/access", {"open": "false"}),
        ("/console/people/role", {"role": "moderate"}),
        ("/console/people/password", {}),
    ],
)
def test_nobody_locks_themselves_out(grace, people, path, form):
    answer = grace.post(path, {"name": "grace", **form})
    assert answer.status_code == 409
    assert "Another admin" in answer.text
    assert (people.find("herald", "grace").role, people.find("herald", "grace").disabled) == ("admin", False)


@pytest.mark.parametrize("path", ["access", "role", "password", "person"])
def test_a_person_who_is_not_there_or_of_another_site_is_404(grace, people, path):
    people.create("rival", "eve", "moderate", "", by="operator", op="1")
    for name in ("eve", "nobody"):
        form = {"name": name} | {"access": {"open": "false"}, "role": {"role": "admin"}}.get(path, {})
        answer = (
            grace.get(f"/console/people/person?name={name}")
            if path == "person"
            else grace.post(f"/console/people/{path}", form)
        )
        assert answer.status_code == 404
    eve = people.find("rival", "eve")
    assert (eve.role, eve.disabled, eve.generation) == ("moderate", False, 0)


def test_a_moderator_gets_none_of_an_admins_pages(ada, people, store):
    for path in (
        "/console/people",
        "/console/people/person?name=ada",
        "/console/keys",
        "/console/keys/revoke?id=" + "0" * 12,
    ):
        assert ada.get(path).status_code == 403
    for path, form in (
        ("/console/people", {"name": "mallory", "role": "admin"}),
        ("/console/people/role", {"name": "ada", "role": "admin"}),
        ("/console/people/access", {"name": "ada", "open": "true"}),
        ("/console/people/password", {"name": "ada"}),
        ("/console/keys", {"role": "admin"}),
        ("/console/keys/revoke", {"id": "0" * 12}),
    ):
        assert ada.post(path, form).status_code == 403
    assert [(one.name, one.role) for one in people.all("herald")] == [("ada", "moderate")]
    assert Keys(store).all() == []


# Keys


def test_an_admin_makes_a_key_that_is_shown_once_and_opens_the_api(grace, app, store):
    answer = grace.post("/console/keys", {"role": "moderate", "name": "bot", "delegate": "true"})
    text = secret_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    (key,) = Keys(store).of("herald")
    assert (key.role, key.name, key.delegate, key.site) == ("moderate", "bot", True, "herald")
    called = app.test_client().get("/v1/queue/counts", headers={"Authorization": f"Bearer {text}"})
    assert called.status_code == 200
    assert text not in grace.get("/console/keys").text
    assert text not in everything(store)
    assert [(one["by"], one["act"]) for _, one in store._client.xrange("{herald}:audit")][-1] == (
        "grace",
        "key.created",
    )


def test_a_form_for_a_key_that_comes_twice_makes_one(grace, store):
    first, second = (grace.post("/console/keys", {"role": "submit"}, op="1") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 409)
    assert len(Keys(store).of("herald")) == 1


@pytest.mark.parametrize("role", ["submit", "moderate", "admin", "coral"])
def test_keys_of_every_role_are_made_and_one_without_a_name_gets_one(grace, store, role):
    grace.post("/console/keys", {"role": role})
    (key,) = Keys(store).of("herald")
    assert (key.role, key.name.startswith(f"{role}-"), key.delegate) == (role, True, False)


@pytest.mark.parametrize(
    "form", [{}, {"role": "root"}, {"role": "submit", "name": "a" * 101}, {"role": "submit", "site": "rival"}]
)
def test_a_key_that_does_not_fit_is_not_made(grace, store, form):
    assert grace.post("/console/keys", form).status_code == 422
    assert Keys(store).all() == []


def test_a_key_is_revoked_after_a_question(grace, key_for, store):
    api = key_for("submit", name="website")
    (key,) = Keys(store).of("herald")
    assert "website" in grace.get(f"/console/keys/revoke?id={key.id}").text
    assert grace.post("/console/keys/revoke", {"id": key.id}).status_code == 303
    assert Keys(store).all() == []
    assert grace.post("/console/keys/revoke", {"id": key.id}).status_code == 303
    assert api.get("/v1/model").status_code == 401


def test_anothers_keys_are_neither_seen_nor_revoked(grace, key_for, store):
    key_for("admin", name="of-the-rival", site="rival")
    (theirs,) = Keys(store).of("rival")
    assert "of-the-rival" not in grace.get("/console/keys").text
    assert grace.get(f"/console/keys/revoke?id={theirs.id}").status_code == 404
    grace.post("/console/keys/revoke", {"id": theirs.id})
    assert Keys(store).of("rival") == [theirs]
    assert grace.get("/console/keys/revoke?id=*").status_code == 422
