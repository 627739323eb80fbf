"""Moderators' words to each other about a comment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from service.store.comments import UnknownComment
from service.store.connection import Store, site_key
from service.store.records import ErasedComment


@dataclass(frozen=True, slots=True)
class Note:
    """What a moderator wrote, at `at` (ms)."""

    at: int
    by: str
    text: str


class Notes:
    """The notes of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, site: str, comment_id: str, *, op: str, by: str, text: str) -> Note:
        """Adds a note to a comment, in whatever state it is.

        :raises UnknownComment, ErasedComment: there is no such comment.
        """
        answer = self._store.run("note", site, comment_id, op, by, orjson.dumps(text))
        if answer[0] == "noted":
            return Note(answer[1], by, text)
        raise ErasedComment(comment_id) if answer[0] == "erased" else UnknownComment(comment_id)

    def of(self, site: str, ids: Sequence[str]) -> list[list[Note]]:
        """The notes on each comment, oldest first, in one round trip."""

        def build(pipeline: Any) -> None:
            for comment_id in ids:
                pipeline.lrange(site_key(site, "notes", comment_id), 0, -1)

        return [[_note(entry) for entry in entries] for entries in self._store.together(build)] if ids else []


def _note(entry: str) -> Note:
    kept = orjson.loads(entry)
    return Note(kept["at"], kept["by"], kept["text"])
