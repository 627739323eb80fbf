"""`winnow keys` for Coral: a secret made here, or Coral's own from stdin, and neither shown again."""

import orjson
import pytest

from service.store.keys import SECRETS_AT_MOST, Keys
from tests.coral import Coral
from tests.support import everything

CORALS_OWN = "empsec_" + "0123456789abcdef" * 4


@pytest.fixture
def winnow(commands):
    return commands("keys")


@pytest.fixture
def signs(app):
    """Whether requests that are signed with a secret are taken."""
    return lambda secret: Coral(app.test_client(), (secret,)).ask("Hello").status_code == 204


def test_a_secret_is_made_printed_once_and_signs(winnow, signs):
    done = winnow("create", "--role", "coral")
    secret = done.stdout.strip()
    assert (done.exit_code, len(secret)) == (0, 52)
    assert signs(secret)
    assert secret not in winnow("list").stdout + winnow("list", "--json").stdout


def test_corals_own_secret_comes_on_stdin_and_its_key_is_named_by_its_id_alone(winnow, signs, store):
    done = winnow("create", "--role", "coral", "--name", "phase", "--secret", "-", stdin=f"{CORALS_OWN}\n")
    (key,) = Keys(store).of("herald")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{key.id}\n", "")
    assert signs(CORALS_OWN)
    assert CORALS_OWN not in winnow("list", "--json").stdout
    assert [(one["by"], one["act"]) for _, one in store._client.xrange("{herald}:audit")] == [("olga", "key.created")]


def test_as_json_it_is_named_without_the_secret(winnow, store):
    done = winnow("create", "--role", "coral", "--name", "phase", "--secret", "-", "--json", stdin=CORALS_OWN)
    (key,) = Keys(store).of("herald")
    assert orjson.loads(done.stdout) == {"id": key.id, "site": "herald", "role": "coral", "name": "phase"}


def test_a_secret_in_the_command_is_refused_and_not_repeated(winnow, store):
    done = winnow("create", "--role", "coral", "--secret", CORALS_OWN)
    assert done.exit_code == 2
    assert CORALS_OWN not in done.output
    assert Keys(store).all() == []


@pytest.mark.parametrize("secret", ["", "\n", "too short\n", "x" * 31, "x" * 257, "ü" * 40])
def test_what_can_be_no_secret_makes_no_key_and_is_not_repeated(winnow, store, secret):
    done = winnow("create", "--role", "coral", "--secret", "-", stdin=secret)
    assert (done.exit_code, done.stdout) == (1, "")
    assert not secret.strip() or secret.strip() not in done.output
    assert everything(store) == ""


@pytest.mark.parametrize("role", ["submit", "moderate", "admin"])
def test_no_other_key_takes_a_secret(winnow, store, role):
    assert winnow("create", "--role", role, "--secret", "-", stdin=CORALS_OWN).exit_code == 2
    assert Keys(store).all() == []


def test_the_same_secret_again_names_the_key_that_has_it(winnow, store):
    winnow("create", "--role", "coral", "--secret", "-", stdin=CORALS_OWN)
    done = winnow("create", "--role", "coral", "--secret", "-", stdin=CORALS_OWN)
    (key,) = Keys(store).of("herald")
    assert (done.exit_code, key.id in done.stderr, CORALS_OWN in done.output) == (1, True, False)


def test_a_revoked_one_signs_no_more_and_makes_room(winnow, signs, store):
    for _ in range(SECRETS_AT_MOST):
        assert winnow("create", "--role", "coral").exit_code == 0
    assert winnow("create", "--role", "coral").exit_code == 1
    assert winnow("revoke", Keys(store).of("herald")[0].id).exit_code == 0
    assert winnow("create", "--role", "coral", "--secret", "-", stdin=CORALS_OWN).exit_code == 0
    assert winnow("revoke", Keys(store).of("herald")[-1].id).exit_code == 0
    assert not signs(CORALS_OWN)
    assert CORALS_OWN not in everything(store)
