"""What is known about a comment at the moment it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signals:
    """The facts that a policy looks at.

    `scores` are calibrated probabilities; an attribute that the model does not know in `language` is absent.
    `copies` counts earlier comments with the same text, `author_comments` what this author posted in the policy's
    window, this one included (0 for an author who is not named).
    """

    scores: Mapping[str, float]
    language: str
    copies: int = 0
    author_comments: int = 0


def copy_text(text: str) -> str:
    """A text as copies are told: case and white space do not count."""
    return " ".join(text.casefold().split())
