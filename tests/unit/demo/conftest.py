"""A stand-in that speaks Winnow's HTTP contract over a real socket, for the client and the site."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import orjson
import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from service.demo.client import WinnowClient
from service.demo.site import create_site

KEY = "k3y-of-the-site"


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

    def refuse(self, status: int, *, retry_after: str | None = None, **problem: Any) -> None:
        self.refusal = (status, problem, {"Retry-After": retry_after} if retry_after else {})

    def app(self) -> Flask:
        app = Flask("contract")
        app.before_request(self._before)
        app.add_url_rule("/v1/comments", "post", self._post, methods=["POST"])
        app.add_url_rule("/v1/comments", "list", self._list)
        app.add_url_rule("/v1/comments/batch", "batch", self._batch, methods=["POST"])
        app.add_url_rule("/v1/comments/<comment_id>", "get", self._get)
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
        approved = [comment for comment in self.stored.values() if comment["status"] == "approved"]
        return _json({"items": approved[::-1], "next_cursor": self.next_cursor})

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
    return create_site(client).test_client()
