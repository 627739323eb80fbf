"""Fills a new Winnow with the sample comments, through the same door as any other comment."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from service.demo.article import ARTICLE
from service.demo.client import NewComment, Placed, WinnowClient, WinnowRefused
from service.demo.samples import Sample, read_samples


@dataclass(frozen=True)
class Counts:
    """How many samples stand where; `existing` were there before, under another time of posting."""

    approved: int
    pending: int
    rejected: int
    existing: int


def seed(client: WinnowClient, now: datetime) -> Counts:
    """Post the hundred in one batch, dated back from `now`.

    Their ids never change, so seeding again adds nothing. Raises WinnowRefused if a sample is refused for
    anything but being there already.
    """
    results = client.place_batch([_comment(sample, now) for sample in read_samples()])
    counts = Counter(map(_outcome, results))
    return Counts(counts["approved"], counts["pending"], counts["rejected"], counts["existing"])


def _comment(sample: Sample, now: datetime) -> NewComment:
    return NewComment(
        id=sample.id,
        body=sample.body,
        author_id=sample.author_id,
        author_name=sample.author_name,
        article=ARTICLE.reference,
        parent_id=sample.parent,
        posted_at=now - timedelta(minutes=sample.minutes_ago),
    )


def _outcome(result: Placed | WinnowRefused) -> str:
    if isinstance(result, Placed):
        return result.status
    if result.status == HTTPStatus.CONFLICT:
        return "existing"
    raise result
