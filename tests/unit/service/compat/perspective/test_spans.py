"""Sentences of a comment, and their places in UTF-16 code units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compat.perspective.spans import MOST, sentences, utf16

CASES = {
    "": [],
    " \n ": [],
    "One": ["One"],
    " One. Two!  Three?? Four ": ["One.", "Two!", "Three??", "Four"],
    'He said "no." Then he left.': ['He said "no."', "Then he left."],
    "Version 3.5 of news.example is here": ["Version 3.5 of news.example is here"],
    "One\n\nTwo\r\nThree": ["One", "Two", "Three"],
    "\u4f60\u597d\u3002\u518d\u89c1\uff01": ["\u4f60\u597d\u3002", "\u518d\u89c1\uff01"],
    "... and so on": ["...", "and so on"],
    "\U0001f600 One. \U0001f600": ["\U0001f600 One.", "\U0001f600"],
}

TEXTS = st.text(st.sampled_from('ab.!? \n"\U0001f600\u3002\u00e9'), max_size=300)


@pytest.mark.parametrize("text", CASES)
def test_a_sentence_ends_at_a_sign_before_a_blank_or_with_the_line(text):
    assert [text[begin:end] for begin, end in sentences(text)] == CASES[text]


@given(TEXTS)
def test_sentences_stand_in_order_and_hold_all_but_blanks(text):
    found = sentences(text)
    places = [place for span in found for place in span]
    assert places == sorted(places)
    assert "".join("".join(text[begin:end].split()) for begin, end in found) == "".join(text.split())
    assert all(text[begin:end] == text[begin:end].strip() != "" for begin, end in found)


@given(TEXTS, st.integers(0, 300))
def test_a_place_is_the_length_of_what_stands_before_it_in_utf_16(text, place):
    assert utf16(text)(min(place, len(text))) == len(text[:place].encode("utf-16-le")) // 2


@pytest.mark.parametrize("text", ["a. " * 6_000, "a\n" * 10_000, "." * 20_000, ". " * 10_000])
def test_there_are_not_more_than_a_hundred_however_many_a_text_has(text):
    found = sentences(text)
    assert 1 <= len(found) <= MOST
    assert (found[0][0], found[-1][1]) == (0, len(text.rstrip()))
