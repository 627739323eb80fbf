"""The article's page: what stands on it, and its rendering."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, current_app, make_response, render_template, request

from service.demo.appeals import STATEMENT_LIMIT, AppealDraft
from service.demo.article import Article
from service.demo.client import Comment, Kept, Page, WinnowClient
from service.demo.drafts import NAME_LIMIT, Draft
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.nudges import Nudge
from service.demo.receipts import Receipt, receipt
from service.demo.reports import NOTE_LIMIT, REASONS, ReportDraft
from service.demo.threads import threads
from service.demo.wording import Problem

COMMENTS_SHOWN = 100


@dataclass(frozen=True)
class State:
    """What stands on the page beside the article and its comments.

    `answered` is the comment that the box answers, `reported` the one of the report form or, with `thanks`, of a
    report that was taken. `problem` belongs to the appeal or the report if there is one, otherwise to the box.
    """

    draft: Draft
    answered: Comment | None = None
    nudge: Nudge | None = None
    receipt: Receipt | None = None
    appeal: AppealDraft | None = None
    report: ReportDraft | None = None
    reported: Comment | None = None
    thanks: bool = False
    problem: Problem | None = None

    @property
    def title(self) -> str:
        """What a reader has to know first, for the window's title; no names, which could turn its letters around."""
        if self.problem:
            return f"Error: {self.problem.heading}"
        if self.nudge:
            return "Not posted yet: this may be held"
        if self.report:
            return "Report a comment"
        if self.thanks:
            return "Thank you for your report"
        if self.receipt:
            return self.receipt.heading
        return "Reply to a comment" if self.answered else ""


class ArticlePage:
    """Renders the article in its states, and knows its comments."""

    def __init__(self, winnow: WinnowClient, article: Article) -> None:
        self._winnow = winnow
        self._article = article

    def comments(self) -> Page | None:
        """Return None when there is no reading them just now: the article stands without."""
        try:
            return self._winnow.approved(self._article.reference.id, COMMENTS_SHOWN, request.args.get("older"))
        except (WinnowUnavailable, WinnowRefused) as error:
            current_app.logger.warning("comments not shown: %s", error)
            return None

    def published(self, comment_id: str, among: Page | None = None) -> Comment | None:
        """Return a comment that everybody may read under this article, and None for any other.

        Raises WinnowUnavailable and WinnowRefused.
        """
        for comment in among.comments if among else ():
            if comment.id == comment_id:
                return comment
        kept = self._winnow.find(comment_id)
        stands = kept and kept.placed.status == "approved" and kept.article_id == self._article.reference.id
        return kept.comment if kept and stands else None

    def receipt(self, comment_id: str) -> Receipt:
        """Say where the reader's own comment stands. Raises WinnowUnavailable and WinnowRefused."""
        kept = self._winnow.find(comment_id)
        if kept is None or not (kept.placed.status == "rejected" or kept.appeal):
            return receipt(kept)
        return self._reasoned(kept)

    def render(self, state: State, comments: Page | None, status: int = HTTPStatus.OK) -> Response:
        """Make the page."""
        shown = {comment.id for comment in comments.comments} if comments else set()
        page = render_template(
            "article.html",
            article=self._article,
            state=state,
            comments=comments,
            threads=threads(comments.comments) if comments else (),
            box_below=state.answered.id if state.answered and state.answered.id in shown else "",
            report_below=state.reported.id if state.reported and state.reported.id in shown else "",
            older=request.args.get("older"),
            name_limit=NAME_LIMIT,
            note_limit=NOTE_LIMIT,
            statement_limit=STATEMENT_LIMIT,
            report_reasons=REASONS,
        )
        return make_response(page, status)

    def _reasoned(self, kept: Kept) -> Receipt:
        try:
            return receipt(kept, self._winnow.statement(kept.placed.id))
        except (WinnowUnavailable, WinnowRefused) as error:
            current_app.logger.warning("statement not shown: %s", error)
            return receipt(kept)


def paragraphs(text: str) -> list[str]:
    """Split a comment at its blank lines, however many stand together."""
    return re.split(r"\n\s*\n", text.strip())
