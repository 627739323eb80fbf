"""How comments come into the store, and how an edit does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from service.moderation.campaigns import alike, fingerprint, mask
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
    level_of,
    pairs,
    record_from,
    submission_from,
    submission_json,
    verdict_json,
)

NOT_COUNTED: Final = ("", 0, 0)
"""A rate that nothing is counted against."""


class EditConflict(Exception):
    """The comment was edited meanwhile; `revision` is the one that stands."""

    def __init__(self, revision: int) -> None:
        super().__init__(revision)
        self.revision = revision


@dataclass(frozen=True, slots=True)
class Near:
    """What is known of a comment's near copies when it is stored.

    `bands` find it again for `seconds`; `masked` is what they are of. `ids` are the near copies that were found and
    confirmed, of `known` in all; a campaign of `hold` members is held, and `ruled` is the decision on it by which this
    one was judged.
    """

    masked: str = ""
    bands: tuple[str, ...] = ()
    seconds: int = 86400
    hold: int | None = None
    ids: tuple[str, ...] = ()
    known: int = 0
    ruled: str = ""


ALONE: Final = Near()
"""No near copies are looked for."""


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
    near: Near = ALONE


Nearer = tuple[int, str, Literal["", "approve", "reject"]]
"""How many near copies there are by now, the decision on them or "", and what it says."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier comment that may be a near copy; of its campaign the size, the decision and what that says."""

    id: str
    body: str
    campaign: str = ""
    size: int = 1
    decision: str = ""
    action: Literal["", "approve", "reject"] = ""


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
    """What is the case, where it is not what a judgement took for granted: the policy's version, and the rest.

    `candidates` may be near copies, up to four.
    """

    policy: int
    around: Surroundings
    candidates: tuple[Candidate, ...] = ()

    def as_of(self, nearer: Nearer) -> "Facts":
        """The facts with what came of the near copies since."""
        size, decision, action = nearer
        candidates = (
            replace(one, campaign=one.campaign or "new", size=size, decision=decision, action=action)
            for one in self.candidates
        )
        return replace(self, candidates=tuple(candidates))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a comment on its way in: stored at `received` (ms), if nothing of the rest is set.

    `known` is the comment that has the id, `erased` says that it was erased, `facts` that it must be judged by them.
    `requests` of the key are counted in this minute, of which `seconds_left` are left. `due` is a campaign that
    this comment joined, and that has work left since. `nearer` says that more near copies came: it must be judged
    by that.
    """

    requests: int
    seconds_left: int
    received: int = 0
    limited: bool = False
    known: Record | None = None
    erased: bool = False
    facts: Facts | None = None
    due: str = ""
    nearer: Nearer | None = None


class Arrivals:
    """The way into the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take_in(self, site: str, judged: Sequence[Acceptance], terms: Terms) -> list[Receipt]:
        """Takes in comments that are judged under some terms, each with all that hangs on it, or nothing of it."""
        return self._accept(site, judged, terms)

    def settle(self, site: str, judged: Sequence[Acceptance], *, anyway: bool = True) -> list[Receipt]:
        """Takes in comments that are judged by the facts.

        :param anyway: whether they are taken in even if more came of their near copies since.
        """
        return self._accept(site, judged, None, anyway=anyway)

    def surroundings(self, site: str, submission: Submission) -> Facts:
        """What bears on a comment that is there already; what else came does not count for it."""
        author, article = submission.author.id or "", submission.article.id or ""
        version, *said = self._store.run("surroundings", site, author, article, submission.parent_id or "")
        return Facts(version, around_of(0, 0, 0, 0, *said))

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
            _left(record.submission.body, edited.submission.body),
        )
        if answer[0] == "conflict":
            raise EditConflict(answer[1])
        if answer[0] == "unknown":
            raise UnknownComment
        if answer[0] == "erased":
            raise ErasedComment

    def _accept(
        self, site: str, judged: Sequence[Acceptance], terms: Terms | None, *, anyway: bool = False
    ) -> list[Receipt]:
        calls = [
            (
                *(one.id, one.op, one.digest, *_kept(one, 1)),
                *_near(one.near, anyway=anyway),
                *granted(one.submission, terms),
            )
            for one in judged
        ]
        answers = self._store.run_all("accept", site, calls)
        return [_receipt(one.id, *answer) for one, answer in zip(judged, answers, strict=True)]


def _left(before: str, after: str) -> str:
    """The bands under which an edited comment is not to be found any more; none where it says the same as before."""
    masked = mask(before)
    return "" if alike(masked, mask(after)) else " ".join(fingerprint(masked))


def _near(near: Near, *, anyway: bool) -> tuple[str | int, ...]:
    """What `accept` needs to find a comment again and to put it among its near copies."""
    hold = "" if near.hold is None else near.hold
    return " ".join(near.bands), near.seconds, "\n".join(near.ids), hold, near.ruled, "" if anyway else near.known


def _candidate(comment_id: str, posted: str, *campaign: Any) -> Candidate:
    return Candidate(comment_id, submission_from(posted).body, *campaign)


def granted(submission: Submission, terms: Terms | None) -> tuple[str | int, ...]:
    """What a script looks at before it goes by a judgement; nothing, once that is by the facts."""
    if terms is None:
        return ()
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
        return Receipt(requests, seconds_left, received=rest[0], due=rest[1])
    if what == "limited":
        return Receipt(requests, seconds_left, limited=True)
    if what == "nearer":
        return Receipt(requests, seconds_left, nearer=(rest[0], rest[1], rest[2]))
    if what == "differs":
        version, *said, near = rest
        candidates = tuple(_candidate(*one) for one in near)
        return Receipt(requests, seconds_left, facts=Facts(version, around_of(*said), candidates))
    known = pairs(rest[0])
    if known["status"] == "erased":
        return Receipt(requests, seconds_left, erased=True)
    return Receipt(requests, seconds_left, known=record_from(comment_id, known))


def around_of(copies: int, by_author: int, by_address: int, on_site: int, *rest: Any) -> Surroundings:
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
        level_of(one.informativeness),
        "\n".join(facets(one.submission, one.judgement)),
        one.submission.author.id or "",
        one.submission.article.id or "",
        verdict_json(one.judgement, revision),
    )
