"""A comment that another system keeps is judged as a post is, counted, and kept nowhere."""

import pytest

from service.intake import RateExceeded, RateRule
from service.moderation.comment import Author, Submission
from service.store.checks import Check
from service.store.connection import StoreUnavailable
from tests.support import counts, everything, hold_everything

UNCOUNTED = RateRule("", 0)
SECRET = "A sentence that is asked about"


@pytest.fixture
def check(app, api):
    """Asks about a text as Coral would, and says the verdict."""
    numbers = iter(range(1000))

    def asked(text=SECRET, author="u-1", *, fresh=True, site="herald"):
        submission = Submission(text, Author(id=author))
        one = Check("coral", submission, f"r-{next(numbers)}", fresh=fresh)
        return app.extensions["winnow"].checking.check(site, one, UNCOUNTED)[0]

    return asked


def test_a_check_is_counted_and_nothing_of_it_is_stored(check, store):
    assert check().verdict == "approve"
    assert counts(store)["checked=coral/approve"] == 1
    assert "sentence" not in everything(store)
    assert "u-1" not in everything(store)
    assert not store._client.exists("{herald}:list:approved")


def test_a_check_goes_by_the_sites_policy(check, api):
    assert check().verdict == "approve"
    hold_everything(api)
    judgement = check()
    assert (judgement.verdict, judgement.policy) == ("hold", 2)
    assert [one.code for one in judgement.reasons] == ["mode"]


def test_a_banned_authors_comment_is_rejected(check, api):
    api.post("/v1/comments", {"body": "Here", "author": {"id": "u-2"}})
    api.put("/v1/authors/u-2/standing", {"standing": "banned"})
    assert check(author="u-2").verdict == "reject"


def test_the_fourth_copy_is_held_and_a_comment_that_came_before_is_no_copy(check):
    assert [check().verdict for _ in range(3)] == ["approve"] * 3
    assert check(fresh=False).verdict == "approve"
    assert check().verdict == "hold"
    assert check(fresh=False).verdict == "hold"


def test_checks_and_posts_are_no_copies_of_each_other(check, api):
    for _ in range(3):
        check()
    assert api.post("/v1/comments", {"body": SECRET}).json["verdict"] == "approve"


def test_a_key_over_its_rate_is_told_so(app, api):
    checking = app.extensions["winnow"].checking
    rate = RateRule("k", 2)
    for n in range(2):
        _, rated = checking.check("herald", Check("coral", Submission("x"), f"r-{n}"), rate)
        assert rated.requests == n + 1
    with pytest.raises(RateExceeded):
        checking.check("herald", Check("coral", Submission("x"), "r-9"), rate)


def test_while_redis_is_away_a_site_that_was_seen_is_served_by_the_policy_seen_last(check, api, cut_off):
    hold_everything(api)
    assert check().verdict == "hold"

    cut_off()
    assert check().verdict == "hold"
    with pytest.raises(StoreUnavailable):
        check(site="rival")
