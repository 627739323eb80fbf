"""Every route and method that there is, and what has to be sent to each; from the app itself, so that none is missed."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.integration.test_bad_input import ROUTES

PLACE: Final = re.compile(r"<(?:\w+:)?(\w+)>")

SECRET = "a sentence that only the herald has"
AUTHOR = "herald-reader-7"
ARTICLE = "herald-article-7"

PUBLIC = {
    *("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs/", "/docs/static/<path:name>"),
    *("/$discovery/rest", "/discovery/v1/apis/commentanalyzer/v1alpha1/rest"),
}
"""What nobody needs a key for; it holds nothing of any site."""

OPEN_PAGES = {
    *("/console/sign-in", "/console/sign-out", "/console/sso", "/console/sso/back"),
    *("/console/static/<path:filename>", "/console/<path:rest>"),
}
"""The console's that need no session, end one, or are none."""

OTHER_SHAPES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/moderations"): {"input": SECRET},
    ("POST", "/v1alpha1/comments:analyze"): {"comment": {"text": SECRET}, "requestedAttributes": {"TOXICITY": {}}},
    ("POST", "/v1alpha1/comments:suggestscore"): {
        "comment": {"text": SECRET},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "clientToken": "comment:ours-0",
        "doNotStore": True,
    },
}
"""Other services' interfaces, whose errors have those services' own shapes, and a body that each takes."""

FORBIDDEN = {"/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"}
"""Those that answer 403 where no key is sent."""

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

REFUSALS = {"/coral/<id:site>/moderate": (401,)}
"""How a route refuses another site's key, where it takes something else than keys."""

NAMED_FREELY = {"author_id", "article_id"}
"""Parameters whose values are the newsroom's own words: the other site may have the same, and means its own by them."""


OTHERS: Final = ("/1.1/", "/1.2/")
"""Where addresses of other services' interfaces begin; each has its own kind of answer, and a test of its own."""


def routes(app) -> list[tuple[str, str]]:
    """All of them, from the app itself, so that no new one is forgotten."""
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule not in PUBLIC and not rule.rule.startswith(("/console/", *OTHERS))
    )


def pages(app) -> list[tuple[str, str]]:
    """All of the console, for who is signed in."""
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/console/") and rule.rule not in OPEN_PAGES
    )


def example(app, method: str, rule: str) -> Any:
    """A body that the route takes."""
    if (method, rule) in OTHER_SHAPES:
        return OTHER_SHAPES[method, rule]
    adapter = app.url_map.bind("localhost")
    for (at, path), body in ROUTES.items():
        if at == method and adapter.match(path.partition("?")[0], method=method, return_rule=True)[0].rule == rule:
            return body
    return None


def names(rule: str) -> list[str]:
    """The parameters of a route."""
    return PLACE.findall(rule)


def address(rule: str, ids: Mapping[str, str]) -> str:
    """A route's address with these ids."""
    missing = set(names(rule)) - set(ids)
    assert not missing, f"{rule}: the walk has no {missing} of ours"
    return PLACE.sub(lambda found: ids[found[1]], rule)
