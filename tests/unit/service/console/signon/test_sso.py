import sys

import pytest

from service.console.signon.sso import Claimed, NotAdmitted, Reading, reading_of, sign_on_of
from service.settings import SettingsError, load_settings
from service.store.people import People

READING = Reading("preferred_username", "roles", frozenset({"moderate", "desk"}), frozenset({"admin"}))

GIVEN = {
    "WINNOW_OIDC_ISSUER": "https://id.herald.example",
    "WINNOW_OIDC_CLIENT_ID": "winnow",
    "WINNOW_OIDC_CLIENT_SECRET": "very secret",
    "WINNOW_OIDC_SITE": "herald",
}


def claims(**more):
    return {"sub": "u-1", "preferred_username": "ada", "roles": ["moderate"], **more}


def load(tmp_path, **given):
    return load_settings(environ={"WINNOW_DATA": str(tmp_path), **given})


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["moderate"], "moderate"),
        ("moderate", "moderate"),
        (["readers", "desk"], "moderate"),
        (["moderate", "admin"], "admin"),
        ("admin", "admin"),
    ],
)
def test_a_role_is_one_value_or_one_of_many_and_the_higher_one_counts(roles, role):
    assert READING.claimed(claims(roles=roles)) == Claimed("u-1", "ada", role)


@pytest.mark.parametrize(
    "roles", [None, [], "", "Admin", "administrator", ["readers"], {"admin": True}, 1, [["admin"]]]
)
def test_whoever_has_no_role_is_not_let_in(roles):
    with pytest.raises(NotAdmitted, match="no role"):
        READING.claimed(claims(roles=roles))


@pytest.mark.parametrize("name", [None, "", "  ", 7, "a" * 101, "ada\u202e", "a\nda", ["ada"]])
def test_a_name_that_cannot_be_shown_is_none(name):
    with pytest.raises(NotAdmitted, match="preferred_username"):
        READING.claimed(claims(preferred_username=name))


def test_a_claim_is_found_by_its_whole_name_or_inside_of_others():
    keycloak = Reading("name", "realm_access.roles", frozenset(), frozenset({"admin"}))
    assert keycloak.claimed({"sub": "1", "name": "Ada", "realm_access": {"roles": ["admin"]}}).role == "admin"
    dotted = Reading("name", "https://herald.example/roles", frozenset(), frozenset({"admin"}))
    assert dotted.claimed({"sub": "1", "name": "Ada", "https://herald.example/roles": ["admin"]}).role == "admin"
    with pytest.raises(NotAdmitted):
        keycloak.claimed({"sub": "1", "name": "Ada", "realm_access": "admin"})


def test_what_the_settings_say_of_claims_is_read_with_or_without_blanks(tmp_path):
    settings = load(tmp_path, WINNOW_OIDC_MODERATE="desk, community ,", WINNOW_OIDC_NAME_CLAIM="name")
    assert reading_of(settings) == Reading("name", "roles", frozenset({"desk", "community"}), frozenset({"admin"}))


def test_without_an_issuer_nothing_is_imported(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "service.console.signon.oidc", None)
    assert sign_on_of(load(tmp_path), People(None)) is None


def test_with_an_issuer_there_is_a_provider(tmp_path):
    sign_on = sign_on_of(load(tmp_path, **GIVEN), People(None))
    assert (sign_on.issuer, sign_on.site) == ("https://id.herald.example", "herald")


@pytest.mark.parametrize("missing", sorted(set(GIVEN) - {"WINNOW_OIDC_ISSUER"}))
def test_an_issuer_alone_is_not_enough_and_what_is_missing_is_named(tmp_path, missing):
    with pytest.raises(SettingsError, match=missing):
        load(tmp_path, **{name: value for name, value in GIVEN.items() if name != missing})


@pytest.mark.parametrize("issuer", ["id.herald.example", "http://id.herald.example", "ftp://x", "https://a b"])
def test_an_issuer_is_an_address_that_nobody_between_can_read(tmp_path, issuer):
    with pytest.raises(SettingsError, match="OIDC_ISSUER"):
        load(tmp_path, **GIVEN | {"WINNOW_OIDC_ISSUER": issuer})


def test_without_the_extra_the_start_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "authlib", None)
    assert load(tmp_path).oidc_issuer is None
    with pytest.raises(SettingsError, match=r"pip install 'winnow\[sso\]'"):
        load(tmp_path, **GIVEN)
