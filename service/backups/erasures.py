"""What was erased after a backup was made, so that a restore does not bring it back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from service.schemas.fields import rfc3339_of
from service.store.audit import Audit
from service.store.authors import Authors
from service.store.comments import Comments, UnknownComment
from service.store.connection import Store
from service.store.privacy import Privacy

What = Literal["comment", "author", "reference"]

BY: Final = "restore"
"""Who erases again, in the audit log."""

ACTS: Final[Mapping[str, What]] = {"comment.erased": "comment", "author.erased": "reference"}
"""Lines of the audit log, and events, that tell of an erasure; they name an author by a reference."""


class BadLine(Exception):
    """A line that tells of no erasure; the message says which."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased from a site: a comment or an author by id, or an author by how the audit log named them."""

    site: str
    what: What
    id: str


def erasures_of(store: Store, site: str, since: int) -> Iterator[dict[str, Any]]:
    """The erasures that a site's audit log tells of, oldest first, from `since` (ms) on; as lines for `told`."""
    for act in Audit(store).since(site, since):
        if act.act in ACTS and act.on:
            yield {"site": site, "at": rfc3339_of(act.at), "erased": ACTS[act.act], "id": act.on}


def told(lines: Iterable[bytes], site: str | None) -> Iterator[Erasure]:
    """Erasures from lines of `winnow export`: of its `erasures`, or of `audit` or `events`, mostly of no matter.

    :param site: whose they are where a line does not say it.
    :raises BadLine: a line is of neither kind, or it is not known whose it is.
    """
    for number, line in enumerate(lines, 1):
        try:
            found = _erasure(orjson.loads(line), site) if line.strip() else None
        except (orjson.JSONDecodeError, AttributeError, KeyError) as problem:
            raise BadLine(f"line {number} tells of no erasure") from problem
        if found is None:
            continue
        if not found.site:
            raise BadLine(f"line {number} does not say its site, and the restore has several: restore one by --site")
        yield found


def _erasure(line: Mapping[str, Any], site: str | None) -> Erasure | None:
    whose = line.get("site") or site or ""
    if "erased" in line:
        return Erasure(whose, line["erased"], line["id"])
    act = line["act"] if "act" in line else line["type"]
    on = line.get("on") or line.get("comment_id")
    return Erasure(whose, ACTS[act], on) if act in ACTS and on else None


def replay(store: Store, erasures: Sequence[Erasure]) -> int:
    """Does erasures again; says how many reached something. Those of authors take their comments with them."""
    comments = Comments(store)
    privacy = Privacy(store, comments)
    authors = Authors(store)
    reached = 0
    for one in erasures:
        if one.what == "comment":
            with suppress(UnknownComment):
                comments.erase(one.site, one.id, BY)
                reached += 1
            continue
        author = one.id if one.what == "author" else authors.named(one.site, [one.id]).get(one.id)
        if author is not None:
            done = privacy.erase(one.site, author, BY)
            while not done:
                done = privacy.go_on(one.site) == 0
            reached += 1
    return reached
