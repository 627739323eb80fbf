"""Readers' reports: who counts, what they bring into the queue, and how readers are told to be right."""

import pytest

from service.moderation.reports import weight
from tests.support import claim, events, everything, hold_everything, ids


def report(api, comment="c", reader="r-1", ip=None, reason="rude", **more):
    said = {"reporter_id": reader, "reason": reason, **more}
    return api.post(f"/v1/comments/{comment}/reports", said | ({"reporter_ip": ip} if ip else {}))


def reports(api, comment="c"):
    return api.get(f"/v1/comments/{comment}").json["reports"]


def flood(api, readers=6, comment="c", first=0):
    return [report(api, comment, f"r-{n}").json["status"] for n in range(first, first + readers)]


def told(api, after=0):
    return [event["type"] for event in events(api)][after:]


def reporters(store):
    """How often each reader was right and wrong, whoever they are."""
    return sorted(
        tuple(sorted(store._client.hgetall(key).items())) for key in store._client.scan_iter("{herald}:reporter:*")
    )


@pytest.fixture
def approved(api):
    assert api.post("/v1/comments", {"id": "c", "body": "Thanks", "author": {"id": "u-1"}}).json["status"] == "approved"


@pytest.mark.usefixtures("approved")
def test_enough_readers_bring_an_approved_comment_into_the_queue(api):
    assert flood(api, 6) == ["approved"] * 5 + ["pending"]
    assert told(api) == ["comment.approved"] + ["comment.reported"] * 6 + ["comment.held"]
    held = events(api)[-1]["data"]
    assert (held["verdict"], [one["code"] for one in held["reasons"]]) == ("approve", ["report"])
    assert "6 times, which weighs 3.00 of the policy's 3.00" in held["reasons"][0]["detail"]
    assert ids(api.get("/v1/queue?reason=report").json["items"]) == ["c"]
    assert api.get("/v1/queue/counts").json["by_reason"] == {"report": 1}
    comment = api.get("/v1/comments/c").json
    assert [one["code"] for one in comment["reasons"]] == ["report"]
    assert [(one["kind"], one["count"], one["weight"]) for one in comment["history"]] == [("report", 6, 3.0)]
    assert api.get("/v1/authors/u-1").json["comments"] == {"approved": 0, "pending": 1, "rejected": 0}


@pytest.mark.usefixtures("approved")
def test_the_first_answer_to_a_post_stays_what_it_was(api):
    flood(api, 6)
    again = api.post("/v1/comments", {"id": "c", "body": "Thanks", "author": {"id": "u-1"}})
    assert (again.status_code, again.json["status"], again.json["reasons"]) == (200, "approved", [])


@pytest.mark.usefixtures("approved")
def test_more_reports_of_what_is_pending_count_and_change_nothing(api):
    flood(api, 7)
    assert told(api)[-2:] == ["comment.held", "comment.reported"]
    assert reports(api)["count"] == 7


@pytest.mark.usefixtures("approved")
def test_the_same_reader_counts_once_from_however_many_addresses(api):
    assert report(api, ip="203.0.113.1").status_code == 201
    for n in range(2, 9):
        assert report(api, ip=f"203.0.113.{n}", reason=f"again {n}").status_code == 200
    found = reports(api)
    assert (found["count"], found["weight"]) == (1, 0.5)
    assert [one["reason"] for one in found["reasons"]] == ["rude"]
    assert told(api) == ["comment.approved", "comment.reported"]


@pytest.mark.usefixtures("approved")
@pytest.mark.parametrize("address", ["203.0.113.1", "2001:db8:1:2::{n}"])
def test_readers_of_one_address_count_once(api, address):
    answers = [report(api, reader=f"r-{n}", ip=address.format(n=n)).status_code for n in range(14)]
    assert answers == [201] * 10 + [200] * 4
    assert (reports(api)["count"], reports(api)["weight"]) == (10, 0.5)
    assert api.get("/v1/comments/c").json["status"] == "approved"


def test_of_one_address_the_heaviest_reader_counts(api):
    for comment in ("a", "b", "c"):
        api.post("/v1/comments", {"id": comment, "body": f"Thanks for {comment}"})
    for comment in ("a", "b"):
        report(api, comment, "proven")
        api.post(f"/v1/comments/{comment}/decision", {"action": "reject"})
    heavy = round(weight(2, 0), 3)
    for reader, weighs in (("new", 0.5), ("proven", heavy), ("other", heavy)):
        report(api, "c", reader, ip="203.0.113.1")
        assert reports(api)["weight"] == weighs
    assert [one["weight"] for one in reports(api)["reasons"]] == [0.5, heavy, 0.5]


@pytest.mark.usefixtures("approved")
def test_the_address_of_the_request_is_never_looked_at(api):
    for n in range(6):
        api.client.post(
            "/v1/comments/c/reports",
            json={"reporter_id": f"r-{n}", "reason": "rude"},
            headers={"Authorization": f"Bearer {api.key}", "X-Forwarded-For": "203.0.113.1"},
        )
    assert (reports(api)["weight"], api.get("/v1/comments/c").json["status"]) == (3.0, "pending")


@pytest.mark.usefixtures("approved")
def test_no_more_readers_of_a_comment_are_told_apart_than_there_is_room_for(api, store):
    store._client.hset("{herald}:reports:c", mapping={"count": 500, "weight": 0})
    answer = report(api)
    assert (answer.status_code, answer.json) == (200, {"id": "c", "status": "approved"})
    assert reports(api)["count"] == 500


@pytest.mark.usefixtures("approved")
def test_the_words_of_the_first_hundred_are_kept(api):
    for n in range(103):
        report(api, reader=f"r-{n}", reason=f"reason {n}", note="why" if n == 0 else None)
    found = reports(api)
    assert found["count"] == 103
    assert [one["reason"] for one in found["reasons"]] == [f"reason {n}" for n in range(100)]
    assert [one["note"] for one in found["reasons"][:2]] == ["why", None]


@pytest.mark.usefixtures("approved")
def test_what_readers_said_is_shown_to_moderators_and_to_nobody_else(api, key_for):
    flood(api, 6)
    assert key_for("submit").get("/v1/comments/c").json["reports"] is None
    (item,) = key_for("moderate").get("/v1/queue").json["items"]
    assert (item["reports"]["count"], item["reports"]["weight"]) == (6, 3.0)
    assert [one["reason"] for one in item["reports"]["reasons"]] == ["rude"] * 6
    assert claim(api)["items"][0]["reports"] == item["reports"]


@pytest.mark.usefixtures("approved")
def test_events_have_figures_and_no_word_and_nobodys_name(api, store):
    secret = {"reader": "reader-seven", "ip": "203.0.113.77", "reason": "secret reason", "note": "secret note"}
    report(api, **secret)
    assert events(api)[-1]["data"] == {"count": 1, "weight": 0.5, "revision": 1}
    told = repr(store._client.xrange("{herald}:events"))
    assert not any(word in told for word in secret.values())
    kept = everything(store)
    assert "reader-seven" not in kept
    assert "203.0.113.77" not in kept
    api.delete("/v1/comments/c")
    assert "secret" not in everything(store)
    assert not store._client.exists("{herald}:reports:c")


@pytest.mark.usefixtures("approved")
def test_a_comment_that_is_not_there_is_404_and_one_that_was_erased_410(api, key_for):
    assert report(api, "nowhere").status_code == 404
    assert report(key_for("admin", site="rival")).status_code == 404
    api.delete("/v1/comments/c")
    assert report(api).status_code == 410


@pytest.mark.usefixtures("approved")
def test_a_report_under_an_idempotency_key_is_given_the_first_answer(api):
    said = {"reporter_id": "r-1", "reason": "rude"}
    answers = [api.post("/v1/comments/c/reports", said, Idempotency_Key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert told(api) == ["comment.approved", "comment.reported"]


@pytest.mark.parametrize(("action", "word"), [("reject", "right"), ("approve", "wrong")])
@pytest.mark.usefixtures("approved")
def test_a_decision_says_whether_each_reporter_was_right_and_its_undo_takes_that_back(api, store, action, word):
    flood(api, 3)
    assert reporters(store) == []
    for _ in range(2):
        api.post("/v1/comments/c/decision", {"action": action})
        assert reporters(store) == [((word, "1"),)] * 3
    api.delete("/v1/comments/c/decision")
    assert reporters(store) == []


@pytest.mark.usefixtures("approved")
def test_another_decision_in_place_of_the_first_tells_them_anew(api, store, key_for):
    bob = key_for("moderate", name="bob")
    flood(api, 2)
    api.post("/v1/comments/c/decision", {"action": "approve"})
    report(api, reader="late")
    bob.post("/v1/comments/c/decision", {"action": "reject", "override": True})
    assert reporters(store) == [(("right", "1"),)] * 3
    bob.delete("/v1/comments/c/decision")
    assert reporters(store) == [(("wrong", "1"),)] * 2
    bob.post("/v1/comments/c/decision", {"action": "escalate", "override": True})
    assert reporters(store) == []
    bob.delete("/v1/comments/c/decision")
    assert reporters(store) == [(("wrong", "1"),)] * 2


def test_readers_who_were_wrong_weigh_less(api):
    for n in range(3):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Thanks {n}"})
        report(api, f"c-{n}")
        assert reports(api, f"c-{n}")["weight"] == round(weight(0, n), 3)
        api.post(f"/v1/comments/c-{n}/decision", {"action": "approve"})


@pytest.mark.usefixtures("approved")
def test_what_a_human_approved_comes_back_only_by_as_many_reports_again(api, key_for):
    flood(api, 6)
    api.post("/v1/comments/c/decision", {"action": "approve"})
    assert flood(api, 5, first=6) == ["approved"] * 5
    assert flood(api, 1, first=11) == ["pending"]
    comment = api.get("/v1/comments/c").json
    assert [one["code"] for one in comment["reasons"]] == ["report"]
    assert "12 times, which weighs 3.00" in comment["reasons"][0]["detail"]
    assert api.delete("/v1/comments/c/decision").status_code == 409
    bob = key_for("moderate", name="bob")
    assert bob.post("/v1/comments/c/decision", {"action": "reject"}).json["status"] == "rejected"


@pytest.mark.usefixtures("approved")
def test_an_undone_decision_on_a_reported_comment_puts_it_back_into_the_queue(api):
    flood(api, 6)
    before = api.get("/v1/queue").json["items"]
    api.post("/v1/comments/c/decision", {"action": "reject"})
    api.delete("/v1/comments/c/decision")
    after = api.get("/v1/queue").json["items"]
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert [one["reports"] for one in after] == [one["reports"] for one in before]


def test_a_decision_is_about_the_text_that_it_saw(api, store):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    flood(api, 2)
    api.put("/v1/comments/c", {"body": "Many thanks"})
    report(api, reader="late")
    api.post("/v1/comments/c/decision", {"action": "approve"})
    assert reporters(store) == [(("wrong", "1"),)]
    api.delete("/v1/comments/c/decision")
    assert reporters(store) == []


def test_an_author_does_not_shake_off_reports_by_an_edit(api):
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    flood(api, 5)
    api.put("/v1/comments/c", {"body": "Many thanks"})
    assert report(api, reader="late").json["status"] == "pending"


def test_reports_of_what_was_never_approved_bring_nothing_anywhere(api):
    hold_everything(api)
    api.post("/v1/comments", {"id": "c", "body": "Thanks"})
    place = api.get("/v1/queue").json["items"][0]["reasons"]
    assert flood(api, 8) == ["pending"] * 8
    assert told(api)[1:] == ["comment.reported"] * 8
    assert api.get("/v1/queue").json["items"][0]["reasons"] == place
    api.post("/v1/comments/c/decision", {"action": "reject"})
    assert flood(api, 2, first=8) == ["rejected"] * 2


@pytest.mark.usefixtures("approved")
def test_what_is_known_of_a_reader_has_an_end(api, store):
    report(api)
    api.post("/v1/comments/c/decision", {"action": "reject"})
    (key,) = store._client.scan_iter("{herald}:reporter:*")
    assert 399 * 86400 < store._client.ttl(key) <= 400 * 86400
    store._client.expire(key, 10)
    api.post("/v1/comments", {"id": "d", "body": "Hello"})
    report(api, "d")
    assert store._client.ttl(key) > 399 * 86400
