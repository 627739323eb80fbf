"""What other systems' users say of their comments: labelled examples, kept apart unless a moderator's key sent them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import orjson

from model import ATTRIBUTES
from service.moderation.signals import copy_text
from service.store.checks import Surface
from service.store.connection import Store, site_key
from service.store.keys import Key
from service.store.timeline import pages

Standing = Literal["moderated", "apart"]
"""Whether it counts as a moderator's word; what came with a `submit` key is used only by who asks for it."""

MOST: Final = 100_000
"""How many of a site and a standing are kept, so that none of one standing can push out what has the other."""

TEXT_LIMIT: Final = 10_000
"""Characters of a text that are kept."""

LANGUAGE_LIMIT: Final = 35
"""Characters of a language tag, as RFC 5646 (4.4.1) wants to be room for."""

REFERENCE: Final = re.compile(r"(?!~)[A-Za-z0-9._:~-]{1,128}")
"""A comment's id at a client. One that begins with `~` is made here, of a text."""


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


@dataclass(frozen=True, slots=True)
class KeptSuggestion:
    """A suggestion as it stands: what was said last of each attribute, by whom last, and when (ms)."""

    reference: str
    surface: Surface
    standing: Standing
    text: str
    labels: Mapping[str, float]
    language: str | None
    by: str
    at: int


class Suggestions:
    """The suggestions of every site.

    :param most: how many of each standing a site has; the oldest go first.
    """

    def __init__(self, store: Store, *, most: int = MOST) -> None:
        self._store, self._most = store, most

    def add(self, site: str, key: Key, name: str, suggestion: Suggestion) -> Literal["kept", "same", "erased"]:
        """Keeps a suggestion that came with a key, of the person `name`; saying the same again changes nothing.

        What no client should send is passed over: attributes that are none, values that are not in [0, 1], a reference
        that is no id, what is too long of a text.
        """
        standing: Standing = "moderated" if key.reaches("moderate") else "apart"
        text = suggestion.text[:TEXT_LIMIT].encode("utf-8", "replace").decode()
        labels = (
            word
            for attribute, value in suggestion.labels.items()
            if attribute in ATTRIBUTES and 0 <= value <= 1
            for word in (attribute, f"{value:g}")
        )
        answer: Any = self._store.run(
            "suggest",
            site,
            _named(suggestion.reference) or f"~{copy_text(text)}",
            standing,
            suggestion.surface,
            text,
            (suggestion.language or "")[:LANGUAGE_LIMIT],
            name,
            self._most,
            *labels,
        )
        return answer  # type: ignore[no-any-return]

    def kept(self, site: str, standing: Standing, since: int = 0) -> Iterator[KeptSuggestion]:
        """What was said with a standing, by when it was last spoken of, from `since` (ms) on."""
        for page in pages(self._store, listed(site, standing), since):
            yield from self._of(site, standing, page)

    def totals(self, site: str) -> dict[Standing, int]:
        """How many of each standing there are."""
        standings: tuple[Standing, ...] = get_args(Standing)

        def build(pipeline: Any) -> None:
            for standing in standings:
                pipeline.zcard(listed(site, standing))

        return dict(zip(standings, self._store.together(build), strict=True))

    def newest(self, site: str, standing: Standing, most: int) -> list[KeptSuggestion]:
        """What was said last with a standing, the newest first."""
        names = self._store.call(lambda client: client.zrevrange(listed(site, standing), 0, most - 1))
        return list(self._of(site, standing, names))

    def _of(self, site: str, standing: Standing, names: Sequence[str]) -> Iterator[KeptSuggestion]:
        parted = [name.split("/", 1) for name in names]

        def build(pipeline: Any) -> None:
            for surface, reference in parted:
                pipeline.hget(of_comment(site, reference), f"{standing}/{surface}")

        for (surface, reference), said in zip(parted, self._store.together(build), strict=True):
            if said is not None:
                yield from kept_from(reference, {f"{standing}/{surface}": said})


def listed(site: str, standing: Standing) -> str:
    """The key of what was said with a standing: a sorted set by when it was last spoken of (ms)."""
    return site_key(site, "suggestions", standing)


def of_comment(site: str, reference: str) -> str:
    """The key of what was said of a comment: a hash that `kept_from` reads."""
    return site_key(site, "suggestion", reference)


def kept_from(reference: str, fields: Mapping[str, str]) -> Iterator[KeptSuggestion]:
    """What was said of a comment, from its hash, which is empty where that is nothing."""
    for field, said in sorted(fields.items()):
        standing, surface = field.split("/")
        found = orjson.loads(said)
        yield KeptSuggestion(
            reference,
            surface,  # type: ignore[arg-type]
            standing,  # type: ignore[arg-type]
            found["text"],
            found["labels"],
            found["language"] or None,
            found["by"],
            int(found["at"]),
        )


def _named(reference: str | None) -> str | None:
    return reference if reference and REFERENCE.fullmatch(reference) else None
