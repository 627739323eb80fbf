"""The page that shows the API's document; it works offline."""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, render_template, send_from_directory

HERE: Final = Path(__file__).parent

blueprint = Blueprint("docs", __name__, url_prefix="/docs", template_folder="templates")

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/", strict_slashes=False)
def page() -> Response:
    """Swagger UI over `/openapi.json`."""
    response = Response(render_template("docs.html"))
    response.headers["Content-Security-Policy"] = CSP
    return response


@blueprint.get("/static/<path:name>")
def asset(name: str) -> Response:
    """Swagger UI's own files."""
    return send_from_directory(HERE / "static" / "swagger-ui", name, max_age=86400)
