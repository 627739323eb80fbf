"""The console's pages of webhooks."""

import re
from typing import get_args

import pytest

from service.console.choices import EVENTS, FAILURES
from service.schemas.events import EVENT_TYPES
from service.store.webhooks import MOST, Settlement, Webhooks
from service.webhooks.sending import Problem
from tests.support import acts, everything

URL = "https://news.example/hooks?token=t0ps3cret"
FORM = {"url": URL, "which": "some", "types": ["comment.held", "decision.made"]}


@pytest.fixture
def desk(desk_for):
    return desk_for("admin", name="eve")


def secret_in(text):
    return re.search(r'value="(whsec_[^"]+)"', text)[1].replace("&#43;", "+")


def make(desk, **more):
    answer = desk.post("/console/webhooks", FORM | more)
    assert answer.status_code == 201, answer.text
    return re.search(r"/console/webhooks/(wh-\w+)", answer.text)[1], secret_in(answer.text)


def park(api, store, hook, n):
    """Has a webhook give up deliveries of so many comments."""
    hooks = Webhooks(store)
    for number in range(n):
        api.post("/v1/comments", {"id": f"c-{number}", "body": f"Thanks {number}"})
        delivery = hooks.take("herald", hook, f"t-{number}")
        assert hooks.settle("herald", delivery, Settlement("park", 0, 500, "status"))


def test_a_webhook_is_made_and_its_secret_is_shown_once(desk, api, store):
    answer = desk.post("/console/webhooks", FORM)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    secret = secret_in(answer.text)
    (hook,) = api.get("/v1/webhooks").json["items"]
    assert (hook["url"], hook["types"], hook["created_by"]) == (URL, ["comment.held", "decision.made"], "eve")
    assert f'href="/console/webhooks/{hook["id"]}"' in answer.text
    for path in ("/console/webhooks", f"/console/webhooks/{hook['id']}"):
        assert "whsec_" not in desk.get(path).text
    assert secret in everything(store)


def test_making_pressed_twice_makes_one_and_gives_the_same_answer(desk, api):
    first, second = (desk.post("/console/webhooks", FORM, op="once") for _ in range(2))
    assert secret_in(first.text) == secret_in(second.text)
    assert len(api.get("/v1/webhooks").json["items"]) == 1


def test_no_line_of_the_log_has_the_secret_or_the_address(desk, capsys):
    hook, secret = make(desk)
    desk.get(f"/console/webhooks/{hook}")
    said = "".join(capsys.readouterr())
    assert secret not in said
    assert "t0ps3cret" not in said


def test_all_events_means_those_to_come_too(desk, api):
    make(desk, which="all", types=["comment.held"])
    assert api.get("/v1/webhooks").json["items"][0]["types"] is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"which": "all"}, "url"),
        ({"url": "https://127.0.0.1/kept", "which": "all"}, "url"),
        ({"url": "http://news.example/kept"}, "url"),
        ({"url": "https://news.example/kept", "which": "some"}, "types"),
        ({"url": "https://news.example/kept", "which": "some", "types": ["comment.lost"]}, "types"),
        ({"url": "https://news.example/kept", "which": "none"}, "which"),
    ],
)
def test_a_form_that_makes_no_sense_is_422_with_its_field_named_and_what_was_typed_kept(desk, api, form, field):
    hook, _ = make(desk)
    for path in ("/console/webhooks", f"/console/webhooks/{hook}"):
        answer = desk.post(path, form)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert form.get("url", "") in answer.text
        assert "whsec_" not in answer.text
    assert [one["url"] for one in api.get("/v1/webhooks").json["items"]] == [URL]


def test_a_site_has_a_number_of_webhooks_at_the_most(desk, api):
    for _ in range(MOST):
        make(desk)
    assert f"A site has {MOST} webhooks at the most." in desk.get("/console/webhooks").text
    assert desk.post("/console/webhooks", FORM).status_code == 409
    assert len(api.get("/v1/webhooks").json["items"]) == MOST


def test_a_webhook_is_changed_and_what_is_so_already_is_no_change(desk, api, store):
    hook, _ = make(desk)
    for _ in range(2):
        answer = desk.post(f"/console/webhooks/{hook}", FORM | {"url": "https://other.example/"}, op="once")
        assert (answer.status_code, answer.location) == (303, f"/console/webhooks/{hook}")
    assert api.get(f"/v1/webhooks/{hook}").json["url"] == "https://other.example/"
    changed = [one["data"] for one in acts(store) if one["act"] == "webhook.changed"]
    assert changed == ['{"host":"other.example"}']


def test_a_webhook_is_stopped_and_started(desk, api):
    hook, _ = make(desk)
    for enabled in ("no", "yes"):
        assert desk.post(f"/console/webhooks/{hook}/enabled", {"enabled": enabled}).status_code == 303
        assert api.get(f"/v1/webhooks/{hook}").json["enabled"] is (enabled == "yes")
    assert desk.post(f"/console/webhooks/{hook}/enabled", {"enabled": "maybe"}).status_code == 422


def test_a_new_secret_is_shown_once_and_pressing_twice_makes_one(desk, api):
    hook, secret = make(desk)
    first, second = (desk.post(f"/console/webhooks/{hook}/rotate", op="once") for _ in range(2))
    assert secret_in(first.text) == secret_in(second.text) != secret
    assert "goes on signing beside it until" in first.text
    assert first.headers["Cache-Control"] == "no-store"
    assert "whsec_" not in desk.get(f"/console/webhooks/{hook}").text


def test_deleting_asks_first_and_may_be_pressed_twice(desk, api, store):
    hook, _ = make(desk)
    assert "This cannot be undone" in desk.get(f"/console/webhooks/{hook}/delete").text
    assert api.get(f"/v1/webhooks/{hook}").status_code == 200
    for _ in range(2):
        answer = desk.post(f"/console/webhooks/{hook}/delete", op="once")
        assert (answer.status_code, answer.location) == (303, "/console/webhooks")
    assert api.get(f"/v1/webhooks/{hook}").status_code == 404
    assert [one["act"] for one in acts(store)].count("webhook.deleted") == 1


def test_parked_deliveries_are_sent_again_some_or_all(desk, api, store):
    hook, _ = make(desk, which="all")
    park(api, store, hook, 3)
    path = f"/console/webhooks/{hook}/parked"
    text = desk.get(path).text
    events = re.findall(r'name="events" value="([^"]+)"', text)
    assert len(events) == 3
    assert "/console/comments/c-0" in text
    assert "3 given up" in desk.get(f"/console/webhooks/{hook}").text
    for _ in range(2):
        assert desk.post(path, {"which": "some", "events": events[:1]}, op="some").status_code == 303
    assert api.get(f"/v1/webhooks/{hook}").json["parked"] == 2
    desk.post(path, {"which": "all"}, op="all")
    assert "2 deliveries are tried again." in desk.get(f"/console/webhooks/{hook}").text
    assert api.get(f"/v1/webhooks/{hook}").json["parked"] == 0


@pytest.mark.parametrize("form", [{"which": "some"}, {"which": "some", "events": ["x"]}, {}])
def test_a_replay_of_nothing_is_422_and_moves_nothing(desk, api, store, form):
    hook, _ = make(desk, which="all")
    park(api, store, hook, 1)
    answer = desk.post(f"/console/webhooks/{hook}/parked", form)
    assert answer.status_code == 422
    assert 'id="wrongs"' in answer.text
    assert api.get(f"/v1/webhooks/{hook}").json["parked"] == 1


def test_how_deliveries_go_is_told_in_words(desk, api, store):
    hook, _ = make(desk, which="all")
    park(api, store, hook, 1)
    for path in ("/console/webhooks", f"/console/webhooks/{hook}"):
        text = desk.get(path).text
        assert "failing" in text
        assert FAILURES["status"] in text


WAYS = [
    ("GET", ""), ("POST", ""), ("POST", "/enabled"), ("POST", "/rotate"), ("GET", "/delete"), ("POST", "/delete"),
    ("GET", "/parked"), ("POST", "/parked"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "tail"), WAYS)
def test_another_sites_webhook_is_404_and_a_moderator_gets_a_403_page(desk, desk_for, store, method, tail):
    hook, _ = make(desk)
    form = {"": FORM, "/enabled": {"enabled": "no"}, "/parked": {"which": "all"}}.get(tail, {})
    rival, moderator = desk_for("admin", name="rob", site="rival"), desk_for("moderate", name="mo")
    before = [line for line in everything(store).splitlines() if "webhook" in line]
    for person, status in ((rival, 404), (moderator, 403)):
        path = f"/console/webhooks/{hook}{tail}"
        answer = person.get(path) if method == "GET" else person.post(path, form)
        assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8")
        assert "t0ps3cret" not in answer.text
    assert [line for line in everything(store).splitlines() if "webhook" in line] == before


def test_making_and_listing_is_for_admins_and_lists_the_own_sites(desk, desk_for):
    make(desk)
    moderator = desk_for("moderate", name="mo")
    assert (
        moderator.get("/console/webhooks").status_code == moderator.post("/console/webhooks", FORM).status_code == 403
    )
    assert "news.example" not in desk_for("admin", name="rob", site="rival").get("/console/webhooks").text


def test_every_event_and_every_failure_has_words():
    assert list(EVENTS) == list(EVENT_TYPES)
    assert set(FAILURES) == set(get_args(Problem)) - {""}
