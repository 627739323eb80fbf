"""A policy tried out before it is in force."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
from flask import Response

from service.api.context import Blueprint, caller, needs, parts
from service.api.exchange import current
from service.api.problems import problem_of
from service.moderation.policy import Policy, policy_from
from service.moderation.preview import Comparison
from service.previews import Progress
from service.schemas.policy import PolicySchema
from service.schemas.previews import ComparisonSchema, PreviewSchema, ShadowSchema, beside, compared
from service.store.connection import StoreUnavailable
from service.store.policies import StalePolicy

blueprint = Blueprint(
    "previews", __name__, url_prefix="/v1/policy", description="A policy, tried before it is in force"
)

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"


@blueprint.route("/preview", methods=["POST"])
@needs("admin", effect=False, problems=(409, 415))
@blueprint.arguments(PreviewSchema())
@blueprint.response(200, ComparisonSchema)
def preview_policy(asked: dict[str, Any]) -> Any:
    """What a draft would have done with the site's last comments; changes nothing.

    With `Accept: application/x-ndjson` lines come meanwhile that say how far it is; the last has the `result`.
    """
    site, live = caller().site, _live()
    draft = _draft(asked["policy"], live)
    told = parts().previews.compare(site, live, draft, asked["last"])
    if current().accept_mimetypes.best_match([JSON, LINES]) == LINES:
        return Response(_lines(told, live.version), content_type=LINES)
    *_, found = told
    return _shown(found, live.version)


@blueprint.route("/shadow", methods=["PUT"])
@needs("admin", problems=(409, 415))
@blueprint.arguments(PolicySchema())
@blueprint.response(200, ShadowSchema)
def put_shadow(values: dict[str, Any]) -> Any:
    """Lets a draft run beside the policy for 30 days, on what comes in, without acting; it takes another's place."""
    site = caller().site
    edited = values.pop("version")
    parts().shadows.put(site, edited, caller().op, values, caller().name)
    parts().shadowing.look(site)
    return _beside(site)


@blueprint.route("/shadow", methods=["GET"])
@needs("admin", effect=False, problems=(404,))
@blueprint.response(200, ShadowSchema)
def get_shadow() -> Any:
    """How the draft that runs beside the policy compares with it so far."""
    return _beside(caller().site)


@blueprint.route("/shadow", methods=["DELETE"])
@needs("admin")
@blueprint.response(204)
def end_shadow() -> Response:
    """Ends the draft that runs beside the policy, and forgets its counts."""
    parts().shadows.end(caller().site, caller().name)
    parts().shadowing.look(caller().site)
    return Response(status=204)


def _beside(site: str) -> dict[str, Any]:
    """The draft and its counts; of its examples those that are still kept."""
    shadow, counted = parts().shadows.counted(site)
    ids = [one for newest in counted.examples.values() for one in newest]
    return beside(shadow, counted, parts().comments.get_many(site, ids))


def _live() -> Policy:
    """The policy that is in force for the caller's site."""
    return parts().policy_of(caller().site)


def _draft(values: dict[str, Any], live: Policy) -> Policy:
    """A draft of what comes after the policy in force.

    :raises StalePolicy: it is a draft of what comes after another.
    """
    if values["version"] != live.version:
        raise StalePolicy(live.version)
    return policy_from(live.version, values)


def _lines(told: Iterator[Progress | Comparison], version: int) -> Iterator[bytes]:
    """Progress and result, a JSON object a line; where the store goes away in between, the last is a problem."""
    try:
        for one in told:
            if isinstance(one, Progress):
                yield _line({"progress": {"looked_at": one.looked_at, "of": one.of}})
            else:
                yield _line({"result": ComparisonSchema().dump(_shown(one, version))})
    except StoreUnavailable as problem:
        yield _line({"problem": problem_of(problem).document()})


def _line(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def _shown(found: Any, version: int) -> dict[str, Any]:
    return {"policy": version, **compared(found)}
