"""Every route and method there is, with another site's key and our ids: refused or empty, and no trace on either side."""

import re
from itertools import count
from typing import Any

import pytest

from service.store.keys import Keys
from service.store.models import Change
from tests.integration.test_bad_input import ROUTES
from tests.support import everything, hold_everything

SECRET = "a sentence that only the herald has"
AUTHOR = "herald-reader-7"
ARTICLE = "herald-article-7"

PUBLIC = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs/", "/docs/static/<path:name>"}
"""What nobody needs a key for; it holds nothing of any site."""

OPEN_PAGES = {
    *("/console/sign-in", "/console/sign-out", "/console/sso", "/console/sso/back"),
    *("/console/static/<path:filename>", "/console/<path:rest>"),
}
"""The console's that need no session, end one, or are none."""

OTHER_SHAPES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/moderations"): {"input": SECRET},
}
"""Other services' interfaces, whose errors have those services' own shapes, and a body that each takes."""

FORMS: dict[str, dict[str, Any]] = {
    "/console/campaigns/<id:campaign_id>/decision": {"action": "reject"},
    "/console/authors/<text:author_id>": {"standing": "banned"},
    "/console/articles": {"article_id": ARTICLE, "mode": "closed"},
    "/console/articles/<text:article_id>": {"mode": "closed"},
    "/console/webhooks": {"url": "https://rival.example/hook"},
    "/console/webhooks/<id:webhook>": {"url": "https://rival.example/hook"},
    "/console/webhooks/<id:webhook>/enabled": {"enabled": "no"},
    "/console/webhooks/<id:webhook>/parked": {"which": "all"},
    "/console/keys/revoke": {"id": "key"},
    "/console/people/access": {"name": "person", "open": "false"},
    "/console/people/password": {"name": "person"},
    "/console/people/role": {"name": "person", "role": "admin"},
    "/console/policy/versions/<int:number>": {"version": "2"},
}
"""What the console's forms send, by the route's address; the walk sends an empty form to the others."""

NAMED_FREELY = {"author_id", "article_id"}
"""Parameters whose values are the newsroom's own words: the other site may have the same, and means its own by them."""


def routes(app) -> list[tuple[str, str]]:
    """All of them, from the app itself, so that no new one is forgotten."""
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule not in PUBLIC and not rule.rule.startswith("/console/")
    )


def pages(app) -> list[tuple[str, str]]:
    """All of the console, for who is signed in."""
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/console/") and rule.rule not in OPEN_PAGES
    )


def lines_of(store, site: str) -> list[str]:
    """All that Redis holds of a site but for the counts of requests."""
    return sorted(
        line
        for line in everything(store).splitlines()
        if line.startswith(f"{{{site}}}") and ":rate:" not in line and ":once:" not in line
    )


@pytest.fixture
def ours(app, key_for, desk_for, store, folders, loaded) -> dict[str, str]:  # noqa: PLR0913, PLR0917  # each makes its kind
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
    stern = loaded["stern"]
    change = Change("published", "ada", SECRET)
    app.extensions["winnow"].publishing.publish("herald", folders["stern"], stern, change)
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
    }


def example(app, method: str, rule: str) -> Any:
    """A body that the route takes."""
    if (method, rule) in OTHER_SHAPES:
        return OTHER_SHAPES[method, rule]
    adapter = app.url_map.bind("localhost")
    for (at, path), body in ROUTES.items():
        if at == method and adapter.match(path.partition("?")[0], method=method, return_rule=True)[0].rule == rule:
            return body
    return None


def test_every_route_is_walked_with_anothers_key_and_nothing_shows(app, key_for, ours, store):
    theirs = key_for("admin", name="eve", site="rival")
    before = lines_of(store, "herald")
    numbers = count()
    walked = routes(app)
    assert len(walked) > 20
    for method, rule in walked:
        names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
        missing = set(names) - set(ours)
        assert not missing, f"{rule}: the walk has no {missing} of ours"
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ours[found[1]], rule)
        body = example(app, method, rule)
        if body is None and method in ("PUT", "POST") and rule.startswith("/v1/policy"):
            policy = theirs.get("/v1/policy").json
            body = {"policy": policy, "last": 10} if rule == "/v1/policy/preview" else policy
        if isinstance(body, dict) and "decisions" in body:
            body = {"decisions": [{"id": ours["comment_id"], "action": "approve"}]}
        answer = theirs(method, path, body, Idempotency_Key=f"walk-{next(numbers)}")
        said = answer.text
        assert SECRET not in said, (method, rule)
        assert AUTHOR not in said or "author_id" in names, (method, rule)
        if names and not set(names) & NAMED_FREELY:
            assert answer.status_code in (403, 404), (method, rule, answer.status_code, said)
        else:
            assert answer.status_code < 500, (method, rule, said)
        assert lines_of(store, "herald") == before, (method, rule)
    assert SECRET not in "".join(lines_of(store, "rival"))


@pytest.mark.parametrize("role", ["submit", "moderate", "admin", "coral"])
def test_a_key_that_was_made_for_another_site_never_reaches_ours(app, key_for, ours, role):
    theirs = key_for(role, name="eve", site="rival")
    for method, rule in routes(app):
        names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
        if not names or set(names) & NAMED_FREELY:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ours[found[1]], rule)
        assert theirs(method, path, example(app, method, rule)).status_code in (403, 404), (method, rule)


def test_without_a_key_no_route_answers(app, ours):
    client = app.test_client()
    for method, rule in routes(app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ours[found[1]], rule)
        answer = client.open(path, method=method)
        assert answer.status_code == 401, (method, rule)
        assert answer.content_type == "application/problem+json" or (method, rule) in OTHER_SHAPES, (method, rule)


def test_every_page_is_walked_by_anothers_admin_and_nothing_shows(app, desk_for, ours, store):
    before = lines_of(store, "herald")
    for method, rule in pages(app):
        names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
        missing = set(names) - set(ours)
        assert not missing, f"{rule}: the walk has no {missing} of ours"
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ours[found[1]], rule)
        theirs = desk_for("admin", name="eve", site="rival")  # anew: a form may end a session
        form = {name: ours.get(value, value) for name, value in FORMS.get(rule, {}).items()}
        answer = theirs.post(path, form) if method == "POST" else theirs.get(path)
        assert SECRET not in answer.text, (method, rule)
        assert AUTHOR not in answer.text or "author_id" in names, (method, rule)
        if names and not set(names) & NAMED_FREELY:
            assert answer.status_code in (403, 404, 422), (method, rule, answer.status_code)
        assert answer.status_code < 500, (method, rule)
        assert lines_of(store, "herald") == before, (method, rule)
    assert SECRET not in "".join(lines_of(store, "rival"))


def test_without_a_session_no_page_answers(app, ours):
    client = app.test_client()
    for method, rule in pages(app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ours[found[1]], rule)
        answer = client.open(path, method=method)
        assert (answer.status_code, "/console/sign-in" in answer.location) == (303, True), (method, rule)
