"""Near copies: grouped as they arrive, held, decided as one, taken back, and what later copies meet."""

import random
import threading

import pytest

from benchmarks.campaigns import copies, language, unrelated
from service.campaigning import Campaigning
from service.store.campaigns import Authors, CampaignDecided, Campaigns, Said
from service.store.comments import Comments
from service.store.queue import NothingToUndo, NotYourDecision, Queue
from tests.support import claim, events, everything, hold_everything, ids, unlike_all_before

PITCH = "My neighbour wrote a long letter to the council about the old trees in our street and nobody answered it"


def copy_of(pitch, n):
    return f"{pitch}, see page {n} of https://letters-{n}.example/{n * 31}"


def post(api, comment_id, body, **more):
    answer = api.post("/v1/comments", {"id": comment_id, "body": body, **more})
    assert answer.status_code == 201, answer.json
    return answer.json


def post_copies(api, count, first=0, pitch=PITCH):
    return [post(api, f"c-{n}", copy_of(pitch, n)) for n in range(first, first + count)]


def campaigns(api):
    return api.get("/v1/queue/campaigns").json["items"]


def only(api):
    (one,) = campaigns(api)
    return one


def members(api, campaign):
    return api.get(f"/v1/queue/campaigns/{campaign}?limit=1000").json["members"]


def decide(api, campaign, action="reject", **more):
    answer = api.post(f"/v1/queue/campaigns/{campaign}/decision", {"action": action, **more})
    assert answer.status_code == 200, answer.json
    return answer.json


def undo(api, campaign):
    answer = api.delete(f"/v1/queue/campaigns/{campaign}/decision")
    assert answer.status_code == 200, answer.json
    return answer.json


def status(api, comment_id):
    return api.get(f"/v1/comments/{comment_id}").json["status"]


@pytest.fixture
def found(api):
    """A campaign of six."""
    post_copies(api, 6)
    return only(api)["id"]


@pytest.fixture
def background(store):
    """What the background process does for campaigns."""
    return Campaigning(Campaigns(store), Comments(store), Queue(store))


def test_the_fifth_near_copy_is_held_and_the_four_before_it_too(api):
    verdicts = [one["status"] for one in post_copies(api, 5)]
    assert verdicts == ["approved"] * 4 + ["pending"]
    assert [status(api, f"c-{n}") for n in range(5)] == ["pending"] * 5
    told = [(event["type"], event.get("comment_id")) for event in events(api)]
    assert told.count(("campaign.found", None)) == 1
    assert [told.count(("comment.held", f"c-{n}")) for n in range(5)] == [1] * 5
    one = only(api)
    assert (one["size"], one["pending"], one["approved"], one["rejected"]) == (5, 5, 0, 0)
    assert one["sample"] == copy_of(PITCH, 0)


@pytest.mark.parametrize(
    "words",
    [
        "Great earnings at home, ask",
        "Great earnings at home, ask my clever uncle about it",
        "Great earnings at home, ask my clever uncle about it today, since he knows the whole trade by heart",
        PITCH,
    ],
    ids=["5", "10", "19", "long"],
)
def test_copies_with_other_numbers_are_one_campaign_whatever_their_length(api, words):
    for n in range(5):
        post(api, f"c-{n}", f"{words} {n}")
    assert (only(api)["size"], only(api)["pending"]) == (5, 5)


def test_those_that_were_approved_stand_in_the_queue_with_the_reason_and_their_first_answer_is_kept(api):
    post_copies(api, 5)
    queued = {one["id"]: one for one in api.get("/v1/queue?reason=campaign").json["items"]}
    assert set(queued) == {f"c-{n}" for n in range(5)}
    assert queued["c-0"]["reasons"][-1]["code"] == "campaign"
    assert [one["kind"] for one in queued["c-0"]["history"]] == ["held"]
    again = api.post("/v1/comments", {"id": "c-0", "body": copy_of(PITCH, 0)})
    assert (again.status_code, again.json["status"]) == (200, "approved")


def test_what_a_human_approved_stays_approved_when_the_campaign_is_found(api):
    post_copies(api, 2)
    api.post("/v1/comments/c-1/decision", {"action": "approve"})
    post_copies(api, 4, first=2)
    assert [status(api, f"c-{n}") for n in range(3)] == ["pending", "approved", "pending"]


def test_a_policy_without_the_rule_groups_and_holds_nothing(api):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"near_copies": {"hold": None, "seconds": 86400}})
    assert {one["status"] for one in post_copies(api, 8)} == {"approved"}


def test_a_decision_reaches_all_members_and_the_history_says_it_was_by_campaign(api, found):
    done = decide(api, found, labels=["spam"], term="No advertising", note="The same shop again")
    assert (done["reached"], sorted(done["ids"]), done["skips"]) == (6, [f"c-{n}" for n in range(6)], [])
    comment = api.get("/v1/comments/c-3").json
    assert comment["status"] == "rejected"
    entry = comment["history"][-1]
    assert (entry["kind"], entry["action"], entry["campaign"], entry["labels"]) == (
        "decision",
        "reject",
        found,
        ["spam"],
    )
    assert campaigns(api) == []
    shown = api.get(f"/v1/queue/campaigns/{found}").json
    assert (shown["rejected"], shown["decided_by"], shown["action"]) == (6, "ada", "reject")


def test_a_dry_run_says_which_and_changes_nothing(api, bob, found, store):
    claim(bob, limit=2)
    api.post("/v1/comments/c-5/decision", {"action": "approve"})
    before = everything_but_requests(store)
    said = decide(bob, found, dry_run=True)
    assert everything_but_requests(store) == before
    assert said["dry_run"]
    done = decide(bob, found)
    assert (done["ids"], done["skips"]) == (said["ids"], said["skips"])
    assert done["skips"] == [{"id": "c-5", "why": "decided", "by": "ada"}]


def everything_but_requests(store):
    """All that is kept, whatever the order in which a hash gives its fields."""
    client = store._client
    names = [name for name in client.scan_iter("{herald}:*") if ":rate:" not in name and ":once:" not in name]
    return {name: client.hgetall(name) if client.type(name) == "hash" else client.dump(name) for name in names}


def test_what_somebody_else_holds_or_decided_is_left_to_them(api, bob, found):
    held = ids(claim(bob, limit=1)["items"])
    bob.post("/v1/comments/c-4/decision", {"action": "approve", "override": True})
    done = decide(api, found)
    left = {one["id"]: (one["why"], one["by"]) for one in done["skips"]}
    assert left == {"c-4": ("decided", "bob"), held[0]: ("claimed", "bob")}
    assert done["reached"] == 4
    assert [status(api, "c-4"), status(api, held[0])] == ["approved", "pending"]


@pytest.mark.parametrize("of", ["ada", "bob"])
def test_what_is_contested_or_escalated_is_decided_by_itself(api, bob, found, of):
    by = {"ada": api, "bob": bob}
    by[of].post("/v1/comments/c-1/decision", {"action": "reject"})
    api.post("/v1/comments/c-1/appeals", {})
    bob.post("/v1/comments/c-2/decision", {"action": "escalate"})
    said = decide(bob, found, dry_run=True)
    done = decide(bob, found)
    assert (done["ids"], done["skips"]) == (said["ids"], said["skips"])
    assert {one["id"]: one["why"] for one in done["skips"]} == {"c-1": "appealed", "c-2": "escalated"}
    assert [status(api, "c-1"), status(api, "c-2")] == ["pending", "pending"]


def test_one_undo_takes_all_of_it_back(api, found, store):
    api.post("/v1/comments/c-2/decision", {"action": "approve"})
    api.post("/v1/comments/c-3/decision", {"action": "reject"})
    before = state_of(api, store)
    decide(api, found, labels=["spam"])
    undone = undo(api, found)
    assert undone["reached"] == 5, undone
    assert state_of(api, store) == before


def state_of(api, store):
    """Where every comment stands and what stands on it; the queue with its places."""
    client = store._client
    fields = ("status", "decision", "decided_by", "action", "facets", "campaign")
    kept = {f"c-{n}": client.hmget(f"{{herald}}:comment:c-{n}", fields) for n in range(6)}
    queue = {key: client.zrange(key, 0, -1, withscores=True) for key in client.scan_iter("{herald}:queue:*")}
    lists = {key: client.zrange(key, 0, -1, withscores=True) for key in client.scan_iter("{herald}:list:*")}
    return kept, queue, lists, campaigns(api)


def test_an_undo_leaves_what_was_decided_anew_since(api, bob, found):
    decide(api, found)
    bob.post("/v1/comments/c-1/decision", {"action": "approve", "override": True})
    done = undo(api, found)
    assert (done["reached"], done["skips"]) == (5, [{"id": "c-1", "why": "decided", "by": "bob"}])
    assert status(api, "c-1") == "approved"


def test_only_ones_own_decision_is_taken_back_and_another_does_not_replace_it(api, bob, found):
    assert api.delete(f"/v1/queue/campaigns/{found}/decision").status_code == 409
    decide(api, found)
    assert bob.delete(f"/v1/queue/campaigns/{found}/decision").status_code == 409
    second = bob.post(f"/v1/queue/campaigns/{found}/decision", {"action": "approve"})
    assert (second.status_code, second.json["decision"]) == (409, {"by": "ada", "action": "reject"})
    assert bob.post(f"/v1/queue/campaigns/{found}/decision", {"action": "approve", "dry_run": True}).status_code == 409


def test_later_copies_meet_a_rejection(api, found):
    decide(api, found, labels=["spam"])
    later = post(api, "late", copy_of(PITCH, 77))
    assert (later["status"], later["verdict"]) == ("rejected", "reject")
    assert [one["code"] for one in later["reasons"]] == ["campaign"]
    assert PITCH.split()[1] not in later["reasons"][0]["detail"]
    undo(api, found)
    assert status(api, "late") == "pending"
    assert [event["type"] for event in events(api) if event.get("comment_id") == "late"] == [
        "comment.rejected",
        "comment.held",
    ]


def test_after_an_approval_being_a_copy_holds_no_later_one_but_all_other_rules_do(api, found):
    decide(api, found, "approve")
    assert post(api, "late", copy_of(PITCH, 77))["status"] == "approved"
    assert post(api, "vile", copy_of(PITCH, 78) + " you stupid worthless idiot")["status"] == "pending"


def test_the_same_decision_again_changes_nothing_and_reaches_those_that_were_left(api, bob, found):
    held = claim(bob, limit=2)
    decide(api, found)
    told = len(events(api))
    bob.delete(f"/v1/queue/claims/{held['claim']}")
    again = decide(api, found)
    assert (again["reached"], again["skipped"]) == (6, 0)
    assert len(events(api)) == told + 4
    assert decide(api, found)["reached"] == 6
    assert len(events(api)) == told + 4


def test_a_repetition_under_the_same_key_answers_the_same_and_doubles_nothing(api, found):
    first = api.post(f"/v1/queue/campaigns/{found}/decision", {"action": "reject"}, Idempotency_Key="k")
    again = api.post(f"/v1/queue/campaigns/{found}/decision", {"action": "reject"}, Idempotency_Key="k")
    assert first.json == again.json
    assert len([event for event in events(api) if event["type"] == "decision.made"]) == 6


def test_the_background_process_finishes_what_a_killed_one_began(api, found, store, background):
    Campaigns(store).decide("herald", "op", "ada", found, Said("reject", ("spam",)), 0)
    assert background.catch_up("herald") == 1
    assert [status(api, f"c-{n}") for n in range(6)] == ["rejected"] * 6
    assert background.catch_up("herald") == 0
    Campaigns(store).undo("herald", "op-2", "ada", found, 0)
    background.catch_up("herald")
    assert [status(api, f"c-{n}") for n in range(6)] == ["pending"] * 6
    assert background.catch_up("herald") == 0


@pytest.fixture
def aside(store):
    """What decides, where a campaign of six is a large one."""
    return Campaigning(Campaigns(store), Comments(store), Queue(store), large=6)


def test_a_large_campaign_is_left_to_the_background_process_at_once(api, found, store, aside, background):
    assert aside.begin("herald", "op", "ada", found, Said("reject", ("spam",))) is None
    assert [status(api, f"c-{n}") for n in range(6)] == ["pending"] * 6
    assert Campaigns(store).working("herald", found)
    assert aside.begin("herald", "op", "ada", found, Said("reject", ("spam",))) is None
    assert background.catch_up("herald") == 1
    assert [status(api, f"c-{n}") for n in range(6)] == ["rejected"] * 6
    assert not Campaigns(store).working("herald", found)
    assert aside.begin_undo("herald", "op-2", "ada", found) is None
    assert Campaigns(store).get("herald", found).undoing
    background.catch_up("herald")
    assert [status(api, f"c-{n}") for n in range(6)] == ["pending"] * 6


def test_a_smaller_one_is_decided_and_taken_back_at_once(found, background):
    said = Said("reject")
    assert len(background.begin("herald", "op", "ada", found, said).ids) == 6
    assert len(background.begin("herald", "op", "ada", found, said).ids) == 6
    with pytest.raises(CampaignDecided):
        background.begin("herald", "op-2", "bob", found, said)
    with pytest.raises(NotYourDecision):
        background.begin_undo("herald", "op-3", "bob", found)
    assert len(background.begin_undo("herald", "op-4", "ada", found).ids) == 6
    with pytest.raises(NothingToUndo):
        background.begin_undo("herald", "op-5", "ada", found)


def test_decided_campaigns_are_listed_the_last_first_as_long_as_the_decision_stands(api, store):
    found = []
    for at in range(3):
        pitch = unlike_all_before(at)
        for n in range(5):
            post(api, f"d-{at}-{n}", f"{pitch} {n}")
        found.append(only(api)["id"])
        decide(api, found[-1])
    kept = Campaigns(store)
    first, behind = kept.decided("herald", 2, None)
    assert [one.id for one in first] == [found[2], found[1]]
    assert [one.decided_at for one in first] == sorted((one.decided_at for one in first), reverse=True)
    received, _, campaign = behind.partition(".")
    assert [one.id for one in kept.decided("herald", 2, (int(received), campaign))[0]] == [found[0]]
    undo(api, found[2])
    for n in range(5):
        api.delete(f"/v1/comments/d-1-{n}")
    assert [one.id for one in kept.decided("herald", 10, None)[0]] == [found[0]]
    assert kept.get("herald", found[2]).decided_at is None
    assert kept.decided("gazette", 10, None) == ([], None)


def test_authors_of_a_campaign_are_counted_and_those_without_an_id_too(api, store):
    for n in range(6):
        post(api, f"c-{n}", copy_of(PITCH, n), **({"author": {"id": f"u-{n % 2}"}} if n < 4 else {}))
    assert Campaigns(store).authors("herald", only(api)["id"]) == Authors(named=2, unnamed=2, of=6)
    assert Campaigns(store).authors("herald", "none") == Authors(named=0, unnamed=0, of=0)


def test_nothing_is_left_to_do_though_the_last_member_that_was_told_is_erased(api, found, store, background):
    decide(api, found)
    store.call(lambda client: client.zadd("{herald}:campaigns:due", {found: 0}))
    api.delete("/v1/comments/c-5")
    assert background.catch_up("herald") == 1
    assert background.catch_up("herald") == 0


def test_a_decision_that_was_taken_back_is_not_made_again_by_a_late_repetition(api, found):
    path = f"/v1/queue/campaigns/{found}/decision"
    api.post(path, {"action": "reject"}, Idempotency_Key="k")
    undo(api, found)
    assert api.post(path, {"action": "reject"}, Idempotency_Key="k").json["reached"] == 0
    assert status(api, "c-0") == "pending"


def test_an_erased_sample_is_followed_by_another_and_nothing_keeps_the_text(api, found, store):
    assert api.delete("/v1/comments/c-0").status_code == 204
    one = only(api)
    assert (one["size"], one["sample_id"], one["sample"]) == (5, "c-1", copy_of(PITCH, 1))
    for n in range(1, 6):
        api.delete(f"/v1/comments/c-{n}")
    assert campaigns(api) == []
    assert api.get(f"/v1/queue/campaigns/{found}").status_code == 404
    left = everything(store)
    assert "neighbour" not in left
    assert f"campaign:{found}" not in left
    client = store._client
    shards = [name for name in client.scan_iter("{herald}:near:???") if name != "{herald}:near:ids"]
    assert shards
    assert {field for name in shards for field in client.hkeys(name)} == {""}


def test_an_edit_into_something_else_leaves_the_campaign_and_a_small_one_does_not(api, found):
    api.put("/v1/comments/c-0", {"body": copy_of(PITCH, 0) + " yet"})
    api.put("/v1/comments/c-1", {"body": "The concert was wonderful and we will surely come again next year"})
    one = only(api)
    assert (one["size"], one["pending"]) == (5, 5)
    assert set(ids(members(api, found))) == {"c-0", "c-2", "c-3", "c-4", "c-5"}
    decide(api, found)
    assert status(api, "c-1") == "pending"


def test_a_batch_of_copies_is_grouped_like_single_ones(api):
    posts = [{"id": f"c-{n}", "body": copy_of(PITCH, n)} for n in range(40)]
    results = api.post("/v1/comments/batch", {"comments": posts}).json["results"]
    assert [one["status"] for one in results].count("approved") <= 4
    assert only(api)["pending"] == 40


def test_copies_that_arrive_at_once_are_one_campaign(api):
    threads = [threading.Thread(target=post, args=(api, f"c-{n}", copy_of(PITCH, n))) for n in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (only(api)["size"], only(api)["pending"]) == (12, 12)
    assert [event["type"] for event in events(api)].count("campaign.found") == 1


def test_two_campaigns_that_turn_out_one_are_merged(api, store):
    """Two texts that have too few words in common, and one in the middle that is like both."""
    story = [f"wo{one}rd{one}s" for one in "abcdefghijklmnopqrstuvwxyzäö"]
    for n in range(2):
        post(api, f"f-{n}", " ".join(story[:20]))
        post(api, f"l-{n}", " ".join(story[8:]))
    apart = [store._client.hget(f"{{herald}}:comment:{one}", "campaign") for one in ("f-0", "f-1", "l-0", "l-1")]
    assert len(set(apart)) == 2
    assert None not in apart
    found = {one["id"] for one in events(api) if one["type"] == "campaign.found"}
    assert not found
    for n in (5, 6):
        post(api, f"m-{n}", " ".join(story[n : n + 20]))
    assert sorted(ids(members(api, only(api)["id"]))) == ["f-0", "f-1", "l-0", "l-1", "m-5", "m-6"]
    assert [one["type"] for one in events(api)].count("campaign.found") == 1


def test_anothers_campaign_is_not_there(api, key_for, found):
    theirs = key_for("admin", site="rival")
    assert campaigns(theirs) == []
    assert theirs.get(f"/v1/queue/campaigns/{found}").status_code == 404
    assert theirs.post(f"/v1/queue/campaigns/{found}/decision", {"action": "reject"}).status_code == 404
    assert theirs.delete(f"/v1/queue/campaigns/{found}/decision").status_code == 404


def test_pages_of_campaigns_and_members_lose_and_double_nothing(api):
    hold_everything(api)
    for kind in range(7):
        pitch = " ".join(f"{word}{chr(97 + kind)}" for word in PITCH.split())
        for n in range(2 + kind % 3):
            post(api, f"k{kind}-{n}", copy_of(pitch, n))
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/queue/campaigns?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        seen += page["items"]
        cursor = page["next_cursor"]
    assert len({one["id"] for one in seen}) == len(seen) == 7
    assert [one["pending"] for one in seen] == sorted((one["pending"] for one in seen), reverse=True)
    largest, cursor, found = seen[0]["id"], "", []
    while cursor is not None:
        page = api.get(f"/v1/queue/campaigns/{largest}?limit=3{f'&cursor={cursor}' if cursor else ''}").json
        found += ids(page["members"])
        cursor = page["next_cursor"]
    assert found == sorted(set(found))
    assert len(found) == 4


def test_two_moderators_at_once_decide_one_campaign_once(api, bob, found):
    answers = []
    gate = threading.Barrier(2)

    def go(moderator, action):
        gate.wait()
        answers.append(moderator.post(f"/v1/queue/campaigns/{found}/decision", {"action": action}).status_code)

    threads = [threading.Thread(target=go, args=one) for one in ((api, "approve"), (bob, "reject"))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [200, 409]
    assert len({status(api, f"c-{n}") for n in range(6)}) == 1


@pytest.mark.parametrize("kept", [True, False], ids=["while the campaign is held", "while nothing is held"])
def test_of_many_copies_among_as_many_unrelated_comments_nearly_all_are_in_one_campaign_and_no_other_is(api, kept):
    """In small; `benchmarks/campaigns.py` does it with 10,000 of each."""
    policy = api.get("/v1/policy").json
    if not kept:
        api.put("/v1/policy", policy | {"near_copies": {"hold": None, "seconds": 86400}})
    chance = random.Random(5)
    spoken = language(chance)
    posts = [{"id": f"copy-{n}", "body": body} for n, body in enumerate(copies(chance, spoken, 500))]
    posts += [{"id": f"other-{n}", "body": body} for n, body in enumerate(unrelated(chance, spoken, 500))]
    chance.shuffle(posts)
    results = api.post("/v1/comments/batch", {"comments": posts}).json["results"]
    assert {one.get("status") for one in results} <= {"approved", "pending"}
    sample = next(one["id"] for one in posts if one["id"].startswith("copy-"))
    campaign = store_of(api).hget(f"{{herald}}:comment:{sample}", "campaign")
    found = ids(members(api, campaign))
    assert sum(one.startswith("copy-") for one in found) >= 490
    assert not [one for one in found if one.startswith("other-")]


def store_of(api):
    return api.client.application.extensions["winnow"].store._client
