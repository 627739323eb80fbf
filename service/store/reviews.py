"""Blind reviews: what a second moderator would have decided, and how often it is the same."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from service.moderation.agreement import Counted
from service.moderation.comment import LABELS
from service.store.connection import Store, site_key
from service.store.queue import ClaimedByOther
from service.store.retention import DAY_MS, now_ms

Kind = Literal["audit", "second"]
Answer = Literal["approve", "reject"]
Right = Literal["first", "second", "neither"]

OPEN_KEPT: Final = 30 * DAY_MS
"""How long a review waits for an answer."""

FIGURES_KEPT: Final = 400 * DAY_MS
"""How long an answered one is kept, without the comment's text, and what is counted of it."""

PAGE: Final = 100
TIES: Final = 100
"""Reviews or days fetched in one round trip, and how many more at most were answered in one millisecond."""


class UnknownReview(Exception):
    """The site has no such review, or no such disagreement."""


class VoidReview(Exception):
    """What the review was of is no more: the comment went or was edited, or the decision does not stand."""


class OwnReview(Exception):
    """The review is of this moderator's own decision, or they decided on the comment since."""


class ReviewedBefore(Exception):
    """Another answer came first."""


class ResolvedBefore(Exception):
    """The disagreement was closed with another word."""


@dataclass(frozen=True, slots=True)
class Said:
    """One side of a review; `by` is None for the machine."""

    by: str | None
    action: str
    labels: list[str]


@dataclass(frozen=True, slots=True)
class Review:
    """An answered review; times in ms. `probability` is the chance with which it was drawn."""

    id: str
    kind: Kind
    comment_id: str
    revision: int
    opened_at: int
    answered_at: int
    probability: float
    first: Said
    second: Said


class Reviews:
    """The blind reviews of every site. What is open stands in the queue; see `Queue.claim`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def comments_of(self, site: str, ids: Sequence[str]) -> list[str]:
        """The ids of the comments that these reviews are of; "" where a review is no more."""

        def build(pipeline: Any) -> None:
            for review in ids:
                pipeline.hget(site_key(site, "review", review), "comment")

        return [found or "" for found in self._store.together(build)] if ids else []

    def answer(self, site: str, op: str, by: str, review: str, action: Answer, labels: Sequence[str]) -> None:  # noqa: PLR0913, PLR0917
        """Takes a moderator's answer; the same again changes nothing.

        :raises UnknownReview, VoidReview: there is nothing to review any more.
        :raises OwnReview, ClaimedByOther, ReviewedBefore: it is not theirs to answer.
        """
        named = "\n".join(label for label in LABELS if label in labels)
        kind, *rest = self._store.run("answer_review", site, review, op, by, action, named)
        if kind != "answered":
            refusals: dict[str, type[Exception]] = {
                "unknown": UnknownReview,
                "void": VoidReview,
                "own": OwnReview,
                "claimed": ClaimedByOther,
                "reviewed": ReviewedBefore,
            }
            raise refusals[kind](*rest)

    def disagreements(
        self, site: str, limit: int, after: tuple[int, str] | None
    ) -> tuple[list[Review], tuple[int, str] | None]:
        """Reviews that ended otherwise than what they are of, the longest waiting first, and where to go on.

        :param after: the ms of the answer and the id of the last one seen.
        """
        page = self._page(site, "disagreements", after, limit + 1)
        shown = page[:limit]
        behind = shown[-1] if len(page) > limit else None
        return self._answered(site, [review for _, review in shown]), behind

    def audited(self, site: str, since: int) -> Iterator[Review]:
        """Answered reviews of the machine's approvals, by time of answer from `since` (ms) on."""
        after: tuple[int, str] = (since, "")
        while page := self._page(site, "audited", after, PAGE):
            yield from self._answered(site, [review for _, review in page])
            after = page[-1]

    def resolve(self, site: str, by: str, review: str, right: Right) -> None:
        """Closes a disagreement; the same again changes nothing.

        :raises UnknownReview: there is no such disagreement.
        :raises ResolvedBefore: it was closed otherwise.
        """
        (kind,) = self._store.run("resolve_review", site, review, by, right)
        if kind == "unknown":
            raise UnknownReview(review)
        if kind == "closed":
            raise ResolvedBefore(review)

    def end_old(self, site: str) -> int:
        """Ends what waited too long for an answer; says how many."""
        ended = 0
        while went := int(self._store.run("end_reviews", site, now_ms() - OPEN_KEPT)):
            ended += went
        return ended

    def counted(self, site: str, span: range) -> list[Counted]:
        """What pairs of moderators said of the same comments, on some days since 1970 in UTC."""
        total: Counter[str] = Counter()
        for start in range(0, len(span), PAGE):
            days = span[start : start + PAGE]

            def build(pipeline: Any, days: range = days) -> None:
                for day in days:
                    pipeline.hgetall(site_key(site, "agreement", day))

            for counts in self._store.together(build):
                total.update({field: int(n) for field, n in counts.items()})
        return _by_pair(total)

    def _page(self, site: str, name: str, after: tuple[int, str] | None, size: int) -> list[tuple[int, str]]:
        """Up to `size` entries of a list by time of answer, from behind `after`."""
        key = site_key(site, "reviews", name)
        start, _ = after or (0, "")
        found = self._store.call(
            lambda client: client.zrangebyscore(key, start, "+inf", start=0, num=size + TIES, withscores=True)
        )
        entries = [(int(score), review) for review, score in found]
        return [entry for entry in entries if after is None or entry > after][:size]

    def _answered(self, site: str, ids: Sequence[str]) -> list[Review]:
        def build(pipeline: Any) -> None:
            for review in ids:
                pipeline.hgetall(site_key(site, "review", review))

        kept = self._store.together(build) if ids else []
        return [_review(review, fields) for review, fields in zip(ids, kept, strict=True) if fields]


def days_kept(since: int, until: int) -> range:
    """The days since 1970, in UTC, from `since` to `until` (ms), as far as figures are kept."""
    now = now_ms()
    return range(max(since, now - FIGURES_KEPT) // DAY_MS, min(until, now) // DAY_MS + 1)


def _review(review: str, kept: Mapping[str, str]) -> Review:
    return Review(
        id=review,
        kind=kept["kind"],  # type: ignore[arg-type]  # only our scripts write it
        comment_id=kept["comment"],
        revision=int(kept["revision"]),
        opened_at=int(kept["at"]),
        answered_at=int(kept["answered_at"]),
        probability=float(kept["share"]),
        first=Said(kept.get("by"), kept["action"], kept["labels"].split()),
        second=Said(kept["answered_by"], kept["answer"], kept["answer_labels"].split()),
    )


def _by_pair(total: Mapping[str, int]) -> list[Counted]:
    """Sums of fields by first and second moderator; a field's lines are these two, what it is about, and the cell."""
    pairs: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    for field, n in total.items():
        first, second, what, *cell = field.split("\n")
        if cell:
            pairs.setdefault((first, second), {}).setdefault(what, Counter())[cell[0]] += n
        else:
            numbers[first, second] += n
    return [Counted(first, second, n, pairs.get((first, second), {})) for (first, second), n in numbers.items()]
