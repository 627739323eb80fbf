"""Authors: what is kept of them beside their comments, and how the site stands to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from service.moderation.signals import Standing
from service.store.connection import Store, site_key
from service.store.records import STATUSES


class UnknownAuthor(Exception):
    """No comment of this author is kept, and nobody ever said how the site stands to them."""


class PastEnd(Exception):
    """What should be in force until some time would be over already."""


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """An author. Times are ms; `first_seen` and `last_seen` are of the comments that are kept.

    `until` None is no end; `by` and `at` are None where the standing is normal. `history` has every standing that was
    set, oldest first, the newest 50; `reference` is how the audit log names the author, None before the first.
    """

    id: str
    comments: Mapping[str, int]
    standing: Standing
    until: int | None
    by: str | None
    at: int | None
    history: Sequence[Mapping[str, Any]]
    reference: str | None
    first_seen: int | None
    last_seen: int | None


class Authors:
    """The authors of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, site: str, author_id: str) -> AuthorRecord:
        """One author.

        :raises UnknownAuthor: nothing is known of them.
        """
        record = self.look(site, author_id)
        if record.first_seen is None and not record.history and record.standing == "normal":
            raise UnknownAuthor(author_id)
        return record

    def look(self, site: str, author_id: str) -> AuthorRecord:
        """What is known of an author, be it nothing; in one round trip."""
        written = site_key(site, "list", "author", author_id)

        def build(pipeline: Any) -> None:
            pipeline.time()
            pipeline.hgetall(site_key(site, "author", author_id))
            pipeline.hgetall(site_key(site, "standing", author_id))
            pipeline.lrange(site_key(site, "standings", author_id), 0, -1)
            pipeline.zrange(written, 0, 0, withscores=True)
            pipeline.zrange(written, -1, -1, withscores=True)

        (seconds, _), counts, kept, entries, first, last = self._store.together(build)
        history = [orjson.loads(entry) for entry in entries]
        return AuthorRecord(
            id=author_id,
            comments={status: int(counts.get(status, 0)) for status in STATUSES},
            **_in_force(kept, seconds * 1000),
            history=history,
            reference=history[-1]["reference"] if history else None,
            first_seen=int(first[0][1]) if first else None,
            last_seen=int(last[0][1]) if last else None,
        )

    def standings(self, site: str, author_ids: Sequence[str]) -> dict[str, Standing]:
        """How the site stands to each of the authors, in one round trip."""

        def build(pipeline: Any) -> None:
            pipeline.time()
            for author_id in author_ids:
                pipeline.hgetall(site_key(site, "standing", author_id))

        (seconds, _), *kept = self._store.together(build)
        found = (_in_force(one, seconds * 1000)["standing"] for one in kept)
        return dict(zip(author_ids, found, strict=True))

    def named(self, site: str, references: Sequence[str]) -> dict[str, str]:
        """The ids of those authors whom the audit log names so and who were not erased since, in one round trip."""

        def build(pipeline: Any) -> None:
            for reference in references:
                pipeline.get(site_key(site, "reference", reference))

        found = self._store.together(build) if references else []
        return {reference: author for reference, author in zip(references, found, strict=True) if author}

    def set_standing(  # noqa: PLR0913
        self, site: str, author_id: str, *, op: str, by: str, standing: Standing, until: int | None
    ) -> None:
        """Sets how the site stands to an author, known or not, until a time (ms) or without end.

        :raises PastEnd: that time is over.
        """
        ends = "" if until is None else until
        (answer,) = self._store.run("set_standing", site, author_id, op, by, standing, ends)
        if answer == "past":
            raise PastEnd


def _in_force(kept: Mapping[str, str], now: int) -> dict[str, Any]:
    """A standing as it is at `now` (ms); what is over counts as never set."""
    until = int(kept["until"]) if "until" in kept else None
    if not kept or (until is not None and until <= now):
        return {"standing": "normal", "until": None, "by": None, "at": None}
    return {"standing": kept["standing"], "until": until, "by": kept["by"], "at": int(kept["at"])}
