"""What lies before a moderator: a comment with its spans, its parent, its author's record and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from model.classifier import Classifier, Span
from service.models import Models
from service.moderation.comment import Submission
from service.store.appeals import Appeal, Appeals
from service.store.comments import Comments
from service.store.notes import Note, Notes
from service.store.queue import Waiting
from service.store.records import Record, RecordWithHistory, as_fields
from service.store.reports import ReaderReports
from service.store.reviews import Review, Reviews

SPANS_AT_MOST: Final = 12

REPORTS_AT_MOST: Final = 20
"""Readers' reports of a comment whose words are shown; the comment itself has all that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier(RecordWithHistory):
    """A comment with what a moderator needs to decide; `lease_ends` in ms.

    `spans` are those of the model in force now, `spans_model`; the one that judged may be gone.
    """

    spans: Sequence[Span]
    spans_model: str
    parent: "Parent | None"
    appeal: Appeal | None
    author_comments: dict[str, int] | None
    notes: Sequence[Note]
    claimed_by: str | None
    lease_ends: int | None


@dataclass(frozen=True, slots=True)
class Parent:
    """The comment that was answered."""

    id: str
    body: str
    status: str


@dataclass(frozen=True, slots=True)
class BlindDossier:
    """A comment for a blind review: as it was posted, without anything that was said of it; `id` is the review's."""

    id: str
    submission: Submission
    language: str
    parent: Parent | None
    received: int


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a review; the comment is None once it is gone or another revision."""

    review: Review
    comment: Record | None


class Dossiers:
    """Puts dossiers together, any number of them in six round trips; one more each for appeals and for reports."""

    def __init__(  # noqa: PLR0913, PLR0917  # one for each thing that is told of a comment
        self,
        comments: Comments,
        models: Models,
        appeals: Appeals,
        reviews: Reviews,
        reports: ReaderReports,
        notes: Notes,
    ) -> None:
        self._comments, self._appeals, self._reviews = comments, appeals, reviews
        self._models = models
        self._reports = reports
        self._notes = notes

    def of(self, site: str, waiting: Sequence[Waiting]) -> list[Dossier]:
        """The dossiers in the order asked for; a comment that went meanwhile is left out."""
        records = self._comments.get_many(site, [one.id for one in waiting])
        there = [one for one in waiting if one.id in records]
        histories = self._comments.histories(site, [one.id for one in there])
        reports = self._reports.of(site, [one.id for one in there], REPORTS_AT_MOST)
        notes = self._notes.of(site, [one.id for one in there])
        submissions = [records[one.id].submission for one in there]
        parents = self._comments.get_many(site, sorted({one.parent_id for one in submissions if one.parent_id}))
        authors = sorted({one.author.id for one in submissions if one.author.id})
        counts = dict(zip(authors, self._comments.author_counts(site, authors), strict=True))
        appeals = self._appeals.last_of(site, [records[one.id] for one in there])
        classifier = self._models.in_force(site)
        return [
            Dossier(
                **as_fields(records[one.id]),
                spans=_spans(records[one.id], classifier),
                spans_model=classifier.version,
                parent=_parent(parents.get(submission.parent_id or "")),
                appeal=appeals.get(one.id),
                author_comments=counts.get(submission.author.id or ""),
                history=history,
                reports=reports.get(one.id),
                notes=noted,
                claimed_by=one.claimed_by,
                lease_ends=one.lease_ends,
            )
            for one, submission, history, noted in zip(there, submissions, histories, notes, strict=True)
        ]

    def blind(self, site: str, reviews: Sequence[str]) -> list[BlindDossier]:
        """What lies before those who review blind, in the order asked for; three round trips."""
        comment_ids = self._reviews.comments_of(site, reviews)
        records = self._comments.get_many(site, sorted(filter(None, comment_ids)))
        there = [
            (one, records[comment]) for one, comment in zip(reviews, comment_ids, strict=True) if comment in records
        ]
        parents = self._comments.get_many(
            site, sorted({record.submission.parent_id for _, record in there if record.submission.parent_id})
        )
        return [
            BlindDossier(
                id=one,
                submission=record.submission,
                language=record.judgement.language,
                parent=_parent(parents.get(record.submission.parent_id or "")),
                received=record.received,
            )
            for one, record in there
        ]

    def sides(self, site: str, reviews: Sequence[Review]) -> list[Sides]:
        """Answered reviews with their comments."""
        records = self._comments.get_many(site, sorted({one.comment_id for one in reviews}))
        found = [(one, records.get(one.comment_id)) for one in reviews]
        return [Sides(one, record if record and record.revision == one.revision else None) for one, record in found]


def _spans(record: Record, classifier: Classifier) -> Sequence[Span]:
    """What speaks for the attributes that brought the comment here."""
    named = {reason.attribute for reason in record.judgement.reasons if reason.attribute}
    if not named:
        return ()
    explained = classifier.explain(record.submission.body, record.judgement.language)
    return [span for span in explained.spans if span.attribute in named][:SPANS_AT_MOST]


def _parent(record: Record | None) -> Parent | None:
    return Parent(record.id, record.submission.body, record.status) if record else None
