"""The discovery document, by which Google's own clients learn where the API is and what it takes.

Its schemas are made from those that the views read by. Left out is `auth`: with it, a client without a key would look
for Google credentials.
"""

from inspect import getdoc
from typing import Any, Final

import marshmallow as ma

from service.compat.perspective import messages
from service.compat.perspective.fields import Choice, Message, Named

NAME: Final = "commentanalyzer"
VERSION: Final = "v1alpha1"
REVISION: Final = "20261126"

METHODS: Final = {
    "analyze": (
        "Scores a comment for the attributes that are asked for.",
        messages.PerspectiveAnalyzeCommentRequestSchema,
        messages.PerspectiveAnalyzeCommentResponseSchema,
    ),
    "suggestscore": (
        "Says which scores a comment should have.",
        messages.PerspectiveSuggestCommentScoreRequestSchema,
        messages.PerspectiveSuggestCommentScoreResponseSchema,
    ),
}

PARAMETERS: Final = {
    "$.xgafv": ("string", "Version of the error format. Read and ignored."),
    "access_token": ("string", "OAuth token. Read and ignored: send a key."),
    "alt": ("string", "Format of the answer; json is the one that there is."),
    "callback": ("string", "JSONP. Read and ignored."),
    "fields": ("string", "Which fields to answer. Read and ignored: all are."),
    "key": ("string", "The site's API key."),
    "oauth_token": ("string", "OAuth token. Read and ignored: send a key."),
    "prettyPrint": ("boolean", "Whether to indent the answer. Read and ignored."),
    "quotaUser": ("string", "Whose quota it is. Read and ignored: requests are counted by key."),
    "uploadType": ("string", "Read and ignored."),
    "upload_protocol": ("string", "Read and ignored."),
}
"""The query parameters that Google's services take with every method."""

_TYPES: Final[tuple[tuple[type[ma.fields.Field[Any]], dict[str, str]], ...]] = (
    (ma.fields.Boolean, {"type": "boolean"}),
    (ma.fields.Integer, {"type": "integer", "format": "int32"}),
    (ma.fields.Float, {"type": "number", "format": "float"}),
    (ma.fields.String, {"type": "string"}),
)


def document(root: str) -> dict[str, Any]:
    """The document of the service at an address, which ends in a slash."""
    schemas: dict[str, Any] = {}
    for _, request, response in METHODS.values():
        _collect(request, schemas)
        _collect(response, schemas)
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"{NAME}:{VERSION}",
        "name": NAME,
        "version": VERSION,
        "revision": REVISION,
        "title": "Perspective Comment Analyzer API",
        "canonicalName": "Comment Analyzer",
        "description": "Winnow's scores by the interface of Jigsaw's Perspective.",
        "protocol": "rest",
        "rootUrl": root,
        "baseUrl": root,
        "basePath": "",
        "servicePath": "",
        "batchPath": "batch",
        "parameters": {name: _parameter(name, *said) for name, said in PARAMETERS.items()},
        "resources": {"comments": {"methods": {name: _method(name) for name in METHODS}}},
        "schemas": dict(sorted(schemas.items())),
    }


def _parameter(name: str, kind: str, said: str) -> dict[str, Any]:
    more: dict[str, Any] = {"enum": ["json"], "default": "json"} if name == "alt" else {}
    return {"type": kind, "location": "query", "description": said, **more}


def _method(name: str) -> dict[str, Any]:
    said, request, response = METHODS[name]
    path = f"{VERSION}/comments:{name}"
    return {
        "id": f"{NAME}.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "description": said,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": request.name},
        "response": {"$ref": response.name},
    }


def _collect(schema: type[Message], found: dict[str, Any]) -> dict[str, str]:
    """Puts a message and all that stand in it among the found ones, and says how it is referred to."""
    if schema.name not in found:
        found[schema.name] = {}
        fields = schema().fields.values()
        properties = {one.data_key or one.name or "": _property(one, found) for one in fields}
        found[schema.name] = {
            "id": schema.name,
            "type": "object",
            "description": (getdoc(schema) or "").partition("\n")[0],
            "properties": dict(sorted(properties.items())),
        }
    return {"$ref": schema.name}


def _property(field: ma.fields.Field[Any], found: dict[str, Any]) -> dict[str, Any]:
    if isinstance(field, Named):
        return {"type": "object", "additionalProperties": _collect(field.schema, found)}
    if isinstance(field, ma.fields.List):
        return {"type": "array", "items": _property(field.inner, found)}
    if isinstance(field, ma.fields.Nested):
        return _collect(type(field.schema), found)  # type: ignore[arg-type]  # all of ours are messages
    if isinstance(field, Choice):
        return {"type": "string", "enum": list(field.names)}
    return dict(next(said for kind, said in _TYPES if isinstance(field, kind)))
