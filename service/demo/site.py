"""The Harbour Ledger: one article page whose comments are moderated by Winnow.

The browser speaks to this site alone. The site's server holds the `submit` key and asks Winnow.
"""

from http import HTTPStatus

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from service.demo import wording
from service.demo.adviser import Adviser
from service.demo.appealing import Appealing
from service.demo.article import ARTICLE
from service.demo.client import Comment, Page, WinnowClient
from service.demo.commenting import Commenting
from service.demo.drafts import Draft, is_an_id, is_ours
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.page import ArticlePage, State, paragraphs
from service.demo.receipts import UNKNOWN_STANDING, Receipt
from service.demo.reporting import COOKIE, Reporting
from service.demo.reports import ReportDraft

FORM_LIMIT = 4 * 1024 * 1024  # bytes; a form spells one emoji in twelve
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # a receipt's address goes nowhere else
    "Cross-Origin-Opener-Policy": "same-origin",
}
OURSELVES = ("same-origin", "none")


def create_site(winnow: WinnowClient, hasty: WinnowClient) -> Flask:
    """Build the news site around its client, and one with a short timeout for what a comment need not wait for."""
    site = Flask(__name__)
    site.config.update(MAX_CONTENT_LENGTH=FORM_LIMIT, MAX_FORM_MEMORY_SIZE=FORM_LIMIT)
    page = ArticlePage(winnow, ARTICLE)
    front = Front(page)
    site.add_url_rule("/", "show", front.show)
    site.register_blueprint(Commenting(winnow, Adviser(hasty), page, ARTICLE).blueprint())
    site.register_blueprint(Reporting(winnow, page).blueprint())
    site.register_blueprint(Appealing(winnow, page).blueprint())
    site.add_template_filter(paragraphs)
    site.add_template_filter(wording.nudge_in_words)
    site.before_request(front.only_from_here)
    site.after_request(_with_headers)
    return site


class Front:
    """The page as it is looked at. Nothing here changes anything, and Winnow may be away."""

    def __init__(self, page: ArticlePage) -> None:
        self._page = page

    def show(self) -> ResponseReturnValue:
        """GET the article.

        `comment` is the id of the reader's own comment, `reply` of one to answer, `report` of one to report,
        `reported` of one that was; `older` is a cursor into the comments.
        """
        comments = self._page.comments()
        own, reply, report, reported = (
            request.args.get(name, "") for name in ("comment", "reply", "report", "reported")
        )
        if is_ours(own):
            return self._page.render(State(Draft.blank(), receipt=self._receipt(own)), comments)
        if reply:
            answered = self._published(reply, comments)
            problem = None if answered else wording.NOT_TO_BE_ANSWERED
            draft = Draft.blank(answered.id if answered else None)
            return self._page.render(State(draft, answered, problem=problem), comments)
        if report:
            found = self._published(report, comments)
            problem = None if found else wording.NOT_TO_BE_REPORTED
            form = self._report_form(found)
            return self._page.render(State(Draft.blank(), report=form, reported=found, problem=problem), comments)
        if reported:
            found = self._published(reported, comments)
            return self._page.render(State(Draft.blank(), reported=found, thanks=True), comments)
        return self._page.render(State(Draft.blank()), comments)

    def only_from_here(self) -> ResponseReturnValue | None:
        """Turn away a form that another site sent, as far as browsers tell (all of today do, over HTTPS)."""
        if request.method != "POST" or request.headers.get("Sec-Fetch-Site", "none") in OURSELVES:
            return None
        state = State(Draft.blank(), problem=wording.FROM_ELSEWHERE)
        return self._page.render(state, self._page.comments(), HTTPStatus.FORBIDDEN)

    def _receipt(self, own: str) -> Receipt:
        try:
            return self._page.receipt(own)
        except (WinnowUnavailable, WinnowRefused) as error:
            current_app.logger.warning("standing not shown: %s", error)
            return UNKNOWN_STANDING

    def _published(self, comment_id: str, comments: Page | None) -> Comment | None:
        try:
            return self._page.published(comment_id, comments) if is_an_id(comment_id) else None
        except (WinnowUnavailable, WinnowRefused) as error:
            current_app.logger.warning("comment not found: %s", error)
            return None

    def _report_form(self, comment: Comment | None) -> ReportDraft | None:
        if comment is None:
            return None
        return ReportDraft.from_form({"comment": comment.id}, request.cookies.get(COOKIE, ""))


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
