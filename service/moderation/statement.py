"""The statement of reasons for a rejection, as article 17 of the Digital Services Act (Regulation (EU) 2022/2065) asks.

Its paragraph 3 lists what must be in it: (a) the restriction, where and for how long; (b) the facts and circumstances,
and whether somebody reported it; (c) whether automated means found it or decided; (d) for illegal content the legal
ground, (e) for anything else the contractual one; (f) how to contest it. Article 20 gives six months for that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from service.moderation.comment import STATUS_OF, Judgement, Status

CONTEST_MS: Final = 183 * 86_400_000
"""How long a rejection may be contested: the six months of article 20, in ms."""

LEADS_TO: Final[Mapping[str, Status]] = {"approve": "approved", "reject": "rejected", "escalate": "pending"}

BACK_INTO_THE_QUEUE: Final = ("appeal", "report", "held")
"""What a history calls it when something else than an edit or a decision makes a comment wait."""

State = Literal["in_force", "under_review", "lifted"]
STATE_OF: Final[Mapping[Status, State]] = {"rejected": "in_force", "pending": "under_review", "approved": "lifted"}

FOUND: Final[Mapping[str, str]] = {
    "toxicity": "hostile or offensive language",
    "severe_toxicity": "very hostile or hateful language",
    "obscene": "obscene language",
    "threat": "a threat",
    "insult": "an insult",
    "identity_attack": "an attack on a group of people",
    "spam": "advertising or spam",
    "off_topic": "something that does not belong to the article",
    "illegal": "something that the law forbids",
    "other": "something else that the site's rules forbid",
}
"""What attributes and labels are to somebody who reads of their own comment."""

RULES: Final[Mapping[str, str]] = {
    "blocked_word": "it has a word that the site does not publish",
    "suspect_word": "it has a word after which the site looks closer",
    "pattern": "it has the form of something that the site does not publish",
    "link": "of the links in it",
    "duplicate": "the same text was posted several times",
    "near_copy": "nearly the same text was posted several times",
    "campaign": "nearly the same text was posted several times",
    "rate": "many comments came within a short time",
    "language": "the automated check does not know its language",
    "mode": "the site looks at every comment before it is published",
    "report": "it was reported",
    "author": "of your earlier comments",
    "article": "the site looks at every comment on this article",
    "parent": "of the comment that it answers",
    "self_harm": "it speaks of self-harm",
}
"""Rules of the policy in plain words, none of which quotes the comment or names anybody; scores are told by figure."""

REDRESS: Final = (
    "A certified out-of-court dispute settlement body (article 21 of the Digital Services Act).",
    "The courts.",
)


class NeverRejected(Exception):
    """The comment was never rejected, so there is nothing to give reasons for."""


@dataclass(frozen=True, slots=True)
class Case:
    """A comment and what happened to it.

    `judgements` are the machine's, one a revision, oldest first; `history` has the entries that the comment keeps.
    """

    id: str
    status: Status
    received: int
    judgements: Sequence[Judgement]
    history: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a score said: it reached the policy's threshold."""

    attribute: str
    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Statement:
    """Why a comment was rejected; times in ms. `text` says all of it in plain English; nobody is named or quoted."""

    comment_id: str
    state: State
    restriction: Literal["not_published", "removed"]
    since: int
    findings: tuple[Finding, ...]
    labels: tuple[str, ...]
    rules: tuple[str, ...]
    reported: bool
    automated_detection: bool
    automated_decision: bool
    ground: Literal["legal", "contractual"]
    term: str | None
    contest_until: int
    redress: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """One rejection: `by` is the moderator's decision as the history keeps it, None where the machine rejected."""

    at: int
    judgement: Judgement
    by: Mapping[str, Any] | None
    published: bool


def statement_of(case: Case) -> Statement:
    """The statement of reasons for the rejection that stands, or for the last one.

    :raises NeverRejected: there is none.
    """
    rejection = _rejection(case)
    reasons, said = rejection.judgement.reasons, rejection.by or {}
    labels = tuple(said.get("labels", ()))
    unsaid = Statement(
        comment_id=case.id,
        state=STATE_OF[case.status],
        restriction="removed" if rejection.published else "not_published",
        since=rejection.at,
        findings=tuple(
            Finding(one.attribute, one.score, one.threshold)
            for one in reasons
            if one.attribute is not None and one.score is not None and one.threshold is not None
        ),
        labels=labels,
        rules=tuple(dict.fromkeys(one.code for one in reasons if one.code != "score")),
        reported=any(one.code == "report" for one in reasons) or any(e["kind"] == "report" for e in case.history),
        automated_detection=any(one.code != "report" for one in reasons),
        automated_decision=rejection.by is None,
        ground="legal" if "illegal" in labels else "contractual",
        term=said.get("term"),
        contest_until=rejection.at + CONTEST_MS,
        redress=REDRESS,
        text="",
    )
    return _with_text(unsaid)


def _rejection(case: Case) -> Rejection:
    """The rejection that stands, else the last one: the comment's way is gone once more, entry by entry."""
    judgements = iter(case.judgements)
    judgement = next(judgements)
    status = STATUS_OF[judgement.verdict]
    published = status == "approved"
    found = [Rejection(case.received, judgement, None, published=False)] if status == "rejected" else []
    undone = set()
    for entry in case.history:
        before, by = status, None
        if entry["kind"] == "edit":
            judgement = next(judgements)
            status = before if before == "pending" else STATUS_OF[judgement.verdict]
        elif entry["kind"] == "decision":
            status, by = LEADS_TO[entry["action"]], entry
        elif entry["kind"] == "undo":
            status = entry["to"]
            undone.add(entry["undoes"])
        elif entry["kind"] in BACK_INTO_THE_QUEUE:
            status = "pending"
            published = published or entry["kind"] != "appeal"  # the others bring what is approved
        if status == "rejected" and entry["kind"] in ("edit", "decision"):
            found.append(Rejection(entry["at"], judgement, by, published))
        published = published or status == "approved"
    if not found and case.status == "rejected":
        return Rejection(case.received, judgement, None, published)
    if not found:
        raise NeverRejected(case.id)
    standing = [one for one in found if one.by is None or one.by["op"] not in undone]
    return standing[-1] if standing and case.status == "rejected" else found[-1]


def _with_text(said: Statement) -> Statement:
    fields = {name: getattr(said, name) for name in Statement.__slots__}
    return Statement(**fields | {"text": " ".join(_sentences(said))})


def _sentences(said: Statement) -> list[str]:
    """The statement in plain English, in the order of the article."""
    done = "was removed" if said.restriction == "removed" else "was not published"
    return [
        f"Your comment {said.comment_id} {done} on {_day(said.since)}. {STATES[said.state]}",
        *_facts(said),
        _means(said),
        _ground(said),
        f"You can contest this until {_day(said.contest_until)}, with the site itself: tell it why you think that the "
        "comment should stand, and a person other than the one who decided looks at it again. You can also turn to a "
        "certified out-of-court dispute settlement body, or go to court.",
    ]


STATES: Final[Mapping[State, str]] = {
    "in_force": "Nobody can read it on the site, anywhere, and there is no end to that.",
    "under_review": "Nobody can read it on the site, anywhere, while a person looks at it again.",
    "lifted": "This was taken back since; the comment is published.",
}


def _facts(said: Statement) -> list[str]:
    facts = []
    if said.labels:
        facts.append(f"A moderator found in it {_list([FOUND.get(one, one) for one in said.labels])}.")
    elif not said.automated_decision:
        facts.append("A moderator read it and found that it breaks the rules for comments.")
    for one in said.findings:
        facts.append(
            f"An automated check took it for {FOUND.get(one.attribute, one.attribute)}, with a probability of "
            f"{one.score:.2f}; the site acts on that from {one.threshold:.2f} on."
        )
    rules = list(dict.fromkeys(RULES[one] for one in said.rules if one in RULES and one != "report"))
    if rules:
        facts.append(f"An automated rule of the site held it because {_list(rules)}.")
    if said.reported:
        facts.append("Readers reported it.")
    return facts


def _means(said: Statement) -> str:
    if said.automated_decision:
        return "It was found by automated means, and they decided, too; no person looked at it before."
    if said.automated_detection:
        return "It was found by automated means. A person decided."
    return "No automated means were used to find it. A person decided."


def _ground(said: Statement) -> str:
    if said.ground == "legal":
        return f"The ground is the law{f': {said.term}' if said.term else ''}. Such content is illegal."
    if said.term:
        return f"The ground is the site's rules for comments, number or name: {said.term}."
    return "The ground is the site's rules for comments, to which everybody agrees who posts one."


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _day(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"
