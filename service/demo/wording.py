"""Winnow's answers in a reader's words: where a comment stands and why, or why it was not taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from service.demo.client import Placed, Reason, WinnowRefused, WinnowUnavailable

ATTRIBUTES = {
    "toxicity": "Its tone may drive other readers away.",
    "severe_toxicity": "It reads as hateful or very aggressive.",
    "obscene": "It contains coarse language.",
    "threat": "It may be read as a threat.",
    "insult": "It may be read as an insult.",
    "identity_attack": "It may be read as an attack on people for who they are.",
    "spam": "It looks like advertising or a scam.",
}
CODES = {
    "score": "Its wording is of a kind that a person looks at first.",
    "link": "It contains links.",
    "blocked_word": "It contains a word or phrase that this site does not publish.",
    "suspect_word": "It contains a word or phrase that a moderator checks.",
    "duplicate": "It is very like other comments posted here.",
    "rate": "Many comments arrived under this name in a short time.",
    "author": "Comments under this name are looked at first.",
    "language": "It is in a language that a person has to look at.",
    "mode": "Every comment here is read by a moderator before it appears.",
    "audit": "It was picked at random for a check.",
    "report": "Readers have reported it.",
}


@dataclass(frozen=True)
class Receipt:
    """What the reader is told of the comment just posted; `tone` picks its look."""

    tone: str
    heading: str
    sentence: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why the box was not taken: a heading, what to do, and what is wrong in which field of the form."""

    heading: str
    sentence: str
    fields: Mapping[str, str] = field(default_factory=dict)


ID_TAKEN = (HTTPStatus.CONFLICT, HTTPStatus.GONE)
STANDINGS = {
    "approved": ("Your comment is published", "It stands under the article for everyone to read."),
    "pending": (
        "Your comment waits for a moderator",
        "A person will read it before it appears. Reload this page to see what was decided.",
    ),
    "rejected": ("Your comment was not published", "It will not appear under the article."),
}
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


def receipt(placed: Placed | None) -> Receipt:
    """Say where a comment stands and why."""
    if placed is None:
        return LOST
    heading, sentence = STANDINGS[placed.status]
    reasons = () if placed.status == "approved" else tuple(dict.fromkeys(map(_in_words, placed.reasons)))
    return Receipt(placed.status, heading, sentence, reasons)


def out_of_reach(error: WinnowUnavailable) -> Problem:
    """Speak of a Winnow that does not answer, or not now."""
    when = f"in {_duration(error.retry_after)}" if error.retry_after else "in a moment"
    return Problem(
        "Your comment has not been posted yet",
        f"We could not pass it on just now. Your text is in the box: press “Post comment” again {when}.",
    )


def unfit(fields: Mapping[str, str]) -> Problem:
    """Speak of fields that need the reader's hand."""
    return Problem("Your comment has not been posted", "Please mend what is marked, then try again.", fields)


def refused(refusal: WinnowRefused, body: str) -> Problem:
    """Speak of a Winnow that said no."""
    if refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return unfit({"body": "This comment is too long to be sent."})
    if refusal.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return unfit(_field_errors(refusal, body))
    if refusal.status in ID_TAKEN:
        return Problem(
            "A comment was already posted from this box",
            "What you see below differs from it. Press “Post comment” again to post it as another comment.",
        )
    return Problem(
        "Your comment has not been posted",
        "The fault is ours, not yours. Your text is still in the box: please copy it, and try again later.",
    )


def too_large() -> Problem:
    """Speak of a form that was too large to be read at all."""
    return unfit({"body": "That was too long to be read. Go back to find your text, and shorten it."})


def _in_words(reason: Reason) -> str:
    words = ATTRIBUTES.get(reason.attribute or "") or CODES.get(reason.code)
    return words or reason.detail or "A person has to look at it first."


def _field_errors(refusal: WinnowRefused, body: str) -> dict[str, str]:
    fields = {_field(path): " ".join(messages) for path, messages in refusal.errors.items()}
    if "body" in fields:
        fields["body"] = f"{fields['body']} It now has {len(body.strip()):,} characters."
    return fields or {"body": refusal.detail}


def _field(path: str) -> str:
    return "name" if path.startswith("author") else "body"


def _duration(seconds: int) -> str:
    return "a second" if seconds == 1 else f"{seconds} seconds"
