"""A comment as Redis keeps it, and the values made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, get_args

import orjson

from model import ATTRIBUTES
from service.moderation.comment import NOBODY, NOWHERE, Article, Author, Judgement, Reason, Status, Submission
from service.moderation.judge import reached

COMPACT_VALUE: Final = 4096
"""Bytes up to which the server should keep a hash's values in one piece, so that a comment's fields cost no overhead.

The setting is `hash-max-ziplist-value` in every version, since 7.0 also `hash-max-listpack-value`.
"""

LEVELS: Final = 4096
"""Levels of the queue's informative order, as many as `lua/_queue.lua` has."""

STATUSES: Final[tuple[Status, ...]] = get_args(Status)


class ErasedComment(Exception):
    """The comment was erased for good."""


@dataclass(frozen=True, slots=True)
class Record:
    """A comment as it is kept. `received` is in ms since 1970; `decision` is the operation that decided it.

    `first_judgement` is what was said when it came in, where an edit has replaced it since.
    `appealed` says whether a rejection was ever contested.
    """

    id: str
    submission: Submission
    judgement: Judgement
    status: Status
    revision: int
    received: int
    op: str
    digest: str
    decision: str | None = None
    decided_by: str | None = None
    action: str | None = None
    escalated_by: str | None = None
    first_judgement: Judgement | None = None
    appealed: bool = False


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports of one comment: `count` readers, their `weight`, and the words of the first (`at` in ms)."""

    count: int
    weight: float
    reasons: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWithHistory(Record):
    """A comment and its edits, decisions and undos, oldest first; `reports` where they were asked for and there are."""

    history: list[dict[str, Any]]
    reports: Reports | None = None


def with_history(record: Record, history: list[dict[str, Any]]) -> RecordWithHistory:
    """A comment with what happened to it."""
    return RecordWithHistory(**as_fields(record), history=history)


def history_from(entries: Sequence[str]) -> list[dict[str, Any]]:
    """What happened to a comment, oldest first, from the JSON of its entries."""
    return [orjson.loads(entry) for entry in entries]


def judgements_of(record: RecordWithHistory) -> list[Judgement]:
    """The machine's judgements of a comment, one for each revision that is still told of, oldest first."""
    replaced = [entry["judgement"] for entry in record.history if entry["kind"] == "edit"]
    return [*(judgement_from(orjson.dumps(one)) for one in replaced), record.judgement]


def as_fields(record: Record) -> dict[str, Any]:
    """A record's fields by name, for a value that has more of them."""
    return {field.name: getattr(record, field.name) for field in fields(Record)}


def facet(kind: str, value: str) -> str:
    """The name of a shelf of the queue; free text cannot break a list of them apart."""
    return f"{kind}:{' '.join(value.split())}"


def facets(submission: Submission, judgement: Judgement) -> list[str]:
    """The queue's shelves on which a pending comment stands."""
    named = ["all", facet("language", judgement.language)]
    named += dict.fromkeys(facet("reason", reason.code) for reason in judgement.reasons)
    named += [facet("attribute", reason.attribute) for reason in judgement.reasons if reason.attribute]
    if submission.article.section:
        named.append(facet("section", submission.article.section))
    return named


def judgement_json(judgement: Judgement) -> bytes:
    """A judgement as it is kept: its values without their names, scores in the order of `ATTRIBUTES`."""
    scores = [judgement.scores.get(attribute) for attribute in ATTRIBUTES]
    reasons = _short(judgement.reasons)
    return orjson.dumps((judgement.verdict, scores, reasons, judgement.model, judgement.policy, judgement.language))


def judgement_from(kept: str | bytes) -> Judgement:
    """A judgement from its JSON."""
    verdict, scores, reasons, *rest = orjson.loads(kept)
    known = {name: score for name, score in zip(ATTRIBUTES, scores, strict=True) if score is not None}
    return Judgement(verdict, known, tuple(_reason(*reason) for reason in reasons), *rest)


def submission_json(submission: Submission) -> bytes:
    """A submission as it is kept: without what was not told."""
    told: dict[str, Any] = {"body": submission.body}
    if submission.author != NOBODY:
        told["author"] = _told(submission.author)
    if submission.article != NOWHERE:
        told["article"] = _told(submission.article)
    for name in ("parent_id", "posted_at", "language"):
        if (value := getattr(submission, name)) is not None:
            told[name] = value
    return orjson.dumps(told)


def submission_from(kept: str | bytes) -> Submission:
    """A submission from its JSON."""
    told = orjson.loads(kept)
    author, article = Author(**told.pop("author", {})), Article(**told.pop("article", {}))
    return Submission(author=author, article=article, **told)


def verdict_json(judgement: Judgement, revision: int) -> bytes:
    """What an event says of a verdict, as it is kept: ids, figures and reasons, never a text."""
    return orjson.dumps((judgement.verdict, _short(judgement.reasons), revision, judgement.model, judgement.policy))


def event_data_from(kept: str | bytes) -> dict[str, Any]:
    """What an event says, by name, from its JSON."""
    data: Any = orjson.loads(kept)
    if isinstance(data, dict):
        return data
    verdict, reasons, revision, model, policy = data
    told = [asdict(_reason(*reason)) for reason in reasons]
    return {"verdict": verdict, "reasons": told, "revision": revision, "model": model, "policy": policy}


def level_of(informativeness: float) -> int:
    """The level in the informative order, of what is in [0, 1]; 0 is the most informative."""
    return round((1 - informativeness) * (LEVELS - 1))


def _short(reasons: Sequence[Reason]) -> list[tuple[Any, ...]]:
    """Reasons without the names of their values, and without words that their figures give."""
    return [
        (one.code, None if one.code == "score" else one.detail, one.attribute, one.score, one.threshold)
        for one in reasons
    ]


def _reason(code: str, detail: str | None, *figures: Any) -> Reason:
    """A reason as it was before it was kept."""
    return reached(*figures) if detail is None else Reason(code, detail, *figures)


def _told(of: Author | Article) -> dict[str, str]:
    return {one.name: value for one in fields(of) if (value := getattr(of, one.name)) is not None}


def pairs(flat: Sequence[str]) -> dict[str, str]:
    """A hash as a script gives it, by name."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def record_from(comment_id: str, kept: Mapping[str, str]) -> Record:
    """A comment from its hash.

    :raises ErasedComment: only its tombstone is left.
    """
    if kept["status"] == "erased":
        raise ErasedComment(comment_id)
    return Record(
        id=comment_id,
        submission=submission_from(kept["posted"]),
        judgement=judgement_from(kept["judgement"]),
        status=kept["status"],  # type: ignore[arg-type]  # only our scripts write it
        revision=int(kept["revision"]),
        received=int(kept["received"]),
        op=kept["op"],
        digest=kept["digest"],
        decision=kept.get("decision"),
        decided_by=kept.get("decided_by"),
        action=kept.get("action"),
        escalated_by=kept.get("escalated_by"),
        first_judgement=judgement_from(kept["first_judgement"]) if "first_judgement" in kept else None,
        appealed="appealed" in kept,
    )
