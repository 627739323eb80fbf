"""The audit log: read only, for nothing of the API changes it."""

from typing import Any

from service.api.context import Blueprint, caller, needs, parts
from service.schemas.audit import AuditPageSchema, AuditQuerySchema
from service.store.audit import Wanted

blueprint = Blueprint("audit", __name__, url_prefix="/v1/audit", description="Who did what, and when")


@blueprint.route("", methods=["GET"])
@needs("admin", effect=False)
@blueprint.arguments(AuditQuerySchema(), location="query")
@blueprint.response(200, AuditPageSchema)
def read_audit(query: tuple[Wanted, int, str | None]) -> Any:
    """What moderators, administrators and operators did on this site, newest first."""
    found = parts().audit.find(caller().site, *query)
    return {"items": found.items, "next_cursor": found.after, "searched": found.searched}
