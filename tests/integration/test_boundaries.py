"""What belongs to one site never shows to another, and no role reaches further than it should."""

import pytest

from tests.integration.test_bad_input import GUARDED, ROUTES
from tests.support import hold_everything

NEEDS = {
    "submit": [
        ("POST", "/v1/comments"),
        ("GET", "/v1/comments"),
        ("POST", "/v1/score"),
        ("POST", "/v1/moderations"),
        ("POST", "/v1alpha1/comments:analyze"),
        ("POST", "/v1alpha1/comments:suggestscore"),
        ("GET", "/v1/events"),
        ("GET", "/v1/model"),
        ("GET", "/v1/models"),
        ("POST", "/v1/comments/there/reports"),
        ("GET", "/v1/comments/any/statement"),
    ],
    "moderate": [
        ("GET", "/v1/queue"),
        ("GET", "/v1/queue/counts"),
        ("POST", "/v1/queue/claims"),
        ("GET", "/v1/queue/campaigns"),
        ("POST", "/v1/decisions"),
        ("GET", "/v1/authors/u-1"),
        ("PUT", "/v1/authors/u-1/standing"),
        ("GET", "/v1/articles"),
        ("GET", "/v1/articles/a-1"),
        ("PUT", "/v1/articles/a-1/mode"),
        ("POST", "/v1/comments/there/notes"),
        ("GET", "/v1/comments/there/notes"),
        ("GET", "/v1/stats"),
        ("POST", "/v1/reviews/some"),
    ],
    "admin": [
        ("GET", "/v1/policy"),
        ("PUT", "/v1/policy"),
        ("POST", "/v1/policy/rollback"),
        ("POST", "/v1/policy/preview"),
        ("PUT", "/v1/policy/shadow"),
        ("GET", "/v1/policy/shadow"),
        ("DELETE", "/v1/policy/shadow"),
        ("GET", "/v1/policy/versions"),
        ("POST", "/v1/model"),
        ("GET", "/v1/webhooks"),
        ("POST", "/v1/webhooks"),
        ("PATCH", "/v1/webhooks/some"),
        ("DELETE", "/v1/webhooks/some"),
        ("POST", "/v1/webhooks/some/rotate"),
        ("GET", "/v1/webhooks/some/parked"),
        ("POST", "/v1/webhooks/some/replay"),
        ("GET", "/v1/transparency"),
        ("GET", "/v1/reviews/disagreements"),
        ("POST", "/v1/reviews/some/resolution"),
        ("GET", "/v1/stats/agreement"),
        ("GET", "/v1/audit"),
        ("GET", "/v1/authors/u-1/export"),
        ("DELETE", "/v1/authors/u-1"),
    ],
}  # fmt: skip
RANK = ["submit", "moderate", "admin"]


@pytest.mark.parametrize("role", RANK)
def test_a_role_reaches_what_is_its_own_and_below_and_no_further(key_for, role):
    api = key_for(role)
    for needed, routes in NEEDS.items():
        for method, path in routes:
            status = api(method, path, ROUTES.get((method, path)) or {}).status_code
            assert (status == 403) == (RANK.index(needed) > RANK.index(role)), (method, path, status)


def test_a_coral_key_opens_nothing_of_the_api(key_for):
    api = key_for("coral")
    for method, path in GUARDED:
        assert api(method, path, ROUTES.get((method, path)) or {}).status_code == 403


def test_the_same_id_on_two_sites_is_two_comments(key_for):
    ours, theirs = key_for("submit", site="herald"), key_for("submit", site="rival")
    assert ours.post("/v1/comments", {"id": "c", "body": "Ours"}).status_code == 201
    assert theirs.post("/v1/comments", {"id": "c", "body": "Theirs"}).status_code == 201
    assert ours.get("/v1/comments/c").json["body"] == "Ours"


def test_a_policy_is_one_sites_alone(key_for):
    ours, theirs = key_for("admin", site="herald"), key_for("admin", site="rival")
    hold_everything(ours)
    assert theirs.get("/v1/policy").json["mode"] == "post"
    assert theirs.post("/v1/comments", {"body": "Thanks"}).json["status"] == "approved"
