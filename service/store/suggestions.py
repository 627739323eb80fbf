"""What other systems' users say of their comments: labelled examples, kept apart unless a moderator's key sent them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from service.moderation.signals import copy_text
from service.store.checks import Surface
from service.store.connection import Store
from service.store.keys import Key

Standing = Literal["moderated", "apart"]
"""Whether it counts as a moderator's word; what came with a `submit` key is used only by who asks for it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Labels of a comment: attributes and values in [0, 1]. `reference` is the comment's id, where the client has one.

    Without one, a text is one comment, whatever its case and white space: what is said of it last stands.
    """

    surface: Surface
    text: str
    labels: Mapping[str, float]
    reference: str | None = None
    language: str | None = None


class Suggestions:
    """The suggestions of every site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, site: str, key: Key, name: str, suggestion: Suggestion) -> Literal["kept", "same", "erased"]:
        """Keeps a suggestion that came with a key, of the person `name`; saying the same again changes nothing."""
        standing: Standing = "moderated" if key.reaches("moderate") else "apart"
        labels = (word for attribute, value in suggestion.labels.items() for word in (attribute, f"{value:g}"))
        answer: Any = self._store.run(
            "suggest",
            site,
            suggestion.reference or f"~{copy_text(suggestion.text)}",
            standing,
            suggestion.text,
            suggestion.language or "",
            suggestion.surface,
            name,
            *labels,
        )
        return answer  # type: ignore[no-any-return]
