"""What two policies make of the same comments: the one in force, and a draft of another.

Both judge what is known of comments that came long ago. What the text, its scores and its language tell is judged anew.
What was so at that moment and is told by the reasons that the comment got (a banned author, a closed article) is taken
from them. Copies and rates are counted from the comments themselves. So a difference comes from the policies alone.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, Literal

from service.moderation.comment import Reason, Verdict
from service.moderation.judge import Ruling, judge
from service.moderation.policy import Policy, Rate
from service.moderation.rules import Finding, words_of_all
from service.moderation.signals import ArticleMode, Signals, Standing, Surroundings, copy_text
from service.moderation.windows import Copies, Window

EXAMPLES: Final = 10
"""Comments that are shown for each way in which the policies differ, the newest."""

BEGINNING: Final = 200
"""Characters of a text that are shown."""


ANEW: Final = frozenset(("score", "blocked_word", "suspect_word", "pattern", "link", "self_harm", "language", "mode"))
"""Reasons that are found again from what is kept of a comment."""

OF_THE_MOMENT: Final = frozenset(("author", "article", "parent", "campaign", "audit"))
"""Reasons that tell what was so when the comment came, and the lot, which changes no verdict."""

COPIES_TOLD: Final = re.compile(r"posted (\d+) times before")
NEAR_TOLD: Final = re.compile(r"near copy of (\d+) comments (?:before it|that a moderator (approved|rejected) as one)")
RATE_TOLD: Final = re.compile(r"(\d+) comments (by this author|from this address|on this site) within (\d+) seconds")
"""The figures in the words that `judge` gives its reasons."""

Counted = Literal["author", "address", "site"]

WHOSE: Final[Mapping[str, Counted]] = {
    "by this author": "author",
    "from this address": "address",
    "on this site": "site",
}

Campaign = Literal["", "approve", "reject"]
"""What a human decided on near copies as one."""

WindowOf = tuple[Counted, int]
"""Whose comments are counted, in windows of how many seconds."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What is known of a comment that was judged before.

    `received` is in ms since 1970, None where it is not known. `reasons` and `verdict` are what it got. `approved` says
    that it stands approved, `ever_approved` how many of the author's comments do by today, None where nobody counted.
    `trusted` and `free_article` are as of today: the author is trusted, the article's own mode is `post`. `decided` is
    the moderator's action that stands, `approve` or `reject`, or "".
    """

    id: str
    text: str
    scores: Mapping[str, float]
    language: str
    section: str | None = None
    author: str | None = None
    address: str | None = None
    received: int | None = None
    verdict: Verdict = "approve"
    reasons: Sequence[Reason] = ()
    approved: bool = False
    ever_approved: int | None = None
    trusted: bool = False
    free_article: bool = False
    decided: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A comment of which two policies think differently, with the beginning of its text."""

    id: str
    live: Ruling
    draft: Ruling
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two policies judged the same comments.

    `verdicts` counts them by what the live policy said and what the draft did, `reasons` by code and by who gave it,
    the live policy and the draft. `examples` are the newest comments of each difference, newest first. `decided` counts
    the comments of each difference on which a moderator's decision stands, by it.
    """

    verdicts: Mapping[tuple[Verdict, Verdict], int]
    reasons: Mapping[str, tuple[int, int]]
    examples: Mapping[tuple[Verdict, Verdict], Sequence[Difference]]
    decided: Mapping[tuple[Verdict, Verdict], Mapping[str, int]]

    @property
    def looked_at(self) -> int:
        """Comments that were judged by both."""
        return sum(self.verdicts.values())

    @property
    def unchanged(self) -> int:
        """Comments of which both think the same."""
        return sum(count for (live, draft), count in self.verdicts.items() if live == draft)


@dataclass(slots=True)
class Comparing:
    """A comparison under way."""

    verdicts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    live_reasons: Counter[str] = field(default_factory=Counter)
    draft_reasons: Counter[str] = field(default_factory=Counter)
    decided: MutableMapping[tuple[Verdict, Verdict], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: MutableMapping[tuple[Verdict, Verdict], deque[Difference]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=EXAMPLES))
    )

    def add(self, one: Replayed, live: Ruling, draft: Ruling) -> None:
        """Takes in what both said of one comment; comments come in order of arrival."""
        self.verdicts[live.verdict, draft.verdict] += 1
        if live.reasons:
            self.live_reasons.update(codes(live.reasons))
        if draft.reasons:
            self.draft_reasons.update(codes(draft.reasons))
        if live.verdict != draft.verdict:
            difference = Difference(one.id, live, draft, one.text[:BEGINNING])
            self.examples[live.verdict, draft.verdict].append(difference)
            if one.decided:
                self.decided[live.verdict, draft.verdict][one.decided] += 1

    def result(self) -> Comparison:
        """What was found so far."""
        named = sorted({*self.live_reasons, *self.draft_reasons})
        return Comparison(
            verdicts=dict(self.verdicts),
            reasons={code: (self.live_reasons[code], self.draft_reasons[code]) for code in named},
            examples={way: tuple(reversed(newest)) for way, newest in self.examples.items()},
            decided={way: dict(counts) for way, counts in self.decided.items()},
        )


def codes(reasons: Iterable[Reason]) -> set[str]:
    """The codes of reasons, each once: a comment counts once for each."""
    return {reason.code for reason in reasons}


class Replay:
    """Judges comments by two policies, in order of arrival, each as if it had been in force all the time.

    :param live: None where what the comments got is to be compared with the draft, whatever policy gave it.
    :param later: for each author, how many of the comments to come stand approved; told where `ever_approved` is, so
        that an author is as new as they were at the time. It is counted down.
    """

    def __init__(self, live: Policy | None, draft: Policy, later: MutableMapping[str, int] | None = None) -> None:
        self._live, self._draft = live, draft
        self._comparing = Comparing()
        self._known: dict[tuple[int, int], _Alike] = {}
        self._later: MutableMapping[str, int] = {} if later is None else later
        self._before: Counter[str] = Counter()
        both = (draft,) if live is None else (live, draft)
        self._has_words = any(policy.text_rules.has_words for policy in both)
        self._counts_approved = any(counts_approved(policy) for policy in both)
        self._copies = {one.repeats.seconds: Copies(one.repeats.seconds) for one in both if one.repeats.hold}
        self._windows = {of: Window(of[1]) for one in both for of, _ in rates_of(one)}

    def steps(self, some: Sequence[Replayed]) -> None:
        """Takes the next comments, for less than one by one."""
        for one, words in zip(some, self._words([one.text for one in some]), strict=True):
            self._step(one, words)

    def step(self, one: Replayed) -> tuple[Ruling, Ruling]:
        """What the live policy says of the next comment, and what the draft does."""
        return self._step(one, *self._words([one.text]))

    def _step(self, one: Replayed, words: str) -> tuple[Ruling, Ruling]:
        live = None if self._live is None else self._live.within(one.section)
        draft = self._draft.within(one.section)
        copies, came = self._counted(one)
        approved = self._approved(one) if self._counts_approved else None
        moment = _moment(one)

        def ruling(policy: Policy, found: Sequence[Finding]) -> Ruling:
            around = replace(
                moment,
                copies=copies.get(policy.repeats.seconds, 0),
                author_comments=came.get(("author", policy.author_rate.seconds), 0),
                address_comments=came.get(("address", policy.address_rate.seconds), 0),
                site_comments=came.get(("site", policy.site_rate.seconds), 0),
                approved=approved,
            )
            findings = [*found, *_kept(one, policy)] if one.reasons else found
            named = one.author is not None
            return judge(Signals(one.scores, one.language, findings, named, around=around), policy)

        found_live, found_draft = self._found(one.text, words, live, draft)
        theirs = ruling(draft, found_draft)
        if live is None:
            ours = Ruling(one.verdict, tuple(one.reasons), 0)
        elif found_live == found_draft and self._alike(live, draft).rest:
            ours = theirs
        else:
            ours = ruling(live, found_live)
        self._comparing.add(one, ours, theirs)
        return ours, theirs

    def result(self) -> Comparison:
        """How the policies compare over all that came so far."""
        return self._comparing.result()

    def _words(self, texts: Sequence[str]) -> Sequence[str]:
        """The words of texts as the lists look for them, where a policy has a list."""
        return words_of_all(texts) if self._has_words else [""] * len(texts)

    def _found(
        self, text: str, words: str, live: Policy | None, draft: Policy
    ) -> tuple[Sequence[Finding], Sequence[Finding]]:
        """What fires on a text by each policy; where both say the same, it is looked for once."""
        found = draft.text_rules.findings(text, words)
        if live is None:
            return (), found
        return found if self._alike(live, draft).texts else live.text_rules.findings(text, words), found

    def _alike(self, live: Policy, draft: Policy) -> "_Alike":
        """In what the two agree wherever it is asked; found once for each section."""
        sides = id(live), id(draft)  # both live as long as the policies that they are sections of
        if sides not in self._known:
            self._known[sides] = _alike(live, draft)
        return self._known[sides]

    def _counted(self, one: Replayed) -> tuple[dict[int, int], dict[WindowOf, int]]:
        """Copies before this comment by the seconds that they count, and what came in each window, this one included.

        Where a reason told a larger number then, that is believed: what came before the first comment is not here.
        """
        if one.received is None:
            return {}, {}
        told = _told(one.reasons) if one.reasons else {}
        who: Mapping[Counted, str | None] = {"author": one.author, "address": one.address, "site": ""}
        at = one.received
        digest = text_digest(one.text) if self._copies else b""
        copies = {seconds: seen.add(digest, at, told.get("copies", 0)) for seconds, seen in self._copies.items()}
        came = {
            of: window.add(whose, at, told.get(of, 0))
            for of, window in self._windows.items()
            if (whose := who[of[0]]) is not None
        }
        return copies, came

    def _approved(self, one: Replayed) -> int | None:
        """How many comments of the author were approved before this one."""
        if one.author is None:
            return None
        if one.ever_approved is None:
            approved = self._before[one.author]
            self._before[one.author] += one.approved
            return approved
        approved = max(0, one.ever_approved - self._later.get(one.author, 0))
        if one.approved and one.author in self._later:
            self._later[one.author] -= 1
        return approved


def counts_approved(policy: Policy) -> bool:
    """Whether it matters anywhere on the site how many comments of an author were approved."""
    rules = (policy.first_time, *(section.first_time for section in policy.sections.values()))
    return any(rule is not None and rule.hold_below is not None for rule in rules)


def rates_of(policy: Policy) -> list[tuple[WindowOf, Rate]]:
    """The rates that the policy limits, each with what it counts."""
    rates: tuple[tuple[Counted, Rate], ...] = (
        ("author", policy.author_rate),
        ("address", policy.address_rate),
        ("site", policy.site_rate),
    )
    return [((whose, rate.seconds), rate) for whose, rate in rates if rate.limit is not None]


@dataclass(frozen=True, slots=True)
class _Alike:
    """In what two policies agree: the rules that look at texts, and all the others."""

    texts: bool
    rest: bool


def _alike(one: Policy, other: Policy) -> _Alike:
    rules = [
        {"words": policy.words, "patterns": policy.patterns, "links": policy.links, "self_harm": policy.self_harm}
        for policy in (one, other)
    ]
    return _Alike(rules[0] == rules[1], replace(other, version=one.version, **rules[0]) == one)  # type: ignore[arg-type]


def text_digest(text: str) -> bytes:
    """Tells texts apart as copies are told."""
    return blake2b(copy_text(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _moment(one: Replayed) -> Surroundings:
    """What the reasons tell of the moment: standing, the article's mode, the parent, near copies and their campaign."""
    standing: Standing = "trusted" if one.trusted else "normal"
    mode: ArticleMode = "post" if one.free_article else ""
    parent, near = False, 0
    campaign: Campaign = ""
    for reason in one.reasons:
        if reason.code == "author":
            standing = "banned" if "banned" in reason.detail else "watched" if "watched" in reason.detail else "normal"
        elif reason.code == "article":
            mode = "closed" if "takes no comments" in reason.detail else "pre"
        elif reason.code == "mode":  # neither was so then
            standing, mode = "normal" if standing == "trusted" else standing, ""
        elif reason.code == "parent":
            parent = True
        elif reason.code == "campaign" and (told := NEAR_TOLD.search(reason.detail)):
            near, campaign = int(told[1]), _DECIDED.get(told[2], "")
    return Surroundings(standing=standing, article_mode=mode, under_rejected=parent, near=near, campaign=campaign)


_DECIDED: Final[Mapping[str | None, Literal["approve", "reject"]]] = {"approved": "approve", "rejected": "reject"}
"""What was decided on a campaign, by the word for it."""


def _kept(one: Replayed, policy: Policy) -> list[Finding]:
    """What a comment got that cannot be found again, as far as the policy still has the rule."""
    return [
        Finding(reason.code, reason.detail, "hold")
        for reason in one.reasons
        if one.verdict != "approve" and _is_kept(reason, policy, timed=one.received is not None)
    ]


def _is_kept(reason: Reason, policy: Policy, *, timed: bool) -> bool:
    if reason.code in ANEW or reason.code in OF_THE_MOMENT:
        return False
    if reason.code == "duplicate":
        return not timed and policy.repeats.hold is not None
    if reason.code == "rate":
        return not timed and any(whose == _whose(reason) for (whose, _), _ in rates_of(policy))
    return True


def _whose(reason: Reason) -> Counted | None:
    told = RATE_TOLD.search(reason.detail)
    return WHOSE[told[2]] if told else None


def _told(reasons: Collection[Reason]) -> dict[WindowOf | Literal["copies"], int]:
    """The figures that reasons give of copies and of windows."""
    figures: dict[WindowOf | Literal["copies"], int] = {}
    for reason in reasons:
        if reason.code == "duplicate" and (copies := COPIES_TOLD.search(reason.detail)):
            figures["copies"] = int(copies[1])
        elif reason.code == "rate" and (rate := RATE_TOLD.search(reason.detail)):
            figures[WHOSE[rate[2]], int(rate[3])] = int(rate[1])
    return figures
