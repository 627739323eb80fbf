"""Blind reviews and disagreements in the console: what is shown, what an answer does, and what came first."""

import re

import pytest

from tests.support import claim as claimed
from tests.support import hold_everything, ids

HELD = [f"h-{n}" for n in range(10)]


@pytest.fixture
def held(api, held):
    """Ten pending comments on a site where every decision is reviewed."""
    hold_everything(api, review_share=1)
    return held


@pytest.fixture
def decided(api, bob, held):
    """Four of them rejected by bob, so that four reviews wait."""
    for one in held[:4]:
        said = {"action": "reject", "labels": ["insult"], "note": "between us"}
        assert bob.post(f"/v1/comments/{one}/decision", said).status_code == 200
    return held[:4]


@pytest.fixture
def cyd(desk_for):
    return desk_for("moderate", name="cyd")


def taken(desk, op=""):
    """Takes reviews; the page's address, its text, and where its answer goes."""
    answer = desk.post("/console/reviews/take", op=op)
    assert answer.status_code == 303, answer.text
    return look(desk, answer.location)


def look(desk, address):
    page = desk.get(address)
    assert page.status_code == 200, (address, page.status_code)
    action = re.search(r'action="(/console/reviews/\w+/answers/[^"]+)"', page.text)
    return address, page.text, action and action[1]


def told(desk, answer):
    assert answer.status_code == 303, answer.text
    return re.search(r'role="status">([^<]*)', desk.get(answer.location).text)[1]


@pytest.mark.usefixtures("decided")
def test_a_review_shows_the_comment_and_nothing_that_was_said_of_it(cyd):
    _, page, _ = taken(cyd)
    assert "Held number 0" in page
    for word in ("h-0", "bob", "between us", "everything is held"):
        assert word not in page
    assert 'value="insult" checked' not in page


@pytest.mark.usefixtures("decided")
def test_answers_lead_from_one_review_to_the_next_and_to_the_next_few(cyd, bob, api):
    _, page, action = taken(cyd)
    seen = [page]
    for n in range(3):
        answer = cyd.post(action, {"action": "reject" if n else "approve", "labels": ["insult", "spam"]})
        _, page, action = look(cyd, answer.location)
        seen.append(page)
    assert [number for page in seen for number in re.findall(r"Held number (\d)", page)] == ["0", "1", "2", "3"]
    answer = cyd.post(action, {"action": "reject", "labels": ["insult"]})
    assert told(cyd, answer) == "Taken. Nothing waits for your review."
    assert api.get("/v1/queue/counts").json["reviews"] == 0
    assert api.get("/v1/stats/agreement").json["action"]["n"] == 4
    assert bob.get("/v1/comments/h-0").json["status"] == "rejected"


@pytest.mark.usefixtures("decided")
def test_what_is_sent_twice_takes_effect_once(cyd, api):
    first, _, action = taken(cyd, op="take")
    assert taken(cyd, op="take")[0] == first
    for _ in range(2):
        answer = cyd.post(action, {"action": "reject", "labels": ["insult"]}, op="answer")
        assert told(cyd, answer) == "Taken."
    assert api.get("/v1/stats/agreement").json["action"]["n"] == 1
    _, _, action = look(cyd, first)
    for _ in range(2):
        assert told(cyd, cyd.post(action, {"action": "skip"}, op="skip")) == "Given back: somebody else reviews it."
    assert api.get("/v1/queue/counts").json["reviews"] == 3


@pytest.mark.usefixtures("decided")
def test_the_last_of_a_few_sent_twice_leads_to_the_same_next_few(cyd):
    address, _, _ = taken(cyd)
    for n in range(3):
        _, _, action = look(cyd, address)
        answers = [cyd.post(action, {"action": "reject"}, op=f"press-{n}").location for _ in range(2)]
        assert answers[0] == answers[1]
    assert "Held number 3" in cyd.get(answers[0]).text


@pytest.mark.usefixtures("decided")
def test_skipped_and_given_back_reviews_wait_for_others(cyd, desk_for):
    address, _, action = taken(cyd)
    cyd.post(action, {"action": "skip"})
    assert "Held number 1" in look(cyd, address)[1]
    dan = desk_for("moderate", name="dan")
    assert "Held number 0" in taken(dan)[1]
    assert dan.get(address).status_code == 404
    assert dan.post(f"{address}/stop").status_code == 404
    assert dan.post(action, {"action": "approve"}).status_code == 404
    assert told(cyd, cyd.post(f"{address}/stop")) == "What you held is given back."
    assert cyd.get(address).location == "/console/reviews"
    assert "Held number 1" in taken(desk_for("moderate", name="eve"))[1]


@pytest.mark.usefixtures("decided")
def test_another_answer_that_came_first_is_said_in_words_and_the_next_review_shown(cyd, key_for, store):
    _, _, action = taken(cyd)
    dan = key_for("moderate", name="dan")
    store._client.zadd("{herald}:leases", dict.fromkeys(store._client.zrange("{herald}:leases", 0, -1), 1))
    (first, *_) = claimed(dan, reviews=True)["reviews"]
    said = told(cyd, cyd.post(action, {"action": "approve"}))
    assert said.startswith("Your time was over and dan reviews it now.")
    dan.post(f"/v1/reviews/{first['id']}", {"action": "approve"})
    assert told(cyd, cyd.post(action, {"action": "reject"})).startswith("Another answer came first")


def test_a_comment_that_changed_meanwhile_needs_no_answer(cyd, api, decided):
    _, _, action = taken(cyd)
    api.put("/v1/comments/h-0", {"body": "Another text"})
    for _ in range(2):
        assert "is no more" in told(cyd, cyd.post(action, {"action": "approve"}))


@pytest.mark.usefixtures("decided")
def test_nobody_reviews_their_own_decision(desk_for):
    bob = desk_for("moderate", name="bob")
    assert told(bob, bob.post("/console/reviews/take")) == "Nothing waits for your review."


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("sent", [{}, {"action": "escalate"}, {"action": "reject", "labels": ["rude"]}])
def test_an_answer_that_is_none_is_refused(cyd, sent):
    _, _, action = taken(cyd)
    assert cyd.post(action, sent).status_code == 422


def disagree(cyd, times):
    _, _, action = taken(cyd)
    for _ in range(times):
        answer = cyd.post(action, {"action": "approve"})
        _, _, action = look(cyd, answer.location)


@pytest.mark.usefixtures("decided")
def test_an_admin_closes_disagreements_each_once_and_moderators_see_none(cyd, desk_for, api):
    disagree(cyd, 2)
    assert cyd.get("/console/disagreements").status_code == 403
    ada, eve = desk_for("admin", name="ada"), desk_for("admin", name="eve")
    page = ada.get("/console/disagreements").text
    for said in ("Held number 0", "Held number 1", "bob said", "cyd said", "insult"):
        assert said in page
    first, second = re.findall(r'action="(/console/disagreements/[^"]+)"', page)
    assert cyd.post(first, {"right": "first"}).status_code == 403
    for _ in range(2):
        assert told(ada, ada.post(first, {"right": "second"})) == "Closed."
    assert "closed before, with another word" in told(eve, eve.post(first, {"right": "first"}))
    assert eve.post("/console/disagreements/unknown", {"right": "first"}).status_code == 404
    assert ada.post(second, {"right": "both"}).status_code == 422
    api.delete("/v1/comments/h-1")
    page = ada.get("/console/disagreements").text
    assert "Held number" not in page
    assert "The comment is gone" in page
    ada.post(second, {"right": "neither"})
    assert "No disagreement waits." in ada.get("/console/disagreements").text


@pytest.mark.usefixtures("decided")
def test_what_a_reader_wrote_stays_text(cyd, api, bob):
    body = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    api.post("/v1/comments", {"id": "x", "body": body, "author": {"name": "<b>x</b>"}, "article": {"title": body}})
    bob.post("/v1/comments/x/decision", {"action": "reject"})
    for one in ids(claimed(api, reviews=True, limit=4)["reviews"]):
        api.post(f"/v1/reviews/{one}", {"action": "reject"})
    _, page, _ = taken(cyd)
    assert "&lt;script&gt;" in page
    assert "<img" not in page
    assert "<b>x" not in page
