"""The policy, and every version of it."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.moderation.policy import Policy
from service.schemas.policy import PolicySchema, PolicyVersionsSchema, RollbackSchema

blueprint = Blueprint("policy", __name__, url_prefix="/v1/policy", description="How a newsroom wants it")


@blueprint.route("", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, PolicySchema)
def get_policy() -> Any:
    """The policy in force."""
    return parts().policy_of(caller().site)


@blueprint.route("", methods=["PUT"])
@needs("admin", problems=(409, 415))
@blueprint.arguments(PolicySchema())
@blueprint.response(200, PolicySchema)
def put_policy(policy: dict[str, Any]) -> Any:
    """Puts a new version in force, for every worker with its next comment; the old ones are kept."""
    edited = policy.pop("version")
    version = parts().policies.keep(caller().site, edited, caller().op, policy, caller().name)
    return parts().policies.at(caller().site, version, _default())


@blueprint.route("/rollback", methods=["POST"])
@needs("admin", problems=(404, 409, 415))
@blueprint.arguments(RollbackSchema())
@blueprint.response(200, PolicySchema)
def roll_back(wanted: dict[str, int]) -> Any:
    """Puts an earlier version's values in force again, as a new version."""
    site, default = caller().site, _default()
    earlier = parts().policies.at(site, wanted["to"], default)
    values = PolicySchema(exclude=["version"]).dump(earlier)
    version = parts().policies.keep(site, wanted["version"], caller().op, values, caller().name)
    return parts().policies.at(site, version, default)


@blueprint.route("/versions", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, PolicyVersionsSchema)
def policy_versions() -> Any:
    """Every version, newest first, with who saved it and when."""
    return {"items": parts().policies.versions(caller().site, _default())}


def _default() -> Policy:
    """Version 1 of the caller's policy."""
    return parts().first_policy_of(caller().site)
