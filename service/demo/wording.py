"""Winnow's answers in a reader's words: why a comment waits, and why something was not taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from service.demo.client import Reason
from service.demo.exchange import WinnowRefused, WinnowUnavailable

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
    "pattern": "It has the form of something that this site does not publish.",
    "self_harm": "It may speak of self-harm; a person reads such comments soon. If you are not well, please talk to "
    "somebody you trust, or to a helpline.",
    "blocked_word": "It contains a word or phrase that this site does not publish.",
    "suspect_word": "It contains a word or phrase that a moderator checks.",
    "duplicate": "It is very like other comments posted here.",
    "rate": "Many comments arrived under this name in a short time.",
    "author": "Comments under this name are looked at first.",
    "article": "Comments on this article are read by a moderator, or it takes no more of them.",
    "parent": "It answers a comment that was not published.",
    "campaign": "It is very like other comments posted here.",
    "language": "It is in a language that a person has to look at.",
    "mode": "Every comment here is read by a moderator before it appears.",
    "audit": "It was picked at random for a check.",
    "report": "Readers have reported it.",
    "appeal": "Its author contests that it was not published.",
}


@dataclass(frozen=True)
class Problem:
    """Why the box was not taken: a heading, what to do, and what is wrong in which field of the form."""

    heading: str
    sentence: str
    fields: Mapping[str, str] = field(default_factory=dict)


ID_TAKEN = (HTTPStatus.CONFLICT, HTTPStatus.GONE)
NUDGES = {
    "toxicity": "drive other readers away by its tone",
    "severe_toxicity": "sound hateful or very aggressive",
    "obscene": "be taken for coarse language",
    "threat": "be read as a threat",
    "insult": "be read as an insult",
    "identity_attack": "be read as an attack on people for who they are",
    "spam": "be taken for advertising or a scam",
}
PARENT_GONE = Problem(
    "The comment that you answer is no longer here",
    "Your text is in the box. Press “Post comment” to post it as a comment of its own.",
)
NOT_TO_BE_ANSWERED = Problem(
    "That comment is no longer here",
    "It cannot be answered. You can write a comment of your own.",
)
NOT_TO_BE_REPORTED = Problem("That comment is no longer here", "There is nothing left to report.")
FROM_ELSEWHERE = Problem(
    "Nothing was sent",
    "Another site asked your browser to send this. If you meant to write here, please use the box below.",
)
EDITED_MEANWHILE = Problem(
    "This has not been sent yet",
    "The comment changed at this very moment. Your text is still here: please send it again.",
)
CONTESTED = Problem(
    "You contested this decision before",
    "It can be contested once. What you wrote this time was not sent; it stands here for you to keep.",
)


def nudge_in_words(attributes: Sequence[str]) -> str:
    """Say what a comment may be to those who read it."""
    words = [NUDGES.get(attribute, "need a moderator's look") for attribute in attributes]
    return f"May {', '.join(words[:-1])}{' or ' if len(words) > 1 else ''}{words[-1]}"


def out_of_reach(error: WinnowUnavailable, thing: str, button: str) -> Problem:
    """Speak of a Winnow that does not answer, or not now, while `thing` was sent with a `button`."""
    when = f"in {_duration(error.retry_after)}" if error.retry_after else "in a moment"
    return Problem(
        f"Your {thing} has not been {'posted' if thing == 'comment' else 'sent'} yet",
        f"We could not pass it on just now. Your text is in the box: press “{button}” again {when}.",
    )


def unfit(fields: Mapping[str, str], heading: str = "Your comment has not been posted") -> Problem:
    """Speak of fields that need the reader's hand."""
    return Problem(heading, "Please mend what is marked, then try again.", fields)


def our_fault(heading: str) -> Problem:
    """Speak of what only the site can mend."""
    return Problem(
        heading, "The fault is ours, not yours. Your text is still here: please copy it, and try again later."
    )


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
    return our_fault("Your comment has not been posted")


def too_large() -> Problem:
    """Speak of a form that was too large to be read at all."""
    return unfit({"body": "That was too long to be read. Go back to find your text, and shorten it."})


def reason_in_words(reason: Reason) -> str:
    """Say in a reader's words why a comment is not simply published."""
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
