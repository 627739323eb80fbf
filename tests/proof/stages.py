"""The work on one text, stage by stage, under a policy as large as the schema lets one be; and texts made to be slow."""

import random
import time
from collections.abc import Callable
from typing import Final

from model.classifier import Classifier
from model.language import detect
from model.reference import word_counts
from model.text import normalise
from service.compat.markup import plain
from service.compat.perspective.reading import LONGEST
from service.compat.perspective.spans import sentences, utf16
from service.console.reading.showing import seen_plain, shown
from service.judging import judgement_of, signals_of
from service.moderation.campaigns import alike, fingerprint, mask
from service.moderation.comment import Submission
from service.moderation.differences import differences
from service.moderation.policy import Links, Pattern, Policy, Words, default_policy
from service.moderation.rules import TextRules, talks_of_self_harm
from service.moderation.slurs import slurs_in

SIZE: Final = 64 << 10
"""Bytes of a text in UTF-8."""

PARTS: Final = 16
"""Into which a text is cut."""

QUICK: Final = Classifier.load(compiled=True)
PLAIN: Final = Classifier.load(compiled=False)

LISTED: Final = 20_000
SLOW_PATTERNS: Final = (
    r"(?i)(a|b|c)*d.{0,50}(x+x+)+y",
    r"a.{0,100}b.{0,100}c.{0,100}z",
    r"(a.{1,50}){5}z",
    r"(a|b)*a(a|b){20}c",
    r"(?i)[\w ]{0,400}a[\w ]{0,400}zz",
    r"(?i)cheap\s+pills?",
)
RULES: Final = TextRules(
    Words(
        block=tuple(f"bad{n:05} word" for n in range(LISTED)),
        suspect=(*(f"w{n:05}" for n in range(LISTED)), "a", "fuck", "the"),
    ),
    tuple(Pattern(f"p{n}", SLOW_PATTERNS[n % len(SLOW_PATTERNS)], "hold") for n in range(100)),
    Links(
        hold=100,
        shorteners="hold",
        block=tuple(f"d{n:05}.com" for n in range(LISTED)),
        suspect=tuple(f"e{n:05}.com" for n in range(LISTED)),
        trusted=(),
    ),
    self_harm=True,
)
POLICY: Final[Policy] = default_policy(QUICK.thresholds)


def whole(text: str) -> None:
    """A post's way as far as it is the text's: scored, judged by the policy in force, its near copies looked for."""
    submission = Submission(text)
    (scored,) = QUICK.score([text])
    judgement_of(submission, signals_of(submission, scored, POLICY, lot=1.0), POLICY, QUICK.version)
    fingerprint(mask(text))


def perspective(text: str) -> None:
    """A comment of Perspective's, which is 20 KB at the most, with a score for each sentence."""
    text = text.encode()[:LONGEST].decode("utf-8", "ignore")
    parts, place = sentences(text), utf16(text)
    for start, end in parts:
        place(start), place(end)
    QUICK.score([text, *(text[start:end] for start, end in parts)], ["en"] * (1 + len(parts)))


STAGES: Final[dict[str, Callable[[str], object]]] = {
    "whole_post": whole,
    "normalise": normalise,
    "score": lambda text: QUICK.score([text]),
    "score_plain": lambda text: PLAIN.score([text]),
    "explain": QUICK.explain,
    "language": detect,
    "words_seen": lambda text: word_counts([text]),
    "lists": lambda text: list(RULES._by_words(" ".join(["", *normalise(text).text.split(), ""]))),
    "patterns": lambda text: list(RULES._by_patterns(text)),
    "links": lambda text: list(RULES._by_links(text)),
    "self_harm": talks_of_self_harm,
    "fingerprint": lambda text: fingerprint(mask(text)),
    "near_copies": lambda text: [alike(mask(text), mask(f"x {text[at:]}")) for at in (3, 50)],
    "slurs": slurs_in,
    "markup": plain,
    "perspective": perspective,
    "console_text": shown,
    "console_line": seen_plain,
    "console_differences": lambda text: differences(text, text[::-1]),
}

PIECES: Final = (
    "The quick brown fox jumps over the lazy dog and says hello. ", "a", "aX", " ", "\n", "a\n", "\r\n", "\u0301", "a\u0301", "\u0301\u0316\u0345", "\ufdfa", "\ufdfa ",
    "각", "\u1100\u1161\u11a8", "\u202e\u202da\u202c", "a\u200b\u200c\u200d", "👨\u200d👩\u200d👧 ", "🇦🇧", "a\ufe0f", "\U000e0061", "\u0f73", "\uff9e", "½", "㌀", "ﷺ", "⑴", "ǖ", "а", "аa ", "漢", "ก", "😀",
    "http://d00001.com/x ", "a.co ", "x.", "//", "http://", "http://a.b/(", "www.", "a@b.co ", "a@", "a(dot)b ", "[ ", "hxxp ", "http://[", "a.b/'", ".",
    "n1gger f4ggot ", "fuck ", "wog ", "wog\u200b ", "w\u202eo\u202eg ", "f*ck sh1t a$$ ", "f u c k ", "f-u-c-k ", "a1", "a_", "a.", "1 ", "1-", "1", "'", "a'", "fcuk ", "kill myself ", "bad00001 word w00001 ", "i ", "YouAreAFoolAndALiar",
    '<a href="http://x.y/z">', "<a ", "<b>", "<p>", "<b a=b>", "&amp;", "&", "&#x41", "<", "<a b='", "<!--", "A. ", "Hi! ", "\x01", "\u2028", "abcabcd", "dxxxx", "ab", "x", "-", "*", "#", "\t", "\u3000", "\u00a0",
)  # fmt: skip
"""What texts that are slow somewhere are made of: each was slow once, here or elsewhere."""


def filled(parts: str) -> str:
    """The parts again and again, up to 64 KiB."""
    size = len(parts.encode())
    return (parts * (SIZE // size + 1)).encode()[:SIZE].decode("utf-8", "ignore")


def floods(drawn: random.Random) -> list[str]:
    """A flood of each piece, and texts of random letters, words, signs and links."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(drawn.choices(letters, k=drawn.randint(1, 9))) for _ in range(12_000)]
    return [
        *map(filled, PIECES),
        filled("a.b " + " " * 30_000 + "x" + "\n" * 30_000),
        "".join(chr(drawn.randrange(0x20, 0x7F)) for _ in range(SIZE)),
        " ".join(words)[:SIZE],
        "".join(f"w{n:05} d{n:05}.com " for n in range(4000))[:SIZE],
        "".join(chr(drawn.randrange(0x4E00, 0x9FFF)) for _ in range(SIZE // 3)),
        "".join(
            chr(one) for one in (drawn.randrange(0x20, 0x20000) for _ in range(SIZE // 4)) if not 0xD800 <= one < 0xE000
        ),
        "".join(drawn.choices("ab", k=SIZE)),
        "".join(drawn.choices("abcdefgh x", k=SIZE)),
    ]


def bred(drawn: random.Random, parents: list[str]) -> str:
    """A new text out of two that were slow: pieces put in, the two put together, or one within the other."""
    one, other = drawn.choice(parents), drawn.choice(parents)
    cut = drawn.randrange(1, 40)
    at = drawn.randrange(len(one))
    made = drawn.choice((
        lambda: one[at : at + cut] + other[:cut],
        lambda: "".join(drawn.choices(PIECES, k=drawn.randint(2, 5))),
        lambda: one[:cut] + drawn.choice(PIECES) * drawn.randint(1, 30),
        lambda: drawn.choice(PIECES) * drawn.choice((3, 40, 700)) + drawn.choice(PIECES),
    ))()  # fmt: skip
    return filled(made or "a")


def cost(stage: str, text: str, times: int) -> float:
    """Time of the processor (ms) that a stage takes for a text: the least of several."""
    least = float("inf")
    for _ in range(times):
        begun = time.process_time()
        STAGES[stage](text)
        least = min(least, (time.process_time() - begun) * 1e3)
    return least


def growth(stage: str, text: str, times: int) -> float:
    """How often a text costs a stage what its parts cost one by one: about once where work grows with the length.

    It is as often as there are parts where work grows with the square of it. Both are the least of several, in turns.
    """
    size = -(-len(text) // PARTS)
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    whole, apart = float("inf"), [float("inf")] * len(parts)
    for _ in range(times):
        whole = min(whole, cost(stage, text, 1))
        apart = [min(least, cost(stage, part, 1)) for least, part in zip(apart, parts, strict=True)]
    return whole / sum(apart)
