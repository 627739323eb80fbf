"""What is known about a comment at the moment it is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from service.moderation.rules import Finding

Standing = Literal["normal", "trusted", "watched", "banned"]
ArticleMode = Literal["", "post", "pre", "closed"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the store knows that bears on a comment; by default, what is so for nearly every one.

    `copies` counts earlier comments with the same text. The three others count what came in the policy's windows, this
    one included: from this author, from this address, on this site (0 where it is not counted). `approved` counts the
    author's comments that were ever approved, None where nobody asked. `article_mode` is what was set for the article,
    "" for nothing; `under_rejected` says that the comment answers a rejected one. `near` counts earlier near copies,
    and `campaign` is what a human decided on them as one, "" for nothing.
    """

    copies: int = 0
    author_comments: int = 0
    address_comments: int = 0
    site_comments: int = 0
    standing: Standing = "normal"
    approved: int | None = None
    article_mode: ArticleMode = ""
    under_rejected: bool = False
    near: int = 0
    campaign: Literal["", "approve", "reject"] = ""


USUAL = Surroundings()


@dataclass(frozen=True, slots=True)
class Signals:
    """The facts that a policy looks at.

    `scores` are calibrated probabilities; an attribute that the model does not know in `language` is absent.
    `findings` are the rules of the policy that fired on the text. `named` says that the author has an id. `lot` is
    drawn in [0, 1): it decides whether an approval goes into the audit sample.
    """

    scores: Mapping[str, float]
    language: str
    findings: Sequence[Finding] = ()
    named: bool = True
    lot: float = 1.0
    around: Surroundings = USUAL


def copy_text(text: str) -> str:
    """A text as copies are told: case and white space do not count."""
    return " ".join(text.casefold().split())
