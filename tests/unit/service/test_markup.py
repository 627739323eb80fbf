"""A comment in HTML, as text: what a reader would see is scored, and nothing that may be text is taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.compat.markup import plain

AS_TEXT = {
    "Fine &amp; good": "Fine & good",
    "One<br>two<BR/>three": "One\ntwo\nthree",
    "<div>One</div><p class=x>two</p>": "One\n\ntwo",
    "i<b></b>dio<em>t</em>": "idiot",
    '<a href="https://spam.example/?a=1&amp;b=2" rel="nofollow">cheap</a>': "cheap\nhttps://spam.example/?a=1&b=2",
    '<a href="https://spam.example/">https://spam.example/</a>': "https://spam.example/",
    "<img src='https://spam.example/x.png'>look": "look\nhttps://spam.example/x.png",
}

LEFT_ALONE = [
    "1 < 2 and 3 > 2",
    "I <3 you",
    "x<y and y>z",
    "<kill yourself>",
    "<b you idiot>",
    "<![CDATA[",
    "<!-- fool -->",
]


@pytest.mark.parametrize("html", AS_TEXT)
def test_tags_and_entities_become_what_a_reader_sees(html):
    assert plain(html) == AS_TEXT[html]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_no_tag_stays_and_is_scored(text):
    assert plain(text) == text


@given(st.text(st.sampled_from("<>/abp =\"'&;x\n"), max_size=200))
def test_any_text_becomes_a_text_without_new_words(text):
    assert set(plain(text)) <= set(text) | set("<>&\"'\n\xa0")
