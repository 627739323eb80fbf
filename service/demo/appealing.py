"""An appeal on its way."""

from http import HTTPStatus

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from service.demo import wording
from service.demo.appeals import AppealDraft, AppealUnfit
from service.demo.client import WinnowClient
from service.demo.drafts import Draft, is_ours
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.page import ArticlePage, State
from service.demo.receipts import LOST, UNKNOWN_STANDING


class NobodysComment(Exception):
    """The form names no comment that this site's box has made."""


class Appealing:
    """Takes what a reader says against a rejection. Who knows the comment's id is its author: nobody else was told."""

    def __init__(self, winnow: WinnowClient, page: ArticlePage) -> None:
        self._winnow = winnow
        self._page = page

    def blueprint(self) -> Blueprint:
        """The route of the form, and what becomes of its errors."""
        blueprint = Blueprint("appealing", __name__)
        blueprint.add_url_rule("/appeals", "take", self.take, methods=["POST"])
        blueprint.register_error_handler(AppealUnfit, self.unfit)
        blueprint.register_error_handler(NobodysComment, self.nobodys)
        blueprint.register_error_handler(WinnowUnavailable, self.unavailable)
        blueprint.register_error_handler(WinnowRefused, self.refused)
        blueprint.register_error_handler(RequestEntityTooLarge, self.too_large)
        return blueprint

    def take(self) -> ResponseReturnValue:
        """POST the form; what goes well ends at the receipt, which says that it is being looked at."""
        draft = AppealDraft.from_form(request.form)
        if not is_ours(draft.comment_id):
            raise NobodysComment(draft.comment_id)
        self._winnow.contest(draft.comment_id, draft.words())
        return self._to_the_receipt(draft)

    def unfit(self, error: AppealUnfit) -> ResponseReturnValue:
        """Explain what is too much."""
        problem = wording.unfit(error.errors, "Your appeal has not been sent")
        return self._again(problem, HTTPStatus.UNPROCESSABLE_ENTITY)

    def nobodys(self, _: NobodysComment) -> ResponseReturnValue:
        """Say that there is no such comment."""
        return self._page.render(State(Draft.blank(), receipt=LOST), self._page.comments(), HTTPStatus.NOT_FOUND)

    def unavailable(self, error: WinnowUnavailable) -> ResponseReturnValue:
        """Keep what was said while Winnow is away."""
        current_app.logger.warning("%s", error)
        problem = wording.out_of_reach(error, "appeal", "Send appeal")
        state = State(Draft.blank(), receipt=UNKNOWN_STANDING, appeal=self._draft(), problem=problem)
        answer = self._page.render(state, None, HTTPStatus.SERVICE_UNAVAILABLE)
        answer.retry_after = error.retry_after
        return answer

    def refused(self, refusal: WinnowRefused) -> ResponseReturnValue:
        """Explain a conflict; where the comment went, or is not rejected any more, the receipt says all of it."""
        if refusal.kind == "contested":
            return self._again(wording.CONTESTED, HTTPStatus.CONFLICT)
        if refusal.kind == "not-rejected" or refusal.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return self._to_the_receipt(self._draft())
        if refusal.status == HTTPStatus.CONFLICT:
            return self._again(wording.EDITED_MEANWHILE, HTTPStatus.CONFLICT)
        current_app.logger.error("%s", refusal)
        return self._again(wording.our_fault("Your appeal has not been sent"), HTTPStatus.BAD_GATEWAY)

    def too_large(self, _: RequestEntityTooLarge) -> ResponseReturnValue:
        """Answer a form that was never read."""
        state = State(Draft.blank(), problem=wording.too_large())
        return self._page.render(state, self._page.comments(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _draft(self) -> AppealDraft:
        return AppealDraft.from_form(request.form)

    def _to_the_receipt(self, draft: AppealDraft) -> ResponseReturnValue:
        return redirect(url_for("show", comment=draft.comment_id, _anchor="your-comment"), HTTPStatus.SEE_OTHER)

    def _again(self, problem: wording.Problem, status: HTTPStatus) -> ResponseReturnValue:
        draft = self._draft()
        try:
            receipt = self._page.receipt(draft.comment_id)
        except (WinnowUnavailable, WinnowRefused) as error:
            current_app.logger.warning("standing not shown: %s", error)
            receipt = UNKNOWN_STANDING
        state = State(Draft.blank(), receipt=receipt, appeal=draft, problem=problem)
        return self._page.render(state, self._page.comments(), status)
