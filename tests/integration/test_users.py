"""`winnow users`: people who sign in, made and ended by the operator."""

import re

import orjson
import pytest

from service.passwords import LEAST
from service.store.keys import Keys
from service.store.people import People
from tests.support import acts, everything

INVENTED = re.compile(r"([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}")
CHOSEN = "seven quiet herons"


@pytest.fixture
def winnow(commands):
    return commands("users")


@pytest.fixture
def gets_in(app):
    def enters(name, password, site="herald"):
        form = {"site": site, "name": name, "password": password}
        return app.test_client().post("/console/sign-in", data=form).status_code == 303

    return enters


def test_a_person_is_made_with_a_password_that_is_printed_once_and_lets_them_in(winnow, gets_in, store):
    done = winnow("create", "--name", "ada")
    password = done.stdout.strip()
    assert (done.exit_code, bool(INVENTED.fullmatch(password))) == (0, True)
    assert gets_in("ada", password)
    assert password not in everything(store)
    assert password not in winnow("list", "--json").stdout
    person = People(store).find("herald", "ada")
    assert (person.role, person.temporary) == ("moderate", True)
    assert Keys(store).sites() == ["herald"]


def test_a_password_comes_on_stdin_and_is_not_said_again(winnow, gets_in, store):
    done = winnow(
        "create", "--site", "rival", "--name", "eve", "--role", "admin", "--password-stdin", stdin=f"{CHOSEN}\n"
    )
    assert (done.exit_code, done.stdout) == (0, "")
    assert gets_in("eve", CHOSEN, "rival")
    assert not People(store).find("rival", "eve").temporary
    assert winnow("create", "--name", "bob", "--password-stdin", stdin="x" * (LEAST - 1)).exit_code == 1
    assert winnow("create", "--name", "bob", "--password-stdin", stdin="").exit_code == 1
    assert People(store).find("herald", "bob") is None


def test_a_password_is_no_argument(winnow, store):
    assert winnow("create", "--name", "ada", "--password", CHOSEN).exit_code == 2
    assert People(store).all("herald") == []


def test_a_machine_gets_one_object(winnow):
    made = orjson.loads(winnow("create", "--name", "ada", "--role", "admin", "--json").stdout)
    assert INVENTED.fullmatch(made.pop("password"))
    assert made == {"site": "herald", "name": "ada", "role": "admin"}
    (row,) = [orjson.loads(line) for line in winnow("list", "--json").stdout.splitlines()]
    assert (row["name"], row["role"], row["disabled"], row["subject"]) == ("ada", "admin", False, None)


def test_people_are_listed_by_name_and_site(winnow):
    for name, site in (("cyd", "herald"), ("ada", "herald"), ("eve", "rival")):
        winnow("create", "--name", name, "--site", site)
    winnow("disable", "--name", "cyd")
    day = re.compile(r"\d{4}-\d\d-\d\d")
    lines = [day.sub("*", line) for line in winnow("list").stdout.splitlines()]
    assert lines == ["ada  moderate  open  *", "cyd  moderate  disabled  *"]


def test_a_person_is_sent_away_and_let_in_again(winnow, gets_in, desk_for, store):
    password = winnow("create", "--name", "ada").stdout.strip()
    desk = desk_for("moderate", name="ada")
    assert winnow("disable", "--name", "ada").exit_code == 0
    assert desk.get("/console/queue").status_code == 303
    assert not gets_in("ada", password)
    assert winnow("enable", "--name", "ada").exit_code == 0
    assert gets_in("ada", password)


def test_a_new_password_takes_the_place_of_the_old_one(winnow, gets_in):
    old = winnow("create", "--name", "ada").stdout.strip()
    new = winnow("password", "--name", "ada").stdout.strip()
    assert (gets_in("ada", old), gets_in("ada", new)) == (False, True)
    assert winnow("password", "--name", "ada", "--password-stdin", stdin=CHOSEN).stdout == ""
    assert (gets_in("ada", new), gets_in("ada", CHOSEN)) == (False, True)


def test_what_the_operator_does_is_in_the_audit_log_with_who_did_it(winnow, store):
    winnow("create", "--name", "ada")
    winnow("role", "--name", "ada", "--role", "admin", "--by", "paula")
    winnow("password", "--name", "ada")
    log = [(one["by"], one["act"]) for one in acts(store)]
    assert log == [("olga", "person.created"), ("paula", "person.role"), ("olga", "person.password")]


@pytest.mark.parametrize("command", [["disable"], ["enable"], ["password"], ["role", "--role", "admin"]])
def test_of_a_person_who_is_none_nothing_is_done(winnow, command):
    winnow("create", "--name", "eve", "--site", "rival")
    for name in ("nobody", "eve"):
        done = winnow(*command, "--name", name)
        assert (done.exit_code, done.stderr) == (1, f"Error: there is nobody called {name}\n")


def test_a_name_that_is_taken_and_a_last_admin_are_refused_with_one_line(winnow):
    winnow("create", "--name", "ada", "--role", "admin")
    for done in (
        winnow("create", "--name", "ada"),
        winnow("disable", "--name", "ada"),
        winnow("role", "--name", "ada", "--role", "moderate"),
    ):
        assert (done.exit_code, done.stderr.count("\n"), "Traceback" in done.output) == (1, 1, False)


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_a_wrong_call(winnow, name):
    assert winnow("create", "--name", name).exit_code == 2


def test_who_signs_in_elsewhere_gets_no_password_here(winnow, store):
    People(store).create("herald", "olga", "admin", "", by="single sign-on", op="1", subject="id u-7")
    assert winnow("password", "--name", "olga").exit_code == 1
    assert People(store).find("herald", "olga").password == ""
