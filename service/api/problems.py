"""Everything that can go wrong, as problem+json (RFC 9457): errors become answers here and nowhere else."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from flask import Flask, Response
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException

from service.intake import IdTaken, KeyReused, RateExceeded
from service.moderation.statement import NeverRejected
from service.publishing import UnknownVersion, UnusableModel
from service.store.appeals import ContestedBefore, NotRejected
from service.store.arrivals import EditConflict
from service.store.articles import UnknownArticle
from service.store.authors import PastEnd, UnknownAuthor
from service.store.campaigns import CampaignDecided, UnknownCampaign
from service.store.comments import UnknownComment
from service.store.connection import StoreUnavailable
from service.store.events import LostEvents
from service.store.keys import TooManyBadKeys
from service.store.models import NothingBefore, VersionTaken
from service.store.people import LastAdmin, UnknownPerson
from service.store.policies import StalePolicy, UnknownPolicy
from service.store.privacy import NothingHeld
from service.store.queue import (
    ClaimedByOther,
    DecisionStands,
    EscalatedComment,
    LapsedClaim,
    NothingToUndo,
    NotYourDecision,
    OlderRevision,
    OwnAppeal,
    UnknownClaim,
)
from service.store.records import ErasedComment
from service.store.reviews import OwnReview, ResolvedBefore, ReviewedBefore, UnknownReview, VoidReview
from service.store.shadows import UnknownShadow
from service.store.webhooks import TooManyWebhooks, UnknownWebhook

log = structlog.get_logger()


class Problem(Exception):
    """An answer that is not what was asked for; `more` are members beside RFC 9457's own."""

    def __init__(
        self, status: int, detail: str, *, kind: str = "", headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind
        self.headers, self.more = dict(headers or {}), more

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        kind = f"urn:winnow:problem:{self.kind}" if self.kind else "about:blank"
        title = HTTPStatus(self.status).phrase
        return {"type": kind, "title": title, "status": self.status, "detail": self.detail, **self.more}

    def response(self) -> Response:
        """The answer."""
        body = orjson.dumps(self.document())
        return Response(body, self.status, self.headers, content_type="application/problem+json")


def invalid(errors: Mapping[str, Any]) -> Problem:
    """422 with a map from field path (`author.email`) to what is wrong with it."""
    return Problem(422, "The request does not fit what is asked for here.", kind="invalid", errors=_flat(errors))


def _flat(messages: Any, path: str = "") -> dict[str, list[str]]:
    if not isinstance(messages, Mapping):
        return {path or "_": [str(one) for one in (messages if isinstance(messages, list) else [messages])]}
    flat: dict[str, list[str]] = {}
    for name, inner in messages.items():
        here = path if name == "_schema" else f"{path}.{name}" if path else str(name)
        for found, said in _flat(inner, here).items():
            flat.setdefault(found, []).extend(said)
    return flat


def _not_now(error: StoreUnavailable) -> Problem:
    log.warning("redis unavailable", problem=str(error))
    detail = "The store cannot be reached; nothing was acknowledged. Repeat the request."
    return Problem(503, detail, kind="unavailable", headers={"Retry-After": "1"})


def _stands(error: DecisionStands) -> Problem:
    detail = f"{error.by} decided first: {error.action}. Say override to decide anew."
    decision = {"by": error.by, "action": error.action}
    return Problem(409, detail, kind="decision-stands", decision=decision)


def _decided(error: CampaignDecided) -> Problem:
    detail = f"{error.by} decided on this campaign: {error.action}. That has to be taken back first."
    return Problem(409, detail, kind="campaign-decided", decision={"by": error.by, "action": error.action})


def _claimed(error: ClaimedByOther) -> Problem:
    return Problem(409, f"{error.args[0]} holds this comment at the moment.", kind="claimed", claimed_by=error.args[0])


def _older(error: OlderRevision) -> Problem:
    detail = "The comment was edited since the revision that was decided on."
    return Problem(409, detail, kind="older-revision", revision=error.args[0])


def _edited(error: EditConflict) -> Problem:
    return Problem(409, "Another edit came first.", kind="older-revision", revision=error.revision)


def _stale(error: StalePolicy) -> Problem:
    detail = "The policy was changed since the version that was edited."
    return Problem(409, detail, kind="stale-policy", version=error.version)


def _others(error: NotYourDecision) -> Problem:
    return Problem(409, f"The decision that stands is {error.args[0]}'s.", kind="not-yours")


def _not_rejected(error: NotRejected) -> Problem:
    return Problem(409, f"The comment stands as {error.status}.", kind="not-rejected", comment_status=error.status)


def _too_many(error: RateExceeded) -> Problem:
    """429, with the seconds after which the key may go on."""
    detail = "This key's requests of the minute are used up."
    return Problem(429, detail, kind="rate", headers={"Retry-After": str(error.seconds_left)})


def _guessing(error: TooManyBadKeys) -> Problem:
    """429 in place of 401; a key that is in force is let in all the same."""
    detail = "Too many keys that are not in force came from this address. One that is would be let in."
    return Problem(429, detail, kind="bad-keys", headers={"Retry-After": str(error.args[0])})


def _plain(status: int, kind: str, detail: str) -> Callable[[Any], Problem]:
    return lambda _: Problem(status, detail, kind=kind)


ANSWERS: Final[Mapping[type[Exception], Callable[[Any], Problem]]] = {
    Problem: lambda problem: problem,
    StoreUnavailable: _not_now,
    RateExceeded: _too_many,
    TooManyBadKeys: _guessing,
    UnknownComment: _plain(404, "", "There is no such comment."),
    ErasedComment: _plain(410, "erased", "This comment was erased."),
    IdTaken: _plain(409, "id-taken", "Another comment has this id; an edit is a PUT."),
    KeyReused: _plain(422, "key-reused", "This Idempotency-Key came before with another request."),
    EditConflict: _edited,
    UnknownClaim: _plain(404, "", "You have no such claim."),
    LapsedClaim: _plain(409, "lapsed", "The claim holds this no more: its lease ran out or it was decided."),
    ClaimedByOther: _claimed,
    DecisionStands: _stands,
    OlderRevision: _older,
    UnknownCampaign: _plain(404, "", "There is no such campaign."),
    CampaignDecided: _decided,
    NothingToUndo: _plain(409, "nothing-to-undo", "No decision stands that could be taken back."),
    NotYourDecision: _others,
    OwnAppeal: _plain(409, "own-appeal", "The author contests your own decision; somebody else decides on it."),
    EscalatedComment: _plain(403, "escalated", "The comment was escalated: this takes a key with the role admin."),
    NotRejected: _not_rejected,
    ContestedBefore: _plain(409, "contested", "This rejection was contested before, or was the decision on an appeal."),
    UnknownReview: _plain(404, "", "There is no such review or disagreement."),
    VoidReview: _plain(409, "void-review", "The comment or the decision that was to be reviewed is no more."),
    OwnReview: _plain(409, "own-review", "It is of your own decision, or you decided on the comment since."),
    ReviewedBefore: _plain(409, "reviewed", "Another answer came first."),
    ResolvedBefore: _plain(409, "resolved", "This disagreement was closed with another word."),
    StalePolicy: _stale,
    UnknownPolicy: _plain(404, "", "The policy has no such version."),
    UnknownAuthor: _plain(404, "", "Nothing is known of such an author."),
    UnknownArticle: _plain(404, "", "Nothing is known of such an article."),
    PastEnd: lambda _: invalid({"until": ["It is over already."]}),
    UnknownShadow: _plain(404, "", "No draft runs beside the policy."),
    UnknownVersion: _plain(404, "", "There is no such model for this site."),
    UnusableModel: _plain(409, "unusable-model", "The model's files are damaged; the log says which. Nothing changed."),
    VersionTaken: _plain(409, "version-taken", "Another model was published under this version."),
    NothingBefore: _plain(409, "nothing-before", "No publication for this site is left to take back."),
    UnknownWebhook: _plain(404, "", "There is no such webhook."),
    TooManyWebhooks: _plain(409, "too-many-webhooks", "The site has as many webhooks as it may have."),
    NeverRejected: _plain(409, "not-rejected", "This comment was never rejected, so there is no reason to give."),
    NothingHeld: _plain(404, "", "Nothing is held of this author."),
    UnknownPerson: _plain(404, "", "There is no such person."),
    LastAdmin: _plain(409, "", "They are the last admin: make somebody else one first."),
    LostEvents: _plain(410, "events-lost", "Events behind this cursor are kept no more; start without one."),
}


def problem_of(error: Exception) -> Problem:
    """The problem that a known error is.

    :raises Exception: the error itself, where it is not known.
    """
    answer = ANSWERS.get(type(error))
    if answer is None:
        raise error
    return answer(error)


def problem_of_any(error: Exception) -> Problem:
    """The problem that any error is; a mistake of ours goes to the log whole, and its answer says nothing of it."""
    if type(error) in ANSWERS:
        return problem_of(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, ParseException):
        return Problem(400, "The body is not what the request's headers say of it.")
    log.error("unforeseen", exc_info=error)
    return Problem(500, "Something went wrong here; the log has it under this request's id.")


def register(app: Flask) -> None:
    """Puts the answers in place."""
    for known in (*ANSWERS, HTTPException, Exception):
        app.register_error_handler(known, _answer)


def _answer(error: Exception) -> Response:
    return problem_of_any(error).response()


def _of_http(error: HTTPException) -> Problem:
    """Werkzeug's own errors; their headers (`Allow`, …) are kept, their HTML is not."""
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return Problem(error.code or 500, error.description or "", headers=headers)
