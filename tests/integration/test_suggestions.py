"""What other systems' users say of their comments is kept as labelled examples: by who said it, until its end."""

import pytest

from service.commands.export import decided, suggested
from service.holdings import SiteHoldings
from service.moderation.policy import Retention as Kept
from service.store.keys import Keys
from service.store.labels import Labels
from service.store.retention import DAY_MS, Retention
from service.store.sites import Sites
from service.store.suggestions import LANGUAGE_LIMIT, TEXT_LIMIT, Suggestion, Suggestions
from tests.support import acts, events, everything

SECRET = "a very particular sentence"


@pytest.fixture
def suggest(store):
    """Says something of a text with a key of some role."""

    def said(labels, *, role="submit", text="Buy now", surface="akismet", most=100, **more):
        _, key = Keys(store).create("herald", role, role)
        return Suggestions(store, most=most).add("herald", key, key.name, Suggestion(surface, text, labels, **more))

    return said


def kept(store, standing="apart"):
    """Texts and labels of what was said with a standing, the oldest first."""
    return [(one.text, one.labels) for one in Suggestions(store).kept("herald", standing)]


def age(store, days, standing="apart"):
    """Lets all that was said with a standing be so many days old."""
    for one in store._client.zrange(f"{{herald}}:suggestions:{standing}", 0, -1):
        store._client.zincrby(f"{{herald}}:suggestions:{standing}", -days * DAY_MS, one)


def test_a_suggestion_is_kept_once_however_often_it_is_said(suggest, store):
    assert [suggest({"spam": 1}), suggest({"spam": 1})] == ["kept", "same"]
    (one,) = Suggestions(store).kept("herald", "apart")
    assert (one.text, one.labels, one.by, one.surface) == ("Buy now", {"spam": 1}, "submit", "akismet")
    assert [value for what, value in counts(store).items() if "suggested=akismet" in what] == ["1"]


def counts(store):
    (day,) = store._client.scan_iter("{herald}:count:*")
    return store._client.hgetall(day)


def test_what_is_said_last_of_an_attribute_stands_beside_what_was_said_of_others(suggest, store):
    suggest({"spam": 1, "toxicity": 0.5})
    assert suggest({"spam": 0}) == "kept"
    assert kept(store) == [("Buy now", {"spam": 0, "toxicity": 0.5})]


def test_a_text_without_a_reference_is_one_comment_as_it_was_written_first(suggest, store):
    suggest({"spam": 1})
    assert suggest({"spam": 1}, text=" BUY  now ") == "same"
    suggest({"toxicity": 0}, text="buy NOW")
    assert kept(store) == [("Buy now", {"spam": 1, "toxicity": 0})]


def test_a_moderators_word_and_a_readers_stand_beside_each_other_each_with_its_text(suggest, store):
    suggest({"spam": 0}, role="moderate", reference="c-1", text="Council votes on Monday")
    suggest({"spam": 1}, reference="c-1", text="Buy now")
    assert kept(store, "moderated") == [("Council votes on Monday", {"spam": 0})]
    assert kept(store) == [("Buy now", {"spam": 1})]


def test_what_was_said_of_an_older_text_says_nothing_of_the_new_one(suggest, store):
    suggest({"spam": 1}, reference="c-1")
    suggest({"toxicity": 1}, reference="c-1", text="Edited")
    assert kept(store) == [("Edited", {"toxicity": 1})]


def test_comments_of_two_systems_may_have_one_reference(suggest, store):
    suggest({"spam": 1}, role="moderate", reference="42")
    suggest({"toxicity": 1}, role="moderate", reference="42", text="You fool", surface="perspective")
    assert sorted(kept(store, "moderated")) == [("Buy now", {"spam": 1}), ("You fool", {"toxicity": 1})]


def test_the_oldest_of_a_standing_go_when_there_are_too_many_and_none_of_the_other(suggest, store):
    suggest({"spam": 0}, role="moderate", text="Council votes on Monday", most=3)
    for n in range(5):
        suggest({"spam": 1}, text=f"Buy {n}", most=3)
    assert len(kept(store)) == 3
    assert ("Buy 4", {"spam": 1}) in kept(store)
    assert len(kept(store, "moderated")) == 1
    assert len(list(store._client.scan_iter("{herald}:suggestion:*"))) == 4


@pytest.mark.parametrize("odd", ["~c-1", "c 1", "c/1", "x" * 129, "", "ü", "c-1\n"])
def test_a_reference_that_is_no_id_is_passed_over(suggest, store, odd):
    suggest({"spam": 1}, reference=odd)
    assert suggest({"spam": 1}) == "same"


def test_what_no_client_should_send_is_passed_over(suggest, store):
    odd = {"spam": 1, "toxicity": 1.5, "insult": float("nan"), "threat": -0.1, 'a"b': 1, "off_topic": 1}
    assert suggest({"colour": 1}) == "same"
    suggest(odd, text="x" * (TEXT_LIMIT + 1), language="e" * 1000)
    (one,) = Suggestions(store).kept("herald", "apart")
    assert (one.labels, len(one.text), len(one.language)) == ({"spam": 1}, TEXT_LIMIT, LANGUAGE_LIMIT)


@pytest.mark.parametrize("text", ['\x00 "\\/\x7f\u2028 😀 ~', "lone \ud83d surrogate", "{}", "\n"])
def test_any_text_comes_back_as_it_was_said(suggest, store, text):
    suggest({"spam": 1}, text=text, reference="c-1")
    assert kept(store) == [(text.encode("utf-8", "replace").decode(), {"spam": 1})]


def test_a_moderators_suggestion_is_an_act_without_the_text_and_a_readers_is_none(suggest, store, api):
    suggest({"spam": 1, "toxicity": 0.7}, role="moderate", text=SECRET, reference="c-1")
    suggest({"spam": 1}, text=SECRET, reference="c-2")
    (act,) = acts(store)
    assert (act["by"], act["act"], act["on"]) == ("moderate", "suggestion.made", "c-1")
    assert api.get("/v1/audit?act=suggestion.made").json["items"][0]["data"] == {
        "surface": "akismet", "spam": 1, "toxicity": 0.7,
    }  # fmt: skip


def test_a_comment_that_is_here_stays_as_it_was_decided(suggest, store, api):
    api.post("/v1/comments", {"id": "c-1", "body": "Buy now"})
    before = api.get("/v1/comments/c-1").json
    suggest({"spam": 1}, role="moderate", reference="c-1")
    assert api.get("/v1/comments/c-1").json == before
    assert kept(store, "moderated") == [("Buy now", {"spam": 1})]


def test_what_an_erased_comment_said_does_not_come_back(suggest, store, api):
    api.post("/v1/comments", {"id": "c-1", "body": "Buy now"})
    api.delete("/v1/comments/c-1")
    assert suggest({"spam": 1}, reference="c-1") == "erased"
    assert kept(store) == []


def test_an_erasure_takes_what_was_suggested_of_a_comment_and_is_counted_once(suggest, store, api):
    api.post("/v1/comments", {"id": "c-1", "body": SECRET})
    suggest({"spam": 1}, reference="c-1", text=SECRET)
    suggest({"spam": 0}, reference="c-1", text=SECRET, role="moderate", surface="perspective")
    assert [api.delete("/v1/comments/c-1").status_code for _ in range(2)] == [204, 204]
    assert SECRET not in everything(store)
    assert (kept(store), kept(store, "moderated")) == ([], [])
    assert [event["type"] for event in events(api)].count("comment.erased") == 1
    assert [value for what, value in counts(store).items() if what.endswith(":erased")] == ["1"]


def test_a_comment_that_only_a_suggestion_names_is_erased_and_its_id_stays_taken(suggest, store, api):
    suggest({"spam": 1}, reference="c-9", text=SECRET)
    suggest({"spam": 1}, reference="c-90", text="Another")
    assert [api.delete("/v1/comments/c-9").status_code for _ in range(2)] == [204, 204]
    assert SECRET not in everything(store)
    assert kept(store) == [("Another", {"spam": 1})]
    assert suggest({"spam": 1}, reference="c-9", text=SECRET, role="moderate") == "erased"
    assert api.get("/v1/comments/c-9").status_code == 410
    assert api.post("/v1/comments", {"id": "c-9", "body": SECRET}).status_code == 410
    assert [(act["by"], act["act"], act["on"], act["data"]) for act in acts(store)] == [
        ("ada", "comment.erased", "c-9", '{"was":"suggested"}')
    ]
    assert events(api) == []
    assert not any(what.endswith(":erased") for what in counts(store))
    assert Retention(store).rewrite_after_erasures("herald")


def test_a_text_without_a_reference_is_erased_by_the_id_that_exports_give_it(suggest, store, api):
    suggest({"spam": 1}, text=SECRET, role="moderate")
    (row,) = suggested(store, "herald", 0, standing="moderated")
    assert api.delete(f"/v1/comments/{row['id']}").status_code == 204
    assert SECRET not in everything(store)
    assert suggest({"spam": 1}, text=SECRET.upper()) == "erased"


def test_an_id_that_nobody_named_is_unknown(suggest, api):
    suggest({"spam": 1}, reference="c-9")
    assert api.delete("/v1/comments/c-8").status_code == 404
    assert api.delete("/v1/comments/c-8").status_code == 404


def test_another_site_erases_nothing_by_the_same_id(suggest, store, key_for):
    suggest({"spam": 1}, reference="c-9")
    assert key_for("admin", site="rival").delete("/v1/comments/c-9").status_code == 404
    assert kept(store) == [("Buy now", {"spam": 1})]


def test_an_authors_erasure_takes_what_was_suggested_of_their_comments(suggest, store, api):
    api.post("/v1/comments", {"id": "c-1", "body": "Buy now", "author": {"id": "u-1"}})
    suggest({"spam": 1}, reference="c-1")
    suggest({"spam": 1}, reference="c-2")
    assert api.delete("/v1/authors/u-1").status_code == 204
    assert [one.reference for one in Suggestions(store).kept("herald", "apart")] == ["c-2"]


def test_an_author_is_given_what_was_suggested_of_their_comments_and_not_by_whom(suggest, api):
    api.post("/v1/comments", {"id": "c-1", "body": "Buy now", "author": {"id": "u-1"}})
    api.post("/v1/comments", {"id": "c-2", "body": "Thanks", "author": {"id": "u-1"}})
    suggest({"spam": 1}, reference="c-1", role="moderate", text="Buy NOW")
    suggest({"spam": 0.5}, reference="c-1")
    suggest({"spam": 1}, reference="c-3")
    held = api.get("/v1/authors/u-1/export")
    thanks, bought = held.json["items"]
    assert thanks["suggestions"] == []
    assert [(one["surface"], one["text"], one["labels"]) for one in bought["suggestions"]] == [
        ("akismet", "Buy now", {"spam": 0.5}),
        ("akismet", "Buy NOW", {"spam": 1.0}),
    ]
    assert "moderate" not in held.text


def test_suggestions_go_when_the_time_of_decided_comments_is_over(suggest, store):
    suggest({"spam": 1}, text="Old")
    suggest({"spam": 1}, text="Old", role="moderate")
    age(store, 8)
    age(store, 6, "moderated")
    suggest({"spam": 1}, text="New")
    assert Retention(store).apply("herald", Kept(decided_days=7)) == 0
    assert kept(store) == [("New", {"spam": 1})]
    assert len(kept(store, "moderated")) == 1
    assert Retention(store).rewrite_after_erasures("herald")


def test_more_suggestions_than_one_look_takes_go_and_are_exported(suggest, store):
    _, key = Keys(store).create("herald", "submit", "website")
    suggestions = Suggestions(store)
    for n in range(1100):
        suggestions.add("herald", key, "website", Suggestion("akismet", f"Buy {n}", {"spam": 1}))
    found = [text for text, _ in kept(store)]
    assert sorted(found) == sorted(f"Buy {n}" for n in range(1100))
    age(store, 200)
    Retention(store).apply("herald")
    assert list(store._client.scan_iter("{herald}:suggestion*")) == []


def test_exports_tell_a_moderators_suggestions_from_those_kept_apart(suggest, store):
    suggest({"spam": 1, "toxicity": 0.7}, role="moderate", reference="c-1", text="Buy now", language="de-AT")
    suggest({"spam": 0}, text="The council will vote on this", surface="perspective")
    (moderated,) = suggested(store, "herald", 0, standing="moderated")
    (apart,) = suggested(store, "herald", 0, standing="apart")
    at = moderated.pop("decided_at")
    assert at.endswith("Z")
    assert moderated == {
        "text": "Buy now",
        "labels": {"spam": 1, "toxicity": 0.7},
        "source": "newsroom:herald",
        "id": "c-1",
        "language": "de",
        "surface": "akismet",
        "decided_by": "moderate",
        "reasons": ["suggested"],
        "probability": None,
    }
    assert (apart["suggested"], apart["language"], apart["labels"]) == (True, "en", {"spam": 0})
    assert list(decided(store, "herald", 0)) == []
    assert list(suggested(store, "herald", 1 << 42, standing="apart")) == []


def test_moderators_suggestions_that_end_unexported_are_told_of(suggest, store):
    suggest({"spam": 1}, role="moderate")
    suggest({"spam": 1})
    for standing in ("apart", "moderated"):
        age(store, 176, standing)
    assert Labels(store).expiring({"herald": 183}) == {"herald": 1}
    Labels(store).exported("herald", 0, 1 << 42)
    assert Labels(store).expiring({"herald": 183}) == {"herald": 0}


def test_a_site_gives_out_its_suggestions_and_takes_them_along(suggest, store, api):
    suggest({"spam": 1}, reference="c-1")
    suggest({"spam": 0}, role="moderate")
    lines = [line for line in SiteHoldings(store, "herald").everything() if line["kind"] == "suggestion"]
    assert [(line["standing"], line["labels"], line["text"]) for line in lines] == [
        ("moderated", {"spam": 0}, "Buy now"),
        ("apart", {"spam": 1}, "Buy now"),
    ]
    list(Sites(store, settles=0).erase("herald", "op-1", "olga"))
    assert "herald" not in everything(store)
