"""How Coral is answered: a status, flags for its moderators, and of a rejection the reason for the author.

Coral checks an answer whole, and passes over all of it where one word is not in its lists.
"""

from collections.abc import Sequence
from typing import Any, Final

from marshmallow import fields, validate

from service.moderation.comment import Judgement, Reason
from service.moderation.statement import FOUND, RULES
from service.schemas.fields import Strict

TOXIC: Final = "COMMENT_DETECTED_TOXIC"
SPAM: Final = "COMMENT_DETECTED_SPAM"

LIKE_SPAM: Final = frozenset({"link", "duplicate", "campaign", "rate"})
"""Rules that look for advertising and flooding."""

CODES: Final = (
    "OFFENSIVE",
    "ABUSIVE",
    "SPAM",
    "BANNED_WORD",
    "AD",
    "ILLEGAL_CONTENT",
    "HARASSMENT_BULLYING",
    "MISINFORMATION",
    "HATE_SPEECH",
    "IRRELEVANT_CONTENT",
    "OTHER",
)
"""Coral's REJECTION_REASON_CODE."""

CODE_OF_ATTRIBUTE: Final = {
    "identity_attack": "HATE_SPEECH",
    "threat": "HARASSMENT_BULLYING",
    "severe_toxicity": "ABUSIVE",
    "insult": "ABUSIVE",
    "obscene": "OFFENSIVE",
    "toxicity": "OFFENSIVE",
    "spam": "SPAM",
}
"""From the narrowest to the widest: of several that reject a comment the first is its code."""

CODE_OF_RULE: Final = {"blocked_word": "BANNED_WORD", "link": "SPAM"}
"""For other rules Coral has no word, and gets ours beside OTHER."""

OURS: Final = {
    "pattern": "A form of text that the site does not publish",
    "campaign": "Nearly the same as comments that a moderator rejected",
    "author": "The author may not comment on this site",
    "article": "The article takes no comments",
    "language": "A language that the site does not take",
}
UNSAID: Final = "The site's rules for comments"


class FlagSchema(Strict):
    """A flag for Coral's moderators."""

    actionType = fields.String(required=True, validate=validate.Equal("FLAG"))  # noqa: N815  # Coral's names
    reason = fields.String(required=True, validate=validate.OneOf((TOXIC, SPAM)))


class RejectionReasonSchema(Strict):
    """Why, as the author reads it where Coral's features for the Digital Services Act are on."""

    code = fields.String(required=True, validate=validate.OneOf(CODES))
    detailedExplanation = fields.String(required=True)  # noqa: N815
    customReason = fields.String(metadata={"description": "Only beside OTHER."})  # noqa: N815


class ModerationActionSchema(Strict):
    """The act that Coral records of a rejection."""

    status = fields.String(required=True, validate=validate.Equal("REJECTED"))
    rejectionReason = fields.Nested(RejectionReasonSchema, required=True)  # noqa: N815


class CoralResponseSchema(Strict):
    """What becomes of a comment: PREMOD waits for a moderator in Coral, REJECTED is not shown."""

    status = fields.String(required=True, validate=validate.OneOf(("PREMOD", "REJECTED")))
    actions = fields.List(fields.Nested(FlagSchema), required=True)
    moderationAction = fields.Nested(ModerationActionSchema, metadata={"description": "Beside REJECTED."})  # noqa: N815


def opinion(judgement: Judgement, *, cut: bool = False) -> dict[str, Any] | None:
    """What Coral is told of a judgement, as `CoralResponseSchema` has it; None for no opinion: the comment passes.

    :param cut: whether only the comment's beginning was judged; then it waits for a moderator at least.
    """
    if judgement.verdict == "reject":
        act = {"status": "REJECTED", "rejectionReason": _why(judgement.deciding)}
        return {"status": "REJECTED", "actions": _flags(judgement.reasons), "moderationAction": act}
    if judgement.verdict == "hold" or cut:
        return {"status": "PREMOD", "actions": _flags(judgement.reasons)}
    return None


def _flags(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    """At most one of each; none where neither word would be true, as of an author who is new."""
    found = dict.fromkeys(flag for one in reasons if (flag := _flag(one)))
    return [{"actionType": "FLAG", "reason": flag} for flag in found]


def _flag(reason: Reason) -> str | None:
    if reason.attribute == "spam" or reason.code in LIKE_SPAM:
        return SPAM
    return TOXIC if reason.code == "score" else None


def _why(deciding: Sequence[Reason]) -> dict[str, str]:
    """Coral's code of what rejected a comment, and that in words which quote nothing."""
    told = list(dict.fromkeys(map(_sentence, deciding))) or [f"{UNSAID}."]
    scored = {one.attribute for one in deciding}
    codes = [code for attribute, code in CODE_OF_ATTRIBUTE.items() if attribute in scored]
    codes += [CODE_OF_RULE[one.code] for one in deciding if one.code in CODE_OF_RULE]
    if codes:
        return {"code": codes[0], "detailedExplanation": " ".join(told)}
    return {"code": "OTHER", "customReason": told[0].rstrip("."), "detailedExplanation": " ".join(told)}


def _sentence(reason: Reason) -> str:
    """A reason for the author's eyes: not how often they wrote, nor whose words the policy lists."""
    if reason.attribute is not None and reason.score is not None and reason.threshold is not None:
        found = FOUND.get(reason.attribute, reason.attribute)
        return (
            f"An automated check took the comment for {found}, with a probability of {reason.score:.2f}; "
            f"the site rejects from {reason.threshold:.2f} on."
        )
    if reason.code in OURS:
        return f"{OURS[reason.code]}."
    if reason.code in RULES:
        return f"An automated rule of the site rejected the comment because {RULES[reason.code]}."
    return f"{UNSAID}."
