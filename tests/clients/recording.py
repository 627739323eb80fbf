"""What clients send, recorded between them and the service, and how an answer to it has to look.

`recorded.json` in a client's folder is a list of exchanges. Keys and addresses stand in it as `{submit}`, `{host}` and so on.
Of a JSON answer its shape is kept, since scores change with the model: names and types.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import urllib3

KEPT = "recorded.json"
HOP = {"connection", "keep-alive", "content-length", "transfer-encoding", "accept-encoding"}
"""Headers of the connection, which say nothing of what is asked."""


class Recorder:
    """Passes requests on to the service as they came and keeps each with its answer."""

    def __init__(self, service: str, keys: Mapping[str, str]) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self._pool = urllib3.PoolManager(retries=False)
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                answer = recorder._pool.request(self.command, service + self.path, body=body, headers=headers)
                recorder._keep(self.command, self.path, headers, body, answer)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.data)))
                self.end_headers()
                self.wfile.write(answer.data)

            do_GET = do_POST  # noqa: N815  # as http.server names it

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        port = f":{self._server.server_port}"
        self._secrets = {text: f"{{{name}}}" for name, text in keys.items()} | {self.host: "{host}", port: ":8080"}
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _keep(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, answer: urllib3.BaseHTTPResponse
    ) -> None:
        exchange = {
            "method": method,
            "target": target,
            "headers": dict(headers),
            "body": body.decode(),
            "answer": seen(answer.status, answer.headers.get("Content-Type", ""), answer.data),
        }
        text = orjson.dumps(exchange).decode()
        for secret, name in self._secrets.items():
            text = text.replace(secret, name)
        self.exchanges.append(orjson.loads(text))


@contextmanager
def recorder(service: str, keys: Mapping[str, str]) -> Iterator[Recorder]:
    """A recorder before the service at this address, while it is used."""
    one = Recorder(service, keys)
    try:
        yield one
    finally:
        one.close()


def keep(folder: Path, exchanges: list[dict[str, Any]]) -> None:
    """Writes what was recorded into a client's folder."""
    (folder / KEPT).write_bytes(orjson.dumps(exchanges, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def seen(status: int, content_type: str, body: bytes) -> dict[str, Any]:
    """An answer as it is compared."""
    plain = content_type.partition(";")[0]
    said = shape(orjson.loads(body)) if plain.endswith("json") and body else body.decode()
    return {"status": status, "content_type": plain, "body": said}


def shape(value: Any) -> Any:
    """A JSON value's names and types; of a list the shapes that occur in it, each once."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        shapes = {orjson.dumps(shape(inner)): shape(inner) for inner in value}
        return [shapes[one] for one in sorted(shapes)]
    if isinstance(value, bool) or value is None:
        return "bool" if isinstance(value, bool) else "null"
    return "number" if isinstance(value, int | float) else "string"
