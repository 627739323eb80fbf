"""The worst that 64 KiB of text can do to the model: `python -m benchmarks.hostile`.

Scores and explains texts made to be expensive, beside an ordinary one of the same length, and prints milliseconds of
processor time, the best of three: what the text costs, not what the machine was busy with. Each text is scored first
by itself with an empty cache of words, as an attacker would see to.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from threadpoolctl import threadpool_limits

from model.classifier import Classifier

SIZE = 1 << 16  # bytes of UTF-8
ROUNDS = 3
BUDGET = 50.0  # milliseconds


def _cut(text: str) -> str:
    return text.encode("utf-8", "ignore")[:SIZE].decode("utf-8", "ignore")


def _random(alphabet: str, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=SIZE))  # noqa: S311 (no secret)


def _codes(first: int, last: int) -> str:
    """Return the code points from `first` to `last`, over and over, without surrogates."""
    run = "".join(chr(code) for code in range(first, last) if not 0xD800 <= code < 0xE000)
    return run * (SIZE // len(run) + 1)


def hostile() -> dict[str, str]:
    """Return texts by name, each of 64 KiB at most."""
    signs = "abeiost01345$@!*"
    texts = {
        "ordinary": "The council will vote on the new bridge, said Anna (54) on Monday; nobody knows why. " * 1000,
        "combining marks": "a" + "\u0301" * SIZE,
        "every combining mark": "a" + _codes(0x300, 0x370),
        "expansions": "\ufdfa" * SIZE,
        "Hangul": _codes(0xAC00, 0xD7A4),
        "Han": _codes(0x4E00, 0x9FFF),
        "every code point": _codes(0xA0, 0x10FFFF),
        "beyond the first plane": _codes(0x10000, 0x10FFFF),
        "look-alikes": "\u0430" * SIZE + "b",
        "look-alikes and Latin": "\u0430b " * SIZE,
        "bold": "".join(chr(0x1D41A + k % 26) for k in range(SIZE)),
        "invisible": "a\u200b" * SIZE,
        "stars": "*" * SIZE,
        "letters and stars": "f*" * SIZE,
        "censored words": "f*** " * SIZE,
        "different censored words": " ".join(f"{a}*{b}{c}*" for a in "abcdefghij" for b in signs for c in signs * 40),
        "leetspeak": "h3ll0 " * SIZE,
        "random leetspeak": _random(signs + " "),
        "random leetspeak without spaces": _random(signs),
        "broken words": _random("abc-_.'"),
        "spelled out": "i d i o t " * SIZE,
        "spelled out with all signs": "".join(f"a{s}b{s}c{s}d " for s in " ./~,|'+-_*") * SIZE,
        "nearly spelled out": "a b cd " * SIZE,
        "one letter": "a" * SIZE,
        "single letters": "a " * SIZE,
        "different words": " ".join(f"{k:x}z" for k in range(SIZE)),
        "random letters": _random("abcdefghijklmnopqrstuvwxyz"),
        "white space": " \t\n" * SIZE,
        "links": "http : / / x (dot) com " * SIZE,
        "brackets": "( [ { " * SIZE + "dot",
        "surrogates": "\ud800" * (SIZE // 3),
        "addresses": "a@b.cd " * SIZE,
    }
    return {name: text if name == "surrogates" else _cut(text) for name, text in texts.items()}


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main() -> None:
    """Print a table, the worst last."""
    threadpool_limits(limits=1)
    classifier = Classifier.load()
    classifier.explain("warm")
    rows = []
    for name, text in hostile().items():
        first = _milliseconds(lambda text=text: classifier.score([text]))  # type: ignore[misc]
        score = min(_milliseconds(lambda text=text: classifier.score([text])) for _ in range(ROUNDS))  # type: ignore[misc]
        explain = min(_milliseconds(lambda text=text: classifier.explain(text)) for _ in range(ROUNDS))  # type: ignore[misc]
        rows.append((max(first, explain), name, first, score, explain))
    print(f"{'milliseconds of one core':<34}{'first':>8}{'score':>8}{'explain':>9}")
    for worst, name, first, score, explain in sorted(rows):
        over = "  over" if worst > BUDGET else ""
        print(f"{name:<34}{first:8.1f}{score:8.1f}{explain:9.1f}{over}")


if __name__ == "__main__":
    main()
