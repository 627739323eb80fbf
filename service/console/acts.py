"""The audit log in words: what was done, to what, and with which figures."""

from collections.abc import Mapping
from typing import Any, Final, Literal

Kind = Literal["comment", "author", "article", "campaign", "webhook", ""]

ACTS: Final[dict[str, tuple[str, Kind]]] = {
    "decision.made": ("decided a comment", "comment"),
    "decision.overridden": ("decided in place of a decision that stood", "comment"),
    "decision.undone": ("took a decision back", "comment"),
    "comment.escalated": ("escalated a comment", "comment"),
    "comment.erased": ("erased a comment", "comment"),
    "suggestion.made": ("labelled a comment that another system keeps", ""),
    "note.written": ("wrote a note on a comment", "comment"),
    "review.answered": ("answered a blind review", "comment"),
    "review.resolved": ("settled a disagreement", "comment"),
    "campaign.decided": ("decided a campaign", "campaign"),
    "campaign.undone": ("took a campaign's decision back", "campaign"),
    "standing.set": ("set an author's standing", "author"),
    "author.erased": ("erased an author", "author"),
    "mode.set": ("set an article's mode", "article"),
    "policy.saved": ("saved the policy", ""),
    "shadow.started": ("began a trial of a draft policy", ""),
    "shadow.ended": ("ended a trial of a draft policy", ""),
    "model.published": ("put a model in force", ""),
    "webhook.created": ("made a webhook", "webhook"),
    "webhook.changed": ("changed a webhook", "webhook"),
    "webhook.rotated": ("gave a webhook a new secret", "webhook"),
    "webhook.replayed": ("had parked deliveries sent again", "webhook"),
    "webhook.deleted": ("deleted a webhook", "webhook"),
    "person.created": ("made a person who may sign in", ""),
    "person.password": ("gave a person a new password", ""),
    "person.role": ("gave a person another role", ""),
    "person.connected": ("let a person sign in by single sign-on", ""),
    "person.signed-out": ("signed a person out everywhere", ""),
    "person.disabled": ("disabled a person", ""),
    "person.enabled": ("enabled a person again", ""),
    "key.created": ("made an API key", ""),
    "key.revoked": ("ended an API key", ""),
    "site.closed": ("closed the site to readers", ""),
    "site.reopened": ("opened the site again", ""),
}
"""Each act in words behind a name, and what kind of thing it was done to."""

INNER: Final = frozenset({"op"})
"""What lines carry for the machine alone."""

SHORT: Final = 12
"""Characters of a digest that tell it from others."""


def act_words(act: str) -> str:
    """What was done; a code that has no words speaks for itself."""
    return ACTS[act][0] if act in ACTS else act


def kind_of(act: str) -> Kind:
    """To what kind of thing."""
    return ACTS[act][1] if act in ACTS else ""


def details(data: Mapping[str, Any], by: str) -> list[tuple[str, str]]:
    """A line's ids and figures, each with its name, in words; `by` is who acted, and is not told twice."""
    return [
        (name.replace("_", " "), _said(name, value))
        for name, value in data.items()
        if name not in INNER and value is not None and (name, value) != ("by", by)
    ]


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)[:SHORT] if name == "digest" else str(value)
