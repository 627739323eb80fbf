"""A stand-in that speaks Winnow's HTTP contract over a real socket, for the client and the site."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.demo.client import WinnowClient
from service.demo.desk import Desk
from service.demo.site import create_site

KEY = "k3y-of-the-site"
DECIDED = {"approve": "approved", "reject": "rejected", "escalate": "pending"}


@dataclass
class Contract:
    """Answers as the contract says: by the comment's own words, or by `refusal` for every call when set."""

    url: str = ""
    next_cursor: str | None = None
    refusal: tuple[int, dict[str, Any], dict[str, str]] | None = None
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    keys_seen: set[str | None] = field(default_factory=set)
    queries: list[dict[str, str]] = field(default_factory=list)
    scored: list[str] = field(default_factory=list)
    score_refusal: int | None = None
    statement_refusal: int | None = None
    models_asked: int = 0
    hidden: set[str] = field(default_factory=set)
    reports: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, status: int, *, retry_after: str | None = None, **problem: Any) -> None:
        self.refusal = (status, problem, {"Retry-After": retry_after} if retry_after else {})

    def hide_from_lists(self, comment_id: str) -> None:
        """As if it stood on a later page."""
        self.hidden.add(comment_id)

    def app(self) -> Flask:
        app = Flask("contract")
        app.before_request(self._before)
        app.add_url_rule("/v1/comments", "post", self._post, methods=["POST"])
        app.add_url_rule("/v1/comments", "list", self._list)
        app.add_url_rule("/v1/comments/batch", "batch", self._batch, methods=["POST"])
        app.add_url_rule("/v1/comments/<comment_id>", "get", self._get)
        app.add_url_rule("/v1/comments/<comment_id>/reports", "report", self._report, methods=["POST"])
        app.add_url_rule("/v1/comments/<comment_id>/statement", "statement", self._statement)
        app.add_url_rule("/v1/comments/<comment_id>/appeals", "contest", self._contest, methods=["POST"])
        app.add_url_rule("/v1/decisions", "decide", self._decide, methods=["POST"])
        app.add_url_rule("/v1/score", "score", self._score, methods=["POST"])
        app.add_url_rule("/v1/model", "model", self._model)
        return app

    def _before(self) -> Response | None:
        self.keys_seen.add(request.headers.get("Authorization"))
        if self.refusal is None:
            return None
        status, problem, headers = self.refusal
        answer = _json({"type": "about:blank", "status": status, **problem}, status)
        answer.headers.update(headers)
        return answer

    def _post(self) -> Response:
        comment = orjson.loads(request.data)
        self.posts.append(comment)
        answer = self._place(comment)
        return _json(answer, answer["status"] if isinstance(answer["status"], int) else 201)

    def _batch(self) -> Response:
        return _json({"results": [self._place(comment) for comment in orjson.loads(request.data)["comments"]]})

    def _get(self, comment_id: str) -> Response:
        if comment_id not in self.stored:
            return _json(_problem(404, "Not found"), 404)
        return _json(self.stored[comment_id])

    def _list(self) -> Response:
        self.queries.append(request.args.to_dict())
        status = request.args.get("status")
        kept = [
            comment
            for comment in self.stored.values()
            if status in (None, comment["status"]) and comment["id"] not in self.hidden
        ]
        return _json({"items": kept[::-1], "next_cursor": self.next_cursor})

    def _report(self, comment_id: str) -> Response:
        if comment_id not in self.stored:
            return _json(_problem(404, "Not found"), 404)
        self.reports.append({"id": comment_id, **orjson.loads(request.data)})
        return _json({"id": comment_id, "status": self.stored[comment_id]["status"]}, 201)

    def _statement(self, comment_id: str) -> Response:
        kept = self.stored[comment_id]
        if self.statement_refusal:
            return _json(_problem(self.statement_refusal, "Not now"), self.statement_refusal)
        if kept["status"] != "rejected" and not kept.get("appeal"):
            return _json(_problem(409, "Conflict", type="urn:winnow:problem:not-rejected"), 409)
        until = {"until": "2027-05-26T04:00:00.000Z"}
        return _json(
            {
                "since": "2026-11-24T04:00:00.000Z",
                "contest": until,
                "text": "In full: it was found to be spam.",
                "facts": {"labels": ["spam"], "findings": [], "rules": ["link"], "reported": False},
                "automated": {"detection": True, "decision": False},
                "ground": {"kind": "contractual", "term": "1"},
            }
        )

    def _contest(self, comment_id: str) -> Response:
        kept, statement = self.stored[comment_id], orjson.loads(request.data)["statement"]
        appeal = kept.get("appeal")
        if appeal and appeal["statement"] == statement and not appeal["outcome"]:
            return _json({"id": comment_id}, 200)
        if appeal or kept["status"] != "rejected":
            kind = "contested" if appeal else "not-rejected"
            return _json(_problem(409, "Conflict", type=f"urn:winnow:problem:{kind}"), 409)
        asked = {"at": "2026-11-24T05:00:00.000Z", "statement": statement, "outcome": None, "decided_at": None}
        kept |= {"status": "pending", "appeal": asked}
        return _json({"id": comment_id}, 201)

    def _decide(self) -> Response:
        decisions = orjson.loads(request.data)["decisions"]
        self.decisions += decisions
        for decision in decisions:
            kept = self.stored[decision["id"]]
            if not kept.get("appeal"):
                kept["status"] = DECIDED[decision["action"]]
        return _json({"results": []})

    def _score(self) -> Response:
        (text,) = orjson.loads(request.data)["texts"]
        self.scored.append(text)
        if self.score_refusal:
            return _json(_problem(self.score_refusal, "Not now"), self.score_refusal)
        place = text.find("fool")
        spans = [{"start": place, "end": place + 4, "attribute": "insult", "weight": 3.0}] if place >= 0 else []
        scores = {"insult": 0.9 if spans else 0.01, "spam": 0.0}
        return _json({"model": "m-1", "results": [{"scores": scores, "language": "en", "spans": spans}]})

    def _model(self) -> Response:
        self.models_asked += 1
        return _json({"version": "m-1", "thresholds": {"insult": 0.7, "spam": 0.3}})

    def _place(self, comment: dict[str, Any]) -> dict[str, Any]:
        if not comment["body"].strip():
            return _problem(422, "Invalid", errors={"body": ["Shorter than minimum length 1."]})
        earlier = self.stored.get(comment["id"])
        if earlier is None:
            self.stored[comment["id"]] = comment | _verdict(comment["body"])
        elif any(earlier[name] != value for name, value in comment.items()):
            return _problem(409, "Conflict")
        return self.stored[comment["id"]]


def _verdict(body: str) -> dict[str, Any]:
    standing = {
        "status": "approved",
        "verdict": "approve",
        "reasons": [],
        "received_at": "2026-11-24T04:00:00Z",
    }
    insult = {"code": "score", "detail": "insult", "attribute": "insult", "score": 0.9, "threshold": 0.7}
    if "fool" in body:
        standing |= {"status": "pending", "verdict": "hold", "reasons": [insult]}
    if "casino" in body:
        standing |= {
            "status": "rejected",
            "verdict": "reject",
            "reasons": [{"code": "link", "detail": "2 links"}],
        }
    return standing


def _problem(status: int, title: str, **more: Any) -> dict[str, Any]:
    return {"type": "about:blank", "status": status, "title": title, "detail": title, **more}


def _json(answer: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(answer), status, content_type="application/json")


def box_id(page: TestResponse) -> str:
    """The id of the comment that would be written into the box of a page."""
    return hidden(page, "id")


def hidden(page: TestResponse, name: str) -> str:
    """What a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found
    return found[1]


def post(
    reader: FlaskClient,
    body: str,
    name: str = "Ada",
    comment_id: str | None = None,
    *,
    as_it_is: bool = False,
    **more: str,
) -> TestResponse:
    """Fill the box and press its button, or the one that wants no nudge."""
    form = {"id": comment_id or box_id(reader.get("/")), "name": name, "body": body, **more}
    return reader.post("/", data=form | ({"as-it-is": "yes"} if as_it_is else {}))


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def contract() -> Iterator[Contract]:
    contract = Contract()
    with make_server("127.0.0.1", 0, contract.app(), handler_class=_Quiet) as server:
        contract.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield contract
        server.shutdown()
        thread.join()


@pytest.fixture
def client(contract: Contract) -> WinnowClient:
    return WinnowClient(contract.url + "/", KEY, timeout=10)


@pytest.fixture
def reader(client: WinnowClient) -> FlaskClient:
    return create_site(client, client).test_client()


@pytest.fixture
def desk(contract: Contract) -> Desk:
    return Desk(contract.url, KEY, timeout=10)
