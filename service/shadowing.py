"""A draft of a policy beside the one in force: judges what comes in a second time, and acts on nothing.

A request only leaves word of its comment. The second judgement is made a moment later, off its way, by the same facts;
what the policy in force did not count (other windows, an author's approved comments) the draft has counted for itself.
"""

import contextlib
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

from service.moderation.comment import Submission, Verdict
from service.moderation.judge import Ruling, judge
from service.moderation.policy import Policy, Rate
from service.moderation.preview import codes
from service.moderation.signals import Signals, Surroundings
from service.store.arrivals import Acceptance
from service.store.connection import StoreUnavailable
from service.store.policies import Policies
from service.store.shadows import (
    Asking,
    Count,
    Question,
    Shadow,
    Shadows,
    Told,
    UnknownShadow,
    Way,
    reason_name,
    way_name,
)
from service.turns import aside, slices

log = structlog.get_logger()

LOOKS_EVERY: Final = 1.0
"""Seconds between a worker's looks at which drafts run, and between its counts."""

WAITING_AT_MOST: Final = 2_000
"""Comments that wait for their second judgement; the request that brings more sees to them."""

SHOWN: Final = 20
"""Examples of each way that one count brings."""


ASKED_AT_ONCE: Final = 200
"""Comments of which something is asked in one round trip."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment that was judged and stored: by which policy, by which facts, and what it got; `received` in ms."""

    id: str
    submission: Submission
    scores: Mapping[str, float]
    language: str
    around: Surroundings
    verdict: Verdict
    reasons: Collection[str]
    policy: int
    received: int


@dataclass(frozen=True, slots=True)
class _Beside:
    """A draft as this worker knows it, with the policy that is in force beside it."""

    shadow: Shadow
    live: Policy


@dataclass(slots=True)
class _Batch:
    """Comments that wait, all of one draft and one version of the policy; `op` names their count."""

    site: str
    beside: _Beside
    policy: int
    op: str = field(default_factory=lambda: uuid4().hex)
    seen: list[Seen] = field(default_factory=list)


class Shadowing:
    """This worker's part in the drafts beside the policies."""

    def __init__(self, shadows: Shadows, policies: Policies) -> None:
        self._shadows = shadows
        self._policies = policies
        self._besides: dict[str, _Beside | None] = {}
        self._waiting: dict[tuple[str, str, int], _Batch] = {}
        self._gathering = threading.Lock()
        self._counting = threading.Lock()

    def watches(self, site: str) -> bool:
        """Whether a draft runs there, as far as this worker knows; it learns so within two seconds."""
        return self._besides.setdefault(site, None) is not None

    def saw(self, site: str, one: Acceptance, scores: Mapping[str, float], around: Surroundings, received: int) -> None:
        """Leaves word of a comment that was judged; `received` in ms, 0 for one that was not stored."""
        beside = self._besides.get(site)
        if beside is None or not received:
            return
        said = one.judgement
        reasons = codes(said.reasons)
        seen = Seen(one.id, one.submission, scores, said.language, around, said.verdict, reasons, said.policy, received)
        named = site, beside.shadow.token, seen.policy
        with self._gathering:
            batch = self._waiting.setdefault(named, _Batch(site, beside, seen.policy))
            batch.seen.append(seen)
        if len(batch.seen) >= WAITING_AT_MOST and not self._counting.locked():
            self._count_or_later()

    def look(self, *sites: str) -> None:
        """Learns which drafts run beside the policies of these sites, or of those that this worker serves.

        :raises StoreUnavailable: Redis is away; what was known stays.
        """
        asked = list(sites or self._besides)
        tokens = self._shadows.tokens(asked) if asked else []
        for site, token in zip(asked, tokens, strict=True):
            known = self._besides.get(site)
            if token is None:
                if site in self._besides:
                    self._besides[site] = None
            elif known is None or known.shadow.token != token or known.live.version != self._version(site):
                self._besides[site] = self._beside(site)

    def count(self) -> None:
        """Judges what waits by the drafts, and adds the counts to those of the other workers.

        :raises StoreUnavailable: Redis is away; what was not counted waits for the next time, and counts once.
        """
        with self._counting:
            with self._gathering:
                waiting, self._waiting = self._waiting, {}
            while waiting:
                named, batch = next(iter(waiting.items()))
                try:
                    self._count(batch)
                except StoreUnavailable:
                    for left in waiting.values():
                        self._waiting[left.site, left.op, left.policy] = left
                    raise
                del waiting[named]

    def follow(self, sites: Callable[[], Sequence[str]]) -> None:
        """Looks and counts in the background from now on; first looks at all sites, which it is told then."""
        threading.Thread(target=self._follow, args=(sites,), name="shadows", daemon=True).start()

    def _follow(self, sites: Callable[[], Sequence[str]]) -> None:
        began = False
        while True:
            with contextlib.suppress(StoreUnavailable):
                self.look(*(() if began else sites()))
                began = True
            self._count_or_later()
            time.sleep(LOOKS_EVERY)

    def _count_or_later(self) -> None:
        """Counts, unless Redis is away; what fails here must fail no request, and stop nothing."""
        try:
            self.count()
        except StoreUnavailable:
            pass
        except RedisError:
            log.exception("shadow not counted")

    def _version(self, site: str) -> int:
        """The version of the policy that this worker used last; 1 where it used none."""
        return self._policies.last_seen(site, Policy()).version

    def _beside(self, site: str) -> _Beside | None:
        try:
            shadow = self._shadows.get(site)
        except UnknownShadow:
            return None
        aside(lambda: shadow.draft.text_rules)  # long lists take a while to compile
        return _Beside(shadow, self._policies.in_force(site, Policy()))

    def _count(self, batch: _Batch) -> None:
        told = self._told(batch)
        counts: Counter[str] = Counter()
        examples: dict[Way, list[str]] = defaultdict(list)
        for seen in chain.from_iterable(slices(batch.seen)):
            ruling = _second(seen, batch, told.get(seen.id))
            counts[way_name(seen.verdict, ruling.verdict)] += 1
            counts.update(reason_name("live", code) for code in seen.reasons if code != "audit")
            counts.update(reason_name("draft", code) for code in codes(ruling.reasons))
            if ruling.verdict != seen.verdict:
                examples[seen.verdict, ruling.verdict].append(seen.id)
        newest = [(way, one) for way, ids in examples.items() for one in ids[-SHOWN:]]
        token = batch.beside.shadow.token
        self._shadows.count(batch.site, Count(token, batch.op, batch.policy, counts, newest))

    def _told(self, batch: _Batch) -> dict[str, Told]:
        """What the draft had counted for itself, by comment; nothing where it needs nothing."""
        draft, live = batch.beside.shadow.draft, batch.beside.live
        asking = [
            Asking(one.id, one.received, one.submission.body, author.id, author.ip, question)
            for one in batch.seen
            if (question := _question(draft.within(one.submission.article.section), live, one)) != Question()
            and (author := one.submission.author)
        ]
        answers: list[Told] = []
        for start in range(0, len(asking), ASKED_AT_ONCE):
            answers += self._shadows.ask(batch.site, asking[start : start + ASKED_AT_ONCE])
        return {one.id: told for one, told in zip(asking, answers, strict=True)}


def _question(draft: Policy, live: Policy, seen: Seen) -> Question:
    """What the facts of the policy in force do not tell."""
    return Question(
        copies_seconds=0 if draft.repeats.hold is None or _same(draft, live, seen) else draft.repeats.seconds,
        author_seconds=_seconds(draft.author_rate, live.author_rate),
        address_seconds=_seconds(draft.address_rate, live.address_rate),
        site_seconds=_seconds(draft.site_rate, live.site_rate),
        approved=draft.first_time.hold_below is not None and seen.around.approved is None,
    )


def _same(draft: Policy, live: Policy, seen: Seen) -> bool:
    """Whether copies were counted in the draft's seconds: those of every comment are."""
    return draft.repeats.seconds == live.repeats.seconds and live.version == seen.policy


def _seconds(draft: Rate, live: Rate) -> int:
    return 0 if draft.limit is None or draft == live else draft.seconds


def _second(seen: Seen, batch: _Batch, told: Told | None) -> Ruling:
    """What the draft says of a comment."""
    submission, live = seen.submission, batch.beside.live
    draft = batch.beside.shadow.draft.within(submission.article.section)
    around = seen.around
    if live.version != seen.policy:  # counted in windows that are not known here
        around = replace(around, copies=0, author_comments=0, address_comments=0, site_comments=0)
    else:
        around = replace(
            around,
            copies=around.copies if draft.repeats.seconds == live.repeats.seconds else 0,
            author_comments=_known(around.author_comments, draft.author_rate, live.author_rate),
            address_comments=_known(around.address_comments, draft.address_rate, live.address_rate),
            site_comments=_known(around.site_comments, draft.site_rate, live.site_rate),
        )
    if told is not None:
        around = replace(
            around,
            copies=max(around.copies, told.copies),
            author_comments=max(around.author_comments, told.author_comments),
            address_comments=max(around.address_comments, told.address_comments),
            site_comments=max(around.site_comments, told.site_comments),
            approved=around.approved if told.approved is None else told.approved,
        )
    findings = draft.text_rules.findings(submission.body)
    named = submission.author.id is not None
    return judge(Signals(seen.scores, seen.language, findings, named, around=around), draft)


def _known(comments: int, draft: Rate, live: Rate) -> int:
    """What came in a window, where the draft counts in the same ones."""
    return comments if draft.seconds == live.seconds else 0
