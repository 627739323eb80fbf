"""A comment as it is posted and as it is judged: the values that travel between the rooms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from model import ATTRIBUTES

Verdict = Literal["approve", "hold", "reject"]
Status = Literal["approved", "pending", "rejected"]
Action = Literal["approve", "reject", "escalate"]

STATUS_OF: Mapping[Verdict, Status] = {"approve": "approved", "hold": "pending", "reject": "rejected"}
"""Where a comment stands right after its verdict."""

LABELS = (*ATTRIBUTES, "off_topic", "illegal", "other")
"""What a moderator may say that a comment is."""


@dataclass(frozen=True, slots=True)
class Author:
    """The reader who wrote a comment, as far as the site tells."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    url: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """The article under which a comment stands."""

    id: str | None = None
    url: str | None = None
    title: str | None = None
    section: str | None = None


NOBODY = Author()
NOWHERE = Article()
"""What is not told."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment as its site posts it; times are RFC 3339 in UTC, `language` an ISO 639-1 code."""

    body: str
    author: Author = NOBODY
    article: Article = NOWHERE
    parent_id: str | None = None
    posted_at: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired, with its figure. `detail` is in words and never quotes the comment."""

    code: str
    detail: str
    attribute: str | None = None
    score: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and all that explains it; `policy` is the version that was in force.

    `deciding` are those of the reasons that ask for this verdict; they are known while it is made, and not kept.
    """

    verdict: Verdict
    scores: Mapping[str, float]
    reasons: tuple[Reason, ...]
    model: str
    policy: int
    language: str
    deciding: tuple[Reason, ...] = field(default=(), compare=False)

    @property
    def status(self) -> Status:
        """Where the comment stands right after this verdict."""
        return STATUS_OF[self.verdict]
