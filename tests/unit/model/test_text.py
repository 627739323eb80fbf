import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text import LONGEST_RUN, fold, normalise

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


@given(ANY_TEXT)
def test_every_normalised_code_point_knows_where_it_came_from(text):
    found = normalise(text)
    assert len(found.offsets) == len(found.text)
    assert all(0 <= offset < len(text) for offset in found.offsets)
    assert (np.diff(found.offsets) >= 0).all()


@given(ANY_TEXT)
def test_the_code_point_at_an_offset_is_what_was_folded(text):
    found = normalise(text)
    for char, offset in zip(found.text, found.offsets, strict=True):
        if char.isascii() and char.islower() and text[offset].isascii():
            assert text[offset].lower() == char


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
        ("sooooooo", "s" + "o" * LONGEST_RUN),
        ("  a \t\n b  ", "a b"),
        ("“don’t”…", '"don\'t"...'),
    ],
)
def test_disguises_are_undone(raw, plain):
    assert normalise(raw).text == plain


@given(ANY_TEXT)
def test_folding_twice_changes_no_letter(text):
    once = normalise(text).text
    assert len(normalise(once).text) <= len(once)


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301" * 32_000,
        "\ufdfa" * 20_000,
        "\u200b" * 20_000,
        "а" * 30_000 + "b",
        "".join(map(chr, range(0x4000, 0x4000 + 20_000))),
    ],
    ids=["marks", "expansions", "invisible", "lookalikes", "all different"],
)
def test_hostile_text_folds_to_at_most_four_times_its_length(text):
    assert len(fold([text]).entries) <= 4 * len(text) + 2


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "\udfff\ud800", "\U0010ffff", " ", "\n\n"])
def test_odd_strings_are_folded_without_complaint(text):
    normalise(text)
