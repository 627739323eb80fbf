"""The console's pages of campaigns and of similar comments, as a moderator sends and reads them."""

import html
import re

import pytest

from service.campaigning import Campaigning
from service.store.campaigns import Campaigns
from service.store.comments import Comments
from service.store.queue import Queue
from tests.support import acts, claim, events, everything, unlike_all_before

PITCH = "My neighbour wrote a long letter to the council about the old trees in our street and nobody answered it"


def copy_of(n, pitch=PITCH):
    return f"{pitch}, see page {n} of https://letters-{n}.example/{n * 31}"


def post(api, comment_id, body, **more):
    answer = api.post("/v1/comments", {"id": comment_id, "body": body, **more})
    assert answer.status_code == 201, answer.json


def post_copies(api, count, first=0, **more):
    for n in range(first, first + count):
        post(api, f"c-{n}", copy_of(n), author={"id": f"u-{n % 3}"}, **more)


def words(answer):
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def status(api, comment_id):
    return api.get(f"/v1/comments/{comment_id}").json["status"]


@pytest.fixture
def found(api):
    """A campaign of six."""
    post_copies(api, 6)
    (one,) = api.get("/v1/queue/campaigns").json["items"]
    return one["id"]


@pytest.fixture
def desk(desk_for):
    return desk_for("moderate", name="eva")


def path(found, rest=""):
    return f"/console/campaigns/{found}{rest}"


def decide(desk, found, op="", **form):
    answer = desk.post(path(found, "/decision"), {"action": "reject", **form}, op)
    assert (answer.status_code, answer.location) == (303, path(found)), answer.text
    return words(desk.get(path(found)))


def test_the_list_has_size_waiting_reasons_and_text_and_is_in_the_menu(desk, found):
    answer = desk.get("/console/campaigns")
    said = words(answer)
    assert answer.status_code == 200
    assert "6 near copies" in said
    assert "6 waiting" in said
    assert "near copies" in said
    assert PITCH in said
    assert f'href="{path(found)}"' in answer.text
    assert re.search(r'href="/console/campaigns"[^>]*aria-current="page"', answer.text)


def test_the_list_is_paged_and_nothing_is_on_two_pages(api, desk):
    for at in range(25):
        for n in range(2):
            post(api, f"p-{at}-{n}", f"{unlike_all_before(at)} {n}")
            api.post(f"/v1/comments/p-{at}-{n}/decision", {"action": "reject"})
    policy = api.get("/v1/policy").json
    api.put("/v1/policy", policy | {"mode": "pre"})
    for at in range(25):
        post(api, f"q-{at}", f"{unlike_all_before(at)} 9")
    seen, address = [], "/console/campaigns"
    while address:
        answer = desk.get(address)
        seen += re.findall(r'<h2 id="of-(k\d+)"', answer.text)
        further = re.search(r'href="([^"]*)" rel="next"', answer.text)
        address = html.unescape(further[1]) if further else ""
    assert (len(seen), len(set(seen))) == (25, 25)


def test_an_empty_list_says_so(desk):
    assert "No campaign has comments that wait." in words(desk.get("/console/campaigns"))
    assert "No decision stands on a campaign." in words(desk.get("/console/campaigns?state=decided"))


def test_a_campaign_says_how_many_by_whom_and_marks_how_each_differs(desk, found):
    answer = desk.get(path(found))
    said = words(answer)
    assert answer.text.count("<h1") == 1
    assert "6 waiting, 0 approved, 0 rejected" in said
    assert "3 authors" in said
    assert "The text above." in said
    assert len(re.findall(r"<li>", answer.text.partition('<ol class="copies">')[2])) == 6
    assert '<del><span class="unseen">[only in the first: </span>0' in answer.text
    assert '<ins><span class="unseen">[only here: </span>5' in answer.text


def test_members_are_paged_by_arrival(api, desk):
    post_copies(api, 45)
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    seen, address = [], path(campaign["id"])
    while address:
        answer = desk.get(address)
        seen += re.findall(r'href="/console/comments/(c-\d+)"', answer.text)
        further = re.search(r'href="([^"]*)" rel="next"', answer.text)
        address = html.unescape(further[1]).partition("#")[0] if further else ""
    assert seen == [f"c-{n}" for n in range(45)]


def test_a_dry_run_says_who_is_left_out_and_why_and_changes_nothing(api, key_for, desk, found, store):
    bob = key_for("moderate", name="bob")
    held = claim(bob, limit=2)["items"]
    left = [f"c-{n}" for n in range(6) if f"c-{n}" not in {one["id"] for one in held}]
    api.post(f"/v1/comments/{left[0]}/decision", {"action": "escalate"})
    api.post(f"/v1/comments/{left[1]}/decision", {"action": "approve"})
    desk.get("/console/campaigns")
    before = everything(store)
    answer = desk.get(path(found, "/dry-run?action=reject&labels=spam&labels=off_topic&term=No+advertising"))
    assert everything(store) == before
    said = words(answer)
    assert "2 comments would be rejected as spam, off topic by the rule “No advertising”." in said
    assert "4 stay as they are" in said
    assert "2 held by a colleague at the moment, bob" in said
    assert "1 escalated, to be decided one by one" in said
    assert "1 decided otherwise by a person, ada" in said
    assert "Reject 2 comments" in said
    for one in (*(one["id"] for one in held), left[0], left[1]):
        assert f'href="/console/comments/{one}"' in answer.text


def test_a_decision_reaches_all_and_one_undo_takes_it_back(api, desk, found, store):
    said = decide(desk, found, labels=["spam"], term="No advertising", note="The same shop again")
    assert "6 comments rejected." in said
    assert "You decided" in said
    assert "rejected as spam by the rule “No advertising”" in said
    assert [status(api, f"c-{n}") for n in range(6)] == ["rejected"] * 6
    entry = api.get("/v1/comments/c-3").json["history"][-1]
    assert (entry["by"], entry["campaign"], entry["labels"], entry["term"], entry["note"]) == (
        "eva",
        found,
        ["spam"],
        "No advertising",
        "The same shop again",
    )
    assert "shop" not in str(acts(store))
    assert "6 near copies" in words(desk.get("/console/campaigns?state=decided"))
    assert "No campaign has comments that wait." in words(desk.get("/console/campaigns"))
    assert desk.post(path(found, "/undo")).status_code == 303
    assert "The decision was taken back from 6 comments." in words(desk.get(path(found)))
    assert [status(api, f"c-{n}") for n in range(6)] == ["pending"] * 6
    assert "No decision stands on a campaign." in words(desk.get("/console/campaigns?state=decided"))


def test_a_form_sent_twice_takes_effect_once_and_says_the_same(api, desk, found):
    first = decide(desk, found, op="one")
    told = len(events(api))
    assert decide(desk, found, op="one") == first
    assert len(events(api)) == told
    desk.post(path(found, "/undo"), op="two")
    told = len(events(api))
    desk.post(path(found, "/undo"), op="two")
    assert "The decision was taken back from 0 comments." in words(desk.get(path(found)))
    assert len(events(api)) == told


def test_a_decision_that_was_taken_back_is_not_made_again_by_a_late_repetition(api, desk, found):
    decide(desk, found, op="one")
    desk.post(path(found, "/undo"))
    assert "This decision was taken back since, so nothing was done." in decide(desk, found, op="one")
    assert status(api, "c-0") == "pending"


def test_a_later_copy_meets_the_decision_and_the_page_says_so(api, desk, found):
    decide(desk, found)
    post_copies(api, 1, first=6)
    assert status(api, "c-6") == "rejected"
    assert "met the decision on its arrival" in words(desk.get(path(found)))


def test_when_a_colleague_was_first_it_is_said_by_whom_and_nothing_is_done(api, desk_for, desk, found):
    colleague = desk_for("moderate", name="bob")
    decide(colleague, found, action="approve")
    for address in ("/decision", "/again"):
        assert (
            desk.post(path(found, address), {"action": "reject"} if address == "/decision" else {}).status_code == 303
        )
        assert "bob approved this campaign first. Nothing else was done" in words(desk.get(path(found)))
    desk.post(path(found, "/undo"))
    assert "The decision is bob's; nobody else can take it back." in words(desk.get(path(found)))
    assert "Only bob can take it back." in words(desk.get(path(found)))
    assert status(api, "c-0") == "approved"
    assert "bob's decision (approved) is for 6 of 6 comments." in words(desk.get(path(found, "/dry-run")))


def test_nothing_to_take_back_is_said(desk, found):
    assert desk.post(path(found, "/undo")).status_code == 303
    assert "No decision stands any more that could be taken back." in words(desk.get(path(found)))
    assert desk.post(path(found, "/again")).status_code == 303


def test_those_that_a_colleague_held_are_told_again(api, key_for, desk, found):
    bob = key_for("moderate", name="bob")
    held = claim(bob, limit=2)
    said = decide(desk, found)
    assert "4 comments rejected. Left as they are: 2 held by a colleague at the moment, bob." in said
    assert "Your decision (rejected) is for 4 of 6 comments." in words(desk.get(path(found, "/dry-run")))
    bob.delete(f"/v1/queue/claims/{held['claim']}")
    desk.post(path(found, "/again"))
    assert "6 comments rejected." in words(desk.get(path(found)))
    assert {status(api, f"c-{n}") for n in range(6)} == {"rejected"}


def test_an_approval_takes_no_labels_and_no_term_along(api, desk, found):
    decide(desk, found, action="approve", labels=["spam"], term="No advertising")
    entry = api.get("/v1/comments/c-3").json["history"][-1]
    assert (entry["action"], entry["labels"], entry.get("term")) == ("approve", [], None)


def test_a_large_campaign_is_left_to_the_background_process_and_the_page_says_how_far(app, api, desk, found, store):
    large = Campaigning(Campaigns(store), Comments(store), Queue(store), large=6)
    object.__setattr__(app.extensions["winnow"], "campaigning", large)
    said = decide(desk, found)
    assert "6 comments are being rejected. This page shows how far that is." in said
    assert "The decision is on its way to all members: 0 of 6 are rejected." in said
    part = desk.get(path(found, "/progress"))
    assert ("HX-Refresh" in part.headers, "0 of 6 are rejected" in words(part)) == (False, True)
    large.catch_up("herald")
    part = desk.get(path(found, "/progress"))
    assert (part.headers["HX-Refresh"], "6 of 6 are rejected" in words(part)) == ("true", True)
    assert "on its way" not in words(desk.get(path(found)))
    desk.post(path(found, "/undo"))
    assert "The decision is being taken back: 0 of 6 are waiting." in words(desk.get(path(found)))
    large.catch_up("herald")
    assert {status(api, f"c-{n}") for n in range(6)} == {"pending"}


@pytest.mark.parametrize(
    "rest",
    [
        "/dry-run",
        "/dry-run?action=explode",
        "/dry-run?action=reject&labels=nonsense",
        "/dry-run?action=reject&note=secret",
        "/dry-run?action=reject&term=" + "x" * 201,
        "?cursor=1",
        "?cursor=1.k1&more=1",
    ],
)
def test_an_address_that_does_not_fit_is_refused(desk, found, rest):
    assert desk.get(path(found, rest)).status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "escalate"},
        {"action": "reject", "labels": ["spam", "x"]},
        {"action": "reject", "more": "1"},
        {"action": "reject", "note": "n" * 2001},
        {"action": "reject", "note": "a\0b"},
        {"action": "reject", "note": "n" * 2001, "term": "t" * 201},
    ],
)
def test_a_form_that_does_not_fit_is_refused_and_nothing_is_decided(api, desk, found, form):
    assert desk.post(path(found, "/decision"), form).status_code == 422
    assert status(api, "c-0") == "pending"


def test_behind_the_last_member_there_are_none(desk, found):
    answer = desk.get(path(found, "?cursor=99999999999999.x"))
    assert (answer.status_code, "Further copies" in answer.text) == (200, True)


def test_a_note_that_is_too_long_comes_back_with_what_is_wrong(desk, found):
    answer = desk.post(path(found, "/decision"), {"action": "reject", "labels": ["spam"], "note": "long " * 500})
    assert answer.status_code == 422
    assert "long long" in answer.text
    assert 'name="labels" value="spam"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Reject 6 comments" in words(answer)


@pytest.mark.parametrize("query", ["state=open", "cursor=x", "cursor=1.k1%00", "more=1"])
def test_a_list_asked_for_wrongly_is_refused(desk, query):
    assert desk.get(f"/console/campaigns?{query}").status_code == 422


def test_another_sites_campaign_is_not_there(desk_for, found):
    theirs = desk_for("admin", name="eve", site="rival")
    for rest in ("", "/progress", "/dry-run?action=reject"):
        assert theirs.get(path(found, rest)).status_code == 404
    for rest in ("/decision", "/again", "/undo"):
        assert theirs.post(path(found, rest), {"action": "reject"} if rest == "/decision" else {}).status_code == 404


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'{{7*7}} https://evil.example/ javascript:alert(1)"


def test_what_a_reader_wrote_is_text_on_every_page(api, desk):
    for n in range(6):
        post(api, f"x-{n}", f"{HOSTILE} {unlike_all_before(n // 6)} {n} <b>{n}</b>", author={"name": HOSTILE})
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    pages = ["/console/campaigns", path(campaign["id"]), path(campaign["id"], "/dry-run?action=reject")]
    for address in [*pages, "/console/comments/x-3/similar"]:
        answer = desk.get(address)
        assert answer.status_code == 200
        main = answer.text.partition("<main")[2]
        assert "<script" not in main
        assert "<img" not in main
        assert "<b>" not in main
        assert 'href="https://evil' not in main
        assert "{{7*7}}" in html.unescape(main) or "dry-run" in address


def test_signs_that_cannot_be_seen_are_shown_and_masked_words_are_masked(api, desk):
    for n in range(6):
        post(api, f"s-{n}", f"{PITCH}, you kike \u202e{n}\u200b says the \u2066village{n}")
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    for address in ("/console/campaigns", path(campaign["id"]), "/console/comments/s-3/similar"):
        main = desk.get(address).text.partition("<main")[2]
        assert not set("\u202e\u200b\u2066") & set(main), address
        assert "RLO" in main
        assert '<span class="slur">' in main
        assert 'id="unmask"' in main


def test_severe_texts_are_closed_until_asked_for(api, desk):
    for n in range(6):
        post(
            api,
            f"s-{n}",
            f"I will come to your house and kill you and your children, you will die, {n} times, I promise it",
        )
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    for address, texts in (("/console/campaigns", 1), (path(campaign["id"]), 6), ("/console/comments/s-3/similar", 6)):
        main = desk.get(address).text.partition("<main")[2]
        assert main.count('<details class="severe">') == texts, address
        outside = re.sub(r"<details.*?</details>", "", main, flags=re.S)
        assert "kill you" not in outside


def test_the_longest_texts_are_shown_and_what_is_the_same_in_them_is_folded(api, desk):
    for n in range(6):
        post(api, f"l-{n}", f"{n} " + "word and another " * 580 + f"end {n}")
    (campaign,) = api.get("/v1/queue/campaigns").json["items"]
    answer = desk.get(path(campaign["id"]))
    assert answer.status_code == 200
    assert "characters the same" in answer.text
    assert len(answer.text) < 40_000


def test_an_erased_member_and_an_erased_sample_are_shown_no_more(api, desk, found):
    api.delete("/v1/comments/c-0")
    answer = desk.get(path(found))
    assert "5 near copies" in words(answer)
    assert "letters-0.example" not in answer.text
    for n in range(1, 6):
        api.delete(f"/v1/comments/c-{n}")
    assert desk.get(path(found)).status_code == 404


def test_similar_comments_are_a_part_for_scripts_and_a_page_for_others(api, desk, found):
    part = desk.get("/console/comments/c-3/similar", HX_Request="true")
    whole = desk.get("/console/comments/c-3/similar")
    assert (part.status_code, "<html" in part.text) == (200, False)
    assert (whole.status_code, whole.text.count("<h1")) == (200, 1)
    for answer in (part, whole):
        said = words(answer)
        assert "One of 6 near copies" in said
        assert "100 % alike" in said
        assert '<ins><span class="unseen">[only here: </span>' in answer.text
        assert f'href="{path(found)}"' in answer.text
        assert answer.text.count("<li>") == 5 + (answer is whole) * answer.text.partition("<main")[0].count("<li>")


def test_similar_comments_say_what_became_of_them(desk, found):
    decide(desk, found)
    assert "rejected by eva with its campaign" in words(desk.get("/console/comments/c-3/similar"))


def test_a_comment_without_near_copies_says_so_and_one_that_is_gone_is_not_there(api, desk, desk_for):
    post(api, "alone", unlike_all_before(4))
    assert "No near copies." in words(desk.get("/console/comments/alone/similar"))
    assert desk.get("/console/comments/nobody/similar").status_code == 404
    api.delete("/v1/comments/alone")
    assert desk.get("/console/comments/alone/similar").status_code == 410
    post(api, "ours", unlike_all_before(5))
    assert desk_for("admin", name="eve", site="rival").get("/console/comments/ours/similar").status_code == 404
