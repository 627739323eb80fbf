import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.console.reading.signs import MARKS_AT_MOST, described, lines_in, pieces


def signs_of(text):
    return [described(text[start:end])[0] for start, end, kind in pieces(text) if kind == "sign"]


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("abc\u202ecba\u202c", ["RLO", "PDF"]),
        ("a\u2066b\u2067c\u2068d\u2069e", ["LRI", "RLI", "FSI", "PDI"]),
        ("in\u200bvis\u2060ible\ufeff", ["ZWSP", "WJ", "BOM"]),
        ("so\xadft", ["SHY"]),
        ("a\x00b\x07c\x7fd\x9f", ["NUL", "BEL", "DEL", "APC"]),
        ("line\u2028para\u2029", ["LS", "PS"]),
        ("\u3164\u115f\u1160\uffa0", ["FILL FILL FILL FILL"]),
        ("\ue000\ufffe\U0001ffff\ufdd0\ud800", ["U+E000 U+FFFE U+1FFFF U+FDD0 U+D800"]),
        ("\u202e" * 1000, ["RLO x1000"]),
        ("a\u202e\u202e\u200b", ["RLO x2 ZWSP"]),
        ("\u202a\u202b\u202c\u202d\u202e\u200b\u200e\u200e", ["LRE RLE PDF LRO RLO ZWSP +2"]),
        ("\U0001f600\ufe0f\ufe01\ufe02\U000e0100", ["VS x3"]),
        ("".join(chr(0xE0000 + ord(char)) for char in "call me") + "\U000e007f", ["TAGS “call me”"]),
    ],
)
def test_what_cannot_be_seen_is_told_in_short(text, signs):
    assert signs_of(text) == signs


def test_signs_have_names():
    assert described("\u202e\u202e\x07")[1] == "U+202E RIGHT-TO-LEFT OVERRIDE x2, U+0007 control BEL"


@pytest.mark.parametrize(
    "text",
    [
        "Family: 👩\u200d👩\u200d👧\u200d👦, flames: ❤\ufe0f\u200d🔥, rainbow: 🏳\ufe0f\u200d🌈, doctor: 👩🏽\u200d⚕\ufe0f",
        "1\ufe0f\u20e3 ☺\ufe0f ©\ufe0f ‼\ufe0f ☎\ufe0e",
        "England 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",
        "می\u200cخواهم کتاب\u200cها",
        "क्\u200dष र्\u200cक ශ්\u200dරී ക്\u200d\u0d37",
        "葛\U000e0100城",
        "⠀⠀⣿⣿⠀⠀",
        "١٢٣ \u0600 \u06dd",
        "tab\tand NBSP\xa0and thin\u2009space",
        "Việt Nam, Việt Nam, עִבְרִית, ที่นี่",
    ],
)
def test_ordinary_writing_has_no_signs(text):
    assert list(pieces(text)) == []


@pytest.mark.parametrize(
    "text",
    ["a\u200db", "a\ufe0f", "free \u200d", "no\u200cjoin", "🏴\U000e0067\U000e0062", "\u200d🔥", "می\u200c ", "⠀"],
)
def test_the_same_signs_elsewhere_are_shown(text):
    assert len(signs_of(text)) == 1


def test_marks_on_one_letter_end_somewhere():
    text = "Z" + "\u0336" * 50 + "a" + "\u0301" * MARKS_AT_MOST
    assert list(pieces(text)) == [(1 + MARKS_AT_MOST, 51, "marks")]


@given(st.text(st.one_of(st.characters(), st.sampled_from("\u202e\u200d\u0336\ufe0f🔥\r\n\U000e0061م")), max_size=300))
def test_no_other_format_or_control_sign_is_left_in_what_is_text(text):
    behind = 0
    left = []
    for start, end, _ in pieces(text):
        assert behind <= start < end <= len(text)
        left.append(text[behind:start])
        behind = end
    rest = "".join([*left, text[behind:]])
    allowed = (
        "\t\u200c\u200d" + "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    )
    tags = {chr(code) for code in range(0xE0020, 0xE0080)}
    assert not {
        char for char in rest if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    } - set(allowed) - (tags if "\U0001f3f4" in rest else set())  # fmt: skip
    assert "\u202e" not in rest


def test_lines_end_in_three_ways():
    assert lines_in("\r\n\r\n\n\r") == 4
