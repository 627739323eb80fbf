"""The fenced blocks of a page, and what curl sends in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.documentation.shell import commands


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the line on which it begins, its language, what stands in it."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.language}"


def blocks(page: Path, name: str) -> Iterator[Block]:
    """Every block of a page, in order."""
    content = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^( *)```([^\n]*)\n(.*?)^\1```$", content, re.MULTILINE | re.DOTALL):
        yield Block(name, content[: found.start()].count("\n") + 1, found[2], found[3])


@dataclass(frozen=True)
class Request:
    """What curl is told to send: the path without query, and its JSON, or None where it is in no line."""

    method: str
    path: str
    body: Any


def requests(script: str) -> Iterator[Request]:
    """Every request that curl makes in a script."""
    for words in commands(script):
        if words[0] == "curl":
            yield _request(words)


def _request(words: list[str]) -> Request:
    method, url, body, given = "", "", None, iter(words[1:])
    for word in given:
        if word in {"-d", "--data"}:
            text = next(given)
            body = orjson.loads(text) if text.startswith("{") else None
            method = method or "POST"
        elif word in {"-X", "--request"}:
            method = next(given)
        elif word in {"-H", "-o"}:
            next(given)
        elif "://" in word:
            url = word
    return Request(method or "GET", urlsplit(url).path, body)
