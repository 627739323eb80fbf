import pytest

from service.store.comments import Comments, Filters
from tests.support import events, everything, hold_everything, unlike_all_before

FULL = {
    "id": "c-1042",
    "body": "Great read, thanks!",
    "author": {
        "id": "u-7",
        "name": "Ada",
        "email": "ada@example.org",
        "url": None,
        "ip": "203.0.113.9",
        "user_agent": "Mozilla/5.0",
        "created_at": "2025-03-01T00:00:00Z",
    },
    "article": {"id": "a-88", "url": "https://news.example/a-88", "title": "Bitcoin reserve", "section": "markets"},
    "parent_id": None,
    "posted_at": "2026-11-24T04:00:00Z",
    "language": "en",
}


def test_the_contracts_example_is_approved_with_scores_and_no_reasons(api):
    answer = api.post("/v1/comments", FULL)
    assert answer.status_code == 201
    assert answer.json["id"] == "c-1042"
    assert (answer.json["status"], answer.json["verdict"], answer.json["reasons"]) == ("approved", "approve", [])
    assert set(answer.json["scores"]) == {
        "toxicity",
        "severe_toxicity",
        "obscene",
        "threat",
        "insult",
        "identity_attack",
        "spam",
    }
    assert all(0 <= score <= 1 for score in answer.json["scores"].values())
    assert answer.json["policy"] == 1
    assert set(answer.json) == {"id", "status", "verdict", "scores", "reasons", "model", "policy", "received_at"}


def test_a_plain_insult_is_held_with_the_score_that_did_it(api):
    answer = api.post("/v1/comments", {"body": "You are a stupid, worthless idiot and everybody hates you."})
    assert (answer.status_code, answer.json["status"], answer.json["verdict"]) == (201, "pending", "hold")
    reason = answer.json["reasons"][0]
    assert reason["code"] == "score"
    assert reason["score"] >= reason["threshold"]


def test_without_an_id_the_service_makes_a_time_ordered_one(api):
    first, second = (api.post("/v1/comments", {"body": "Thanks"}).json["id"] for _ in range(2))
    assert first < second
    assert first[14] == second[14] == "7"


def test_what_was_posted_is_what_is_fetched(api):
    api.post("/v1/comments", FULL)
    kept = api.get("/v1/comments/c-1042").json
    assert kept["body"] == FULL["body"]
    assert kept["author"] == FULL["author"] | {"created_at": "2025-03-01T00:00:00.000Z"}
    assert kept["article"] == FULL["article"]
    assert kept["posted_at"] == "2026-11-24T04:00:00.000Z"
    assert (kept["revision"], kept["history"], kept["language"]) == (1, [], "en")


def test_the_same_id_and_body_again_gets_the_first_answer_and_no_second_event(api):
    first = api.post("/v1/comments", FULL)
    again = api.post("/v1/comments", FULL)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert len(events(api)) == 1


def test_the_first_answer_stands_though_a_moderator_decided_since(api):
    first = api.post("/v1/comments", FULL).json
    api.post("/v1/comments/c-1042/decision", {"action": "reject"})
    assert api.post("/v1/comments", FULL).json == first
    assert api.get("/v1/comments/c-1042").json["status"] == "rejected"


def test_the_first_answer_stands_though_the_comment_was_edited_since(api):
    first = api.post("/v1/comments", FULL).json
    api.put("/v1/comments/c-1042", FULL | {"body": "You are a stupid, worthless idiot."})
    again = api.post("/v1/comments", FULL)
    assert (again.status_code, again.json) == (200, first)


def test_the_same_id_with_another_body_is_a_conflict_and_changes_nothing(api):
    api.post("/v1/comments", FULL)
    answer = api.post("/v1/comments", FULL | {"body": "Something else"})
    assert answer.status_code == 409
    assert api.get("/v1/comments/c-1042").json["body"] == FULL["body"]
    assert len(events(api)) == 1


def test_an_idempotency_key_makes_a_post_without_an_id_safe_to_repeat(api):
    first = api.post("/v1/comments", {"body": "Thanks"}, Idempotency_Key="k-1")
    again = api.post("/v1/comments", {"body": "Thanks"}, Idempotency_Key="k-1")
    other = api.post("/v1/comments", {"body": "No thanks"}, Idempotency_Key="k-1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert again.json == first.json
    assert len(events(api)) == 1


def test_one_keys_idempotency_keys_mean_nothing_to_another(api, key_for):
    first = api.post("/v1/comments", {"body": "Thanks"}, Idempotency_Key="k-1").json["id"]
    second = key_for("submit").post("/v1/comments", {"body": "Thanks"}, Idempotency_Key="k-1").json["id"]
    assert first != second


def test_a_batch_answers_each_in_order_and_a_bad_one_costs_the_others_nothing(api):
    comments = [{"id": "b-1", "body": "Fine"}, {"body": ""}, "no comment", {"id": "b-1", "body": "Fine"}, {"body": "x"}]
    results = api.post("/v1/comments/batch", {"comments": comments}).json["results"]
    assert results[0]["id"] == results[3]["id"] == "b-1"
    assert results[0] == results[3]
    assert [results[at]["status"] for at in (1, 2)] == [422, 422]
    assert list(results[1]["errors"]) == ["body"]
    assert results[4]["status"] == "approved"
    assert len(events(api)) == 2


def test_a_batch_of_a_thousand_is_taken_and_of_one_more_refused(api):
    comments = [{"id": f"b-{n}", "body": f"Comment number {n}"} for n in range(1001)]
    assert api.post("/v1/comments/batch", {"comments": comments}).status_code == 422
    results = api.post("/v1/comments/batch", {"comments": comments[:1000]}).json["results"]
    assert [one["id"] for one in results] == [f"b-{n}" for n in range(1000)]


def test_a_batch_under_an_idempotency_key_is_stored_once(api):
    batch = {"comments": [{"body": "One"}, {"body": "Two"}]}
    first = api.post("/v1/comments/batch", batch, Idempotency_Key="k").json["results"]
    again = api.post("/v1/comments/batch", batch, Idempotency_Key="k").json["results"]
    assert again == first
    assert len(events(api)) == 2


def test_the_fourth_exact_copy_is_held(api):
    statuses = [api.post("/v1/comments", {"body": f"Buy  my book{' ' * n}"}).json["status"] for n in range(5)]
    assert statuses == ["approved"] * 3 + ["pending"] * 2


def test_copies_within_one_batch_count_too(api):
    results = api.post("/v1/comments/batch", {"comments": [{"body": "Buy my book"}] * 5}).json["results"]
    assert [one["status"] for one in results] == ["approved"] * 3 + ["pending"] * 2


def test_an_author_over_the_rate_is_held_and_one_without_a_name_is_not(api):
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"author_rate": {"limit": 2, "seconds": 3600}})
    by_name = [api.post("/v1/comments", {"body": f"Note {n}", "author": {"id": "u-1"}}).json for n in range(3)]
    assert [one["status"] for one in by_name] == ["approved", "approved", "pending"]
    assert by_name[2]["reasons"][0]["code"] == "rate"
    nameless = [api.post("/v1/comments", {"body": f"Remark {n}"}).json["status"] for n in range(4)]
    assert nameless == ["approved"] * 4


def test_lists_are_newest_first_and_paged_without_gaps_or_repeats(api):
    ids = [api.post("/v1/comments", {"id": f"p-{n}", "body": f"Page {n}"}).json["id"] for n in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/comments?limit=3{'&cursor=' + cursor if cursor else ''}").json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_of_all_statuses_leave_nothing_out_at_their_end(api, limit):
    for n in range(14):
        body = "Thank you for this" if n % 2 else "You stupid idiot"
        api.post("/v1/comments", {"id": f"c-{n:02}", "body": f"{body}, {unlike_all_before(n)}."})
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/comments?limit={limit}{'&cursor=' + cursor if cursor else ''}").json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"c-{n:02}" for n in reversed(range(14))]


def test_pages_hold_though_many_came_in_the_same_millisecond(api):
    comments = [{"id": f"s-{n:03}", "body": f"Same time {n}"} for n in range(300)]
    api.post("/v1/comments/batch", {"comments": comments})
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/comments?limit=7{'&cursor=' + cursor if cursor else ''}").json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == [f"s-{n:03}" for n in range(300)]


def test_lists_are_narrowed_by_status_author_article_reason_and_words(api):
    api.post("/v1/comments", FULL)
    api.post("/v1/comments", {"id": "c-2", "body": "Other words", "author": {"id": "u-8"}, "article": {"id": "a-88"}})
    hold_everything(api)
    api.post("/v1/comments", {"id": "c-3", "body": "Held words", "author": {"id": "u-7"}})

    def ids(query):
        return [one["id"] for one in api.get(f"/v1/comments?{query}").json["items"]]

    assert ids("status=pending") == ["c-3"]
    assert ids("author_id=u-7") == ["c-3", "c-1042"]
    assert ids("article_id=a-88") == ["c-2", "c-1042"]
    assert ids("article_id=a-88&author_id=u-7") == ["c-1042"]
    assert ids("author_id=u-7&status=approved") == ["c-1042"]
    assert ids("reason=mode") == ["c-3"]
    assert ids("q=WORDS") == ["c-3", "c-2"]
    assert api.get("/v1/comments?q=nowhere").json == {"items": [], "next_cursor": None, "searched": 3}


def test_the_store_narrows_a_list_to_a_time_and_to_a_part_of_the_authors_name(api, store):
    for n, name in enumerate(("Ada Byron", "Grace", "ada lovelace", None)):
        api.post("/v1/comments", {"id": f"c-{n}", "body": f"Words {n}", "author": {"id": f"u-{n}", "name": name}})
    comments = Comments(store)
    times = [comments.get("herald", f"c-{n}").received for n in range(4)]

    def found(limit=10, after=None, **wanted):
        page = comments.find("herald", Filters(**wanted), limit, after)
        return [one.id for one in page.records], page.after

    assert found(author_name="ADA") == (["c-2", "c-0"], None)
    assert found(since=times[1])[0] == [f"c-{n}" for n in (3, 2, 1, 0) if times[n] >= times[1]]
    assert found(until=times[2])[0] == [f"c-{n}" for n in (3, 2, 1, 0) if times[n] < times[2]]
    assert found(since=times[3] + 1) == ([], None)
    ids, after = found(limit=1, until=times[3] + 1)
    assert ids == ["c-3"]
    assert found(after=after, until=times[3] + 1)[0] == ["c-2", "c-1", "c-0"]


def test_an_edit_is_judged_again_and_the_history_keeps_what_it_replaced(api):
    api.post("/v1/comments", FULL)
    answer = api.put("/v1/comments/c-1042", FULL | {"body": "You are a stupid, worthless idiot, all of you."})
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["revision"]) == ("pending", 2)
    assert [(entry["kind"], entry["body"]) for entry in answer.json["history"]] == [("edit", FULL["body"])]
    assert [event["type"] for event in events(api)] == ["comment.approved", "comment.edited", "comment.held"]


def test_an_edit_that_changes_nothing_is_none(api):
    api.post("/v1/comments", FULL)
    assert api.put("/v1/comments/c-1042", FULL).json["revision"] == 1
    assert len(events(api)) == 1


def test_an_edit_while_pending_keeps_its_place_and_stays_pending(api):
    hold_everything(api)
    for n in range(3):
        api.post("/v1/comments", {"id": f"q-{n}", "body": f"Waiting {n}"})
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"mode": "post"})
    assert api.put("/v1/comments/q-1", {"body": "Waiting, and better"}).json["status"] == "pending"
    assert [one["id"] for one in api.get("/v1/queue").json["items"]] == ["q-0", "q-1", "q-2"]


def test_an_edit_after_a_decision_is_judged_anew(api):
    api.post("/v1/comments", FULL)
    api.post("/v1/comments/c-1042/decision", {"action": "reject"})
    answer = api.put("/v1/comments/c-1042", FULL | {"body": "A kinder word"})
    assert answer.json["status"] == "approved"
    assert [entry["kind"] for entry in answer.json["history"]] == ["decision", "edit"]


def test_an_edit_moves_a_comment_between_authors_and_articles(api):
    api.post("/v1/comments", FULL)
    api.put("/v1/comments/c-1042", FULL | {"author": {"id": "u-9"}, "article": {"id": "a-9"}})
    assert api.get("/v1/comments?author_id=u-7").json["items"] == []
    assert len(api.get("/v1/comments?author_id=u-9").json["items"]) == 1
    assert api.get("/v1/comments?article_id=a-88").json["items"] == []
    assert len(api.get("/v1/comments?article_id=a-9").json["items"]) == 1


def test_an_edit_of_nothing_is_404_and_under_another_id_422(api):
    assert api.put("/v1/comments/nowhere", {"body": "x"}).status_code == 404
    api.post("/v1/comments", FULL)
    assert api.put("/v1/comments/c-1042", {"id": "c-2", "body": "x"}).status_code == 422


def test_erasing_leaves_a_tombstone_and_nothing_of_what_was_written(api, store):
    secret = "a very particular sentence"
    hold_everything(api)
    api.post("/v1/comments", FULL | {"body": secret})
    api.put("/v1/comments/c-1042", FULL | {"body": secret + " twice"})
    api.post("/v1/comments/c-1042/decision", {"action": "reject", "note": secret})
    assert api.delete("/v1/comments/c-1042").status_code == 204
    assert api.delete("/v1/comments/c-1042").status_code == 204
    assert api.get("/v1/comments/c-1042").status_code == 410
    assert api.post("/v1/comments", FULL | {"body": secret}).status_code == 410
    assert api.put("/v1/comments/c-1042", FULL).status_code == 410
    assert api.post("/v1/comments/c-1042/decision", {"action": "approve"}).status_code == 410
    assert api.get("/v1/comments").json["items"] == []
    assert api.get("/v1/queue/counts").json["pending"] == 0
    for word in (secret, "ada@example.org", "203.0.113.9", "u-7"):
        assert word not in everything(store)
    assert not list(store._client.scan_iter("*:copies:*"))


def test_erasing_copies_does_not_make_room_for_more(api):
    for n in range(3):
        api.post("/v1/comments", {"id": f"spam-{n}", "body": "Buy my book"})
    api.delete("/v1/comments/spam-1")
    assert api.post("/v1/comments", {"body": "Buy my book"}).json["status"] == "pending"


def test_the_history_has_an_end_and_the_first_answer_outlives_it(api):
    first = api.post("/v1/comments", FULL).json
    for n in range(120):
        api.put("/v1/comments/c-1042", FULL | {"body": f"Version {n}"})
    assert len(api.get("/v1/comments/c-1042").json["history"]) == 100
    assert api.post("/v1/comments", FULL).json == first


def test_erasing_what_never_was_is_404(api):
    assert api.delete("/v1/comments/nowhere").status_code == 404


@pytest.mark.parametrize(
    "languages", [("Tämä on aivan tavallinen suomenkielinen kommentti uutisesta ja satamasta.", "fi")]
)
def test_a_language_the_model_does_not_know_is_held_and_spam_is_still_scored(api, languages):
    body, language = languages
    answer = api.post("/v1/comments", {"body": body}).json
    assert answer["status"] == "pending"
    assert "language" in [reason["code"] for reason in answer["reasons"]]
    assert "toxicity" not in answer["scores"]
    assert "spam" in answer["scores"]
    assert api.get(f"/v1/comments/{answer['id']}").json["language"] == language


def test_scores_come_without_storing_anything(api, store):
    before = everything(store)
    answer = api.post(
        "/v1/score", {"texts": ["You idiot 😀 you", "Thanks"], "explain": True, "attributes": ["toxicity"]}
    )
    insult, thanks = answer.json["results"]
    assert insult["scores"]["toxicity"] > thanks["scores"]["toxicity"]
    assert set(insult["scores"]) == {"toxicity"}
    assert insult["spans"]
    assert any("idiot" in "You idiot 😀 you"[span["start"] : span["end"]] for span in insult["spans"])
    after = everything(store)
    assert "idiot" not in after
    assert len(after.splitlines()) <= len(before.splitlines()) + 1


def calls_of_scripts(store):
    return store.call(lambda client: client.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0)


def test_an_ordinary_comment_costs_one_call_of_the_store_and_a_copy_two(api, store):
    api.post("/v1/comments", {"body": "The first of its kind"})
    before = calls_of_scripts(store)
    api.post("/v1/comments", {"body": "Another one", "author": {"id": "u-1"}})
    assert calls_of_scripts(store) - before == 1
    api.post("/v1/comments", {"body": "Another one", "author": {"id": "u-1"}})
    assert calls_of_scripts(store) - before == 3
