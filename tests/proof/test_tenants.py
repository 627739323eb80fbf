"""No key and no person of one site sees, changes or tells apart anything of another's, by words or by time.

Every route and method there is, with another site's keys and sessions of every role and our ids: refused or empty, no
trace on either side, and to the byte what is said of an id that exists nowhere.
"""

import difflib
import random
import re
import secrets
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from model.classifier import Classifier
from model.intervals import Interval, auc, bootstrap
from service.store.keys import Keys
from service.store.models import Change
from tests.coral import Coral
from tests.proof.walks import (
    ARTICLE,
    AUTHOR,
    FORBIDDEN,
    FORMS,
    NAMED_FREELY,
    OTHER_SHAPES,
    REFUSALS,
    SECRET,
    address,
    example,
    names,
    pages,
    routes,
)
from tests.support import PASSWORD, hold_everything, lines_of, model_like, small_model


@pytest.fixture
def ours(app, key_for, desk_for, store, tmp_path) -> dict[str, str]:
    """A site with something of every kind; the ids by the names that the routes give them."""
    api = key_for("admin", name="ada", site="herald")
    hold_everything(api, review_share=1)
    for n in range(3):
        comment = {"id": f"ours-{n}", "body": f"{SECRET}, {n}", "author": {"id": AUTHOR}, "article": {"id": ARTICLE}}
        assert api.post("/v1/comments", comment).status_code == 201
    claim = api.post("/v1/queue/claims", {"limit": 1}).json["claim"]
    webhook = api.post("/v1/webhooks", {"url": "https://herald.example/hook"}).json["id"]
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    assert api.post("/v1/comments/ours-2/decision", {"action": "reject"}).status_code == 200
    bob = key_for("moderate", name="bob", site="herald")
    (review,) = bob.post("/v1/queue/claims", {"reviews": True}).json["reviews"]
    folder = model_like(small_model(tmp_path / "small"), tmp_path / "stern", "stern", 2.0)
    stern, change = Classifier.load(folder, compiled=False), Change("published", "ada", SECRET)
    app.extensions["winnow"].publishing.publish("herald", folder, stern, change)
    desk_for("moderate", name="hana", site="herald")
    return {
        "key": Keys(store).of("herald")[0].id,
        "person": "hana",
        "number": "2",
        "comment_id": "ours-0",
        "author_id": AUTHOR,
        "article_id": ARTICLE,
        "token": claim,
        "webhook": webhook,
        "review": review["id"],
        "campaign_id": campaign["id"],
        "digest": stern.digest,
        "site": "herald",
        "version": stern.version,
        "event": api.get("/v1/events").json["items"][-1]["id"],
    }


@pytest.fixture
def nowhere(ours) -> dict[str, str]:
    """Ids of the same form as ours, which exist on no site."""
    draw = random.Random(1)

    def unlike(known: str) -> str:
        return "".join(
            draw.choice("abcdef" if sign.isalpha() else "3456789") if sign.isalnum() else sign for sign in known
        )

    # An event's id is a time: one that was nobody's, and lies beside ours.
    return {name: unlike(known) for name, known in ours.items()} | {"event": f"{ours['event'].partition('-')[0]}-77"}


def test_every_route_is_walked_with_anothers_key_and_nothing_shows(app, key_for, ours, store):
    theirs = key_for("admin", name="eve", site="rival")
    before = lines_of(store, "herald")
    numbers = count()
    walked = routes(app)
    assert len(walked) > 20
    for method, rule in walked:
        named = names(rule)
        path = address(rule, ours)
        body = example(app, method, rule)
        if body is None and method in ("PUT", "POST") and rule.startswith("/v1/policy"):
            policy = theirs.get("/v1/policy").json
            body = {"policy": policy, "last": 10} if rule == "/v1/policy/preview" else policy
        if isinstance(body, dict) and "decisions" in body:
            body = {"decisions": [{"id": ours["comment_id"], "action": "approve"}]}
        answer = theirs(method, path, body, Idempotency_Key=f"walk-{next(numbers)}")
        said = answer.text
        assert SECRET not in said, (method, rule)
        assert AUTHOR not in said or "author_id" in named, (method, rule)
        if named and not set(named) & NAMED_FREELY:
            assert answer.status_code in REFUSALS.get(rule, (403, 404)), (method, rule, answer.status_code, said)
        else:
            assert answer.status_code < 500, (method, rule, said)
        assert lines_of(store, "herald") == before, (method, rule)
    assert SECRET not in "".join(lines_of(store, "rival"))


@pytest.mark.parametrize("role", ["submit", "moderate", "admin", "coral"])
def test_a_key_that_was_made_for_another_site_never_reaches_ours(app, key_for, ours, role):
    theirs = key_for(role, name="eve", site="rival")
    for method, rule in routes(app):
        named = names(rule)
        if not named or set(named) & NAMED_FREELY:
            continue
        path = address(rule, ours)
        assert theirs(method, path, example(app, method, rule)).status_code in REFUSALS.get(rule, (403, 404)), (
            method,
            rule,
        )


def test_without_a_key_no_route_answers(app, ours):
    client = app.test_client()
    for method, rule in routes(app):
        path = address(rule, ours)
        answer = client.open(path, method=method)
        assert answer.status_code == (403 if rule in FORBIDDEN else 401), (method, rule)
        assert answer.content_type == "application/problem+json" or (method, rule) in OTHER_SHAPES, (method, rule)


def test_every_page_is_walked_by_anothers_admin_and_nothing_shows(app, desk_for, ours, store):
    before = lines_of(store, "herald")
    for method, rule in pages(app):
        named = names(rule)
        path = address(rule, ours)
        theirs = desk_for("admin", name="eve", site="rival")  # anew: a form may end a session
        form = {name: ours.get(value, value) for name, value in FORMS.get(rule, {}).items()}
        answer = theirs.post(path, form) if method == "POST" else theirs.get(path)
        assert SECRET not in answer.text, (method, rule)
        assert AUTHOR not in answer.text or "author_id" in named, (method, rule)
        if named and not set(named) & NAMED_FREELY:
            assert answer.status_code in (403, 404, 422), (method, rule, answer.status_code)
        assert answer.status_code < 500, (method, rule)
        assert lines_of(store, "herald") == before, (method, rule)
    assert SECRET not in "".join(lines_of(store, "rival"))


def test_without_a_session_no_page_answers(app, ours):
    client = app.test_client()
    for method, rule in pages(app):
        path = address(rule, ours)
        answer = client.open(path, method=method)
        assert (answer.status_code, "/console/sign-in" in answer.location) == (303, True), (method, rule)


@pytest.mark.parametrize("role", ["submit", "moderate", "admin", "delegate"])
def test_our_id_is_answered_to_the_byte_as_one_that_exists_nowhere(proof, app, key_for, ours, nowhere, store, role):  # noqa: PLR0913, PLR0917
    delegate = role == "delegate"
    theirs = key_for("admin" if delegate else role, name="eve", site="rival", delegate=delegate)
    before = lines_of(store, "herald")
    asked = [(method, rule, example(app, method, rule)) for method, rule in routes(app) if names(rule)]
    asked += [(*one, body) for one, body in IN_BODIES]
    asked += [("GET", query, None) for query in IN_QUERIES]
    headers = {"X_Moderator": "ada"} if delegate else {}
    for n, (method, rule, body) in enumerate(asked):
        pair = [ours, nowhere] if n % 2 else [nowhere, ours]
        said = [_said(theirs(method, address(rule, ids), filled(body, ids), **headers), ours, nowhere) for ids in pair]
        assert said[0] == said[1], (method, rule, _unlike(*said))
    assert lines_of(store, "herald") == before
    proof.figures(requests=2 * len(asked), told_apart=0)


@pytest.mark.parametrize("role", ["moderate", "admin"])
def test_a_page_with_our_id_is_to_the_byte_one_with_an_id_that_exists_nowhere(  # noqa: PLR0913, PLR0917
    proof, app, desk_for, ours, nowhere, store, role
):
    before = lines_of(store, "herald")
    asked = [(method, rule) for method, rule in pages(app) if names(rule) or rule in FORMS or method == "POST"]
    asked += [("GET", query) for query in IN_CONSOLE_QUERIES]
    for n, (method, rule) in enumerate(asked):
        said = []
        for ids in [ours, nowhere] if n % 2 else [nowhere, ours]:
            desk = desk_for(role, name="eve", site="rival")  # anew: a form may end a session
            form = EVERY_FIELD | FORMS.get(rule, {})
            at = address(rule, ids)
            answer = desk.get(at) if method == "GET" else desk.post(at, named(form, ids), op=f"op-{n}")
            said.append(_said(answer, ours, nowhere, {"csrf": desk.csrf}))
            sessions = app.extensions["winnow"].sessions
            for one in sessions.of("rival", "eve"):  # a page shows how many there are
                sessions.end("rival", "eve", one.id)
        assert said[0] == said[1], (method, rule, _unlike(*said))
    assert lines_of(store, "herald") == before
    proof.figures(pages=2 * len(asked), told_apart=0)


def test_what_we_call_a_request_means_nothing_elsewhere(app, key_for):
    ours, theirs = key_for("admin", name="ada"), key_for("admin", name="ada", site="rival")
    assert ours.post("/v1/comments", {"id": "a", "body": "Ours"}, Idempotency_Key="one").status_code == 201
    assert theirs.post("/v1/comments", {"id": "b", "body": "Other"}, Idempotency_Key="one").status_code == 201
    assert theirs.post("/v1/decisions", {"decisions": []}, Idempotency_Key="one").status_code == 422
    assert theirs.get("/v1/comments/a").status_code == 404


IN_BODIES: list[tuple[tuple[str, str], Any]] = [
    (("POST", "/v1/comments"), {"id": "<comment_id>", "body": "A reply", "parent_id": "<comment_id>"}),
    (("POST", "/v1/comments"), {"id": "<token>", "body": "By the author", "author": {"id": "<author_id>"}}),
    (("POST", "/v1/comments"), {"id": "<webhook>", "body": "Below", "article": {"id": "<article_id>"}}),
    (("POST", "/v1/comments/batch"), {"comments": [{"id": "<review>", "body": "x", "parent_id": "<comment_id>"}]}),
    (("POST", "/v1/decisions"), {"decisions": [{"id": "<comment_id>", "action": "approve"}]}),
    (("POST", "/v1/decisions"), {"claim": "<token>", "decisions": [{"id": "<campaign_id>", "action": "approve"}]}),
    (("POST", "/v1/model"), {"version": "<version>"}),
    (("POST", "/v1alpha1/comments:suggestscore"), {
        "comment": {"text": "x"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "clientToken": "comment:<comment_id>",
    }),
    (("POST", "/v1/queue/claims"), {"campaign": "<campaign_id>"}),
]  # fmt: skip
"""Ids that stand in a body; each is answered as to a site that never heard of it."""

IN_QUERIES = (
    "/v1/comments?author_id=<author_id>", "/v1/comments?article_id=<article_id>", "/v1/events?after=<event>&limit=5",
    "/v1/audit?by=<person>", "/v1/audit?on=<comment_id>", "/v1/audit?comment_id=<comment_id>",
    "/v1/queue?claim=<token>", "/v1/stats/agreement?moderator=<person>", "/v1/webhooks?cursor=<event>",
)  # fmt: skip

IN_CONSOLE_QUERIES = (
    "/console/keys/revoke?id=<key>", "/console/people/person?name=<person>", "/console/comments?author_id=<author_id>",
    "/console/comments?article_id=<article_id>", "/console/audit?by=<person>", "/console/authors?author=<author_id>",
    "/console/queue?claim=<token>", "/console/campaigns?cursor=<campaign_id>",
)  # fmt: skip

EVERY_FIELD = {
    **dict.fromkeys(("comment_id", "author_id", "article_id", "digest", "token", "webhook", "review"), ""),
    "id": "comment_id", "claim": "token", "have": "comment_id", "name": "person", "action": "approve", "text": "x",
}  # fmt: skip
"""What any form may ask for; values are names of ids, or mean themselves."""


def named(form: dict[str, str], ids: dict[str, str]) -> dict[str, str]:
    """A form with ids in it."""
    return {field: ids.get(value or field, value) for field, value in form.items()}


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A body with ids in it, wherever it names them."""
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    return address(value, ids) if isinstance(value, str) else value


def _said(answer: Any, *known: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """An answer without what tells one request from another: its id, the time, and the id that was asked for."""
    text = answer.text
    named = {one: name for ids in known for name, one in ids.items()}
    for one, name in sorted(named.items(), key=lambda pair: -len(pair[0])):
        if len(one) > 1:
            text = text.replace(one, f"<{name}>")
    text = re.sub(r'name="(op|csrf)" value="[^"]*"|[0-9T:.-]{19,}Z|"\d{13}-\d+"', "", text)
    counted = {"X-Request-Id", "Ratelimit", "Date", "Location", "Set-Cookie", "Content-Length", "X-Akismet-Guid"}
    headers = {name: value for name, value in answer.headers.items() if name.title() not in counted}
    return answer.status_code, headers, text


def _unlike(first: Any, second: Any) -> list[str]:
    """Where two answers differ."""
    lines = difflib.unified_diff(first[2].splitlines(), second[2].splitlines(), lineterm="", n=0)
    return [str(first[:2]), str(second[:2]), *lines][:12]


def told_apart(first: Callable[[], Any], second: Callable[[], Any], times: int) -> Interval:
    """How well one measurement of time tells two things apart, as an area under the curve; 0.5 is not at all.

    Both take turns in a random order. It is the Mann-Whitney statistic over the number of pairs.
    """
    draw, taken = random.Random(times), {True: np.empty(times), False: np.empty(times)}
    for n in range(times):
        for kind in draw.sample([True, False], 2):
            began = time.perf_counter()
            (first if kind else second)()
            taken[kind][n] = time.perf_counter() - began
    truth = np.repeat([True, False], times)
    return bootstrap(auc, truth, np.concatenate([taken[True], taken[False]]))


def surely(one: Interval) -> float:
    """How far from 0.5 an area is at the least: noise is not taken for a difference."""
    return max(one.low - 0.5, 0.5 - one.high, 0.0)


def test_time_does_not_tell_our_ids_from_those_that_exist_nowhere(proof, key_for, ours, nowhere):
    theirs = key_for("admin", name="eve", site="rival")
    found = {}
    for method, rule, body in TIMED:
        calls = [
            lambda ids=ids, method=method, rule=rule, body=body: theirs(method, address(rule, ids), filled(body, ids))
            for ids in (ours, nowhere)
        ]
        found[method, rule] = told_apart(*calls, proof.size(30, 800))
    assert all(surely(one) < TELLING for one in found.values()), found
    worst = max(found.values(), key=lambda one: abs(one.value - 0.5))
    proof.figures(
        kinds_of_id=len(found),
        AUC_farthest_from_a_half=worst.value,
        low_end_of_its_interval=worst.low,
        high_end_of_its_interval=worst.high,
    )


TIMED: list[tuple[str, str, Any]] = [
    ("GET", "/v1/comments/<comment_id>", None),
    ("PUT", "/v1/comments/<comment_id>", {"body": "x"}),
    ("POST", "/v1/comments/<comment_id>/decision", {"action": "approve"}),
    ("GET", "/v1/comments/<comment_id>/statement", None),
    ("GET", "/v1/authors/<author_id>", None),
    ("GET", "/v1/articles/<article_id>", None),
    ("GET", "/v1/webhooks/<webhook>", None),
    ("GET", "/v1/queue/campaigns/<campaign_id>", None),
    ("PATCH", "/v1/queue/claims/<token>", {}),
    ("POST", "/v1/reviews/<review>", {"action": "approve"}),
    ("POST", "/v1/model", {"version": "<version>"}),
]

TELLING = 0.15
"""From here on a single look, or some, would tell somebody something."""


def test_time_tells_nobody_who_has_an_account_or_a_key(proof, app, key_for, store):
    parts = app.extensions["winnow"]
    digest = parts.passwords.digest(PASSWORD)
    parts.people.create("herald", "ada", "admin", digest, by="operator", op="1")
    parts.people.create("rival", "eve", "admin", digest, by="operator", op="1")
    addresses = count()

    def enter(name: str, site: str) -> Callable[[], Any]:
        def send() -> None:
            around = {"REMOTE_ADDR": f"10.{next(addresses) >> 8 & 255}.{next(addresses) & 255}.7"}
            form = {"site": site, "name": name or secrets.token_hex(2), "password": "seven quiet herring"}
            assert app.test_client().post("/console/sign-in", data=form, environ_base=around).status_code == 401
            for counter in store._client.keys("{winnow}:sign-in:*"):
                store._client.delete(counter)

        return send

    enter("ada", "herald")()  # the first of all makes nobody's digest
    key = key_for("coral", site="herald").key
    client = app.test_client()

    def guess(text: str) -> Callable[[], Any]:
        return lambda: client.get("/v1/model", headers={"Authorization": f"Bearer {text}"})

    def sign(site: str) -> Callable[[], Any]:
        return lambda: Coral(client, ("s" * 40,), site).ask("x")

    people, keys = proof.size(5, 60), proof.size(40, 800)
    found = {
        "name": told_apart(enter("ada", "herald"), enter("", "herald"), people),
        "site": told_apart(enter("ada", "herald"), enter("ada", "nowhere"), people),
        "key": told_apart(guess(f"{key[:-4]}aaaa"), guess("b" * len(key)), keys),
        "coral": told_apart(sign("herald"), sign("nowhere"), keys),
    }
    assert all(surely(one) < TELLING for one in found.values()), found
    proof.figures(
        **{f"AUC_of_{name}": one.value for name, one in found.items()},
        widest_interval_of_these=max(one.high - one.low for one in found.values()),
    )
