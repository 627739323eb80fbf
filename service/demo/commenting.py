"""The comment box on its way: what is typed, the nudge, the comment posted."""

from http import HTTPStatus

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from service.demo import wording
from service.demo.adviser import Adviser
from service.demo.article import Article
from service.demo.client import Comment, WinnowClient
from service.demo.drafts import Draft, DraftUnfit
from service.demo.exchange import WinnowRefused, WinnowUnavailable
from service.demo.page import ArticlePage, State

READER_CAN_MEND = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class ParentGone(Exception):
    """The comment that is answered is no longer under the article."""


class Commenting:
    """Takes a comment, and never loses a word of it.

    A comment taken is answered with a redirect to its receipt, so that a reload never posts twice. What fails on the
    way is raised by those who know, and becomes the same page with the text still in the box.
    """

    def __init__(self, winnow: WinnowClient, adviser: Adviser, page: ArticlePage, article: Article) -> None:
        self._winnow = winnow
        self._adviser = adviser
        self._page = page
        self._article = article

    def blueprint(self) -> Blueprint:
        """The route of the box, and what becomes of its errors."""
        blueprint = Blueprint("commenting", __name__)
        blueprint.add_url_rule("/", "take", self.take, methods=["POST"])
        blueprint.register_error_handler(DraftUnfit, self.unfit)
        blueprint.register_error_handler(ParentGone, self.parent_gone)
        blueprint.register_error_handler(WinnowUnavailable, self.unavailable)
        blueprint.register_error_handler(WinnowRefused, self.refused)
        blueprint.register_error_handler(RequestEntityTooLarge, self.too_large)
        return blueprint

    def take(self) -> ResponseReturnValue:
        """POST the form; what goes well ends at the receipt, maybe after a look at what may hold the comment."""
        draft = Draft.from_form(request.form)
        comment = draft.comment(self._article.reference)
        answered = self._answered(draft)
        nudge = None if draft.settled else self._adviser.about(draft.body)
        if nudge:
            return self._page.render(State(draft, answered, nudge), self._page.comments())
        placed = self._winnow.place(comment)
        return redirect(url_for("show", comment=placed.id, _anchor="your-comment"), HTTPStatus.SEE_OTHER)

    def unfit(self, error: DraftUnfit) -> ResponseReturnValue:
        """Explain what the site itself cannot take."""
        return self._again(self._draft(), wording.unfit(error.errors), HTTPStatus.UNPROCESSABLE_ENTITY)

    def parent_gone(self, _: ParentGone) -> ResponseReturnValue:
        """Offer to post the words as an answer to nobody."""
        return self._again(self._draft().alone(), wording.PARENT_GONE, HTTPStatus.CONFLICT)

    def unavailable(self, error: WinnowUnavailable) -> ResponseReturnValue:
        """Keep the article readable, and the draft in its box, while Winnow is away."""
        current_app.logger.warning("%s", error)
        problem = wording.out_of_reach(error, "comment", "Post comment")
        answer = self._page.render(State(self._draft(), problem=problem), None, HTTPStatus.SERVICE_UNAVAILABLE)
        answer.retry_after = error.retry_after
        return answer

    def refused(self, refusal: WinnowRefused) -> ResponseReturnValue:
        """Explain what the reader can mend; what only the site can mend goes to its log."""
        draft = self._draft()
        problem = wording.refused(refusal, draft.body)
        if refusal.status in wording.ID_TAKEN:
            return self._again(draft.renamed(), problem, HTTPStatus.CONFLICT)
        if refusal.status in READER_CAN_MEND:
            return self._again(draft, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
        current_app.logger.error("%s", refusal)
        return self._again(draft, problem, HTTPStatus.BAD_GATEWAY)

    def too_large(self, _: RequestEntityTooLarge) -> ResponseReturnValue:
        """Answer a form that was never read; the text is a step back in the browser's history."""
        return self._again(Draft.blank(), wording.too_large(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _draft(self) -> Draft:
        return Draft.from_form(request.form)

    def _again(self, draft: Draft, problem: wording.Problem, status: HTTPStatus) -> ResponseReturnValue:
        comments = self._page.comments()
        answered = None
        if draft.parent_id and comments:
            answered = next((one for one in comments.comments if one.id == draft.parent_id), None)
        return self._page.render(State(draft, answered, problem=problem), comments, status)

    def _answered(self, draft: Draft) -> Comment | None:
        if draft.parent_id is None:
            return None
        answered = self._page.published(draft.parent_id)
        if answered is None:
            raise ParentGone(draft.parent_id)
        return answered
