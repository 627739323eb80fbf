"""What lies on a moderator's desk: the comments that their session has claimed, and those they left for others."""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson
import uuid_utils

from service.dossiers import Dossier, Dossiers
from service.store.queue import LapsedClaim, Order, Queue, Shelf, UnknownClaim, Waiting
from service.store.sessions import Session, Sessions

BATCH: Final = 10
"""Comments on a desk: few, so that nobody sits on what others could decide."""

LEASE_SECONDS: Final = 300
"""A page that is looked at renews its leases well before; one that is left gives them back by then."""

CLAIMS_AT_MOST: Final = 20
LEFT_AT_MOST: Final = 100
"""Claims and left comments that a session remembers; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the queue a moderator works: `name` tells it from others, and is the address' query."""

    name: str
    shelf: Shelf
    order: Order


@dataclass(frozen=True, slots=True)
class Held:
    """What is on the desk now: ids with their claim's token; `fresh` are those that the page does not have yet.

    `left` is whether the only ones that wait are those that the moderator left for others.
    """

    tokens: dict[str, str]
    fresh: Sequence[Dossier]
    left: bool


@dataclass(frozen=True, slots=True)
class _Memory:
    """What a session keeps: claims as (place, token), oldest first, and comments left for others."""

    claims: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()


class Desks:
    """The desks of all sessions. Nothing is kept here: a desk is put together anew from the store for each request."""

    def __init__(self, queue: Queue, dossiers: Dossiers, sessions: Sessions) -> None:
        self._queue, self._dossiers, self._sessions = queue, dossiers, sessions

    def fill(self, session: Session, place: Place, have: Collection[str] = ()) -> Held:
        """Renews what is held in this place, gives back what is held in others, and claims more where little is left.

        :param have: ids that the page has, so that their dossiers are not made again.
        """
        memory = _memory(session.desk)
        claims, tokens = self._renewed(session, memory, place)
        left = False
        if len(tokens) <= BATCH // 2:
            token = str(uuid_utils.uuid7())
            claimed = self._queue.claim(
                session.site,
                token,
                session.name,
                limit=BATCH - len(tokens) + len(memory.left),
                lease_seconds=LEASE_SECONDS,
                order=place.order,
                shelf=place.shelf,
            )
            unwanted = [one for one in claimed.ids if one in memory.left]
            wanted = [one for one in claimed.ids if one not in memory.left]
            self._give_back(session, token, [*unwanted, *wanted[BATCH:]])
            tokens.update(dict.fromkeys(wanted[:BATCH], token))
            claims = [*claims, (place.name, token)] if wanted else claims
            left = bool(unwanted) and not tokens
        self._keep(session, memory, replace(memory, claims=tuple(claims[-CLAIMS_AT_MOST:])))
        fresh = [one for one in tokens if one not in have]
        waiting = [Waiting(one, tokens[one], session.name, None) for one in fresh]
        return Held(tokens, self._dossiers.of(session.site, waiting), left)

    def hold(self, session: Session, place: Place) -> list[str]:
        """Renews what is held in this place; says what that is."""
        memory = _memory(session.desk)
        claims, tokens = self._renewed(session, memory, place)
        self._keep(session, memory, replace(memory, claims=tuple(claims)))
        return list(tokens)

    def leave(self, session: Session, comment_id: str) -> None:
        """Leaves a comment for others: it is given back, and this session is not shown it again."""
        memory = _memory(session.desk)
        for _, token in memory.claims:
            self._give_back(session, token, [comment_id])
        left = [one for one in memory.left if one != comment_id]
        self._keep(session, memory, replace(memory, left=(*left, comment_id)[-LEFT_AT_MOST:]))

    def take(self, session: Session, place: Place, comment_id: str) -> None:
        """Holds a comment that the moderator has in view again, if nobody else does; it comes first."""
        memory = _memory(session.desk)
        token = str(uuid_utils.uuid7())
        claims = memory.claims
        if self._queue.take(session.site, token, session.name, comment_id, LEASE_SECONDS):
            claims = ((place.name, token), *claims[-CLAIMS_AT_MOST + 1 :])
        left = tuple(one for one in memory.left if one != comment_id)
        self._keep(session, memory, _Memory(claims, left))

    def clear(self, session: Session, *, left_too: bool = False) -> None:
        """Gives all back; with `left_too`, what was left for others is shown again."""
        memory = _memory(session.desk)
        for _, token in memory.claims:
            self._give_back(session, token)
        self._keep(session, memory, _Memory((), () if left_too else memory.left))

    def _renewed(self, session: Session, memory: _Memory, place: Place) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """The claims of this place that still hold something, and what they hold."""
        claims, tokens = [], {}
        for name, token in memory.claims:
            if name != place.name:
                self._give_back(session, token)
                continue
            with contextlib.suppress(UnknownClaim, LapsedClaim):
                held = self._queue.renew(session.site, token, session.name, LEASE_SECONDS).ids
                tokens.update(dict.fromkeys(held, token))
                claims.append((name, token))
        return claims, tokens

    def _give_back(self, session: Session, token: str, ids: Iterable[str] = ("",)) -> None:
        """Gives back these of a claim, by default all; what it never held is passed over."""
        for one in ids:
            with contextlib.suppress(UnknownClaim):
                self._queue.give_back(session.site, token, session.name, one)

    def _keep(self, session: Session, before: _Memory, memory: _Memory) -> None:
        if memory != before:
            self._sessions.keep_desk(session, orjson.dumps(memory).decode())


def _memory(kept: str) -> _Memory:
    if not kept:
        return _Memory()
    said = orjson.loads(kept)
    return _Memory(tuple((name, token) for name, token in said["claims"]), tuple(said["left"]))
