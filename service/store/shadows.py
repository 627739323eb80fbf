"""Each site's draft that runs beside its policy, and what was counted of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, get_args

import orjson

from service.moderation.comment import Verdict
from service.moderation.policy import Policy, policy_from
from service.moderation.signals import copy_text
from service.store.connection import Store, site_key
from service.store.policies import StalePolicy

RUNS_FOR: Final = 30 * 86_400_000
"""Ms after which a draft ends by itself."""

SIDES: Final[tuple[Verdict, ...]] = get_args(Verdict)

Way = tuple[Verdict, Verdict]
"""What the policy in force said of a comment, and what the draft did."""

WAYS: Final[tuple[Way, ...]] = tuple(way for way in product(SIDES, SIDES) if way[0] != way[1])


class UnknownShadow(Exception):
    """No draft runs beside the site's policy."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A draft beside the policy; times in ms. It is compared with the version `live`, since `since`."""

    token: str
    draft: Policy
    by: str
    started: int
    since: int
    ends: int
    live: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted: comments by way, reasons by code (the policy's, the draft's), ids of the newest examples."""

    verdicts: Mapping[Way, int]
    reasons: Mapping[str, tuple[int, int]]
    examples: Mapping[Way, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Count:
    """What one worker counted of the draft `token` beside a version of the policy; `op` tells a repeat.

    Counts are named by `way_name` and `reason_name`; of the examples the newest come last.
    """

    token: str
    op: str
    version: int
    counts: Mapping[str, int]
    examples: Collection[tuple[Way, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a draft needs to know of a comment beside what is known; seconds are 0 where nothing is asked."""

    copies_seconds: int = 0
    author_seconds: int = 0
    address_seconds: int = 0
    site_seconds: int = 0
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The answer; `approved` is None where nobody asked."""

    copies: int
    author_comments: int
    address_comments: int
    site_comments: int
    approved: int | None


@dataclass(frozen=True, slots=True)
class Asking:
    """A comment of which something is asked; `received` in ms."""

    id: str
    received: int
    text: str
    author: str | None
    address: str | None
    question: Question


class Shadows:
    """The drafts beside the policies of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, site: str, edited: int, op: str, draft: Mapping[str, Any], by: str) -> None:
        """Lets a draft, given as plain values, run beside the policy; the same one again goes on counting.

        :raises StalePolicy: `edited` is not the version in force.
        """
        answer, version = self._store.run("put_shadow", site, edited, op, orjson.dumps(draft), by, RUNS_FOR)
        if answer == "conflict":
            raise StalePolicy(version)

    def end(self, site: str, by: str) -> None:
        """Ends the site's draft, and forgets what was counted; where none runs, nothing happens."""
        self._store.run("end_shadow", site, by)

    def tokens(self, sites: Sequence[str]) -> list[str | None]:
        """Which draft runs beside each site's policy, in one round trip."""

        def build(pipeline: Any) -> None:
            for site in sites:
                pipeline.hget(site_key(site, "shadow"), "token")

        return self._store.together(build)

    def get(self, site: str) -> Shadow:
        """The draft that runs.

        :raises UnknownShadow: none does.
        """
        return _shadow(self._store.call(lambda client: client.hgetall(site_key(site, "shadow"))))

    def counted(self, site: str) -> tuple[Shadow, Counted]:
        """The draft that runs, and what was counted.

        :raises UnknownShadow: none does.
        """

        def build(pipeline: Any) -> None:
            pipeline.hgetall(site_key(site, "shadow"))
            pipeline.hgetall(site_key(site, "shadow", "counts"))
            for way in WAYS:
                pipeline.lrange(site_key(site, "shadow", "examples", *way), 0, -1)

        kept, counts, *examples = self._store.together(build)
        return _shadow(kept), _counted(counts, dict(zip(WAYS, examples, strict=True)))

    def count(self, site: str, more: Count) -> None:
        """Adds a worker's count; one whose draft or version is no more is dropped."""
        named = [part for pair in more.counts.items() for part in pair]
        shown = [part for way, comment_id in more.examples for part in (*way, comment_id)]
        self._store.run("count_shadow", site, more.token, more.op, more.version, len(more.counts), *named, *shown)

    def ask(self, site: str, asking: Sequence[Asking]) -> list[Told]:
        """What drafts need to know of comments, in one round trip; each comment is counted once."""
        calls = [
            (
                one.id,
                one.received,
                copy_text(one.text),
                one.author or "",
                one.address or "",
                one.question.copies_seconds,
                one.question.author_seconds,
                one.question.address_seconds,
                one.question.site_seconds,
                "1" if one.question.approved else "",
            )
            for one in asking
        ]
        answers = self._store.run_all("shadow_facts", site, calls) if calls else []
        return [_told(*answer) for answer in answers]


def way_name(live: Verdict, draft: Verdict) -> str:
    """The name under which comments of a way are counted."""
    return f"{live}>{draft}"


def reason_name(side: str, code: str) -> str:
    """The name under which reasons are counted; the side is `live` or `draft`."""
    return f"{side}:{code}"


def _shadow(kept: Mapping[str, str]) -> Shadow:
    if not kept:
        raise UnknownShadow
    started, since, ends, live = (int(kept[name]) for name in ("started", "since", "ends", "live"))
    draft = policy_from(live, orjson.loads(kept["policy"]))
    return Shadow(kept["token"], draft, kept["by"], started, since, ends, live)


def _counted(counts: Mapping[str, str], examples: Mapping[Way, Sequence[str]]) -> Counted:
    verdicts = {(live, draft): int(counts.get(way_name(live, draft), 0)) for live, draft in product(SIDES, SIDES)}
    named = sorted({name.partition(":")[2] for name in counts if ":" in name})
    reasons = {
        code: (int(counts.get(reason_name("live", code), 0)), int(counts.get(reason_name("draft", code), 0)))
        for code in named
    }
    return Counted({way: count for way, count in verdicts.items() if count}, reasons, examples)


def _told(copies: int, by_author: int, from_address: int, on_site: int, approved: int) -> Told:
    return Told(copies, by_author, from_address, on_site, None if approved < 0 else approved)
