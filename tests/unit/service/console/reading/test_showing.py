from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.classifier import Span
from service.console.reading.showing import (
    BEGINNING,
    NAMED_AT_MOST,
    PIECES_AT_MOST,
    SPANS_AT_MOST,
    beginning,
    seen,
    seen_plain,
    segments,
    shown,
)

texts = st.text(
    st.one_of(st.characters(), st.sampled_from("cunt <&\"'>\u202e\u200b\u0336\ufe0f🔥\r\n\U000e0061م")), max_size=200
)
spans = st.lists(
    st.builds(
        Span,
        st.integers(-5, 210),
        st.integers(-5, 210),
        st.sampled_from(["insult", "threat", "toxicity", "another"]),
        st.floats(0, 2),
    ),
    max_size=12,
)


class Page(HTMLParser):
    """The tags and their attributes, and whether they nest."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = set(), [], ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@given(texts, spans)
@settings(deadline=None)
def test_the_segments_joined_are_the_whole_text(text, spans):
    cut = segments(text, spans)
    assert "".join(one.text for one in cut) == text
    assert all(one.text for one in cut)


@given(texts, spans)
@settings(deadline=None)
def test_a_text_is_highlighted_where_a_span_says_so_and_nowhere_else(text, spans):
    place = 0
    for one in segments(text, spans):
        if one.kind == "text":
            for at in (place, place + len(one.text) - 1):
                expected = {span.attribute for span in spans if span.start <= at < span.end}
                assert set(one.attributes) == expected
        place += len(one.text)


@given(texts, spans)
@settings(deadline=None)
def test_nothing_that_a_reader_wrote_becomes_markup(text, spans):
    cut = shown(text, spans)
    for html in (*cut.paragraphs, seen(text)):
        page = Page(html)
        assert page.tags <= {
            *("bdi", "bdi.class", "bdi.lang", "span", "span.class", "span.aria-hidden", "span.lang", "br"),
            *("mark", "mark.class", "sup", "sup.aria-hidden"),
        }
        page.text.encode()
    seen_plain(text).encode()


@given(texts)
@settings(deadline=None)
def test_all_that_can_be_seen_is_shown(text):
    page = Page("".join(shown(text).paragraphs))
    expected = "".join(one.text for one in segments(text) if one.kind == "text" and not one.slur)
    found = iter(page.text)
    assert all(char in found for char in expected)


def test_spans_that_overlap_are_cut_where_they_begin_and_end():
    cut = segments("You are bad", [Span(0, 7, "insult", 0.2), Span(4, 11, "threat", 0.1)])
    assert [(one.text, one.attributes) for one in cut] == [
        ("You ", ("insult",)),
        ("are", ("threat", "insult")),
        (" bad", ("threat",)),
    ]
    assert shown("You are bad", [Span(0, 7, "insult", 0.2), Span(4, 11, "threat", 0.1)]).legend == {
        "threat": 1,
        "insult": 2,
    }


def test_of_very_many_spans_the_weightiest_are_shown():
    many = [Span(k, k + 1, "insult", float(k)) for k in range(SPANS_AT_MOST + 10)]
    cut = segments("x" * 500, many)
    assert [(len(one.text), one.attributes) for one in cut] == [
        (10, ()),
        *[(1, ("insult",))] * SPANS_AT_MOST,
        (290, ()),
    ]


@pytest.mark.parametrize(
    ("text", "masks"),
    [
        ("you cunt!", ["c•••"]),
        ("you c\u200bunt!", ["•", "•••"]),
        ("motherfuckers", ["m••••••••"]),
        ("c.u.n.t", ["c••••••"]),
        ("cunt cunt", ["c•••", "c•••"]),
    ],
)
def test_slurs_are_masked_and_disguised_ones_too(text, masks):
    assert [one.shown for one in segments(text) if one.slur] == masks


def test_a_screen_reader_hears_that_a_word_is_masked_and_not_the_word():
    (html,) = shown("you cunt").paragraphs
    assert html == (
        'you <span class="slur"><span class="mask" aria-hidden="true">c•••</span>'
        '<span class="unseen said" lang="en"> masked word </span><span class="word">cunt</span></span>'
    )


def test_a_sign_has_its_abbreviation_for_the_eye_and_its_name_for_the_ear():
    assert seen("a\u202eb") == (
        '<bdi class="seen">a<bdi class="sign" lang="en"><span aria-hidden="true">RLO</span>'
        '<span class="unseen"> U+202E RIGHT-TO-LEFT OVERRIDE </span></bdi>b</bdi>'
    )
    assert seen_plain("a\u202e\nb cunt") == "a[RLO] b c•••"
    assert seen(None) == '<bdi class="seen"></bdi>'


def test_names_are_told_until_there_are_too_many():
    (html,) = shown("a\u202e" * 100).paragraphs
    assert html.count("RLO") == 100
    assert html.count("OVERRIDE") == NAMED_AT_MOST


def test_an_empty_line_ends_a_paragraph_and_very_many_are_counted():
    assert shown("a\nb\r\n\r\nc").paragraphs == ("a<br>b", "c")
    assert shown("a" + "\n" * 10_000 + "b").paragraphs == ("a", '<bdi class="sign" lang="en">9999 empty lines</bdi>b')


def test_a_highlight_does_not_cross_paragraphs():
    first, second = shown("a\n\nb", [Span(0, 4, "insult", 1.0)]).paragraphs
    assert (first.count("<mark"), second.count("<mark")) == (1, 1)


def test_the_beginning_of_a_severe_text_is_short_and_masked():
    assert beginning("cunt " + "x" * 10_000) == "c••• " + "x" * (BEGINNING - 5)


@pytest.mark.parametrize(
    "text",
    ["x", "\u202e", "a\u202e", "\u202e\u200b", "\n", "a\n", "\u0336", "a\u0336", "<", "cunt ", "👩\u200d", "\u2800", "\U000e0061"],
)  # fmt: skip
def test_what_is_written_grows_with_the_text_alone(text):
    spans = [Span(k * 30, k * 30 + 100, "insult", 0.1) for k in range(300)]
    sizes = [sum(map(len, shown((text * length)[:length], spans).paragraphs)) for length in (5_000, 10_000)]
    assert sizes[1] <= 3 * sizes[0] + 20_000
    assert sizes[1] <= 1_000_000


@pytest.mark.parametrize("word", ["cunt ", "cunt\u200b ", "c\u202eunt ", "cunt\n", "x\u202e cunt "])
def test_of_a_text_with_thousands_of_slurs_none_is_shown_unmasked(word):
    text = word * (PIECES_AT_MOST + 500)
    cut = segments(text)
    assert "".join(one.text for one in cut) == text
    assert cut[-1].shown.endswith(" more characters")
    assert PIECES_AT_MOST // 2 <= sum(one.slur for one in cut) <= 2 * PIECES_AT_MOST
    plain = seen_plain(text)
    assert "cunt" not in plain
    assert "unt" not in plain
    assert segments("cunt " * PIECES_AT_MOST)[-1].kind == "text"


def test_of_a_text_with_thousands_of_signs_the_rest_is_told_by_its_length():
    text = "a\n" * (PIECES_AT_MOST + 500)
    cut = segments(text)
    assert "".join(one.text for one in cut) == text
    assert cut[-1].shown == "1,000 more characters"
    assert segments("a\n" * PIECES_AT_MOST)[-1].shown == ""
