"""What came before a moderator's action, in words: nothing was changed, and nobody is to blame."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from service.console.words import DECIDED
from service.store.comments import UnknownComment
from service.store.queue import (
    ClaimedByOther,
    DecisionStands,
    EscalatedComment,
    NothingToUndo,
    NotYourDecision,
    OlderRevision,
    OwnAppeal,
)
from service.store.records import ErasedComment


def _stands(error: DecisionStands) -> str:
    return f"{error.by} decided first: {DECIDED.get(error.action, error.action).lower()}. That stands."


WORDS: Final[Mapping[type[Exception], Callable[[Any], str]]] = {
    DecisionStands: _stands,
    ClaimedByOther: lambda error: f"Your hold on it ran out, and {error.args[0]} has it now.",
    OlderRevision: lambda _: "Its author edited it meanwhile. It comes back as it is now.",
    UnknownComment: lambda _: "It was erased meanwhile.",
    ErasedComment: lambda _: "It was erased meanwhile.",
    OwnAppeal: lambda _: "Its author contests your own decision: somebody else decides.",
    EscalatedComment: lambda _: "It was escalated: an admin decides.",
    NotYourDecision: lambda error: f"The decision that stands is {error.args[0]}'s: only they take it back.",
    NothingToUndo: lambda _: "No decision stands that you could take back.",
}

CAME_FIRST: Final = tuple(WORDS)
"""What a moderator cannot help."""


def conflict_words(error: Exception) -> str:
    """What to tell a moderator of one of `CAME_FIRST`."""
    return WORDS[type(error)](error)
