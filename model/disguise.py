"""Words in disguise, undone: leetspeak, censored and spelled-out words, links written so that no program sees them.

Works on text that is folded already (`model.text`), and on its places, so that each keeps its origin: what is to be
left out becomes `GONE`, and what is put in follows an `ADDED`. Where a sign could be anything, `disguised.txt` decides:
words that people disguise, in its second part those that matter for leetspeak only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from string import ascii_lowercase

GONE = "\0"  # never in folded text: folding makes spaces of control characters
ADDED = "\1"  # stands before a letter that was not there
MASK = "ꞏ"  # a letter, for a censor's star inside a word that we do not know
MOST = 250  # runs of letters and signs of one text that are looked at, the first ones: this bounds the work
LONGEST = 40  # characters of such a run; a longer one is taken in pieces

_SHORTEST = 4  # letters, or twice the letters, of a word that is not known and yet taken for leetspeak
_SUSPECT = re.compile(
    r"[0134578@$!+|*#%€](?:(?<=[a-z].)|(?=[0-9@$!+|*#%€]{0,3}[a-z])|(?=[$5]{2}))"
    r"|[-_.'](?<=[a-z].)(?=[a-z])(?!(?<=')(?:[stmd]|re|ve|ll)\b)"
)
_RUN = re.compile(rf"[a-z0-9@$!+|*#%€\-_.'{GONE}]{{1,{LONGEST}}}")
MEMBERS = frozenset(f"abcdefghijklmnopqrstuvwxyz0123456789@$!+|*#%€-_.'{GONE}")
_IN_LINKS = "/=&?"
_WORDS = re.compile(r"([a-z]{3,})")
_PART = re.compile(r"[a-z0-9@$!+|*#%€]+")
_UNDERSCORE = re.compile(r"(?<=[a-z])_(?=[a-z])")
_BREAK = re.compile(r"[-_.']")
_SHORTENED = re.compile(r"'(?:ll|re|s|d|t|ve|m)$")
_ADDRESS = re.compile(r"@[a-z0-9\-]+\.\0*[a-z]|^www\.|\.(?:com|net|org|info|html?|php)$")
_OUTER = "!|+*#%"  # beside a word these are punctuation
_STARS = re.compile(r"[*#%]")
_CENSORED = re.compile(
    r"[a-z][^*#%]*[*#%]+(?:(?<=[*#%]{2})|[^*#%].*[^*#%]|[^*#%])"
)  # a star at the end is a footnote's
_LEET = str.maketrans("0134578@$!+|€", "oieastbasitie")
_LEET_L = str.maketrans("0134578@$!+|€", "oleastbasltle")
_INSIDE = re.compile(r"(?<=[a-z])[01345@$|€7]{1,2}(?=[a-z])")
_WORDLESS = re.compile(r"[^aeiouy!+]+[!+][^!+]+|[^!+]+[!+][^aeiouy!+]+")  # no word on one side of the sign
_NUMBER = re.compile(r"\d{3}|[269]|h\dn\d|\$\d")  # a number, a strain of flu, a price
_STARRED_INSIDE = re.compile(r"(?<=[a-z])[*#%]+(?=[a-z])")
_CHAIN = re.compile(
    r"(?<![^\W_])(?:[^\W_]([-_*])[^\W_](?:\1[^\W_])+|[^\W_]([ ./~,|'+])[^\W_](?:\2[^\W_]){2,})(?![^\W_])"
)
_LINK = re.compile(
    r"\bh(?:tt|xx)p(?P<s>s?) ?: ?/ ?/ ?"
    r"|(?<=\w) ?[(\[{<] ?(?:dot|\.) ?[)\]}>] ?(?=\w)"
    r"|(?<=\w) dot (?=(?:com|net|org|info)\b)"
)
_VOWEL = re.compile(r"[aeiou]")
_KNOWN_BARE = frozenset(["fuck", "shit", "cunt", "dick", "idiot", "suck", "whore", "slut", "kill", "loser", "moron"])
_ORDINARY = frozenset(["carp", "frat", "lair", "lairs", "lira"])
_ENDINGS = ("s", "y", "ed", "er", "ers", "ing", "head", "hole")


def _misspelt(words: Iterable[str]) -> dict[str, str]:
    """Map words with two neighbours swapped, or without their vowels, to the words; the first letter stays."""
    found: dict[str, str] = {}
    for word in words:
        swaps = [word[:k] + word[k + 1] + word[k] + word[k + 2 :] for k in range(1, len(word) - 1)]
        bare = word[0] + _VOWEL.sub("", word[1:])
        bares = [bare] if len(bare) > len("sht") or word in _KNOWN_BARE else []
        for wrong in (*(swaps if len(word) > len("sht") else ()), *bares):
            found.setdefault(wrong, word)
    return {wrong: word for wrong, word in found.items() if wrong not in KNOWN and wrong not in _ORDINARY}


def _read() -> tuple[list[str], list[str]]:
    """Return the words that are attacked in every way, and those for leetspeak only."""
    first, second = Path(__file__).with_name("disguised.txt").read_text(encoding="utf-8").split("\n\n")
    return first.split(), second.split()


_BAD, _COMMON = _read()
# A dictionary is a set that keeps the order: the likeliest first.
KNOWN = dict.fromkeys([*_BAD, *(word + ending for word in _BAD for ending in _ENDINGS), *_COMMON])
_ALIKE: dict[tuple[str, int], list[str]] = {}
for _word in KNOWN:
    _ALIKE.setdefault((_word[0], len(_word)), []).append(_word)
MISSPELT = _misspelt(_BAD)
_MISSPELT_BYTES = frozenset(word.encode() for word in MISSPELT)
_LETTERS_ONLY = bytes(code if chr(code) in ascii_lowercase else ord(" ") for code in range(256))


def undo(text: str, *, spelled: bool) -> str:
    """Return a folded text with its disguises undone: `GONE` where nothing is left, `ADDED` before what is new.

    `spelled`: there are letters that stand alone. Those side by side, all with one and the same sign between them, are
    joined to words.
    """
    if "dot" in text or "xxp" in text or "//" in text or "/ /" in text or ".]" in text or ".)" in text:
        text = _LINK.sub(_link, text)
    if spelled:
        text = _CHAIN.sub(_chain, text)
    parts: list[str] = []
    done = looked = 0
    for suspect in _SUSPECT.finditer(text):
        place = suspect.start()
        if place < done:
            continue
        looked += 1
        if looked > MOST:
            break
        start = place
        while start > max(done, place - LONGEST) and text[start - 1] in MEMBERS:
            start -= 1
        run = _RUN.match(text, start)
        end = run.end() if run else place + 1  # there is one: the suspect itself belongs to it
        parts += (text[done:start], _plain(text[start:end], text[start - 1] in _IN_LINKS))
        done = end
    text = "".join([*parts, text[done:]]) if parts else text
    if not _MISSPELT_BYTES.isdisjoint(text.encode("latin-1", "replace").translate(_LETTERS_ONLY).split()):
        text = "".join([_SPELT.get(part, part) for part in _WORDS.split(text)])
    return text


def _spell(wrong: str, right: str) -> str:
    """Return `right`, written over `wrong`."""
    if len(right) == len(wrong):
        return right
    letters = iter([*wrong, ""])
    ahead = next(letters)
    spelt = []
    for char in right:
        if char == ahead:
            spelt.append(char)
            ahead = next(letters)
        else:
            spelt.append(ADDED + char)
    return "".join(spelt)


_SPELT = {wrong: _spell(wrong, right) for wrong, right in MISSPELT.items()}


def _chain(found: re.Match[str]) -> str:
    letters = found[0][::2]
    plain = _leet(letters)
    return GONE.join(plain) if 2 * sum(map(str.isalpha, plain)) > len(plain) else found[0]


def _link(found: re.Match[str]) -> str:
    short = "." if found["s"] is None else f"http{found['s']}://"
    return short + GONE * (len(found[0]) - len(short))


@lru_cache(maxsize=1 << 14)
def _plain(run: str, linked: bool) -> str:
    """Undo one run of letters, digits, signs and breaks. `linked`: it is part of a link, whose letters stay."""
    if linked or _ADDRESS.search(run):
        return run
    if _BREAK.search(run, 1, len(run) - 1) and not _SHORTENED.search(run):
        whole = _leet(_BREAK.sub("", run))
        if whole in KNOWN:
            letters = iter(whole)
            return "".join(GONE if _BREAK.match(char) else next(letters) for char in run)
    return _UNDERSCORE.sub(" ", _PART.sub(lambda part: _leet(part[0]), run))


def _leet(part: str) -> str:
    """Undo one run of letters, digits and signs."""
    if part.isalpha() or part.isdigit():
        return part
    core = part.strip(_OUTER)
    if _STARS.search(part):
        for masked in (part.strip("!"), core):
            word = _unmasked(masked) if _CENSORED.fullmatch(masked) else None
            if word:
                start = part.index(masked)
                return part[:start] + word + part[start + len(masked) :]
    for table in (_LEET, _LEET_L):
        for inner in (part, part.rstrip(_OUTER), core):
            plain = inner.translate(table)
            if plain in KNOWN:
                start = part.index(inner)
                return part[:start] + plain + part[start + len(inner) :]
    start = part.index(core)
    return part[:start] + _likely(core) + part[start + len(core) :]


def _likely(core: str) -> str:
    """Undo a word that we do not know, if it looks like leetspeak more than like a name or a number."""
    letters = sum(map(str.isalpha, core))
    odd = _INSIDE.search(core) or (len(core) >= _SHORTEST and core[0].isalpha() and _WORDLESS.fullmatch(core))
    if odd and 2 * letters >= max(len(core), _SHORTEST) and not _NUMBER.search(core):
        core = core.translate(_LEET)
    return _STARRED_INSIDE.sub(lambda stars: MASK * len(stars[0]), core)


def _unmasked(masked: str) -> str | None:
    """Return the known word that a censored one stands for, one star or sign for each letter, or None."""
    letters = [(place, char) for place, char in enumerate(masked) if char.isalpha()]
    alike = _ALIKE.get((masked[0], len(masked)), ())
    return next((word for word in alike if all(word[place] == char for place, char in letters)), None)
