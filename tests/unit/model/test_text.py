import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text import CODE, LONGEST_RUN, fold, normalise

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


@given(ANY_TEXT)
def test_every_normalised_code_point_knows_where_it_came_from(text):
    found = normalise(text)
    assert len(found.offsets) == len(found.text)
    assert all(0 <= offset < len(text) for offset in found.offsets)
    assert (np.diff(found.offsets) >= 0).all()


@given(st.lists(ANY_TEXT, max_size=5))
def test_a_batch_folds_as_its_texts_do_one_by_one(texts):
    folded = fold(texts)
    for k, text in enumerate(texts):
        alone = fold([text])
        mine = slice(folded.bounds[k], folded.bounds[k + 1])
        assert folded.entries[mine].tolist() == alone.entries.tolist()
        assert folded.origins[mine].tolist() == alone.origins.tolist()


@pytest.mark.parametrize("word", ["specialist", "scunthorpe", "class", "assassin", "bookkeeper", "1000000", "don't"])
def test_ordinary_words_are_left_as_they_are(word):
    assert normalise(word).text == word


@pytest.mark.parametrize(
    "text", ["привет мир", "한국적인 미인", "नमस्ते दुनिया", "שלום עולם", "مرحبا بالعالم", "こんにちは", "καλημέρα"]
)
def test_other_scripts_are_not_turned_into_latin(text):
    assert not any("a" <= char <= "z" for char in normalise(text).text)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("𝐒𝐆𝐈𝟖𝟖", "sgi88"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("ïdïöt", "idiot"),
        ("i\u0308\u0301\u0302d\u0336iot", "idiot"),
        ("i\u200bd\u200di\u00ado\u2060t", "idiot"),
        ("\u202eidiot\u202c", "idiot"),
        ("іdіоt", "idiot"),
        ("you ѕаре", "you sape"),
        ("ɪᴅɪᴏᴛ", "idiot"),
        ("🅸🅳🅸🅾🆃", "idiot"),
        ("⒤⒟⒤⒪⒯", "idiot"),
        ("you ꓢᑌᑭꓰꓣ", "you super"),
        ("ιδιοτ is Greek", "ιδιοτ is greek"),
        ("idioooot", "idioot"),
        ("sooooooo", "soo"),
        ("?!!!!!!!!", "?" + "!" * LONGEST_RUN),
        ("  a \t\n b  ", "a b"),
        ("“don’t”…", '"don\'t"...'),
    ],
)
def test_disguises_are_undone(raw, plain):
    assert normalise(raw).text == plain


@pytest.mark.parametrize(
    "text", ["you idiot, 1 d 1 0 t!", "YouAreAStupidIdiot", "f**k thіs ѕhit", "İstanbul ΣΑΣ ß ﬁ", "hxxp://x (dot) com"]
)
def test_what_is_folded_once_stays_as_it_is(text):
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.text("aеοıＡ𝐛ⓒ!1 0.-\u200b\u0301", max_size=60))
def test_a_word_of_a_folded_batch_is_a_run_of_letters_and_digits(text):
    folded = fold([text])
    codes = (folded.entries & CODE).tolist()
    words = ["".join(map(chr, codes[start:end])) for start, end in zip(folded.starts, folded.ends, strict=True)]
    assert all(word.isalnum() for word in words)


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 32_000,
        "\ufdfa" * 20_000,
        "\u200b" * 20_000,
        "а" * 30_000 + "b",
        "".join(map(chr, range(0x4000, 0x4000 + 20_000))),
        "idt " * 16_000,
        "aB" * 30_000,
    ],
    ids=["marks", "expansions", "invisible", "lookalikes", "all different", "without vowels", "camels"],
)
def test_hostile_text_folds_to_at_most_four_times_its_length(text):
    assert len(fold([text]).entries) <= 4 * len(text) + 2


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "\udfff\ud800", "\U0010ffff", " ", "\n\n"])
def test_odd_strings_are_folded_without_complaint(text):
    normalise(text)


def test_korean_syllables_fall_into_their_letters_and_know_where_they_came_from():
    found = normalise("한국")
    assert len(found.text) == 6
    assert found.offsets.tolist() == [0, 0, 0, 1, 1, 1]
    assert normalise("ㅅ").text == normalise("시").text[0]
