"""The rules that look at a comment's text: lists of words, patterns, links, talk of self-harm."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import re2
from ahocorasick_rs import AhoCorasick, MatchKind

from model.text import normalise, normalise_all
from service.moderation.links import links_in, may_have_links, registered

if TYPE_CHECKING:
    from service.moderation.policy import Links, Pattern, Words

HERE: Final = Path(__file__).parent

WORD: Final = re.compile(r"\w+")

UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

HARMLESS: Final = "~"
"""Begins a phrase in `self_harm.txt` that is no talk of self-harm, although one that is may be part of it."""

EVERYDAY: Final = frozenset(
    {
        *("all", "any", "better", "bring", "end", "ending", "everyone", "family", "i"),
        *("it", "just", "mati", "more", "nothing", "reason", "self", "should", "take"),
        *("taking", "thinking", "thought", "to", "want", "were", "wish", "world", "would"),
    }
)
"""Words that stand in too many comments for a phrase about self-harm to be looked for by them."""

DOTTED_I: Final = "i\u0307"
"""What Turkish İ becomes in lower case elsewhere: i with a second dot."""

PATTERN_MEMORY: Final = 1 << 20
"""Bytes that one pattern may take, compiled; RE2 refuses those that need more."""

PATTERN_WORK: Final = 16_000_000
"""Instructions of a compiled pattern times bytes of a text: what RE2 may do at worst, some 30 ms.

A pattern whose states are too many for RE2's tables is followed instruction by instruction at each byte. The larger it
is, the less of a long text it sees: one of 450 instructions, such as `a.{0,50}b`, sees 35,000 bytes.
"""

PATTERNS_SECONDS: Final = 0.015
"""Time of the processor after which no further pattern is tried: a hundred usual ones take a tenth of it."""

Verdict = Literal["hold", "reject"]


class BadPattern(ValueError):
    """Not a regular expression of RE2's syntax, or one that is too large; the argument says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired on a text: the code of the reason, in words what was found, and what it leads to.

    The words count and name places in the editor's lists; they never quote the comment. What is `waived_by_trust` does
    not count against a trusted author.
    """

    code: str
    detail: str
    verdict: Verdict
    waived_by_trust: bool = False


class WordList:
    """Words and phrases, found as whole words in a text as the model sees it (case, accents and disguises undone).

    Punctuation between words does not count. In scripts without spaces a word is found wherever it stands.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._automaton = AhoCorasick([_needle(word) for word in words_of_all(words)]) if words else None

    def found_in(self, text: str) -> list[int]:
        """Which of the words stand in a text that `words_of` made, as their places in the list, each once."""
        if self._automaton is None:
            return []
        return sorted({found[0] for found in self._automaton.find_matches_as_indexes(text, overlapping=True)})


class TextRules:
    """A policy's rules about texts, compiled; `findings` costs next to nothing where there are none."""

    def __init__(self, words: "Words", patterns: Sequence["Pattern"], links: "Links", *, self_harm: bool) -> None:
        self._lists: list[tuple[str, str, Verdict, WordList]] = [
            ("blocked_word", "blocked", "reject", _word_list(words.block)),
            ("suspect_word", "suspect", "hold", _word_list(words.suspect)),
        ]
        self.has_words = bool(words.block or words.suspect)
        self._patterns = [(one, compiled(one.pattern)) for one in patterns]
        self._reach = [PATTERN_WORK // max(one.programsize, 1) for _, one in self._patterns]
        self._links = links
        self._trusted = frozenset(_registered(links.trusted))
        self._domains: list[tuple[Mapping[str, Sequence[int]], str, Verdict]] = [
            (_registered(links.block), "blocked", "reject"),
            (_registered(links.suspect), "suspect", "hold"),
        ]
        self._has_links = links.hold is not None or bool(links.shorteners or links.block or links.suspect)
        self._self_harm = self_harm

    def findings(self, text: str, words: str | None = None) -> list[Finding]:
        """What fires on a text as it was sent; `words` is what `words_of` makes of it, where that is known already."""
        found = list(self._by_words(words_of(text) if words is None else words)) if self.has_words else []
        if self._patterns:
            found += self._by_patterns(text)
        if self._has_links and may_have_links(text):
            found += self._by_links(text)
        if self._self_harm and talks_of_self_harm(text):
            found.append(Finding("self_harm", "it may talk of self-harm", "hold"))
        return found

    def _by_words(self, folded: str) -> Iterator[Finding]:
        for code, kind, verdict, words in self._lists:
            places = words.found_in(folded)
            if places:
                yield Finding(code, f"{len(places)} of the policy's {kind} words ({_numbers(places)})", verdict)

    def _by_patterns(self, text: str) -> Iterator[Finding]:
        """What fits; a text of which a pattern cannot see all in bounded time is held, whatever stands in the rest."""
        sent = text.encode("utf-8", "replace")
        until, unseen = time.thread_time() + PATTERNS_SECONDS, False
        for (pattern, expression), reach in zip(self._patterns, self._reach, strict=True):
            if time.thread_time() > until:
                unseen = True
                break
            if expression.search(sent[:reach]):
                yield Finding("pattern", f"the policy's pattern '{pattern.name}' fits", pattern.verdict)
            else:
                unseen = unseen or len(sent) > reach
        if unseen:
            yield Finding("pattern", "the policy's patterns take too long to look at all of it", "hold")

    def _by_links(self, text: str) -> Iterator[Finding]:
        rule = self._links
        found, whole = links_in(text)
        domains = [domain for domain in found if domain not in self._trusted]
        if rule.hold is not None and len(domains) >= rule.hold:
            yield Finding(
                "link", f"{len(domains)} links; the policy holds {rule.hold} or more", "hold", waived_by_trust=True
            )
        if not whole:
            yield Finding("link", "so much of it could be links that not all was looked at", "hold")
        hidden = sum(domain in _shorteners() for domain in domains)
        if rule.shorteners and hidden:
            yield Finding("link", f"{hidden} links through a shortener", rule.shorteners)
        different = frozenset(domains)
        for named, kind, verdict in self._domains:
            places = sorted(place for domain in different for place in named.get(domain, ()))
            if places:
                yield Finding("link", f"{len(places)} of the policy's {kind} domains ({_numbers(places)})", verdict)


def compiled(pattern: str) -> Any:
    """A pattern in RE2's syntax, which matches in time linear in the text, whatever it says.

    :raises BadPattern: it is none.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as problem:
        said = problem.args[0]
        raise BadPattern(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from problem


@lru_cache(maxsize=8)
def _word_list(words: tuple[str, ...]) -> WordList:
    """A list, made once for the policy and all of its sections: a long one takes a while."""
    return WordList(words)


@lru_cache(maxsize=16)
def _registered(domains: tuple[str, ...]) -> Mapping[str, Sequence[int]]:
    """The places of a list's domains by the names that were registered, made once as word lists are."""
    places: dict[str, list[int]] = {}
    for place, domain in enumerate(domains):
        places.setdefault(registered(domain), []).append(place)
    return places


def words_of(text: str) -> str:
    """A text's words as the model sees them, each between two spaces."""
    return _spaced(normalise(text).text)


def words_of_all(texts: Sequence[str]) -> list[str]:
    """What `words_of` makes of each of many texts, for less."""
    return [_spaced(text) for text in normalise_all(texts)]


def talks_of_self_harm(text: str) -> bool:
    """Whether a text has one of the phrases of `self_harm.txt` that is part of no harmless one; misses paraphrases."""
    plain = text.lower().replace(DOTTED_I, "i")
    heads, whole, phrases = _self_harm()
    if not heads.find_matches_as_indexes(plain):
        return False
    return any(place < phrases for place, _, _ in whole.find_matches_as_indexes(_spaced(plain)))


@cache
def _self_harm() -> tuple[AhoCorasick, AhoCorasick, int]:
    """What to look for first, the longest telling word of each phrase; phrases, then harmless ones; how many phrases.

    Where several fit, the first to begin is found, then the longest.
    """
    lines = listed("self_harm.txt")
    phrases = [_spaced(line) for line in lines if not line.startswith(HARMLESS)]
    harmless = [_spaced(line) for line in lines if line.startswith(HARMLESS)]
    heads = AhoCorasick(sorted({_head(phrase.split()) for phrase in phrases}))
    return heads, AhoCorasick([*phrases, *harmless], matchkind=MatchKind.LeftmostLongest), len(phrases)


def _head(words: Sequence[str]) -> str:
    """The longest word that is not said every day; if all are, the longest."""
    return max([word for word in words if word not in EVERYDAY] or words, key=len)


@cache
def _shorteners() -> frozenset[str]:
    return frozenset(listed("shorteners.txt"))


def listed(name: str) -> list[str]:
    """The entries of a list that comes with the service, a line each."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _spaced(text: str) -> str:
    return f" {' '.join(WORD.findall(text))} "


def _needle(words: str) -> str:
    """A listed word as it is looked for: free at an end where its script puts no spaces."""
    core = words.strip()
    before = "" if UNSPACED.match(core[0]) else " "
    behind = "" if UNSPACED.match(core[-1]) else " "
    return f"{before}{core}{behind}"


def _numbers(places: Sequence[int]) -> str:
    """Which entries of a list, counted from 1; of many the first three."""
    return f"number {', '.join(str(place + 1) for place in places[:3])}" + (", …" if len(places) > 3 else "")  # noqa: PLR2004
