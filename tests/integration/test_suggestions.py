"""What other systems' users say of their comments is kept as a labelled example, by who said it."""

import pytest

from service.store.keys import Keys
from service.store.suggestions import Suggestion, Suggestions


@pytest.fixture
def suggest(store):
    """Says something of a text with a key of some role."""

    def said(labels, *, role="submit", text="Buy now", reference=None):
        _, key = Keys(store).create("herald", role, role)
        return Suggestions(store).add("herald", key, key.name, Suggestion("akismet", text, labels, reference))

    return said


def kept(store):
    return [store._client.hgetall(key) for key in store._client.scan_iter("{herald}:suggestion:*")]


def test_a_suggestion_is_kept_once_however_often_it_is_said(suggest, store):
    assert [suggest({"spam": 1}), suggest({"spam": 1})] == ["kept", "same"]
    (one,) = kept(store)
    assert (one["text"], one["apart/spam"], one["apart/by"]) == ("Buy now", "1", "submit")
    assert store._client.zcard("{herald}:suggestions") == 1


def test_what_is_said_last_stands(suggest, store):
    suggest({"spam": 1})
    assert suggest({"spam": 0}) == "kept"
    (one,) = kept(store)
    assert one["apart/spam"] == "0"


def test_a_moderators_word_and_a_readers_stand_beside_each_other(suggest, store):
    suggest({"spam": 0}, role="moderate")
    suggest({"spam": 1})
    (one,) = kept(store)
    assert (one["moderated/spam"], one["apart/spam"]) == ("0", "1")


def test_what_an_erased_comment_said_does_not_come_back(suggest, store, api):
    api.post("/v1/comments", {"id": "c-1", "body": "Buy now"})
    api.delete("/v1/comments/c-1")
    assert suggest({"spam": 1}, reference="c-1") == "erased"
    assert kept(store) == []
