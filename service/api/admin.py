"""The policy, every version of it, and the models."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.moderation.policy import Policy, default_policy
from service.schemas.admin import (
    ModelChoiceSchema,
    ModelSchema,
    ModelsSchema,
    PolicySchema,
    PolicyVersionsSchema,
)
from service.store.models import Change

blueprint = Blueprint("admin", __name__, url_prefix="/v1", description="How a newsroom wants it")


@blueprint.route("/policy", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, PolicySchema)
def get_policy() -> Any:
    """The policy in force."""
    return parts().policies.in_force(caller().site, _default())


@blueprint.route("/policy", methods=["PUT"])
@needs("admin", problems=(409, 415))
@blueprint.arguments(PolicySchema())
@blueprint.response(200, PolicySchema)
def put_policy(policy: dict[str, Any]) -> Any:
    """Puts a new version in force, for every worker with its next comment; the old ones are kept."""
    edited = policy.pop("version")
    version = parts().policies.keep(caller().site, edited, caller().op, policy, caller().name)
    return parts().policies.at(caller().site, version, _default())


@blueprint.route("/policy/versions", methods=["GET"])
@needs("admin", effect=False)
@blueprint.response(200, PolicyVersionsSchema)
def policy_versions() -> Any:
    """Every version, newest first, with who saved it and when."""
    return {"items": parts().policies.versions(caller().site, _default())}


@blueprint.route("/model", methods=["GET"])
@needs("submit", effect=False)
@blueprint.response(200, ModelSchema)
def get_model() -> Any:
    """The model that scores this site's comments now."""
    return parts().models.in_force(caller().site)


@blueprint.route("/model", methods=["POST"])
@needs("admin", problems=(404, 409, 415))
@blueprint.arguments(ModelChoiceSchema())
@blueprint.response(200, ModelSchema)
def choose_model(choice: dict[str, Any]) -> Any:
    """Puts a model in force for this site alone, in every worker within 5 seconds; or takes the last one back."""
    change = Change(caller().op, caller().name, choice["reason"])
    if choice["version"] is None:
        parts().publishing.roll_back(caller().site, change)
    else:
        parts().publishing.choose(caller().site, choice["version"], change)
    parts().models.look()
    return parts().models.in_force(caller().site)


@blueprint.route("/models", methods=["GET"])
@needs("submit", effect=False)
@blueprint.response(200, ModelsSchema)
def list_models() -> Any:
    """The models that this site may use, newest first, and which of them is in force."""
    return {"items": parts().publishing.offers(caller().site)}


def _default() -> Policy:
    """Version 1 of the caller's policy."""
    return default_policy(parts().models.in_force(caller().site).thresholds)
