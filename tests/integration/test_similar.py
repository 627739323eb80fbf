"""What is like a comment: near copies in its campaign or in none, and what became of each."""

import pytest

from service.moderation.campaigns import alike, mask
from service.similar import MEMBERS
from service.store.comments import UnknownComment
from service.store.records import ErasedComment
from tests.support import everything, unlike_all_before

PITCH = "My neighbour wrote a long letter to the council about the old trees in our street and nobody answered it"


def copy_of(n):
    return f"{PITCH}, see page {n} of https://letters-{n}.example/{n * 31}"


def post(api, comment_id, body):
    answer = api.post("/v1/comments", {"id": comment_id, "body": body})
    assert answer.status_code == 201, answer.json
    return answer.json


def post_copies(api, count, first=0):
    for n in range(first, first + count):
        post(api, f"c-{n}", copy_of(n))


def edit(api, comment_id, body):
    answer = api.put(f"/v1/comments/{comment_id}", {"body": body})
    assert answer.status_code == 200, answer.json


def decide_all(api, action):
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    answer = api.post(f"/v1/queue/campaigns/{campaign['id']}/decision", {"action": action})
    assert answer.status_code == 200, answer.json
    return campaign["id"]


@pytest.fixture
def similar(app):
    return app.extensions["winnow"].similar


def found(likes):
    return {one.comment.id for one in likes.copies}


def test_the_second_of_two_near_copies_has_the_first_and_says_how_like_they_are(api, similar):
    post_copies(api, 2)
    likes = similar.of("herald", "c-1")
    (one,) = likes.copies
    assert (one.comment.id, one.comment.body, one.comment.status) == ("c-0", copy_of(0), "approved")
    assert (one.comment.decided_by, one.comment.action, one.comment.as_one) == (None, None, False)
    assert one.likeness == 1.0
    assert (likes.record.id, likes.size) == ("c-1", 2)
    assert likes.campaign == one.comment.campaign


def test_a_copy_with_other_words_is_less_alike_and_comes_later(api, similar):
    post_copies(api, 2)
    post(api, "other", copy_of(7).replace("neighbour", "uncle").replace("letter", "poem"))
    exact, changed = similar.of("herald", "c-1").copies
    assert (exact.comment.id, changed.comment.id) == ("c-0", "other")
    assert 0.66 <= changed.likeness < exact.likeness == 1.0


def test_a_comment_that_nothing_is_like_has_none(api, similar):
    post_copies(api, 3)
    post(api, "alone", unlike_all_before(17))
    likes = similar.of("herald", "alone")
    assert (likes.copies, likes.campaign, likes.size) == ((), None, 0)


def test_short_thanks_are_like_nothing(api, similar):
    post(api, "one", "Thanks a lot!")
    post(api, "two", "Thanks a lot!")
    assert similar.of("herald", "two").copies == ()


def test_a_comment_that_was_edited_into_a_copy_is_in_no_campaign_and_has_the_copies_all_the_same(api, similar):
    post(api, "turned", unlike_all_before(5))
    post_copies(api, 4)
    edit(api, "turned", copy_of(9))
    likes = similar.of("herald", "turned")
    assert (likes.campaign, likes.size) == (None, 0)
    assert found(likes) == {f"c-{n}" for n in range(4)}


def test_what_was_edited_into_something_else_is_like_it_no_more(api, similar):
    post_copies(api, 3)
    edit(api, "c-1", unlike_all_before(6))
    assert found(similar.of("herald", "c-2")) == {"c-0"}
    assert found(similar.of("herald", "c-1")) == set()


def test_a_single_decision_is_told_and_comes_before_what_nobody_decided(api, key_for, similar):
    post_copies(api, 4)
    key_for("moderate", name="bob").post("/v1/comments/c-1/decision", {"action": "reject"})
    first, *others = similar.of("herald", "c-3").copies
    assert (first.comment.id, first.comment.status) == ("c-1", "rejected")
    assert (first.comment.decided_by, first.comment.action, first.comment.as_one) == ("bob", "reject", False)
    assert [one.comment.id for one in others] == ["c-2", "c-0"]


def test_a_decision_on_the_campaign_is_told_of_members_and_of_those_that_met_it_later(api, similar):
    post_copies(api, 5)
    campaign = decide_all(api, "reject")
    post_copies(api, 2, first=5)
    likes = similar.of("herald", "c-6")
    assert (likes.campaign, likes.size) == (campaign, 7)
    stands = {(one.comment.decided_by, one.comment.action, one.comment.as_one) for one in likes.copies}
    assert stands == {("ada", "reject", True)}
    assert api.delete(f"/v1/queue/campaigns/{campaign}/decision").status_code == 200
    stands = {
        (one.comment.status, one.comment.decided_by, one.comment.action, one.comment.as_one)
        for one in similar.of("herald", "c-6").copies
    }
    assert stands == {("pending", None, None, False)}


def test_another_sites_comments_are_never_like_it_and_its_ids_are_unknown(api, key_for, similar):
    gazette = key_for("admin", site="gazette")
    post_copies(gazette, 4)
    post(api, "c-2", copy_of(2))
    likes = similar.of("herald", "c-2")
    assert (likes.copies, likes.campaign, likes.size) == ((), None, 0)
    with pytest.raises(UnknownComment):
        similar.of("herald", "c-3")


def test_erased_comments_are_told_of_no_more(api, similar):
    post_copies(api, 4)
    for gone in ("c-0", "c-2"):
        assert api.delete(f"/v1/comments/{gone}").status_code == 204
    likes = similar.of("herald", "c-3")
    assert (found(likes), likes.size) == ({"c-1"}, 2)
    with pytest.raises(ErasedComment):
        similar.of("herald", "c-0")


def test_members_that_drifted_away_are_left_out(api, similar):
    words = [f"{one}{two}" for one in ("bal", "kor", "mit", "sul", "ven") for two in ("ara", "odo", "ixi", "epe")]
    for n in range(5):
        post(api, f"d-{n}", " ".join([*unlike_all_before(3).split()[: 2 * n], *words[2 * n :]]))
    likes = similar.of("herald", "d-4")
    assert (likes.size, "d-0" in found(likes)) == (5, False)
    own = mask(likes.record.submission.body)
    assert all(alike(own, mask(one.comment.body)) for one in likes.copies)
    assert "d-3" in found(likes)


@pytest.mark.parametrize("at", [0, 30, 59])
def test_of_a_large_campaign_those_that_came_around_it_are_looked_at_and_no_more(api, similar, at):
    post_copies(api, 60)
    likes = similar.of("herald", f"c-{at}", limit=100)
    assert (likes.size, found(likes) <= {f"c-{n}" for n in range(60)} - {f"c-{at}"}) == (60, True)
    around = range(max(0, at - MEMBERS // 2), min(60, at + MEMBERS // 2))
    assert {f"c-{n}" for n in around} - {f"c-{at}"} <= found(likes)
    assert MEMBERS - 1 <= len(likes.copies) <= MEMBERS + 5
    assert len(similar.of("herald", f"c-{at}").copies) == 5


def test_looking_changes_nothing(api, store, similar):
    post_copies(api, 6)
    before = everything(store)
    similar.of("herald", "c-3")
    assert everything(store) == before


@pytest.mark.parametrize(
    ("body", "copies"),
    [
        ("word " * 1999 + "end", {"one"}),
        ("x" * 10_000, set()),
        ("木" * 10_000, {"one"}),
        ("\u202e\u200b" * 4000 + "eight words stand here to be compared together", {"one"}),
        ("~a00 ~ %s %d {herald} \n\r\t ' \" ; -- KEYS[1] and some more words of its own", {"one"}),
        ("".join(map(chr, range(1, 300))), {"one"}),
        ("e" + "\u0301" * 9000, set()),
    ],
    ids=["many words", "one word", "letters", "bidi", "code", "all signs", "marks"],
)
def test_hostile_texts_have_their_copies(api, similar, body, copies):
    post(api, "one", body)
    post(api, "two", body)
    likes = similar.of("herald", "two")
    assert found(likes) == copies
    assert all(one.likeness == 1.0 for one in likes.copies)


@pytest.mark.parametrize("comment_id", ["", "*", "c-0\n", "{gazette}:c-0", "../c-0", "c" * 10_000, "ø"])
def test_an_id_that_is_none_is_unknown(api, similar, comment_id):
    post_copies(api, 2)
    with pytest.raises(UnknownComment):
        similar.of("herald", comment_id)
