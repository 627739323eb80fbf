"""The queue by what the model would learn, where it is long: every page, every filter, every cursor."""

import random

import pytest

from model.informative import informativeness
from service.commands.export import decided
from service.moderation.comment import Article, Judgement, Reason, Submission
from service.store.arrivals import Acceptance, Arrivals
from service.store.comments import Comments
from service.store.queue import Queue, Shelf
from tests.support import claim, hold_everything, ids

SITE = "herald"
LEVELS = 4096


@pytest.fixture
def crowd(store):
    """2,500 pending comments by id, most informative first: {id: section}; many share a level of information."""
    chance = random.Random(7)
    made = []
    for n in range(2500):
        section, level = chance.choice(["news", "news", "sport"]) if n % 50 else "rare", chance.choice([0, 9, n])
        judgement = Judgement("hold", {}, (Reason("mode", ""),), "m", 1, "en")
        submission = Submission(f"Held {n}", article=Article(section=section))
        made.append(
            (level, Acceptance(f"c-{n:04}", "op", "d", submission, judgement, n % 32, 1 - level / (LEVELS - 1)))
        )
    arrived = [receipt.received for receipt in Arrivals(store).settle(SITE, [one for _, one in made])]
    ranked = sorted(
        (level, ms, one.id, one.submission.article.section) for (level, one), ms in zip(made, arrived, strict=True)
    )
    return {one: section for _, _, one, section in ranked}


@pytest.fixture
def queue(store):
    return Queue(store)


def pages(queue, shelf, limit):
    seen, after = [], None
    while True:
        page, after = queue.browse(SITE, order="informative", limit=limit, after=after, shelf=shelf)
        seen += [one.id for one in page]
        if after is None:
            return seen


@pytest.mark.usefixtures("ranked_at_once")
@pytest.mark.parametrize("limit", [7, 1000])
@pytest.mark.parametrize("section", [None, "news", "sport", "rare"])
def test_pages_are_the_most_informative_first_with_no_gap_or_repeat(queue, crowd, section, limit):
    wanted = [one for one, stands_in in crowd.items() if section in (None, stands_in)]
    assert pages(queue, Shelf(section=section), limit) == wanted


def test_what_is_claimed_goes_behind_all_others_and_comes_back_to_its_place(queue, crowd):
    order = list(crowd)
    claim = queue.claim(SITE, "t", "ada", limit=900, lease_seconds=60, order="informative", shelf=Shelf())
    assert claim.ids == order[:900]
    assert pages(queue, Shelf(), 400) == order[900:] + order[:900]
    assert queue.give_back(SITE, "t", "ada") == 900
    assert pages(queue, Shelf(), 1000) == order


@pytest.mark.usefixtures("ranked_at_once")
def test_two_moderators_claims_follow_each_other(queue, crowd):
    sport = [one for one, section in crowd.items() if section == "sport"]
    shelf = Shelf(section="sport", language="en")
    for by, start in (("ada", 0), ("bob", 25), ("cyd", 50)):
        claim = queue.claim(SITE, f"t-{by}", by, limit=25, lease_seconds=60, order="informative", shelf=shelf)
        assert claim.ids == sport[start : start + 25]


@pytest.mark.usefixtures("ranked_at_once")
def test_comments_that_are_too_young_are_passed_over(store, queue, crowd):
    arrivals = store._client.zrange("{herald}:list:pending", 0, -1, withscores=True)
    middle = int(arrivals[1250][1])
    old = {one for one, ms in arrivals if ms <= middle}
    shelf = Shelf(older_than=middle)
    claim = queue.claim(SITE, "t", "ada", limit=1000, lease_seconds=60, order="informative", shelf=shelf)
    assert claim.ids == [one for one in crowd if one in old][:1000]


@pytest.mark.usefixtures("ranked_at_once")
def test_what_comes_back_or_comes_in_is_claimed_before_what_lies_behind_others(store, queue, crowd):
    sport, shelf = [one for one, section in crowd.items() if section == "sport"], Shelf(section="sport")
    for n in range(4):
        queue.claim(SITE, f"t-{n}", "ada", limit=100, lease_seconds=60, order="informative", shelf=shelf)
    queue.give_back(SITE, "t-1", "ada")
    queue.give_back(SITE, "t-3", "ada", sport[390])
    judgement = Judgement("hold", {}, (), "m", 1, "en")
    new = [
        Acceptance(f"new-{n}", "op", "d", Submission("x", article=Article(section=section)), judgement, 5, 1.0)
        for n, section in enumerate(["news", "sport"])
    ]
    Arrivals(store).settle(SITE, new)
    claim = queue.claim(SITE, "u", "bob", limit=104, lease_seconds=60, order="informative", shelf=shelf)
    assert [one for one in claim.ids if one != "new-1"] == [*sport[100:200], sport[390], *sport[400:402]]
    assert claim.ids.index("new-1") < claim.ids.index(sport[390])


def test_a_ranked_set_goes_when_nobody_asks_for_it_any_more(store, queue, crowd):
    redis, shelf = store._client, Shelf(section="sport")
    claim = queue.claim(SITE, "t", "ada", limit=5, lease_seconds=60, order="informative", shelf=shelf)
    assert 0 < redis.ttl("{herald}:ranked:section:sport") <= 3600
    redis.delete("{herald}:ranked:section:sport")  # as its expiry does
    queue.give_back(SITE, "t", "ada")
    assert not redis.exists("{herald}:ranked")
    again = queue.claim(SITE, "u", "ada", limit=5, lease_seconds=60, order="informative", shelf=shelf)
    assert again.ids == claim.ids
    for n in range(40):
        queue.claim(
            SITE,
            f"v-{n}",
            "ada",
            limit=1,
            lease_seconds=60,
            order="informative",
            shelf=Shelf(language="en", section=f"s-{n}"),
        )
        queue.claim(
            SITE,
            f"w-{n}",
            "ada",
            limit=1,
            lease_seconds=60,
            order="informative",
            shelf=Shelf(section="news", language="en"),
        )
    assert redis.scard("{herald}:ranked") <= 32


def test_a_lone_match_behind_more_than_one_call_looks_at_is_found(store, queue, crowd):
    judgement = Judgement("hold", {}, (), "m", 1, "de")
    many = [Acceptance(f"d-{n}", "op", "d", Submission("x"), judgement, 5, 0.5) for n in range(9000)]
    Arrivals(store).settle(SITE, many)
    claim = queue.claim(
        SITE, "t", "ada", limit=2500, lease_seconds=60, order="informative", shelf=Shelf(reason="mode", language="en")
    )
    assert claim.ids == list(crowd)[: len(claim.ids)]
    assert claim.ids
    last = Acceptance("last", "op", "d", Submission("x", article=Article(section="news")), judgement, 5, 0.0)
    Arrivals(store).settle(SITE, [last])
    claim = queue.claim(
        SITE, "u", "ada", limit=1, lease_seconds=60, order="informative", shelf=Shelf(language="de", section="news")
    )
    assert claim.ids == ["last"]


def test_through_the_api_a_comment_in_doubt_comes_before_a_sure_one_and_a_copy_behind_its_first(api):
    hold_everything(api)
    doubt = "Typical of that lot, clueless as ever"
    teaches = {}
    for one, body, copies in (("sure", "Great read, thanks!", 0), ("doubt", doubt, 0), ("copy", doubt, 1)):
        scores = api.post("/v1/comments", {"id": one, "body": body}).json["scores"]
        teaches[one] = informativeness(scores, copies)
    assert teaches["doubt"] > max(teaches["sure"], teaches["copy"])
    assert ids(api.get("/v1/queue?order=informative").json["items"]) == sorted(teaches, key=lambda one: -teaches[one])
    assert ids(claim(api, order="informative", limit=1)["items"]) == ["doubt"]


def test_an_edit_gives_a_waiting_comment_another_rank_and_its_lease_stays(api, bob):
    hold_everything(api)
    for one, body in (("a", "You stupid, worthless idiot."), ("b", "Typical of that lot, clueless as ever")):
        api.post("/v1/comments", {"id": one, "body": body})
    api.put("/v1/comments/b", {"body": "You stupid, worthless idiot, go away."})
    api.put("/v1/comments/a", {"body": "He ought to be ashamed, what a pathetic answer"})
    assert ids(claim(api, order="informative", limit=1)["items"]) == ["a"]
    api.put("/v1/comments/a", {"body": "He ought to be ashamed, what a pathetic reply"})
    assert ids(claim(bob, order="informative")["items"]) == ["b"]
    assert bob.post("/v1/comments/b/decision", {"action": "approve"}).status_code == 200
    assert ids(api.get("/v1/queue?order=informative").json["items"]) == ["a"]


def test_exports_tell_decisions_on_what_was_claimed_as_informative(api, held, store):
    claim(api, order="informative", limit=1)
    (chosen,) = [one["id"] for one in api.get("/v1/queue").json["items"] if one["claimed_by"]]
    for one in held[:3]:
        api.post(f"/v1/comments/{one}/decision", {"action": "approve"})
    api.post(f"/v1/comments/{chosen}/decision", {"action": "approve", "labels": ["insult"]})
    exported = {one["id"]: one["probability"] for one in decided(store, SITE, 0)}
    assert exported == dict.fromkeys(held[:3], 1) | {chosen: None}


def test_what_is_worth_a_label_is_pending_or_approved_and_undecided(api, held, store):
    api.post("/v1/comments/h-3/decision", {"action": "approve"})
    api.post("/v1/comments/h-4/decision", {"action": "reject"})
    api.post("/v1/comments/h-5/decision", {"action": "escalate"})
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"mode": "post"})
    api.post("/v1/comments", {"id": "fine", "body": "Thanks for the report"})
    undecided = [record.id for record in Comments(store).undecided(SITE, 0)]
    assert sorted(undecided) == sorted({*held, "fine"} - {"h-3", "h-4"})
    newest = Comments(store).get(SITE, "fine").received
    assert "fine" in [record.id for record in Comments(store).undecided(SITE, newest)]
    assert list(Comments(store).undecided(SITE, newest + 1)) == []
