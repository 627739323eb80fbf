"""What happened to the sample comments before a newcomer looks: a night desk decided, readers reported, one appealed.

So every page of the moderators' console has something to show. All of it is invented.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Decision:
    """What the night desk did with a sample."""

    comment_id: str
    action: str
    label: str | None = None
    term: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Reported:
    """What a reader said of a sample."""

    comment_id: str
    reader_id: str
    reason: str
    note: str | None = None


@dataclass(frozen=True)
class Contest:
    """What an author says against a rejection."""

    comment_id: str
    statement: str


ADVERTISING: Final = "House rule 1: no advertising"
PEOPLE: Final = "House rule 3: argue with what was said, not with who said it"

DECISIONS: Final = (
    Decision("demo-006", "reject", "spam", ADVERTISING),
    Decision("demo-011", "reject", "insult", PEOPLE),
    Decision("demo-018", "approve"),
    Decision("demo-020", "reject", "insult", PEOPLE, "Borderline: a public figure, and it is about what he does."),
    Decision("demo-024", "reject", "spam", ADVERTISING),
    Decision("demo-030", "reject", "obscene", PEOPLE),
    Decision("demo-033", "reject", "spam", ADVERTISING),
    Decision("demo-039", "approve", note="Polite, and a good question. The machine is not at home in Italian."),
    Decision("demo-043", "escalate", note="Third one of this kind this week. Do we close the thread to this author?"),
    Decision("demo-047", "approve"),
    Decision("demo-050", "reject", "spam", ADVERTISING),
    Decision("demo-053", "approve"),
    Decision("demo-054", "approve"),
    Decision("demo-080", "approve"),
)

CONTESTS: Final = (
    Contest(
        "demo-020",
        "A clown is what the whole town calls him, and what he called himself in his own campaign film. I wrote about "
        "what he wants to do with our money, not about his family or his looks. Others here say it in longer words.",
    ),
)


def _readers(*numbers: int) -> tuple[str, ...]:
    return tuple(f"first-day-reader-{number:02}" for number in numbers)


REPORTS: Final = (
    Reported("demo-069", "first-day-emeka", "threat", "He says 'at his house one night'. That is not an argument."),
    *(Reported("demo-069", reader, "threat") for reader in _readers(1, 2, 3, 4)),
    Reported("demo-069", "first-day-reader-05", "threat", "Please look at this soon, people know where he lives."),
    Reported("demo-098", "first-day-reader-01", "threat", "Under his car?"),
    *(Reported("demo-098", reader, "threat") for reader in _readers(2, 3, 6, 7, 8)),
    Reported("demo-055", "first-day-reader-02", "insult"),
    Reported("demo-055", "first-day-reader-09", "hate", "About a woman's age, and nothing else."),
    Reported("demo-083", "first-day-reader-09", "hate"),
    Reported("demo-067", "first-day-reader-10", "other", "I disagree with this."),
)
"""Six new readers bring a comment back into the queue; fewer are only counted."""
