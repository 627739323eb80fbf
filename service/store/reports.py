"""Readers' reports of comments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from model.informative import informativeness
from service.moderation.comment import Judgement, Reason, Status
from service.moderation.judge import URGENT_BANDS
from service.moderation.reports import category, household, weight
from service.store.comments import UnknownComment
from service.store.connection import Store, site_key
from service.store.queue import OlderRevision
from service.store.records import ErasedComment, Record, Reports, facets, judgement_json, verdict_json

TEXTS: Final = 100
"""Reports of a comment whose words are kept, as many as `lua/report.lua` keeps."""

DETAIL: Final = "\0"
"""Stands where the script writes its figures; no text has it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a reader says of a comment; `address` is the reader's, as far as the site tells."""

    reader_id: str
    reason: str
    note: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report, and where the comment stands; not `fresh` when it counts nothing more."""

    id: str
    status: Status
    fresh: bool


class ReaderReports:
    """The reports of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, site: str, record: Record, report: Report, op: str, hold: float | None) -> Reported:
        """Counts a report; from the weight `hold` on, an approved comment comes into the queue.

        Nearly all readers have no record yet: that is taken for granted, and costs one round trip.

        :param record: the comment as it was read a moment ago.
        :raises OlderRevision: it was edited since.
        :raises UnknownComment, ErasedComment: it went.
        """
        answer = self._run(site, record, report, op=op, hold=hold, was=(0, 0), sure=False)
        if answer[0] == "differs":
            _, right, wrong = answer
            answer = self._run(site, record, report, op=op, hold=hold, was=(right, wrong), sure=True)
        what, *rest = answer
        if what in ("counted", "known"):
            return Reported(record.id, rest[0], fresh=what == "counted")
        if what == "revision":
            raise OlderRevision(rest[0])
        raise ErasedComment(record.id) if what == "erased" else UnknownComment(record.id)

    def of(self, site: str, ids: Sequence[str], most: int = TEXTS) -> dict[str, Reports]:
        """The reports of those comments that have any, with the words of the first `most`."""
        keys = {one: site_key(site, "reports", one) for one in ids}

        def figures(pipeline: Any) -> None:
            for key in keys.values():
                pipeline.hmget(key, "count", "weight")

        found = self._store.together(figures) if keys else []
        reported = {one: row for one, row in zip(keys, found, strict=True) if row[0] is not None}

        def words(pipeline: Any) -> None:
            for one in reported:
                pipeline.hmget(keys[one], [f"t:{n}" for n in range(1, most + 1)])

        said = self._store.together(words) if reported else []
        return {
            one: Reports(int(count), int(thousandths) / 1000, [orjson.loads(text) for text in texts if text])
            for (one, (count, thousandths)), texts in zip(reported.items(), said, strict=True)
        }

    def _run(  # noqa: PLR0913
        self,
        site: str,
        record: Record,
        report: Report,
        *,
        op: str,
        hold: float | None,
        was: tuple[int, int],
        sure: bool,
    ) -> Any:
        """Runs the script for a reader who was right and wrong so often; `sure` when it said so itself."""
        weighs = weight(*was)
        judgement = _reported(record.judgement)
        said = {"weight": round(weighs, 3), "reason": report.reason, "note": report.note}
        return self._store.run(
            "report",
            site,
            record.id,
            op,
            record.revision,
            report.reader_id,
            household(report.address),
            orjson.dumps(said),
            *(("", "") if sure else was),
            _thousandths(weighs),
            "" if hold is None else _thousandths(hold),
            *_around(judgement_json(judgement)),
            *_around(verdict_json(judgement, record.revision)),
            URGENT_BANDS,  # readers saw it published and object: only threats come before
            informativeness(judgement.scores),
            "\n".join(facets(record.submission, judgement)),
            category(report.reason),
        )


def _reported(judgement: Judgement) -> Judgement:
    """A judgement with the reason `report`, whose detail the script writes; one from before is replaced."""
    others = tuple(reason for reason in judgement.reasons if reason.code != "report")
    return replace(judgement, reasons=(*others, Reason("report", DETAIL)))


def _around(dumped: bytes) -> list[bytes]:
    """What stands before and behind the detail."""
    return dumped.split(orjson.dumps(DETAIL))


def _thousandths(figure: float) -> int:
    return round(figure * 1000)
