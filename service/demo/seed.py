"""Fills a new Winnow with the sample comments and a first day, through the same doors as anybody else's."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from service.demo.article import ARTICLE
from service.demo.client import NewComment, Report, WinnowClient
from service.demo.desk import Desk
from service.demo.exchange import WinnowRefused
from service.demo.first_day import CONTESTS, DECISIONS, REPORTS
from service.demo.samples import Sample, read_samples

DONE_BEFORE = (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""What was decided, contested or erased since: a first day does not come twice."""


@dataclass(frozen=True)
class Counts:
    """How many samples stand where now; `existing` of them were there before, under another time of posting."""

    approved: int
    pending: int
    rejected: int
    existing: int


def seed(client: WinnowClient, desk: Desk, now: datetime) -> Counts:
    """Post the hundred in one batch, dated back from `now`; then decide, report and contest as on a first day.

    The samples' ids, the readers' and the desk's name never change, so seeding again adds nothing and takes back
    nothing. Raises WinnowRefused if a sample is refused for anything but being there already.
    """
    samples = list(read_samples())
    results = client.place_batch([_comment(sample, now) for sample in samples])
    existing = sum(_existed(result) for result in results if isinstance(result, WinnowRefused))
    desk.decide(DECISIONS)
    for one in REPORTS:
        with _unless_done():
            client.report(one.comment_id, Report(one.reader_id, one.reason, one.note))
    for contest in CONTESTS:
        with _unless_done():
            client.contest(contest.comment_id, contest.statement)
    ours = {sample.id for sample in samples}
    counts = Counter(status for comment_id, status in client.statuses(ARTICLE.reference.id) if comment_id in ours)
    return Counts(counts["approved"], counts["pending"], counts["rejected"], existing)


@contextlib.contextmanager
def _unless_done() -> Iterator[None]:
    try:
        yield
    except WinnowRefused as refusal:
        if refusal.status not in DONE_BEFORE:
            raise


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


def _existed(refusal: WinnowRefused) -> bool:
    if refusal.status != HTTPStatus.CONFLICT:
        raise refusal
    return True
