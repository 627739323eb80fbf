"""What the pages of campaigns say in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.campaigning import Reached, Skipped
from service.console.groups import LISTED, WHY, left_out, outcome_words, said_words, undone_words
from service.store.campaigns import Said

SKIPPED = st.builds(
    Skipped, st.text("abc", min_size=1), st.sampled_from(list(WHY)), st.sampled_from([None, "bob", "eva"])
)


@given(st.lists(SKIPPED, max_size=60))
def test_who_is_left_out_is_counted_once_and_the_most_come_first(skipped):
    groups = left_out(skipped)
    counts = [one.count for one in groups]
    assert sum(counts) == len(skipped)
    assert counts == sorted(counts, reverse=True)
    assert len({(one.why, one.by) for one in groups}) == len(groups)
    assert all(len(one.ids) == min(one.count, LISTED) for one in groups)


@pytest.mark.parametrize(
    ("reached", "words"),
    [
        (Reached(["a"], []), "1 comment rejected."),
        (Reached(["a"] * 1234, []), "1,234 comments rejected."),
        (
            Reached([], [Skipped("a", "claimed", "bob"), Skipped("b", "appealed"), Skipped("c", "appealed")]),
            "0 comments rejected. Left as they are: 2 under appeal, to be decided one by one; "
            "1 held by a colleague at the moment, bob.",
        ),
        (None, "5,000 comments are being rejected. This page shows how far that is."),
    ],
)
def test_what_a_decision_did(reached, words):
    assert outcome_words("reject", reached, 5000) == words


def test_what_taking_it_back_did():
    assert undone_words(Reached(["a", "b"], []), 2) == "The decision was taken back from 2 comments."
    assert undone_words(None, 1) == (
        "The decision is being taken back from 1 comment. This page shows how far that is."
    )


def test_what_was_said_names_labels_and_rule_and_never_the_note():
    said = Said("reject", ("spam", "identity_attack"), "our secret", "Rule 4")
    assert said_words(said) == "rejected as spam, attack on a group by the rule “Rule 4”"
    assert said_words(Said("approve", note="our secret")) == "approved"
