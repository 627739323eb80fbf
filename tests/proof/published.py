"""The published document against the running service, by schemathesis: which checks there are, and which do not apply.

Each exception says why it is none of ours to keep. All else that schemathesis checks has to hold: documented statuses,
types and bodies, wrong data refused, right data taken, keys asked for, methods as `Allow` says.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

BEYOND_A_SCHEMA: Final = {
    "POST /v1/webhooks": "its address has to be a public one over https",
    "PATCH /v1/webhooks/{webhook}": "its address has to be a public one over https",
    "POST /v1/webhooks/{webhook}/replay": "either ids or all, not both",
    "PUT /v1/policy": "thresholds in order, RE2's syntax, registered domains",
    "POST /v1/policy/preview": "thresholds in order, RE2's syntax, registered domains",
    "PUT /v1/policy/shadow": "thresholds in order, RE2's syntax, registered domains",
    "POST /v1/policy/rollback": "it goes back: to an earlier version",
    "POST /v1/comments": "addresses of the internet and of mail, and a text that is not blank",
    "PUT /v1/comments/{comment_id}": "as for a post, and the id is the one in the address",
    "POST /v1/comments/batch": "as for a post",
    "POST /v1/comments/{comment_id}/reports": "an address of the internet, and a reason that is not blank",
    "POST /v1/comments/{comment_id}/notes": "a text that is not blank",
    "POST /v1/queue/claims": "reviews are not narrowed as comments are",
    "POST /v1/decisions": "each id once",
    "PUT /v1/authors/{author_id}/standing": "an end that is still to come",
    "PUT /v1/articles/{article_id}/mode": "an end that is still to come",
    "GET /v1/audit": "times in order", "GET /v1/stats": "times in order",
    "GET /v1/stats/agreement": "times in order", "GET /v1/transparency": "times in order",
    "POST /v1/moderations": "OpenAI's own refusals: images are not looked at",
    "POST /v1alpha1/comments:analyze": "Perspective's own refusals: an empty comment, no attribute, an unknown language",
    "POST /v1alpha1/comments:suggestscore": "Perspective's own refusals: an empty comment, no attribute",
}  # fmt: skip
"""Where data that fits the schema may be refused: for what JSON Schema cannot say."""

SHARED: Final = {
    "/v1/comments/batch": "an id may be any word but this one, so comments have the same form of address",
    "/v1/reviews/disagreements": "a review may have any id, so it has the same form of address",
    "/v1/articles/{article_id}/mode": "an id may have slashes: there may be an article of this whole name",
    "/v1/authors/{author_id}/standing": "an id may have slashes: there may be an author of this whole name",
    "/v1/authors/{author_id}/export": "an id may have slashes: there may be an author of this whole name",
}
"""Addresses that take the methods of another route, too, which takes the same address; `Allow` names these truly."""

MISTAKEN: Final = "POST /v1/policy/preview"
"""schemathesis 4.32 says that it left out a field of the nested policy, and sends the policy with it."""

AKISMET: Final = r"^/1\.[12]/"
"""Its interface answers 200 and a word, `invalid`, whatever is wrong and to any address, and the key is in the form."""

PERSPECTIVE: Final = r"^/v1alpha1/"
"""Google answers 403 where no key is sent."""


@dataclass
class Tried:
    """How many requests were sent, and what was wrong: by operation, check and status, with the first example."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[tuple[str, str, int], str] = field(default_factory=dict)


def off(*names: str) -> dict[str, Any]:
    return {name: {"enabled": False} for name in names}


def try_published(  # noqa: PLR0913
    address: str, key: str, *, seed: int, examples: int, phases: tuple[str, ...], paths: str = ""
) -> Tried:
    """Sends what schemathesis makes of the document that a running service publishes.

    :param paths: a regular expression for the addresses that are tried; all of them without one.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {key}"},
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
            "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
            "checks": {
                "positive_data_acceptance": {  # 410: the coverage erases what it made
                    "expected-statuses": ["2xx", "401", "403", "404", "409", "410", "429", "503"]
                }
            },
            "operations": [
                {
                    "include-name": "GET /v1/events",
                    "parameters": {"wait": "0"},
                },  # it would wait as long as it is asked to
                *(
                    {"include-name": name, "checks": off("positive_data_acceptance")}
                    for name in BEYOND_A_SCHEMA
                    if name != MISTAKEN
                ),
                *(
                    {"include-path": path, "checks": off("allow_header_conformance", "unsupported_method")}
                    for path in SHARED
                ),
                {"include-name": MISTAKEN, "checks": off("negative_data_rejection", "positive_data_acceptance")},
                {
                    "include-path-regex": AKISMET,
                    "checks": off(
                        "negative_data_rejection",
                        "positive_data_acceptance",
                        "ignored_auth",
                        "allow_header_conformance",
                    ),
                },
                {
                    "include-path-regex": PERSPECTIVE,
                    "checks": off("positive_data_acceptance", "missing_required_header"),
                },
            ],
        }
    )
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config).include(path_regex=paths)
    tried = Tried()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _read(event.recorder, tried)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            raise RuntimeError(event)  # noqa: TRY004  # it is no answer of the service's
    return tried


def _read(recorder: Any, tried: Tried) -> None:
    """What one scenario sent and found."""
    for one in recorder.interactions.values():
        tried.cases += 1
        assert one.response is not None, one.request.uri
        tried.statuses[one.response.status_code] += 1
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                one = recorder.interactions.get(case)
                status = one.response.status_code if one else 0
                said = f"{check.failure_info.failure}\n{one.request.method} {one.request.uri} {one.request.body}"
                tried.wrong.setdefault((recorder.label, check.name, status), said[:1500])
