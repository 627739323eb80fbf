"""What cannot be seen in a text, or is drawn over others, and what it is called.

Signs that cannot be seen are controls, directions, joiners, fillers, hidden tags and what no character is. A sign
belongs to ordinary writing, and counts as text, where its neighbours say so; no dictionary is asked:

- a joiner or a variation selector between or behind emoji, and the tags of a flag;
- a joiner between two letters of a script that joins (Arabic to Sinhala, Myanmar, Khmer, Mongolian);
- a selector behind an ideograph, blanks in Braille.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, cast

Kind = Literal["text", "break", "sign", "marks"]
"""How a stretch is shown: as it is, as line breaks, by the names of its signs, or by how many marks it has."""

MARKS_AT_MOST: Final = 4
"""Marks on one letter that are drawn; as many as any language needs."""

LISTED_AT_MOST: Final = 6
"""Different signs in one stretch that are listed."""

_FORMATS_SEEN = frozenset("\u06dd\u070f\u08e2\U000110bd\U000110cd").union(
    map(chr, range(0x0600, 0x0606)), "\u0890\u0891"
)
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xFDD0, 0xFDF0))
)
_LAST_LISTED = 0x20000  # beyond it there are ideographs, then tags, selectors and private use


def _class(chars: Iterable[str]) -> str:
    """The characters as the inside of a class of a regular expression."""
    codes = sorted(map(ord, chars))
    firsts = [0, *(k for k, (one, other) in enumerate(pairwise(codes), 1) if other != one + 1), len(codes)]
    runs = [(codes[first], codes[end - 1]) for first, end in pairwise(firsts)]
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


def _classes() -> tuple[str, str]:
    """The signs that cannot be seen, and the marks that stand on others."""
    by_category: dict[str, list[str]] = {}
    for char in map(chr, range(_LAST_LISTED)):
        by_category.setdefault(unicodedata.category(char), []).append(char)
    unseen = {one for name in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for one in by_category[name]}
    signs = (unseen - _FORMATS_SEEN - set("\t\n\r")) | _BLANK
    marks = {*by_category["Mn"], *by_category["Me"]} - signs
    planes = "".join(f"\\U{plane | 0xFFFE:08x}\\U{plane | 0xFFFF:08x}" for plane in range(0, 0xE0000, 0x10000))
    return f"{_class(signs)}{planes}\\U000e0000-\\U0010ffff", _class(marks)


_SIGNS, _MARKS = _classes()
_EMOJI = "\\u2190-\\u2bff\\u3030\\u303d\\u3297\\u3299\\xa9\\xae\\U0001f000-\\U0001faff"
_JOINING = "\\u0600-\\u0dff\\u1000-\\u109f\\u1780-\\u17ff\\u1800-\\u18aa\\ufb50-\\ufdcf\\ufdf0-\\ufdff\\ufe70-\\ufefc"
_IDEOGRAPHS = "\\u3400-\\u9fff\\uf900-\\ufaff\\U00020000-\\U0003ffff"
_TAGS = "\\U000e0020-\\U000e007f"

_ORDINARY = "|".join(
    (
        f"(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\\ufe0f))\\u200d(?=[{_EMOJI}])",
        f"(?<=[{_EMOJI}#*0-9\\u203c\\u2049\\u2122\\u2139])[\\ufe0e\\ufe0f]",
        f"(?<=[{_JOINING}])[\\u200c\\u200d](?=[{_JOINING}])",
        f"(?<=[{_IDEOGRAPHS}])[\\ufe00-\\ufe02\\U000e0100-\\U000e01ef]",
        "(?<=[\\u1820-\\u18aa])[\\u180b-\\u180d\\u180f]",
        "(?<=\\U0001f3f4)[\\U000e0030-\\U000e0039\\U000e0061-\\U000e007a]{3,6}\\U000e007f",
        "(?<=[\\u2801-\\u28ff])\\u2800+|\\u2800+(?=[\\u2801-\\u28ff])",
    )
)
_SHOWN = f"[^{_SIGNS}{_MARKS}\\r\\n"
_COMMON = _class(re.findall(f"{_SHOWN}]", "".join(map(chr, range(0x10000)))))
_PLAIN = f"[{_COMMON}]+|{_SHOWN}\\0-\\uffff]+"  # taken whole, the common ones by a table: the rest is slow to try
_PIECES = re.compile(
    f"(?P<text>{_PLAIN}|{_ORDINARY})|(?P<break>[\\r\\n]+)|(?P<sign>[{_SIGNS}]+)"
    f"|(?<=[{_MARKS}]{{{MARKS_AT_MOST}}})(?P<marks>[{_MARKS}]+)"
)
_LINE = re.compile(r"\r\n?|\n")
_ALIKE = re.compile(
    f"(?P<tags>[{_TAGS}]+)|(?P<selectors>[\ufe00-\ufe0f\U000e0100-\U000e01ef]+)|(?P<same>.)(?P=same)*", re.DOTALL
)
"""What is told together: tags, selectors, one sign several times."""

_CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC",
    "FS GS RS US DEL PAD HOP BPH NBH IND NEL SSA ESA HTS HTJ VTS PLD PLU RI SS2 SS3 DCS PU1 PU2 STS CCH MW",
    "SPA EPA SOS SGC SCI CSI ST OSC PM APC",
)
_ABBREVIATED = dict(
    zip(
        "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
        + "\u200b\u200c\u200d\u200e\u200f\u061c\u180e\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        + "\u2028\u2029\u2060\ufeff\xad\u034f\u115f\u1160\u3164\uffa0\u2800",
        " ".join(
            (
                *_CONTROLS,
                "ZWSP ZWNJ ZWJ LRM RLM ALM MVS LRE RLE PDF LRO RLO LRI RLI FSI PDI",
                "LS PS WJ BOM SHY CGJ FILL FILL FILL FILL BLANK",
            )
        ).split(),
        strict=True,
    )
)
_NAMELESS = {"Cc": "control", "Cs": "lone surrogate", "Co": "private use", "Cn": "no character"}


@dataclass(frozen=True, slots=True)
class Sign:
    """The same sign once or several times in a row; hidden tags and selectors are told together."""

    short: str
    name: str
    many: int

    def times(self, words: str) -> str:
        """The words and how often they hold."""
        return words if self.many == 1 else f"{words} x{self.many}"


def pieces(text: str) -> Iterator[tuple[int, int, Kind]]:
    """The stretches of a text that are not shown as they are, in order; linear work."""
    for found in _PIECES.finditer(text):
        if found.lastgroup != "text":
            yield *found.span(), cast("Kind", found.lastgroup)


def described(text: str) -> tuple[str, str]:
    """A stretch of signs in short and by their names; of many different ones the first."""
    runs = list(_ALIKE.finditer(text))
    listed = [_sign(found) for found in runs[:LISTED_AT_MOST]]
    rest = sum(1 if found.lastgroup == "tags" else len(found[0]) for found in runs[LISTED_AT_MOST:])
    more = [f"+{rest}"] if rest else []
    return (
        " ".join([*(one.times(one.short) for one in listed), *more]),
        ", ".join([*(one.times(one.name) for one in listed), *more]),
    )


def lines_in(text: str) -> int:
    """How many line breaks there are."""
    return len(_LINE.findall(text))


def _sign(found: re.Match[str]) -> Sign:
    run = found[0]
    code = f"U+{ord(run[0]):04X}"
    if found.lastgroup == "tags":
        hidden = "".join(chr(ord(tag) & 0x7F) for tag in run).replace("\x7f", "")
        return Sign(f"TAGS “{hidden}”", f"hidden tags that spell “{hidden}”", 1)
    if found.lastgroup == "selectors":
        return Sign("VS", "variation selectors", len(run))
    name = unicodedata.name(run[0], "") or _NAMELESS.get(unicodedata.category(run[0]), "")
    short = _ABBREVIATED.get(run[0], code)
    return Sign(short, f"{code} {name}" + (f" {short}" if name == "control" else ""), len(run))
