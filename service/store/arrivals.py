"""How comments come into the store, and how an edit does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.moderation.comment import Judgement, Submission
from service.moderation.policy import Policy, Rate
from service.moderation.signals import Surroundings, copy_text
from service.store.comments import UnknownComment
from service.store.connection import Store
from service.store.records import (
    ErasedComment,
    Record,
    facets,
    judgement_json,
    pairs,
    record_from,
    submission_json,
    verdict_json,
)

LEVELS: Final = 4096
"""Levels of the queue's informative order, as many as `lua/_queue.lua` has."""

NOT_COUNTED: Final = ("", 0, 0)
"""A rate that nothing is counted against."""


class EditConflict(Exception):
    """The comment was edited meanwhile; `revision` is the one that stands."""

    def __init__(self, revision: int) -> None:
        super().__init__(revision)
        self.revision = revision


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A judged comment on its way into the store; `op` names the call that made it.

    `informativeness`, 0 to 1, is what the model would learn from it beside others.
    """

    id: str
    op: str
    digest: str
    submission: Submission
    judgement: Judgement
    band: int
    informativeness: float


@dataclass(frozen=True, slots=True)
class Terms:
    """What a judgement takes for granted: this policy, and what is usual around a comment.

    The rate's name and limit say whose requests are counted on the way; "" counts nothing.
    """

    policy: Policy
    rate_name: str = ""
    rate_limit: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is the case, where it is not what a judgement took for granted: the policy's version, and the rest."""

    policy: int
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a comment on its way in: stored at `received` (ms), if nothing of the rest is set.

    `known` is the comment that has the id, `erased` says that it was erased, `facts` that it must be judged by them.
    `requests` of the key are counted in this minute, of which `seconds_left` are left.
    """

    requests: int
    seconds_left: int
    received: int = 0
    limited: bool = False
    known: Record | None = None
    erased: bool = False
    facts: Facts | None = None


class Arrivals:
    """The way into the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take_in(self, site: str, judged: Sequence[Acceptance], terms: Terms) -> list[Receipt]:
        """Takes in comments that are judged under some terms, each with all that hangs on it, or nothing of it."""
        return self._accept(site, judged, terms)

    def settle(self, site: str, judged: Sequence[Acceptance]) -> list[Receipt]:
        """Takes in comments that are judged by the facts."""
        return self._accept(site, judged, None)

    def surroundings(self, site: str, submission: Submission) -> Facts:
        """What bears on a comment that is there already; what else came does not count for it."""
        author, article = submission.author.id or "", submission.article.id or ""
        version, *said = self._store.run("surroundings", site, author, article, submission.parent_id or "")
        return Facts(version, _around(0, 0, 0, 0, *said))

    def edit(self, site: str, record: Record, edited: Acceptance) -> None:
        """Puts another text in place of a comment's, judged again.

        :raises EditConflict: another edit came first.
        :raises UnknownComment, ErasedComment: it is there no more.
        """
        answer = self._store.run(
            "edit",
            site,
            edited.id,
            edited.op,
            record.revision,
            *_kept(edited, record.revision + 1),
            copy_text(record.submission.body),
        )
        if answer[0] == "conflict":
            raise EditConflict(answer[1])
        if answer[0] == "unknown":
            raise UnknownComment
        if answer[0] == "erased":
            raise ErasedComment

    def _accept(self, site: str, judged: Sequence[Acceptance], terms: Terms | None) -> list[Receipt]:
        calls = [(one.id, one.op, one.digest, *_kept(one, 1), *_granted(one, terms)) for one in judged]
        answers = self._store.run_all("accept", site, calls)
        return [_receipt(one.id, *answer) for one, answer in zip(judged, answers, strict=True)]


def _granted(one: Acceptance, terms: Terms | None) -> tuple[str | int, ...]:
    """What `accept` looks at before it stores a comment; nothing, once it is judged by the facts."""
    if terms is None:
        return ()
    submission = one.submission
    policy = terms.policy.within(submission.article.section)
    least = policy.first_time.hold_below
    return (
        copy_text(submission.body),
        policy.repeats.seconds,
        policy.version,
        terms.rate_name,
        terms.rate_limit,
        submission.parent_id or "",
        "" if least is None else least,
        *_counted(submission.author.id, policy.author_rate),
        *_counted(submission.author.ip, policy.address_rate),
        *_counted("site", policy.site_rate),
    )


def _counted(whose: str | None, rate: Rate) -> tuple[str, int, int]:
    return NOT_COUNTED if whose is None or rate.limit is None else (whose, rate.seconds, rate.limit)


def _receipt(comment_id: str, what: str, requests: int, seconds_left: int, *rest: Any) -> Receipt:
    """The answer of `accept`."""
    if what == "stored":
        return Receipt(requests, seconds_left, received=rest[0])
    if what == "limited":
        return Receipt(requests, seconds_left, limited=True)
    if what == "differs":
        version, *said = rest
        return Receipt(requests, seconds_left, facts=Facts(version, _around(*said)))
    known = pairs(rest[0])
    if known["status"] == "erased":
        return Receipt(requests, seconds_left, erased=True)
    return Receipt(requests, seconds_left, known=record_from(comment_id, known))


def _around(copies: int, by_author: int, by_address: int, on_site: int, *rest: Any) -> Surroundings:
    """What the scripts say of a comment's surroundings."""
    standing, approved, mode, rejected = rest
    known = None if approved < 0 else approved
    return Surroundings(copies, by_author, by_address, on_site, standing, known, mode, bool(rejected))


def _kept(one: Acceptance, revision: int) -> tuple[str | int | bytes, ...]:
    """What `accept` and `edit` keep of a judged comment, in the order in which both take it."""
    return (
        submission_json(one.submission),
        judgement_json(one.judgement),
        one.judgement.verdict,
        one.judgement.status,
        one.band,
        _level(one.informativeness),
        "\n".join(facets(one.submission, one.judgement)),
        one.submission.author.id or "",
        one.submission.article.id or "",
        verdict_json(one.judgement, revision),
    )


def _level(informativeness: float) -> int:
    """The level in the informative order; 0 is the most informative."""
    return round((1 - informativeness) * (LEVELS - 1))
