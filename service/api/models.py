"""The models: which one scores, and which others may."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.models import ModelChoiceSchema, ModelSchema, ModelsSchema
from service.store.models import Change

blueprint = Blueprint("models", __name__, url_prefix="/v1", description="Which model scores")


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
