"""A comment as Redis keeps it, and the values made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, get_args

import orjson

from service.moderation.comment import Article, Author, Judgement, Reason, Status, Submission

COMPACT_VALUE: Final = 4096
"""Bytes up to which the server should keep a hash's values in one piece, so that a comment's fields cost no overhead.

The setting is `hash-max-ziplist-value` in every version, since 7.0 also `hash-max-listpack-value`.
"""

STATUSES: Final[tuple[Status, ...]] = get_args(Status)


class ErasedComment(Exception):
    """The comment was erased for good."""


@dataclass(frozen=True, slots=True)
class Record:
    """A comment as it is kept. `received` is in ms since 1970; `decision` is the operation that decided it.

    `first_judgement` is what was said when it came in, where an edit has replaced it since.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordWithHistory(Record):
    """A comment and its edits, decisions and undos, oldest first."""

    history: list[dict[str, Any]]


def with_history(record: Record, history: list[dict[str, Any]]) -> RecordWithHistory:
    """A comment with what happened to it."""
    return RecordWithHistory(**as_fields(record), history=history)


def history_from(entries: Sequence[str]) -> list[dict[str, Any]]:
    """What happened to a comment, oldest first, from the JSON of its entries."""
    return [orjson.loads(entry) for entry in entries]


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


def judgement_from(kept: Mapping[str, Any]) -> Judgement:
    """A judgement from its JSON."""
    return Judgement(**{**kept, "reasons": tuple(Reason(**reason) for reason in kept["reasons"])})


def submission_from(kept: Mapping[str, Any]) -> Submission:
    """A submission from its JSON."""
    return Submission(**{**kept, "author": Author(**kept["author"]), "article": Article(**kept["article"])})


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
        submission=submission_from(orjson.loads(kept["posted"])),
        judgement=judgement_from(orjson.loads(kept["judgement"])),
        status=kept["status"],  # type: ignore[arg-type]  # only our scripts write it
        revision=int(kept["revision"]),
        received=int(kept["received"]),
        op=kept["op"],
        digest=kept["digest"],
        decision=kept.get("decision"),
        decided_by=kept.get("decided_by"),
        action=kept.get("action"),
        escalated_by=kept.get("escalated_by"),
        first_judgement=judgement_from(orjson.loads(kept["first_judgement"])) if "first_judgement" in kept else None,
    )
