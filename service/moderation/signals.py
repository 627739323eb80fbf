"""What is known about a comment at the moment it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b


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


def text_digest(site: str, text: str) -> str:
    """A name for a text, the same for exact copies within one site: case and white space do not count."""
    return digest(site, " ".join(text.casefold().split()))


def digest(site: str, value: str) -> str:
    """A name for a value, meaning nothing on another site; 24 hexadecimal digits."""
    return blake2b(value.encode(), digest_size=12, key=site.encode()).hexdigest()
