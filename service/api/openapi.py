"""The OpenAPI document, made from the schemas that the views use, and the page that shows it."""

from http import HTTPStatus
from typing import Any, Final

from apispec.ext.marshmallow import MarshmallowPlugin
from flask_smorest import Api
from marshmallow import Schema

from service.schemas.health import ProblemSchema

OPENAPI: Final = {
    "API_TITLE": "Winnow",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Comment moderation for news sites: a comment in, a verdict out, every decision kept.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "coral": {"type": "apiKey", "in": "header", "name": "X-Coral-Signature"},
            }
        },
    },
}


def schema_name(schema: type[Schema] | Schema) -> str:
    """A schema's name in the document."""
    name = (schema if isinstance(schema, type) else type(schema)).__name__
    return name.removesuffix("Schema")


class ProblemApi(Api):
    """flask-smorest's Api with problem+json for every answer that is not what was asked for."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)})

    def _register_error_handlers(self) -> None:
        """`service.api.problems` does."""

    def _register_responses(self) -> None:
        problem = {"application/problem+json": {"schema": ProblemSchema}}
        for status in HTTPStatus:
            answer: dict[str, Any] = {"description": status.phrase}
            if status >= HTTPStatus.BAD_REQUEST:
                answer["content"] = problem
            self.spec.components.response(status.name, answer, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "A problem", "content": problem}, lazy=True)
