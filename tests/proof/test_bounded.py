"""Any 64 KiB of text are bounded work, whatever they are made of.

Floods of what was slow somewhere, then a search that breeds the slowest further. The figures are the processor's time at
worst (ms), by stage. What cannot be looked at in bounded time is held.
"""

import random
import time

from service.moderation.policy import Links, Pattern, Words
from service.moderation.rules import TextRules
from tests.proof.stages import PIECES, SIZE, STAGES, bred, cost, filled, floods

NO_LINKS = Links(hold=None, shorteners=None, block=(), suspect=(), trusted=())
BLOCKED = Links(hold=None, shorteners=None, block=("evil.com",), suspect=(), trusted=())


def test_no_text_takes_long(proof):
    drawn = random.Random(5)
    texts = floods(drawn)
    if not proof.long:
        texts = [*drawn.sample(texts[: len(PIECES)], 4), *texts[-2:]]
    for stage in STAGES:
        STAGES[stage](texts[-1])  # what is made once is made
    worst = {stage: sorted(((cost(stage, text, 1), text) for text in texts), reverse=True)[:8] for stage in STAGES}
    until = time.monotonic() + proof.size(0, 30)
    while time.monotonic() < until:
        for stage, slow in worst.items():
            text = bred(drawn, [text for _, text in slow])
            slow.append((cost(stage, text, 1), text))
            slow.sort(reverse=True)
            slow.pop()
    found = {stage: max(cost(stage, text, 3) for _, text in slow[:3]) for stage, slow in worst.items()}
    assert all(len(text.encode()) <= SIZE for slow in worst.values() for _, text in slow)
    proof.figures(
        bytes=SIZE, stages=len(found), worst_ms=max(found.values()), **{f"{one}_ms": ms for one, ms in found.items()}
    )


def codes(rules, text):
    return [(one.code, one.verdict) for one in rules.findings(text)]


def test_a_link_behind_more_than_is_looked_at_is_held():
    rules = TextRules(Words(), (), BLOCKED, self_harm=False)
    assert codes(rules, "see evil.com") == [("link", "reject")]
    assert codes(rules, filled("ok.org ") + " evil.com") == [("link", "hold")]
    assert codes(rules, filled("quiet words ")) == []


def test_a_link_in_a_very_long_word_is_found():
    rules = TextRules(Words(), (), BLOCKED, self_harm=False)
    for before in ("x" * 3000 + "(", "http://ok.org/" + "(" * 3000, "a.b,c" * 900 + " "):
        assert ("link", "reject") in codes(rules, f"{before}evil.com/{'y' * 2000}")


def test_a_text_that_a_pattern_cannot_see_all_of_is_held():
    large = TextRules(Words(), (Pattern("large", "a.{0,100}b.{0,100}c.{0,100}z", "reject"),), NO_LINKS, self_harm=False)
    assert codes(large, "a b c z") == [("pattern", "reject")]
    assert codes(large, "a b c") == []
    assert codes(large, filled("ab ")) == [("pattern", "hold")]
    small = TextRules(Words(), (Pattern("small", "cheap pills", "reject"),), NO_LINKS, self_harm=False)
    assert codes(small, filled("ab ")) == []
