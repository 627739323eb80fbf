"""The sample comments that the demo opens with, all of our own making."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

SAMPLES = Path(__file__).with_name("comments.jsonl")


@dataclass(frozen=True)
class Sample:
    """One line of `comments.jsonl`, oldest first; `id` is its number, `parent` another's id."""

    id: str
    author_id: str
    author_name: str
    body: str
    minutes_ago: int
    parent: str | None


def read_samples() -> Iterator[Sample]:
    """Read them in the order in which they were written."""
    for number, line in enumerate(SAMPLES.read_bytes().splitlines(), start=1):
        sample = orjson.loads(line)
        yield Sample(
            id=f"demo-{number:03}",
            author_id=sample["author"]["id"],
            author_name=sample["author"]["name"],
            body=sample["body"],
            minutes_ago=sample["minutes_ago"],
            parent=sample.get("parent"),
        )
