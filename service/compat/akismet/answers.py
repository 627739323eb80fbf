"""Answers as Akismet gives them: a word as plain text, and headers that say more. Errors become such answers here."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Response

from service.api.problems import problem_of_any
from service.compat.akismet.entries import UnreadableBlog
from service.moderation.comment import Verdict
from service.store.akismet import BlogUse

THANKS: Final = "Thanks for making the web a better place."
REVOKED: Final = "10403"
"""Akismet's code for a site that may use the key no more."""

COLUMNS: Final = ("Site", "Total API Calls", "Spam", "Ham", "Missed Spam", "False Positives", "Is Revoked")


class Refused(Exception):
    """A request that cannot be answered: the answer's text, and in words what is wrong."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(why)
        self.text, self.why = text, why


def said(text: str, status: int = 200, **headers: str) -> Response:
    """A text and nothing else, without a line break; `X-akismet-` stands before each header."""
    more = {f"X-akismet-{name.replace('_', '-')}": value for name, value in headers.items()}
    return Response(text, status, more, content_type="text/plain; charset=utf-8")


def judged(verdict: Verdict, guid: str) -> Response:
    """Whether it is spam: what is held or rejected is, and what is rejected may be thrown away at once."""
    if verdict == "reject":
        return said("true", guid=guid, pro_tip="discard")
    return said("false" if verdict == "approve" else "true", guid=guid)


@dataclass(frozen=True, slots=True)
class Report:
    """The blogs of a key in a month, from `offset` on and `limit` of them at the most, of `total`."""

    key_id: str
    month: str
    rows: Sequence[BlogUse]
    limit: int
    offset: int
    total: int


def table(report: Report) -> Response:
    """A report as CSV. Akismet names the key in the first line; this names its public id."""
    text = io.StringIO()
    window = f"(limit: {report.limit}, offset: {report.offset}, total: {report.total})"
    text.write(f"Active sites for {report.key_id} during {report.month} {window}.\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in report.rows:
        writer.writerow((row.blog, row.total, row.spam, row.ham, row.missed_spam, row.false_positives, "false"))
    return Response(text.getvalue(), content_type="text/csv; charset=utf-8")


def listing(report: Report) -> Response:
    """A report as JSON; figures are strings, as Akismet's are."""
    sites = [
        {
            "site": row.blog,
            "api_calls": str(row.total),
            "spam": str(row.spam),
            "ham": str(row.ham),
            "missed_spam": str(row.missed_spam),
            "false_positives": str(row.false_positives),
            "is_revoked": False,
        }
        for row in report.rows
    ]
    window = {"limit": report.limit, "offset": report.offset, "total": report.total}
    return document({report.month: sites, **window})


def document(value: Any) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), content_type="application/json")


def answer_to(error: Exception) -> Response:
    """Any error as Akismet tells it.

    A bad key or a bad form is an ordinary answer. What may be otherwise in a while is not: no client may take it for
    one, or for a word about the key.
    """
    if isinstance(error, Refused):
        return said(error.text, debug_help=error.why)
    if isinstance(error, UnreadableBlog):
        return said("invalid", debug_help="We were unable to parse your blog URI")
    problem = problem_of_any(error)
    if problem.kind == "site-closed":
        return said("invalid", debug_help=problem.detail, alert_code=REVOKED, alert_msg=problem.detail)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return said("invalid", debug_help="Invalid key")
    if problem.status == HTTPStatus.FORBIDDEN:
        return said("invalid", debug_help=problem.detail)
    answer = said(HTTPStatus(problem.status).phrase, problem.status)
    answer.headers.extend(problem.headers)
    return answer
