"""What is masked, what finds near copies again, and what is told apart."""

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.campaigns import BANDS, WORDS_AT_MOST, alike, fingerprint, mask

PITCH = (
    "I quit my old job last summer and now I work from home a few hours every evening. My first payment arrived "
    "within a week and it was more than I used to earn in a whole month. Everything you need is explained at"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Earn 500 dollars a day at home", "earn  7,250 DOLLARS a day, at home!!!"),
        ("All of it is at https://one.example/a?b=1 today", "All of it is at www.two.example today"),
        ("All of it is at one.example today", "All of it is at other-shop.example/deal/9 today"),
        ("Just write to @ada_99 and ask her", "Just write to grace@mail.example and ask her"),
        ("Call me on +44 20 7946 0018 right now please", "Call me on 0800-555.21 right now please"),
        ("one.example two.example three.example have it all for you", "https://four.example has it all for you"),
        ("Earn money at home with me", "Eаrn mоney аt hоme with me"),
        ("Earn money at home with me", "E\u200barn mon\u00adey at ho\u0301me with me"),
        ("Earn money at home with me", "Ｅａｒｎ ｍｏｎｅｙ at home with me"),
    ],
)
def test_what_costs_nothing_to_change_is_masked(one, other):
    assert mask(one).replace("have", "has") == mask(other)


def test_what_is_said_is_not_masked():
    assert mask("Don't trust Mr. Smith, he lies.") == "don t trust mr smith he lies"


def test_letters_without_spaces_between_words_count_as_words():
    assert len(mask("点击这里领取您的奖金").split()) == 10


@given(st.text())
def test_any_text_can_be_masked_and_a_mask_is_its_own_mask_in_words(text):
    masked = mask(text)
    assert masked == " ".join(masked.split())
    assert len(masked.split()) <= WORDS_AT_MOST
    assert len(fingerprint(masked)) in {0, 1, BANDS, BANDS + 1}


@pytest.mark.parametrize(
    "piece", ["a", "@", "a.", "1 ", "www.", ".a-", "http://", "a@", "\u0301", "\u0301\u0316\u0345", "\uff9e", "é"]
)
def test_what_is_made_to_be_slow_is_not(piece):
    masked = mask(piece * (100_000 // len(piece)))
    assert len(masked.split()) <= WORDS_AT_MOST


@pytest.mark.parametrize(
    "text", ["", "Thanks!", "Great article, thanks.", "Look here: https://a.example", "1 2 3 4 5 6"]
)
def test_what_many_honest_people_write_has_no_fingerprint(text):
    assert fingerprint(mask(text)) == ()


def test_a_short_text_is_a_near_copy_only_under_the_same_mask():
    one, other = mask("Win 100 tickets with my code"), mask("Win 300 tickets with our code")
    assert fingerprint(one) == fingerprint(mask("Win 300 tickets with my code"))
    assert fingerprint(one) != fingerprint(other)
    assert not alike(one, other)


def test_fingerprints_are_the_same_in_every_process():
    code = f"from service.moderation.campaigns import fingerprint, mask; print(*fingerprint(mask({PITCH!r})))"
    printed = [
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True)
        for seed in ("1", "2")
    ]
    assert printed[0].stdout.split() == list(fingerprint(mask(PITCH))), printed[0].stderr
    assert printed[1].stdout == printed[0].stdout


def test_the_bands_that_are_kept_stay_what_they_are():
    """Bands are stored: changing how they are made loses what is known of the copies before."""
    assert fingerprint(mask("You can win tickets with my code today and tomorrow"))[0] == "00716db1d7b732b88"


def swapped(words, count, rng):
    words = list(words)
    for at in rng.sample(range(len(words)), count):
        words[at] = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(3, 9)))
    return words


@pytest.mark.parametrize(("length", "swaps", "share"), [(15, 1, 0.9), (25, 2, 0.9), (38, 3, 0.9), (38, 4, 0.85)])
def test_a_few_swapped_words_a_link_and_a_number_leave_it_the_same_campaign(length, swaps, share):
    rng = random.Random(length * swaps)
    words = PITCH.split()[:length]
    first = mask(f"{' '.join(words)} https://a.example/1 or call 555 0100")
    found = 0
    for n in range(200):
        copy = mask(f"{' '.join(swapped(words, swaps, rng))} www.b{n}.example or call {rng.randrange(10**9)}")
        found += bool(set(fingerprint(first)) & set(fingerprint(copy))) and alike(first, copy)
    assert found >= share * 200


def test_texts_of_the_same_words_in_another_order_are_not_alike():
    words = PITCH.split()
    shuffled = random.Random(1).sample(words, len(words))
    assert not alike(mask(" ".join(words)), mask(" ".join(shuffled)))


def test_an_answer_that_quotes_a_sentence_is_no_copy_of_it():
    quoted = " ".join(PITCH.split()[:16])
    answer = f"You wrote that {quoted}, but nobody believes this: I looked at it and it is a plain fraud, do not send them money"
    assert not alike(mask(PITCH), mask(answer))


def test_the_sketch_tells_copies_from_strangers_and_takes_the_same_minima_as_the_bands():
    rng = random.Random(7)
    first = fingerprint(mask(PITCH))
    copy = fingerprint(mask(" ".join(swapped(PITCH.split(), 3, rng))))
    stranger = fingerprint(mask(" ".join(rng.sample(PITCH.split(), 30))))

    def in_common(other):
        one, two = first[-1][2:], other[-1][2:]
        return sum(one[at : at + 2] == two[at : at + 2] for at in range(0, len(one), 2))

    assert [len(first), first[-1][:2], len(first[-1])] == [BANDS + 1, "~b", 2 + 2 * 3 * BANDS]
    assert in_common(first) == 3 * BANDS
    assert in_common(copy) >= 5 > in_common(stranger)
