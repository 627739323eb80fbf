import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.moderation.policy import Links, Pattern, Policy, Words
from service.moderation.rules import BadPattern, WordList, compiled, talks_of_self_harm, words_of


def found(text: str, **rules) -> list[tuple[str, str]]:
    return [(one.code, one.verdict) for one in Policy(**rules).text_rules.findings(text)]


@pytest.mark.parametrize(
    ("word", "text", "there"),
    [
        ("cialis", "Buy CIALIS now", True),
        ("cialis", "Ask a specialist", False),
        ("cialis", "socialist cialistas", False),
        ("cialis", "c1al1s!!!", True),
        ("cialis", "\u0441ialis", True),
        ("buy now", "Buy, now!", True),
        ("buy now", "buy it now", False),
        ("buy now", "buy  \n NOW", True),
        ("idiot", "idiot", True),
        ("straße", "In der STRASSE", True),
        ("傻瓜", "你是个傻瓜吗", True),
        ("傻瓜", "你好", False),
        ("tel 555", "Tel.: 555", True),
    ],
)
def test_words_are_found_whole_in_the_text_as_the_model_sees_it(word, text, there):
    assert bool(WordList([word]).found_in(words_of(text))) is there


def test_phrases_that_share_a_word_are_both_found():
    assert WordList(["a b", "b c", "x"]).found_in(words_of("a b c")) == [0, 1]


def test_each_list_leads_to_its_verdict_and_says_where_in_the_list():
    words = Words(block=("damn", "curse"), suspect=("casino",))
    assert found("A casino. Damn!", words=words) == [("blocked_word", "reject"), ("suspect_word", "hold")]
    (finding,) = Policy(words=words).text_rules.findings("curse")
    assert finding.detail == "1 of the policy's blocked words (number 2)"


@given(st.text(max_size=200))
def test_any_text_may_come_and_an_empty_policy_finds_nothing_but_self_harm(text):
    assert {code for code, _ in found(text)} <= {"self_harm"}
    rules = {
        "words": Words(("a",), ("b c",)),
        "patterns": (Pattern("n", "x{3}"),),
        "links": Links(1, "hold", ("a.com",)),
    }
    for finding in Policy(**rules).text_rules.findings(text):
        assert len(text) < 8 or text not in finding.detail


def test_patterns_are_tried_in_linear_time_whatever_they_are():
    rule = Pattern("nested", "(a+)+$", "reject")
    assert found("a" * 5_000 + "b", patterns=(rule,)) == []
    assert found("a" * 50, patterns=(rule,)) == [("pattern", "reject")]


@pytest.mark.parametrize("pattern", ["(", "a{1001}{1001}", r"(?=x)", r"\1", "[z-a]", "*"])
def test_a_pattern_that_is_none_says_why(pattern):
    with pytest.raises(BadPattern, match=r"\w"):
        compiled(pattern)


@pytest.mark.parametrize(
    ("text", "rules", "reasons"),
    [
        ("no link at all. None", Links(hold=1), []),
        ("a.com and b.org", Links(hold=2), [("link", "hold")]),
        ("a.com and b.org", Links(hold=3), []),
        ("a.com and www.bbc.co.uk", Links(hold=2, trusted=("bbc.co.uk",)), []),
        ("http://bit.ly/x", Links(shorteners="reject"), [("link", "reject")]),
        ("http://bit.ly/x", Links(hold=5), []),
        ("see www.evil.com/x", Links(block=("evil.com",)), [("link", "reject")]),
        ("see evil.com.org", Links(block=("evil.com",)), []),
        ("see notevil.com", Links(block=("evil.com",)), []),
        ("see cheap.evil.com", Links(suspect=("evil.com",)), [("link", "hold")]),
        ("mail me@evil.com", Links(hold=1, block=("evil.com",)), []),
    ],
)
def test_links_count_by_the_name_that_was_registered(text, rules, reasons):
    assert found(text, links=rules) == reasons


@pytest.mark.parametrize(
    "text",
    [
        "I want to die.",
        "honestly, i'm suicidal",
        "Ich will nicht mehr leben",
        "je veux mourir",
        "quiero morir me? me quiero morir",
        "KILL YOURSELF",
    ],
)
def test_talk_of_self_harm_is_heard(text):
    assert talks_of_self_harm(text)
    assert found(text) == [("self_harm", "hold")]
    assert found(text, self_harm="approve") == []


@pytest.mark.parametrize(
    "text", ["They want to diet.", "The killers want their money", "suicidal economics", "we die laughing"]
)
def test_what_only_sounds_like_it_is_not(text):
    assert not talks_of_self_harm(text)
