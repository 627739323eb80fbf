"""Where a reader's own comment stands, why, and how an appeal goes: in the reader's words."""

from dataclasses import dataclass

from service.demo.client import Kept, Reason, Statement
from service.demo.wording import CODES, reason_in_words

STANDINGS = {
    "approved": ("Your comment is published", "It stands under the article for everyone to read."),
    "pending": (
        "Your comment waits for a moderator",
        "A person will read it before it appears. Reload this page to see what was decided.",
    ),
    "rejected": ("Your comment was not published", "It will not appear under the article."),
}
APPEALS = {
    "open": (
        "Your appeal is being looked at",
        "Your comment waits for a person other than whoever decided. Until then it does not appear. "
        "Reload this page to see what came of it.",
    ),
    "reversed": (
        "Your appeal was granted: your comment is published",
        "The decision was taken back. Your comment stands under the article for everyone to read.",
    ),
    "upheld": (
        "Your appeal was looked at, and the decision stands",
        "Another person read your comment again and came to the same end. It cannot be contested here once more; "
        "an out-of-court dispute settlement body and the courts are still open to you.",
    ),
}


LABELS = {
    "toxicity": "Its tone was found to drive other readers away.",
    "severe_toxicity": "It was found to be hateful or very aggressive.",
    "obscene": "It was found to contain coarse language.",
    "threat": "It was found to be a threat.",
    "insult": "It was found to be an insult.",
    "identity_attack": "It was found to attack people for who they are.",
    "spam": "It was found to be advertising or a scam.",
    "off_topic": "It was found to have nothing to do with the article.",
    "illegal": "It was found to be against the law.",
    "other": "It was found to break a rule of this site.",
}


@dataclass(frozen=True)
class Receipt:
    """What the reader is told of the comment just posted; `tone` picks its look.

    `comment_id` leads to the comment where it is published. `body` is what the reader wrote, for a rejected comment.
    `contestable` is whether an appeal can be made.
    """

    tone: str
    heading: str
    sentence: str
    reasons: tuple[str, ...] = ()
    comment_id: str = ""
    body: str = ""
    statement: Statement | None = None
    contestable: bool = False

    @property
    def published(self) -> bool:
        """Whether everybody can read the comment."""
        return self.tone == "approved"


LOST = Receipt(
    "pending",
    "This comment is no longer here",
    "It was withdrawn, or this address is incomplete.",
)
UNKNOWN_STANDING = Receipt(
    "pending",
    "Your comment was received",
    "Where it stands cannot be shown at the moment. Do not post it again; reload this page later.",
)


def receipt(kept: Kept | None, statement: Statement | None = None) -> Receipt:
    """Say where a comment stands and why; `statement` is the reasons for its rejection, if it ever was."""
    if kept is None:
        return LOST
    status, appeal = kept.placed.status, appeal_of(kept, statement)
    if status == "approved":
        statement = None
    reasons = () if status == "approved" or appeal or statement else _reasons(kept.placed.reasons)
    heading, sentence = APPEALS[appeal] if appeal else STANDINGS[status]
    return Receipt(
        status,
        heading,
        sentence,
        why(statement) if statement else reasons,
        kept.placed.id,
        kept.comment.body if status == "rejected" or appeal == "open" else "",
        statement,
        contestable=status == "rejected" and appeal is None,
    )


def why(statement: Statement) -> tuple[str, ...]:
    """Say in few words why a comment was rejected; the statement's own text says all of it."""
    if statement.automated:
        decided = ["An automatic rule of this site decided; no person looked at it."]
    else:
        decided = ["A moderator read it and decided."]
    found = statement.labels or statement.attributes
    told = [LABELS[one] for one in found if one in LABELS]
    if not statement.labels:
        told += [CODES[one] for one in statement.rules if one in CODES]
    rule = [f"The rule that it broke: {statement.term}."] if statement.term else []
    return tuple(dict.fromkeys((*decided, *told, *rule)))


def appeal_of(kept: Kept, statement: Statement | None) -> str | None:
    """Say how the appeal stands that is about the comment's standing now: open, reversed, upheld, or None."""
    status, appeal = kept.placed.status, kept.appeal
    if appeal is None:
        return None
    if appeal.outcome is None:
        return "open" if status == "pending" else None
    if appeal.outcome == "reversed":
        return "reversed" if status == "approved" else None
    newer = statement is not None and appeal.decided_at is not None and statement.since > appeal.decided_at
    return "upheld" if status == "rejected" and not newer else None


def _reasons(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(reason_in_words, reasons)))
