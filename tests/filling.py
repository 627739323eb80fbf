"""A site with something of every kind on it, made through the API, and the console's pages with what they are asked for.

Pages are taken from the app's own routes, so that no new one is forgotten: one whose address has a part that `fill`
knows no value of fails the tests that walk.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from model.checks import Check, Figure, Report
from model.classifier import DEFAULT
from service.api.context import Parts
from service.store.models import Change
from service.store.suggestions import Suggestion
from tests.support import later

Call = Callable[[str, str, Any], Any]
"""Method, path and body to the answer's JSON; it fails on any other answer than a good one."""

PLACE = re.compile(r"<(?:\w+:)?(\w+)>")

STATIC = "/console/static/<path:filename>"
LOST = "/console/<path:rest>"

NOT_THERE = {LOST, "/console/sso", "/console/sso/back"}
"""Where there is nothing on a site without accounts from elsewhere; that, too, is said by a page."""

QUERIES = {
    "/console/campaigns/<id:campaign_id>/dry-run": "?action=reject&labels=spam",
    "/console/keys/revoke": "?id=<key>",
    "/console/people/person": "?name=<person>",
}
"""What an address has to say behind its path, where there is no page without it."""

REPORT = Report(
    "an-older-one",
    (
        Check("integrity", True, "all finite"),
        Check(
            "identity slices",
            False,
            "false positive rate +0.070 over all terms, 0.020 more is tolerated",
            (
                Figure("false positive rate, over all terms", 0.07, False, most=0.02),
                Figure("mean subgroup AUC", 0.004, True, least=-0.01, low=-0.002, high=0.011),
            ),
        ),
    ),
)
"""What the gate is taken to have said of the model that is in force."""

WHOLE = "<!doctype html>"
"""How a page begins; what a route answers without it is a part of a page, or a file."""

PITCH = "My neighbour wrote a long letter to the council about the old trees in our street and nobody answered it"

LONG_WORD = "Donaudampfschifffahrtselektrizitäten" * 40

BODIES = (
    "You stupid, worthless idiot. Nobody wants to read this.",
    "Thanks, that was a good read.\n\nI learned something about trees.",
    "Visit https://win-cash.example/now and win! Call 0800 123456 at once.",
    f"A word without an end: {LONG_WORD}",
    "Hidden: a\u202eb\u202c c\u200bd, and <script>alert(1)</script> & <b>more</b>",
    "مرحبا بالجميع، هذا تعليق عادي",
    "I will find you and kill you.",
    "What a lovely photograph of the harbour this is.",
)
"""One comment each, all of them different."""


@dataclass(frozen=True, slots=True)
class People:
    """Who calls the API; the console's visitor has the name of the admin's key."""

    admin: Call
    moderator: Call
    reviewer: Call


def fill(people: People, parts: Parts, site: str = "herald") -> dict[str, str]:
    """Makes the site; says what stands for each part of a page's address, by its name there.

    :param parts: those of the service, for what has no route: people who sign in, and models.
    """
    admin = people.admin
    draft = admin("GET", "/v1/policy", None)
    maps = {"TOXICITY": [[0, 0], [0.8, 0.077], [1, 1]], "PROFANITY_EXPERIMENTAL": [[0, 0], [1, 1]]}
    changed = {"mode": "pre", "review_share": 1.0, "audit_share": 0.5, "perspective": maps}
    policy = admin("PUT", "/v1/policy", draft | changed)
    for n, body in enumerate(BODIES):
        admin("POST", "/v1/comments", _comment(f"c-{n}", body, n))
    admin("POST", "/v1/comments", _comment("c-answer", "I do not agree with that at all.", 3) | {"parent_id": "c-1"})
    for n in range(4):
        text = f"{PITCH}, see page {n} of https://letters-{n}.example/{n * 31}"
        admin("POST", "/v1/comments", _comment(f"copy-{n}", text, 20 + n))
    _decide(people)
    (campaign, *_) = admin("GET", "/v1/queue/campaigns", None)["items"]
    webhook = admin("POST", "/v1/webhooks", {"url": "https://newsroom.example/hook"})["id"]
    admin("PUT", "/v1/articles/a-1/mode", {"mode": "closed", "until": later(hours=2)})
    admin("PUT", "/v1/policy/shadow", policy | {"mode": "post"})
    admin("POST", "/v1/comments", _comment("c-shadowed", "What does the draft say of this?", 5))
    return {
        "comment_id": "c-0",
        "author_id": "u-0",
        "article_id": "a-1",
        "campaign_id": campaign["id"],
        "webhook": webhook,
        "number": str(policy["version"]),
        **_reviewed(people),
        **_furnished(parts, site),
    }


def _decide(people: People) -> None:
    """Decisions of every kind by the moderator, an appeal, reports, notes and standings."""
    moderator, admin = people.moderator, people.admin
    moderator("POST", "/v1/comments/c-0/notes", {"text": "Known to us from <i>before</i>."})
    moderator("POST", "/v1/comments/c-1/decision", {"action": "approve"})
    for one in ("c-2", "c-6"):
        moderator("POST", f"/v1/comments/{one}/decision", {"action": "reject", "labels": ["spam", "threat"]})
    moderator("POST", "/v1/comments/c-5/decision", {"action": "escalate", "note": "Who reads Arabic?"})
    admin("POST", "/v1/comments/c-6/appeals", {"statement": "It was a quotation from a film."})
    for n in range(3):
        report = {"reporter_id": f"r-{n}", "reason": "rude", "note": "Look at this, please."}
        admin("POST", "/v1/comments/c-1/reports", report)
        admin("POST", "/v1/comments/c-0/reports", report)
    moderator("PUT", "/v1/authors/u-0/standing", {"standing": "watched", "until": later(days=3)})
    moderator("PUT", "/v1/authors/u-2/standing", {"standing": "banned"})


def _reviewed(people: People) -> dict[str, str]:
    """A disagreement that waits, and reviews that the admin holds."""
    first = people.reviewer("POST", "/v1/queue/claims", {"reviews": True, "limit": 1})["reviews"][0]["id"]
    people.reviewer("POST", f"/v1/reviews/{first}", {"action": "reject", "labels": ["insult"]})
    wanted = {"reviews": True, "limit": 1, "lease_seconds": 3600}
    held = people.admin("POST", "/v1/queue/claims", wanted)
    return {"token": held["claim"], "review": held["reviews"][0]["id"]}


def _furnished(parts: Parts, site: str) -> dict[str, str]:
    """A model that was put in force over the gate's refusal, a person, a key, and labels from elsewhere."""
    own = parts.models.own
    change = Change("filled", "admin", "The election is tomorrow (over the gate's identity slices)")
    parts.publishing.publish(site, DEFAULT, own, change, REPORT)
    parts.publishing.choose(site, own.version, Change("filled-again", "admin", "once more"))
    person = parts.people.create(site, "grace", "moderate", "", by="operator", op="made grace")
    key = parts.keys.of(site)[0]
    for n, body in enumerate(BODIES):
        suggestion = Suggestion("akismet", body, {"spam": n % 2, "toxicity": 0.25}, f"c-{n}" if n else None)
        parts.suggestions.add(site, replace(key, role="submit"), "website", suggestion)
    return {"digest": own.digest, "person": person.name, "key": key.id}


def _comment(comment_id: str, body: str, n: int) -> dict[str, Any]:
    author = {"id": f"u-{n}", "name": f"Reader {n}", "email": f"reader-{n}@mail.example", "ip": f"203.0.113.{n}"}
    url = f"https://news.example/{n % 2}?a=1&b=2"
    article = {"id": f"a-{n % 2}", "title": "Trees & <harbours>", "section": "news", "url": url}
    return {"id": comment_id, "body": body, "author": author, "article": article}


def pages(app: Any, known: Mapping[str, str]) -> dict[str, str]:
    """Where each page of the console is, by its route; static files are none, and one of those that are none is."""
    found = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/console") or "GET" not in rule.methods or rule.rule in (STATIC, LOST):
            continue
        address = rule.rule + QUERIES.get(rule.rule, "")
        missing = set(PLACE.findall(address)) - set(known)
        assert not missing, f"{rule.rule}: tests/filling.py has no {missing}"
        found[rule.rule] = PLACE.sub(lambda place: known[place[1]], address)
    return dict(sorted(found.items())) | {LOST: "/console/nowhere"}
