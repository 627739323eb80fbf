"""Whatever JSON comes as an input, it is texts or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from service.schemas.openai import ModerationRequestSchema

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "text", "image_url", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)
PARTS = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": st.text()}), min_size=1)


@given(VALUES)
def test_an_input_is_texts_or_is_refused(value):
    wrong = ModerationRequestSchema().validate({"input": value})
    if not wrong:
        texts = ModerationRequestSchema().load({"input": value})["input"]
        assert texts
        assert all(isinstance(one, str) for one in texts)
    assert set(wrong) <= {"input"}


@given(st.lists(st.text(st.characters(exclude_characters="\0")), min_size=1))
def test_an_array_of_strings_is_these_and_a_string_is_one(texts):
    load = ModerationRequestSchema().load
    assert load({"input": texts})["input"] == texts
    assert load({"input": texts[0]})["input"] == [texts[0]]


@given(PARTS)
def test_parts_are_one_text_unless_one_of_them_has_nul(parts):
    texts = [part["text"] for part in parts]
    if any("\0" in text for text in texts):
        with pytest.raises(ValidationError):
            ModerationRequestSchema().load({"input": parts})
    else:
        assert ModerationRequestSchema().load({"input": parts})["input"] == ["\n".join(texts)]
