"""`POST /coral/{site}/moderate`: the address that Coral is given for its phase."""

import json
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Response

from service.api.context import Blueprint, address_of, described, loaded, parts, read_json
from service.api.exchange import Request, current
from service.api.problems import Problem
from service.compat.coral.request import Asked, CoralRequestSchema
from service.compat.coral.response import CoralResponseSchema, opinion
from service.compat.coral.signing import HEADER, MalformedSignature, listed, signer
from service.intake import RateRule
from service.store.checks import Check
from service.store.connection import StoreUnavailable
from service.store.keys import SECRETS_AT_MOST

blueprint = Blueprint("coral", __name__, url_prefix="/coral", description="For Coral, as an external moderation phase")

UNSIGNED: Final = f"Sign the body with a secret of this site, as Coral does, in {HEADER}."
"""The one answer to no signature, to a wrong one, and where there is no such site."""


@blueprint.route("/<id:site>/moderate", methods=["POST"])
@described(
    blueprint.arguments(CoralRequestSchema()),
    blueprint.response(200, CoralResponseSchema, description="It waits for a moderator, or is rejected"),
    blueprint.alt_response(204, description="No opinion: the comment passes", success=True),
    *(blueprint.alt_response(status, HTTPStatus(status).name) for status in (400, 401, 403, 413, 415, 429, 503)),
    blueprint.doc(security=[{"coral": []}]),
)
def moderate(site: str) -> Response:
    """Judges a comment that Coral is about to show, by the site's policy. Nothing of it is stored."""
    house, request = parts(), current()
    key_id = _signed_by(request, site)
    sent: Asked = loaded(CoralRequestSchema, _json(request))
    asked = sent.within(house.settings.body_max)
    if asked.by_staff or not asked.submission.body:
        return Response(status=204)
    check = Check("coral", asked.submission, request.id, fresh=asked.fresh)
    judgement, request.rated = house.checking.check(site, check, RateRule(key_id, house.settings.rate_limit))
    said = opinion(judgement, cut=asked.cut)
    if said is None:
        return Response(status=204)
    return Response(orjson.dumps(said), content_type="application/json")


def _signed_by(request: Request, site: str) -> str:
    """The id of the key that signed the request's body.

    :raises Problem: 401 for none, 403 where the site is closed.
    :raises TooManyBadKeys: 401 was said too often to this address.
    :raises StoreUnavailable: Redis is away, and what this worker remembers does not answer it.
    """
    unsigned = Problem(401, UNSIGNED, headers={"WWW-Authenticate": f'Coral header="{HEADER}"'})
    try:
        signatures = listed(request.environ.get("HTTP_X_CORAL_SIGNATURE", ""))
    except MalformedSignature as malformed:
        raise unsigned from malformed
    body, secrets = request.get_data(), parts().coral_secrets.of(site)
    key_id = signer(body, signatures, secrets.by_key, SECRETS_AT_MOST)
    if key_id is None and not secrets.fresh:
        raise StoreUnavailable("a secret may have been added since Redis went away")
    if key_id is None:
        parts().keys.missed(address_of(request))
        raise unsigned
    if secrets.closed:
        raise Problem(403, "The site is closed: it takes in no more comments.", kind="site-closed")
    return key_id


def _json(request: Request) -> Any:
    """The body. Half a character, which JavaScript can write into JSON, is mended: it must not hide a comment.

    :raises Problem: it is not JSON.
    """
    try:
        return read_json(request)
    except Problem as problem:
        mended = _mended(request.get_data()) if problem.status == HTTPStatus.BAD_REQUEST else None
        if mended is None:
            raise
    try:
        return orjson.loads(mended)
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"Not JSON in UTF-8: {error.msg} at line {error.lineno}, column {error.colno}.") from error


def _mended(body: bytes) -> bytes | None:
    """JSON with U+FFFD for each surrogate that stands alone; None for what is wrong otherwise."""
    if rb"\u" not in body:
        return None
    try:
        whole = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
