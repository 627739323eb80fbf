"""The policy, every version of it, and the model."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.admin import ModelSchema, PolicySchema, PolicyVersionsSchema

blueprint = Blueprint("admin", __name__, url_prefix="/v1", description="How a newsroom wants it")


@blueprint.route("/policy", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, PolicySchema)
def get_policy() -> Any:
    """The policy in force."""
    return parts().policies.in_force(caller().site)


@blueprint.route("/policy", methods=["PUT"])
@needs("admin", problems=(409, 415))
@blueprint.arguments(PolicySchema())
@blueprint.response(200, PolicySchema)
def put_policy(policy: dict[str, Any]) -> Any:
    """Puts a new version in force, for every worker with its next comment; the old ones are kept."""
    edited = policy.pop("version")
    version = parts().policies.keep(caller().site, edited, caller().op, policy, caller().name)
    return parts().policies.at(caller().site, version)


@blueprint.route("/policy/versions", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, PolicyVersionsSchema)
def policy_versions() -> Any:
    """Every version, newest first, with who saved it and when."""
    return {"items": parts().policies.versions(caller().site)}


@blueprint.route("/model", methods=["GET"])
@needs("submit", effect=False)
@blueprint.response(200, ModelSchema)
def get_model() -> Any:
    """The model that scores now."""
    return parts().classifier
