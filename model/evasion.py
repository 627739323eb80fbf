"""What people do to a comment so that a filter does not see what it says: the attack suite.

Each transformation is a pure function of the text; chance, where there is any, comes from a hash of the text. Attacks
on letters strike every word of at least three letters, the words that a filter would look for among them.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from model.data import Example

# ruff: noqa: RUF001 (the point of it)
_WORD = re.compile(r"[A-Za-z]{3,}")
_LINK = re.compile(r"https?://|(?<=\w)\.(?=[a-z]{2,})", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+", re.IGNORECASE)
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_VOWELS = "aeiou"


def _table(plain: str, other: str) -> dict[int, str]:
    return {ord(char): stands for char, stands in zip(plain, other, strict=True)}


def _alphabet(upper: int, lower: int, digits: int | None = None) -> dict[int, str]:
    """Map letters (and digits) to runs of code points that begin there."""
    found = _table(_UPPER, "".join(chr(upper + k) for k in range(26)))
    found |= _table(_LOWER, "".join(chr(lower + k) for k in range(26)))
    if digits is not None:
        found |= _table("0123456789", "".join(chr(digits + k) for k in range(10)))
    return found


# Letters that have no code point in their run, since Unicode had them before.
_SCRIPT = _alphabet(0x1D49C, 0x1D4B6) | _table("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ")
_FRAKTUR = _alphabet(0x1D504, 0x1D51E) | _table("CHIRZ", "ℭℌℑℜℨ")
_CYRILLIC = _table("aceiopsxyABCEHIKMOPTXjS", "асеіорѕхуАВСЕНІКМОРТХјЅ")
_GREEK = _table("aeioptuxvABEHIKMNOPTXYZ", "αειορτυχνΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_SMALL_CAPS = _table("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
_LEET_LIGHT = _table("aeioAEIO", "43104310")
_LEET_HEAVY = _table("aeiostgbAEIOSTGB", "@310$79843105798")
_SYMBOLS = _table("aeiouAEIOU", "@€!0*@€!0*")
_ACCENTS = _table("aeiouncsyAEIOUNCSY", "áèîöüñçšÿÁÈÎÖÜÑÇŠŸ")
_EMOJI = ("🔥", "😂", "💯", "🙄", "👏")
_ZERO_WIDTH = "\u200b"
_SOFT_HYPHEN = "\u00ad"


def _chance(text: str) -> random.Random:
    return random.Random(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())  # noqa: S311 (no secret)


def _words(change: Callable[[str], str]) -> Callable[[str], str]:
    """Make a transformation that changes each word by itself, links and addresses left alone."""

    def transformed(text: str) -> str:
        parts, end = [], 0
        for link in _URL.finditer(text):
            parts += [_WORD.sub(lambda word: change(word[0]), text[end : link.start()]), link[0]]
            end = link.end()
        return "".join([*parts, _WORD.sub(lambda word: change(word[0]), text[end:])])

    return transformed


def _letters(table: Mapping[int, str]) -> Callable[[str], str]:
    return _words(lambda word: word.translate(table))


def _joined(separator: str) -> Callable[[str], str]:
    return _words(separator.join)


def _zalgo(word: str) -> str:
    chance = _chance(word)
    return "".join(char + "".join(chr(chance.randrange(0x300, 0x370)) for _ in range(4)) for char in word)


def _stretched(word: str) -> str:
    vowels = [k for k, char in enumerate(word) if char.lower() in _VOWELS]
    place = vowels[-1] if vowels else len(word) - 1
    return word[:place] + word[place] * 6 + word[place + 1 :]


def _doubled(word: str) -> str:
    place = _chance(word).randrange(1, len(word))
    return word[:place] + word[place] * 2 + word[place + 1 :]


def _swapped(word: str) -> str:
    """Swap two neighbours, not the first letter."""
    if len(word) == 3:  # noqa: PLR2004 (the shortest that is changed)
        return word[0] + word[2] + word[1]
    place = _chance(word).randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _unvowelled(word: str) -> str:
    """Drop the vowels but the first letter; of a word that would be left without consonants, none."""
    rest = "".join(char for char in word[1:] if char.lower() not in _VOWELS)
    return word[0] + rest if rest else word


def _starred(word: str) -> str:
    """Star the first vowel after the first letter, as papers do, or the second letter."""
    place = next((k for k, char in enumerate(word) if k and char.lower() in _VOWELS), 1)
    return word[:place] + "*" + word[place + 1 :]


def _punctuated(word: str) -> str:
    place = len(word) // 2
    return word[:place] + _chance(word).choice(".-_'") + word[place:]


def _alternating(text: str) -> str:
    return "".join(char.upper() if k % 2 else char.lower() for k, char in enumerate(text))


def _camel(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in text.split())


def _defanged(text: str) -> str:
    """Write links so that a program does not see them: `hxxp`, `(dot)`."""
    return _LINK.sub(lambda found: " (dot) " if found[0] == "." else found[0].lower().replace("tt", "xx"), text)


def _spelled_links(text: str) -> str:
    return _LINK.sub(lambda found: "[.]" if found[0] == "." else found[0].replace("://", " : // "), text)


def _emoji_between(text: str) -> str:
    chance = _chance(text)
    return "".join(part if part.strip() else f" {chance.choice(_EMOJI)} " for part in re.split(r"(\s+)", text))


TRANSFORMATIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "cyrillic": _letters(_CYRILLIC),
        "greek": _letters(_GREEK),
        "full_width": _letters(_alphabet(0xFF21, 0xFF41)),
        "bold": _letters(_alphabet(0x1D5D4, 0x1D5EE)),
        "script": _letters(_SCRIPT),
        "fraktur": _letters(_FRAKTUR),
        "circled": _letters(_alphabet(0x24B6, 0x24D0)),
        "squared": _letters(_alphabet(0x1F170, 0x1F170)),
        "small_caps": _letters(_SMALL_CAPS),
        "accents": _letters(_ACCENTS),
        "zero_width": _joined(_ZERO_WIDTH),
        "soft_hyphen": _joined(_SOFT_HYPHEN),
        "bidi": _words(lambda word: f"\u202d{word[:1]}\u2060{word[1:]}\u202c"),
        "zalgo": _words(_zalgo),
        "leet_light": _letters(_LEET_LIGHT),
        "leet_heavy": _letters(_LEET_HEAVY),
        "symbols": _letters(_SYMBOLS),
        "spaced": lambda text: _joined(" ")(text.replace(" ", "  ")),
        "dotted": _joined("."),
        "hyphenated": _joined("-"),
        "underscored": _joined("_"),
        "stretched": _words(_stretched),
        "doubled": _words(_doubled),
        "swapped": _words(_swapped),
        "no_vowels": _words(_unvowelled),
        "starred": _words(_starred),
        "punctuated": _words(_punctuated),
        "line_breaks": lambda text: re.sub(r"\s+", "\n", text),
        "alternating_case": _alternating,
        "upper_case": str.upper,
        "camel_joined": _camel,
        "underscores_for_spaces": lambda text: re.sub(r"\s+", "_", text),
        "defanged_links": _defanged,
        "split_links": _spelled_links,
        "emoji_between": _emoji_between,
    }
)


def attacked(examples: Sequence[Example], name: str) -> list[Example]:
    """Return the examples with their texts transformed by the transformation `name`. Raises `KeyError`."""
    change = TRANSFORMATIONS[name]
    return [replace(example, text=change(example.text)) for example in examples]
