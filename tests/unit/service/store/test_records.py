"""What is kept of a comment is short, and comes back whole."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ATTRIBUTES
from service.moderation.comment import Article, Author, Judgement, Reason, Submission
from service.moderation.judge import reached
from service.store.records import (
    event_data_from,
    judgement_from,
    judgement_json,
    submission_from,
    submission_json,
    verdict_json,
)

words = st.none() | st.text(max_size=9)
submissions = st.builds(
    Submission,
    body=st.text(min_size=1),
    author=st.builds(Author, *[words] * 7),
    article=st.builds(Article, *[words] * 4),
    parent_id=words,
    posted_at=words,
    language=words,
)
figures = st.floats(0, 1).map(lambda score: round(score, 4))
reasons = st.builds(reached, st.sampled_from(ATTRIBUTES), figures, figures) | st.builds(
    Reason, st.sampled_from(["duplicate", "rate", "language", "mode"]), st.text(max_size=9)
)
judgements = st.builds(
    Judgement,
    verdict=st.sampled_from(["approve", "hold", "reject"]),
    scores=st.dictionaries(st.sampled_from(ATTRIBUTES), figures),
    reasons=st.lists(reasons, max_size=4).map(tuple),
    model=st.text(max_size=9),
    policy=st.integers(1, 2**40),
    language=st.sampled_from(["en", "und"]),
)


@given(submissions)
def test_a_submission_comes_back_as_it_was(submission):
    assert submission_from(submission_json(submission)) == submission


@given(judgements)
def test_a_judgement_comes_back_as_it_was(judgement):
    assert judgement_from(judgement_json(judgement)) == judgement


@given(judgements, st.integers(1, 2**40))
def test_an_event_tells_the_verdict_with_every_name(judgement, revision):
    told = event_data_from(verdict_json(judgement, revision))
    assert (told["verdict"], told["revision"], told["model"]) == (judgement.verdict, revision, judgement.model)
    assert told["policy"] == judgement.policy
    assert tuple(Reason(**reason) for reason in told["reasons"]) == judgement.reasons


@pytest.mark.parametrize("told", [{}, {"by": "ada", "action": "approve"}])
def test_other_events_are_kept_as_they_are(told):
    assert event_data_from(orjson.dumps(told)) == told


def test_what_was_not_told_takes_no_room():
    assert submission_json(Submission("Thanks")) == b'{"body":"Thanks"}'
