"""Any 64 KiB of text are bounded work, whatever they are made of.

Floods of what was slow somewhere, then a search that breeds the slowest further. The figures are the processor's time at
worst (ms), by stage. The slowest must cost about what its parts do. What cannot be looked at in bounded time is held.
"""

import random
import time

import pytest

from service.moderation.policy import Links, Pattern, Words
from service.moderation.rules import TextRules
from tests.proof.stages import PARTS, PIECES, SIZE, STAGES, bred, cost, filled, floods, growth

pytestmark = pytest.mark.alone

NO_LINKS = Links(hold=None, shorteners=None, block=(), suspect=(), trusted=())
BLOCKED = Links(hold=None, shorteners=None, block=("evil.com",), suspect=(), trusted=())


GROWN = PARTS / 2
"""From here on work has outgrown its text: the square of the length would be twice that. It is 1.6 at most where no part
is spared what the whole takes, and 3.6 where one word of the text has all of it looked at again."""


def test_no_work_outgrows_its_text(proof):
    drawn = random.Random(5)
    texts = floods(drawn)
    if not proof.long:
        texts = [*drawn.sample(texts[: len(PIECES)], 4), *texts[-2:]]
    for stage in STAGES:
        STAGES[stage](texts[-1])  # what is made once is made
    worst = {stage: sorted(((cost(stage, text, 2), text) for text in texts), reverse=True)[:8] for stage in STAGES}
    until = time.monotonic() + proof.size(0, 30)
    while time.monotonic() < until:
        for stage, slow in worst.items():
            text = bred(drawn, [text for _, text in slow])
            slow.append((cost(stage, text, 2), text))
            slow.sort(reverse=True)
            slow.pop()
    found = {stage: max(cost(stage, text, 3) for _, text in slow) for stage, slow in worst.items()}
    grown = {stage: min(_growths(stage, slow[0][1])) for stage, slow in worst.items()}
    assert {stage: times for stage, times in grown.items() if times >= GROWN} == {}
    slowest = sorted(found.items(), key=lambda one: -one[1])[:4]
    others = {f"{stage}_ms": ms for stage, ms in slowest if stage != "whole_post"}
    proof.figures(bytes_of_text=SIZE, stages=len(found), whole_post_ms=found["whole_post"], **others)
    proof.figures(times_what_its_sixteenths_take=max(grown.values()))


def _growths(stage, text):
    """As often as it takes to be sure: another process may have come in between."""
    for times in (2, 5, 10):
        yield (once := growth(stage, text, times))
        if once < GROWN:
            return


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
