"""The Harbour Ledger: one article page whose comments are moderated by Winnow.

The browser speaks to this site alone. The site's server holds the `submit` key and asks Winnow.
"""

import re
from http import HTTPStatus

from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from service.demo import wording
from service.demo.article import ARTICLE, Article
from service.demo.client import Page, WinnowClient, WinnowRefused, WinnowUnavailable
from service.demo.drafts import NAME_LIMIT, Draft, DraftUnfit, is_ours

COMMENTS_SHOWN = 100
FORM_LIMIT = 4 * 1024 * 1024  # bytes; a form spells one emoji in twelve
READER_CAN_MEND = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # a receipt's address goes nowhere else
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_site(winnow: WinnowClient) -> Flask:
    """Build the news site around its client."""
    site = Flask(__name__)
    site.config.update(MAX_CONTENT_LENGTH=FORM_LIMIT, MAX_FORM_MEMORY_SIZE=FORM_LIMIT)
    page = ArticlePage(winnow, ARTICLE)
    site.add_url_rule("/", "show", page.show)
    site.add_url_rule("/", "take_comment", page.take_comment, methods=["POST"])
    site.register_error_handler(WinnowUnavailable, page.winnow_unavailable)
    site.register_error_handler(WinnowRefused, page.winnow_refused)
    site.register_error_handler(DraftUnfit, page.draft_unfit)
    site.register_error_handler(RequestEntityTooLarge, page.form_too_large)
    site.add_template_filter(paragraphs)
    site.after_request(_with_headers)
    return site


class ArticlePage:
    """The article with its comments: shows them, takes one, and never loses a word of it.

    A comment taken is answered with a redirect to its receipt, so that a reload never posts twice. What
    fails on the way is raised by those who know, and becomes the same page with the text still in the box.
    """

    def __init__(self, winnow: WinnowClient, article: Article) -> None:
        self._winnow = winnow
        self._article = article

    def show(self) -> ResponseReturnValue:
        """GET: `comment` is the id of the reader's own comment, `older` a cursor into the comments."""
        own = request.args.get("comment", "")
        receipt = wording.receipt(self._winnow.find(own)) if is_ours(own) else None
        return self._render(Draft.blank(), comments=self._comments(), receipt=receipt)

    def take_comment(self) -> ResponseReturnValue:
        """POST the form; what goes well ends at the receipt."""
        placed = self._winnow.place(Draft.from_form(request.form).comment(self._article.reference))
        return redirect(url_for("show", comment=placed.id, _anchor="your-comment"), HTTPStatus.SEE_OTHER)

    def winnow_unavailable(self, error: WinnowUnavailable) -> ResponseReturnValue:
        """Keep the article readable, and the draft in its box, while Winnow is away."""
        current_app.logger.warning("%s", error)
        if request.method != "POST":
            return self._render(Draft.blank(), receipt=wording.UNKNOWN_STANDING)
        page = self._render(Draft.from_form(request.form), problem=wording.out_of_reach(error))
        page.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        page.retry_after = error.retry_after
        return page

    def winnow_refused(self, refusal: WinnowRefused) -> ResponseReturnValue:
        """Explain what the reader can mend; what only the site can mend goes to its log."""
        if request.method != "POST":
            current_app.logger.error("%s", refusal)
            return self._render(Draft.blank(), receipt=wording.UNKNOWN_STANDING)
        draft = Draft.from_form(request.form)
        problem = wording.refused(refusal, draft.body)
        if refusal.status in wording.ID_TAKEN:
            return self._problem(draft.renamed(), problem, HTTPStatus.CONFLICT)
        if refusal.status in READER_CAN_MEND:
            return self._problem(draft, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
        current_app.logger.error("%s", refusal)
        return self._problem(draft, problem, HTTPStatus.BAD_GATEWAY)

    def draft_unfit(self, error: DraftUnfit) -> ResponseReturnValue:
        """Explain what the site itself cannot take."""
        draft = Draft.from_form(request.form)
        return self._problem(draft, wording.unfit(error.errors), HTTPStatus.UNPROCESSABLE_ENTITY)

    def form_too_large(self, _: RequestEntityTooLarge) -> ResponseReturnValue:
        """Answer a form that was never read; the text is a step back in the browser's history."""
        return self._problem(Draft.blank(), wording.too_large(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _problem(self, draft: Draft, problem: wording.Problem, status: HTTPStatus) -> Response:
        page = self._render(draft, comments=self._comments(), problem=problem)
        page.status_code = status
        return page

    def _comments(self) -> Page | None:
        """Return None when there is no reading them just now: the article stands without."""
        try:
            return self._winnow.approved(self._article.reference.id, COMMENTS_SHOWN, request.args.get("older"))
        except (WinnowUnavailable, WinnowRefused) as error:
            current_app.logger.warning("comments not shown: %s", error)
            return None

    def _render(
        self,
        draft: Draft,
        *,
        comments: Page | None = None,
        receipt: wording.Receipt | None = None,
        problem: wording.Problem | None = None,
    ) -> Response:
        page = render_template(
            "article.html",
            article=self._article,
            draft=draft,
            comments=comments,
            receipt=receipt,
            problem=problem,
            name_limit=NAME_LIMIT,
        )
        return make_response(page)


def paragraphs(text: str) -> list[str]:
    """Split a comment at its blank lines, however many stand together."""
    return re.split(r"\n\s*\n", text.strip())


def _with_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
