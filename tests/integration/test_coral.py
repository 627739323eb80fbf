"""Coral's external moderation phase: hand-signed requests, and answers that Coral would take."""

import pytest

from service.holdings import SiteHoldings
from service.store import coral as coral_module
from service.store.coral import CoralSecrets
from service.store.keys import SECRETS_AT_MOST, Keys, SecretKnown, TooManySecrets, is_secret
from service.store.sites import Sites
from tests.coral import Coral, request, signature, written
from tests.support import everything, hold_everything, uncounted

INSULT = "<p>You stupid, <b>worthless</b> idiot.</p>"
CORALS_OWN = "empsec_" + "0123456789abcdef" * 4


@pytest.fixture
def coral(app, key_for):
    return Coral(app.test_client(), (key_for("coral").key,))


@pytest.fixture
def with_secret(app, store):
    """Makes a Coral with secrets of its own making: `with_secret(first, second, site="herald")`; all are given here."""

    def make(*secrets, site="herald"):
        for secret in secrets:
            Keys(store).create(site, "coral", "", secret=secret)
        return Coral(app.test_client(), secrets, site)

    return make


@pytest.fixture
def at_once(monkeypatch):
    """Workers that ask for secrets at each request, as they do every two seconds."""
    monkeypatch.setattr(coral_module, "FRESH_SECONDS", 0.0)


def set_policy(api, **changed):
    policy = api.get("/v1/policy").json
    answer = api.put("/v1/policy", policy | changed)
    assert answer.status_code == 200, answer.json


def test_a_good_comment_gets_no_opinion_and_a_bad_one_waits(coral):
    assert coral.status("<p>Great read, thanks!</p>") is None
    assert coral.ask(INSULT).json == {
        "status": "PREMOD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }


def test_a_rejection_has_a_reason_for_the_author(coral, api):
    set_policy(api, thresholds={"insult": {"hold": None, "reject": 0.5}})
    answer = coral.ask(INSULT)
    assert coral.status(INSULT) == "REJECTED"
    assert answer.json["moderationAction"]["rejectionReason"]["code"] == "ABUSIVE"
    assert "stupid" not in answer.text


def test_blocked_words_are_told_as_banned_and_are_not_quoted(coral, api):
    set_policy(api, words={"block": ["heronry"], "suspect": []})
    answer = coral.ask("The heronry again")
    assert answer.json["moderationAction"]["rejectionReason"]["code"] == "BANNED_WORD"
    assert "heronry" not in answer.text


def test_what_is_set_here_for_authors_and_articles_holds_for_coral(coral, api):
    api.put("/v1/authors/u-9/standing", {"standing": "banned"})
    assert coral.status("Hello", author={"id": "u-9", "role": "COMMENTER"}) == "REJECTED"
    api.put("/v1/articles/a-9/mode", {"mode": "pre"})
    assert coral.status("Hello", story={"id": "a-9", "url": "https://news.example/a-9"}) == "PREMOD"


def test_a_rule_on_new_authors_takes_corals_users_for_new_for_ever(coral, api):
    set_policy(api, first_time={"hold_below": 1})
    assert [coral.status(f"Comment {n}") for n in range(3)] == ["PREMOD"] * 3


def test_an_edit_is_no_copy_of_its_comment(coral):
    assert [coral.status("The same words") for _ in range(3)] == [None] * 3
    assert [coral.status("The same words", action="EDIT") for _ in range(3)] == [None] * 3
    assert coral.status("The same words") == "PREMOD"


@pytest.mark.parametrize("role", ["STAFF", "MODERATOR", "ADMIN"])
def test_who_works_for_the_site_gets_no_opinion(coral, role):
    assert coral.status(INSULT, author={"id": "u", "role": role}) is None
    assert coral.status(INSULT, author={"id": "u", "role": "MEMBER"}) == "PREMOD"


def test_a_comment_without_words_gets_no_opinion(coral, api):
    hold_everything(api)
    assert coral.status("<div></div>") is None


def test_a_comment_that_is_too_long_to_be_read_in_time_waits(coral):
    assert coral.status("Good words. " * 800) is None
    assert coral.status("Good words. " * 900) == "PREMOD"
    assert coral.status("<b>" * 20_000 + "Good words.") == "PREMOD"


def test_text_is_judged_as_html_is(coral):
    assert coral.status("You stupid, worthless idiot.") == "PREMOD"
    assert coral.status("I <3 this") is None


@pytest.mark.parametrize(
    "body", ["Grüße aus Köln, schöner Text 🌾", "ありがとう", "a\u2028b", "\U0001f469\u200d\U0001f4bb"]
)
def test_the_signature_is_over_the_bytes_whatever_they_say(coral, body):
    assert coral.ask(body).status_code in {200, 204}


@pytest.mark.parametrize("half", [r"\ud800", r"\udc00\ud800", r"\uDFFF"])
def test_half_a_character_hides_no_comment(coral, half):
    raw = written(request(INSULT + "HALF")).replace(b"HALF", half.encode())
    answer = coral.send(raw)
    assert (answer.status_code, answer.json["status"]) == (200, "PREMOD")


def test_nul_and_a_strange_story_hide_no_comment(coral):
    assert coral.status("You stupid, worth\0less idiot.", story={"id": "x" * 500, "url": "\0"}) == "PREMOD"


def test_nothing_of_a_comment_is_stored_and_a_replay_changes_only_counts(coral, store):
    asked = request("A sentence that Coral asks about", author={"id": "a-reader", "role": "COMMENTER"})
    for _ in range(2):
        assert coral.send(written(asked)).status_code == 204
    kept = everything(store)
    assert "sentence" not in kept
    assert "a-reader" not in kept
    assert "checked=coral/approve': '2'" in kept
    assert not store._client.exists("{herald}:list:approved")


def test_the_request_counts_against_the_keys_rate(coral, store):
    coral.ask("Hello")
    (key,) = Keys(store).of("herald")
    assert store._client.keys(f"{{herald}}:rate:key:{key.id}:*")


def test_the_document_names_the_route_and_how_it_is_signed(api):
    asked = api.get("/openapi.json").json["paths"]["/coral/{site}/moderate"]["post"]
    assert asked["security"] == [{"coral": []}]
    assert {"200", "204", "400", "401", "403", "413", "415", "422", "429", "503"} <= set(asked["responses"])


# Signatures.


def test_coral_signs_with_a_secret_of_its_own(with_secret):
    assert with_secret(CORALS_OWN).status(INSULT) == "PREMOD"


def test_while_a_secret_is_rotated_either_side_may_be_ahead(app, with_secret):
    new, old = "n" * 40, "o" * 40
    client = app.test_client()
    with_secret(old)
    assert Coral(client, (old, new)).ask("Hello").status_code == 204
    assert Coral(client, (new, old)).ask("Hello").status_code == 204
    assert Coral(client, (new,)).ask("Hello").status_code == 401


def test_several_secrets_are_in_force_at_once(app, with_secret):
    with_secret("o" * 40, "n" * 40)
    for secret in ("o" * 40, "n" * 40):
        assert Coral(app.test_client(), (secret,)).ask("Hello").status_code == 204


def refused(answer):
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"]
    return {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}, answer.data


def test_whatever_is_wrong_with_a_signature_there_is_one_answer_and_a_site_that_is_none_gets_it_too(
    app, coral, with_secret
):
    rival, client = with_secret("r" * 40, site="rival"), app.test_client()
    raw = written(request("Hello"))
    refusals = [
        coral.send(raw, signed=raw.replace(b"Hello", b"hello")),
        coral.send(raw, signed=raw.replace(b"\n", b"")),
        Coral(client, ("w" * 40,)).ask("Hello"),
        Coral(client, rival.secrets).ask("Hello"),
        Coral(client, coral.secrets, "rival").ask("Hello"),
        Coral(client, coral.secrets, "nowhere").ask("Hello"),
        Coral(client, coral.secrets, "winnow").ask("Hello"),
        coral.send(raw, headers={}),
        coral.send(raw, headers={"X-Coral-Signature": "sha256=" + "a" * 63}),
        coral.send(raw, headers={"X-Coral-Signature": signature(raw, coral.secrets) + ",md5=x"}),
        coral.send(raw, headers={"Authorization": f"Bearer {coral.secrets[0]}"}),
    ]
    assert all(refused(one) == refused(refusals[0]) for one in refusals)
    assert rival.ask("Hello").status_code == 204


def test_who_is_refused_leaves_no_trace(coral, with_secret, store):
    rival = with_secret("r" * 40, site="rival")
    before = uncounted(store)
    for site in ("herald", "nowhere"):
        refused(Coral(coral.client, rival.secrets, site).ask("Hello"))
    assert uncounted(store) == before


def test_an_admins_key_is_no_signature(api):
    answer = api.post("/coral/herald/moderate", request("Hello"))
    assert answer.status_code == 401
    assert Coral(api.client, (api.key,)).ask("Hello").status_code == 401


def test_a_revoked_key_signs_no_more(coral, store, at_once):
    assert coral.ask("Hello").status_code == 204
    (key,) = Keys(store).of("herald")
    assert Keys(store).revoke(key.id)
    refused(coral.ask("Hello"))
    assert coral.secrets[0] not in everything(store)


def test_a_worker_believes_what_it_saw_for_two_seconds_at_the_most(coral, store, monkeypatch):
    assert coral.ask("Hello").status_code == 204
    Keys(store).revoke(Keys(store).of("herald")[0].id)
    assert coral.ask("Hello").status_code == 204
    later = coral_module.time.monotonic() + 2.0
    monkeypatch.setattr(coral_module.time, "monotonic", lambda: later)
    assert coral.ask("Hello").status_code == 401


def test_a_closed_site_tells_so_to_who_signs_and_to_nobody_else(coral, store, at_once):
    Sites(store, settles=0).close("herald", "op-1", "olga")
    answer = coral.ask("Hello")
    assert (answer.status_code, answer.json["type"]) == (403, "urn:winnow:problem:site-closed")
    refused(Coral(coral.client, ("w" * 40,)).ask("Hello"))


# While Redis is away.


@pytest.fixture
def away(monkeypatch, cut_off):
    """Takes Redis away once what a worker saw of the secrets is old."""

    def leave():
        monkeypatch.setattr(coral_module, "FRESH_SECONDS", 0.0)
        cut_off()

    return leave


def test_while_redis_is_away_a_site_that_was_seen_goes_on(coral, away):
    assert coral.status(INSULT) == "PREMOD"
    away()
    assert coral.status(INSULT) == "PREMOD"
    assert coral.status("Great read, thanks!") is None


def test_then_a_signature_that_is_not_known_is_503_as_a_site_is(coral, away):
    coral.ask("Hello")
    away()
    for other in (Coral(coral.client, ("w" * 40,)), Coral(coral.client, ("w" * 40,), "nowhere")):
        assert other.ask("Hello").status_code == 503


def test_what_was_seen_is_forgotten_after_ten_minutes(coral, away, monkeypatch):
    coral.ask("Hello")
    away()
    later = coral_module.time.monotonic() + 600
    monkeypatch.setattr(coral_module.time, "monotonic", lambda: later)
    assert coral.ask("Hello").status_code == 503


def test_made_up_sites_push_no_real_one_out_and_are_not_remembered_without_end(store, monkeypatch):
    monkeypatch.setattr(coral_module, "REMEMBERED", 5)
    Keys(store).create("herald", "coral", "")
    secrets = CoralSecrets(store)
    secrets.of("herald")
    for n in range(20):
        assert not secrets.of(f"made-up-{n}").by_key
    assert len(secrets._without) <= 5
    assert list(secrets._seen) == ["herald"]


def test_a_site_without_secrets_is_asked_for_as_seldom_as_one_with(store, monkeypatch):
    Keys(store).create("herald", "coral", "")
    secrets, asked = CoralSecrets(store), []
    real = store.together
    monkeypatch.setattr(store, "together", lambda build: asked.append(1) or real(build))
    for site in ("herald", "nowhere"):
        for _ in range(3):
            secrets.of(site)
    assert len(asked) == 2


# The secrets as they are kept.


def test_a_secret_is_kept_under_its_site_and_shown_nowhere_again(coral, store, desk_for):
    secret = coral.secrets[0]
    (key,) = Keys(store).of("herald")
    assert store._client.hgetall("{herald}:coral-secrets") == {key.id: secret}
    assert everything(store).count(secret) == 1
    assert secret not in str(list(SiteHoldings(store, "herald").everything()))
    assert secret not in desk_for("admin").get("/console/keys").text


def test_what_was_done_is_in_the_audit_log_without_the_secret(with_secret, store):
    with_secret(CORALS_OWN)
    (key,) = Keys(store).of("herald")
    Keys(store).revoke(key.id, by="olga")
    lines = [entry for _, entry in store._client.xrange("{herald}:audit")]
    assert [(one["by"], one["act"]) for one in lines] == [("operator", "key.created"), ("olga", "key.revoked")]
    assert CORALS_OWN not in str(lines)


def test_secrets_go_with_their_site(with_secret, store):
    with_secret(CORALS_OWN)
    list(Sites(store, settles=0).erase("herald", "op-1", "olga"))
    assert CORALS_OWN not in everything(store)
    assert "herald" not in everything(store)


def test_one_secret_on_two_sites_is_two_keys(with_secret, store):
    for site in ("herald", "rival"):
        assert with_secret(CORALS_OWN, site=site).ask("Hello").status_code == 204
    herald, rival = Keys(store).all()
    assert {herald.site, rival.site} == {"herald", "rival"}
    assert herald.id != rival.id


def test_the_same_secret_again_is_refused_with_the_key_that_has_it(with_secret, store):
    with_secret(CORALS_OWN)
    with pytest.raises(SecretKnown, match=Keys(store).of("herald")[0].id):
        with_secret(CORALS_OWN)
    assert len(Keys(store).of("herald")) == 1


def test_a_site_has_eight_at_the_most(with_secret, store):
    several = with_secret(*(f"{n}" * 40 for n in range(SECRETS_AT_MOST)))
    assert several.ask("Hello").status_code == 204
    before = everything(store)
    with pytest.raises(TooManySecrets):
        with_secret("x" * 40)
    assert everything(store) == before
    Keys(store).revoke(Keys(store).of("herald")[0].id)
    with_secret("x" * 40)


def test_two_who_make_the_last_one_at_once_leave_no_key_that_signs_nothing(with_secret, store, monkeypatch):
    with_secret(*(f"{n}" * 40 for n in range(SECRETS_AT_MOST)))
    monkeypatch.setattr(Keys, "_make_room", lambda *_: None)
    with pytest.raises(TooManySecrets):
        with_secret("x" * 40)
    assert len(Keys(store).of("herald")) == SECRETS_AT_MOST
    assert store._client.hlen("{herald}:coral-secrets") == SECRETS_AT_MOST


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, "x" * 257, "x" * 40 + " y", "x" * 40 + "\n", "ü" * 40])
def test_what_is_short_or_cannot_be_copied_is_no_secret(secret):
    assert not is_secret(secret)


def test_a_secret_opens_nothing_as_a_key(with_secret):
    coral = with_secret(CORALS_OWN)
    answer = coral.client.get("/v1/model", headers={"Authorization": f"Bearer {CORALS_OWN}"})
    assert answer.status_code == 401


# The console's form.


def test_an_admin_gives_corals_secret_in_the_console_and_it_is_not_shown(app, desk_for, store):
    desk = desk_for("admin")
    answer = desk.post("/console/keys", {"role": "coral", "name": "phase", "secret": f" {CORALS_OWN} "})
    assert answer.status_code == 200
    assert CORALS_OWN not in answer.text
    assert Coral(app.test_client(), (CORALS_OWN,)).ask("Hello").status_code == 204
    again = desk.post("/console/keys", {"role": "coral", "secret": CORALS_OWN})
    assert (again.status_code, Keys(store).of("herald")[0].id in again.text) == (422, True)
    assert CORALS_OWN not in again.text


@pytest.mark.parametrize("form", [{"role": "coral", "secret": "short"}, {"role": "submit", "secret": CORALS_OWN}])
def test_a_secret_that_does_not_fit_makes_no_key_and_is_not_shown_again(desk_for, store, form):
    answer = desk_for("admin").post("/console/keys", form)
    assert answer.status_code == 422
    assert form["secret"] not in answer.text
    assert Keys(store).all() == []


def test_a_ninth_is_refused_in_the_console_too(desk_for, with_secret):
    with_secret(*(f"{n}" * 40 for n in range(SECRETS_AT_MOST)))
    assert desk_for("admin").post("/console/keys", {"role": "coral"}).status_code == 422
