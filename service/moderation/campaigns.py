"""Near-duplicates: what a comment says apart from its links, numbers and handles, and whether two say the same.

A campaign changes what costs nothing to change: the link, a number, a name, a few words. So these are masked, and what
is left is compared in two steps. A *fingerprint* finds the few earlier comments that are worth a look: minima of hashes
of word pairs, in bands (MinHash, Broder 1997). Then `alike` compares the words themselves. `docs/campaigns.md` has the
figures by which every number here was chosen.
"""

import re
import unicodedata
from functools import cache
from hashlib import blake2b, shake_128
from itertools import groupby
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from model.confusables import LOOKALIKES

LINK: Final = "0link"
HANDLE: Final = "0handle"
NUMBER: Final = "0"
"""What stands for a link, for a handle or an e-mail address, and for the digits of a number.

A word of the text that looks like the first two had a digit there.
"""

WORDS_AT_MOST: Final = 600
"""Words of a text that are looked at: the first."""

LOOKED_AT: Final = 10_000
"""Characters of a text that are looked at, the first; as many words stand in fewer, unless they are very long."""

MARKS_AT_MOST: Final = 16
"""Marks on one letter, as no language has them; bringing a longer run into its order costs the square of its length."""

WORDS_AT_LEAST: Final = 5
"""Words of its own from which a text can be of a campaign: many honest people write "Thanks!"."""

COMPARABLE: Final = 8
"""Words from which a text is compared by its parts; a shorter one is a near copy only where its mask is the same."""

BANDS: Final = 6
"""Bands of a fingerprint; two texts that share one are compared."""

SHORT, LONG = 16, 24
"""Words below which bands are of two minima, and from which they are of three; between, half of them are of each kind.

Two of a long text's pairs are often found in a stranger's, too; of a short text's three, a swapped word often leaves
none.
"""

TELLING: Final = 9
"""Bytes of a pair of words from which it counts in a band of two: "of the" tells nothing."""

ALIKE: Final = 0.66
ALIKE_SHORT: Final = 0.79
"""Share of words in common, in order (2 x longest common subsequence / words of both), from which two texts are the
same campaign; of texts below `SHORT` words more is asked, since short ones are more often alike by chance."""

_DIGITS: Final = re.compile(r"\d(?:[ .,:/()+-]{0,3}\d)*")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)[!-~]+")
_AT: Final = re.compile(r"(?<![\w.+-])[\w.+-]*+@[\w.-]+")
_HOST: Final = re.compile(r"(?<![a-z0-9.-])[a-z0-9-]++(?:\.[a-z0-9-]++)++(?:/[!-~]*)?")
_DOTTED: Final = re.compile(r"\.[a-z0-9]")
_MASKS: Final = frozenset({LINK, HANDLE, NUMBER})

_ASCII: Final = "".join(one if one.isalnum() else " " for one in map(chr, range(128)))
"""A table for `str.translate`, far quicker than a pattern: what is no letter or digit parts words."""

_WORD: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
"""Of other texts. Thai, Lao, Burmese, Khmer, Kana and Han have no spaces: there each letter counts as a word."""

_UNSEEN: Final = (*range(0x0300, 0x0370), 0xAD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF)
_PLAIN: Final = {**{ord(one): latin for one, latin in LOOKALIKES.items()}, **dict.fromkeys(_UNSEEN)}

_LAST_MARK: Final = 0x1FFFF

_PAIR: Final = np.uint32(0x9E3779B1)
_DRAWN: Final = shake_128(b"winnow campaigns").digest(4 * 3 * BANDS)
_FACTORS: Final = np.frombuffer(_DRAWN, dtype="<u4").astype(np.uint32)[:, None] | np.uint32(1)
"""One for each hash function; the same in every process and in every version, since bands are kept."""


def mask(text: str) -> str:
    """The words of a text without case, signs and disguise; links, handles and numbers masked, several in a row as one.

    Never fails, and takes time in proportion to the length of the text.
    """
    text = text[:LOOKED_AT]
    if not text.isascii():
        text = unicodedata.normalize("NFKD", _marks().sub(r"\1", text))[: 2 * LOOKED_AT]
    text = _DIGITS.sub(NUMBER, text.casefold())
    if not text.isascii():
        text = text.translate(_PLAIN)
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(f" {LINK} ", text)
    if "@" in text:
        text = _AT.sub(f" {HANDLE} ", text)
    if _DOTTED.search(text):
        text = _HOST.sub(f" {LINK} ", text)
    words = text.translate(_ASCII).split() if text.isascii() else _WORD.findall(text)
    if NUMBER in text:
        words = [word for word, run in groupby(words) for _ in ((0,) if word in _MASKS else run)]
    return " ".join(words[:WORDS_AT_MOST])


@cache
def _marks() -> re.Pattern[str]:
    """Long runs of what becomes marks alone; its first group is what stays of one."""
    every = map(chr, range(_LAST_MARK + 1))
    marks = "".join(one for one in every if all(map(unicodedata.combining, unicodedata.normalize("NFKD", one))))
    return re.compile(f"([{marks}]{{{MARKS_AT_MOST}}})[{marks}]+")


def fingerprint(masked: str) -> tuple[str, ...]:
    """The bands under which a masked text is found again, hexadecimal; none for a text that is too short.

    Equal masks have equal bands, and masks that differ in a few words have some in common. Behind several bands comes a
    sketch: `~`, the kind of minima, and two digits of each. Most strangers that share a band differ in nearly all other
    minima, so that nobody has to look at their words.
    """
    data = masked.encode("utf-8", "surrogatepass")
    words = data.split()
    count = len(words)
    if count < COMPARABLE:
        own = sum(word not in _MASKS for word in masked.split())
        return (blake2b(data, digest_size=8).hexdigest(),) if own >= WORDS_AT_LEAST else ()
    hashes = np.fromiter(map(crc32, words), np.uint32, count)
    pairs = hashes[:-1] * _PAIR + hashes[1:]
    pairs ^= pairs >> np.uint32(15)
    twos = BANDS if count < SHORT else BANDS // 2 if count < LONG else 0
    bands: list[str] = []
    kind = "a" if count < SHORT else "b"
    if twos:
        lengths = np.fromiter(map(len, words), np.uint32, count)
        telling = pairs[lengths[:-1] + lengths[1:] >= TELLING]
        least = _least(telling if len(telling) > 1 else pairs)
        bands += [f"{n:x}{least[16 * n : 16 * n + 16]}" for n in range(twos)]
    if twos < BANDS:
        least = _least(pairs)
        bands += [f"{n + BANDS:x}{least[24 * n : 24 * n + 24]}" for n in range(BANDS - twos)]
    bands.append(f"~{kind}{''.join([least[at : at + 2] for at in range(0, len(least), 8)])}")
    return tuple(bands)


def _least(pairs: NDArray[np.uint32]) -> str:
    """The minimum of each hash function, 8 hexadecimal digits each."""
    least: NDArray[np.uint32] = np.minimum.reduce(pairs * _FACTORS, 1)
    return least.astype("<u4").tobytes().hex()


def alike(masked_a: str, masked_b: str) -> bool:
    """Whether two masked texts are the same but for a few words."""
    if masked_a == masked_b:
        return True
    words_a, words_b = masked_a.split(), masked_b.split()
    fewer = min(len(words_a), len(words_b))
    if fewer < COMPARABLE:
        return False
    least = ALIKE_SHORT if fewer < SHORT else ALIKE
    return Indel.normalized_similarity(words_a, words_b, score_cutoff=least) >= least


def likeness(masked_a: str, masked_b: str) -> float:
    """Share of words that two masked texts have in common, in order; 1 where they are the same."""
    return Indel.normalized_similarity(masked_a.split(), masked_b.split())
