"""Codes in plain words."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from markupsafe import Markup

ATTRIBUTES: Final = {
    "toxicity": "toxic",
    "severe_toxicity": "severely toxic",
    "obscene": "obscene",
    "threat": "threat",
    "insult": "insult",
    "identity_attack": "attack on a group",
    "spam": "spam",
}

LABELS: Final = {**ATTRIBUTES, "off_topic": "off topic", "illegal": "illegal", "other": "something else"}

REASONS: Final = {
    "score": "score",
    "blocked_word": "blocked word",
    "suspect_word": "suspect word",
    "pattern": "pattern",
    "link": "links",
    "self_harm": "self-harm",
    "duplicate": "copy",
    "rate": "too many at once",
    "author": "author",
    "article": "article",
    "parent": "answers a rejected comment",
    "language": "language",
    "mode": "everything is held",
    "audit": "audit sample",
    "report": "reported",
    "appeal": "appeal",
    "campaign": "near copies",
}

DECIDED: Final = {"approve": "Approved", "reject": "Rejected", "escalate": "Escalated to an admin"}
"""What an action has done."""

STATUSES: Final = {"approved": "approved", "pending": "waiting", "rejected": "rejected", "erased": "erased"}

SURFACES: Final = {"akismet": "Akismet", "coral": "Coral", "openai": "OpenAI", "perspective": "Perspective"}
"""Whose clients ask about comments that are kept elsewhere."""

CHECKED: Final = {
    "approve": "approved", "hold": "held", "reject": "rejected", "flagged": "flagged", "passed": "not flagged",
    "scored": "scored",
}  # fmt: skip
"""What they were told."""

ROLES: Final = {"submit": "submit", "moderate": "moderator", "admin": "admin", "coral": "Coral"}

BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrom", "Chrome"),
    ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Windows", "Windows"), ("Mac OS", "a Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
"""What a User-Agent has in it and what it then is; the first that fits."""

STEPS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"))


def attribute_words(code: str) -> str:
    """An attribute or a label."""
    return LABELS.get(code, code.replace("_", " "))


def reason_words(code: str) -> str:
    """The code of a reason."""
    return REASONS.get(code, code.replace("_", " "))


def status_words(code: str) -> str:
    """Where a comment stands."""
    return STATUSES.get(code, code)


def history_words(entry: Mapping[str, Any]) -> str:
    """An entry of a comment's history."""
    by, kind = entry.get("by") or "the machine", str(entry["kind"])
    if kind == "decision":
        labels = ", ".join(map(attribute_words, entry.get("labels") or ()))
        said = f"{DECIDED.get(entry['action'], entry['action'])} by {by}{f' as {labels}' if labels else ''}"
        more = [f"rule {entry['term']}" if entry.get("term") else "", entry.get("note") or ""]
        return "; ".join([said, *filter(None, more)])
    words = {
        "edit": "edited by its author",
        "undo": f"decision taken back by {by}",
        "appeal": "rejection contested by its author",
        "report": f"held since {entry.get('count', 'some')} readers reported it",
        "held": "held with its near copies",
    }
    return words.get(kind, kind)


def role_words(code: str) -> str:
    """A role."""
    return ROLES.get(code, code)


def browser_words(agent: str) -> str:
    """A browser's User-Agent, as a person would call it; no more of it is kept."""
    browser, system = (next((words for part, words in known if part in agent), "") for known in (BROWSERS, SYSTEMS))
    return f"{browser or 'A browser'}{f' on {system}' if system else ''}"


def when(ms: int | None) -> str:
    """A time (ms) as a `time` element, in UTC."""
    if ms is None:
        return ""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), f"{at:%-d %b %Y, %H:%M} UTC"
    )


def ago(ms: int | None) -> str:
    """How long ago a time (ms) was."""
    return "" if ms is None else f"{span(time.time() - ms / 1000)} ago"


def span(seconds: float | None) -> str:
    """A length of time (seconds) in words, in its largest unit."""
    if seconds is None:
        return ""
    for size, name in STEPS:
        if seconds >= size:
            n = round(seconds / size)
            return f"{n} {name}{'s' if n != 1 else ''}"
    return "less than a minute"


FILTERS: Final = {
    "attribute_words": attribute_words,
    "reason_words": reason_words,
    "history_words": history_words,
    "status_words": status_words,
    "role_words": role_words,
    "when": when,
    "ago": ago,
    "span": span,
}
"""What templates call."""

TABLES: Final = {"ATTRIBUTES": ATTRIBUTES, "LABELS": LABELS, "REASONS": REASONS, "DECIDED": DECIDED}
"""What templates walk through."""
