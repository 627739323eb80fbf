"""A reader's report on its way."""

from http import HTTPStatus

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from service.demo import wording
from service.demo.client import WinnowClient
from service.demo.drafts import Draft, is_an_id
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.page import ArticlePage, State
from service.demo.reports import ReportDraft, ReportUnfit

COOKIE = "reader"
COOKIE_SECONDS = 400 * 86_400
"""As long as Winnow remembers how often a reader's reports were right, and the longest that browsers keep one."""


class ReportGone(Exception):
    """The comment is no longer under the article."""


class Reporting:
    """Takes a report of a published comment. The cookie that tells readers apart is set here, and nowhere else."""

    def __init__(self, winnow: WinnowClient, page: ArticlePage) -> None:
        self._winnow = winnow
        self._page = page

    def blueprint(self) -> Blueprint:
        """The route of the form, and what becomes of its errors."""
        blueprint = Blueprint("reporting", __name__)
        blueprint.add_url_rule("/reports", "take", self.take, methods=["POST"])
        blueprint.register_error_handler(ReportUnfit, self.unfit)
        blueprint.register_error_handler(ReportGone, self.gone)
        blueprint.register_error_handler(WinnowUnavailable, self.unavailable)
        blueprint.register_error_handler(WinnowRefused, self.refused)
        blueprint.register_error_handler(RequestEntityTooLarge, self.too_large)
        return blueprint

    def take(self) -> ResponseReturnValue:
        """POST the form; what goes well ends at a thank you."""
        draft = self._draft()
        if not is_an_id(draft.comment_id):
            raise ReportGone(draft.comment_id)
        self._winnow.report(draft.comment_id, draft.report(request.remote_addr))
        older = request.args.get("older")
        thanks = url_for("show", reported=draft.comment_id, older=older, _anchor="answer")
        answer = redirect(thanks, HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            draft.reader_id,
            max_age=COOKIE_SECONDS,
            secure=request.is_secure,
            httponly=True,
            samesite="Strict",
        )
        return answer

    def unfit(self, error: ReportUnfit) -> ResponseReturnValue:
        """Explain what is missing, or too much."""
        problem = wording.unfit(error.errors, "Your report has not been sent")
        return self._again(problem, HTTPStatus.UNPROCESSABLE_ENTITY)

    def gone(self, _: ReportGone) -> ResponseReturnValue:
        """Say that somebody was faster."""
        state = State(Draft.blank(), problem=wording.NOT_TO_BE_REPORTED)
        return self._page.render(state, self._page.comments(), HTTPStatus.NOT_FOUND)

    def unavailable(self, error: WinnowUnavailable) -> ResponseReturnValue:
        """Keep what was said while Winnow is away."""
        current_app.logger.warning("%s", error)
        problem = wording.out_of_reach(error, "report", "Send report")
        state = State(Draft.blank(), report=self._draft(), problem=problem)
        answer = self._page.render(state, None, HTTPStatus.SERVICE_UNAVAILABLE)
        answer.retry_after = error.retry_after
        return answer

    def refused(self, refusal: WinnowRefused) -> ResponseReturnValue:
        """Say that the comment went, or that it was edited at this very moment; the rest is the site's fault."""
        if refusal.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return self.gone(ReportGone())
        if refusal.status == HTTPStatus.CONFLICT:
            return self._again(wording.EDITED_MEANWHILE, HTTPStatus.CONFLICT)
        current_app.logger.error("%s", refusal)
        return self._again(wording.our_fault("Your report has not been sent"), HTTPStatus.BAD_GATEWAY)

    def too_large(self, _: RequestEntityTooLarge) -> ResponseReturnValue:
        """Answer a form that was never read."""
        state = State(Draft.blank(), problem=wording.too_large())
        return self._page.render(state, self._page.comments(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _draft(self) -> ReportDraft:
        return ReportDraft.from_form(request.form, request.cookies.get(COOKIE, ""))

    def _again(self, problem: wording.Problem, status: HTTPStatus) -> ResponseReturnValue:
        draft, comments = self._draft(), self._page.comments()
        shown = comments.comments if comments else ()
        reported = next((comment for comment in shown if comment.id == draft.comment_id), None)
        return self._page.render(
            State(Draft.blank(), report=draft, reported=reported, problem=problem), comments, status
        )
