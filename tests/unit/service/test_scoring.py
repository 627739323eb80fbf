import gevent
import pytest

from model.classifier import Classifier, Scored
from service import scoring
from service.moderation.comment import Submission
from service.scoring import Scoring


class Counting(Classifier):
    """Stands in front of the shipped model and notes how many texts came at once."""

    def __init__(self, model):
        self._model, self.calls, self.compiled = model, [], False

    def score(self, texts, languages=None):
        self.calls.append(len(texts))
        return self._model.score(texts, languages)


@pytest.fixture
def yielding(monkeypatch):
    """A pause that lets other greenlets go on, as it does in a worker, where time is patched."""
    monkeypatch.setattr(scoring.time, "sleep", gevent.sleep)


@pytest.fixture(scope="module")
def shipped():
    return Classifier.load()


def submissions(*texts):
    return [Submission(body=text, language="en") for text in texts]


def test_what_waits_at_the_same_moment_is_scored_at_once_and_each_gets_its_own(shipped, yielding):
    counting, together = Counting(shipped), Scoring()
    asked = [submissions("You are an idiot."), submissions("Thank you.", "Well said."), submissions("Buy pills now!")]
    waiting = [gevent.spawn(together.score, counting, one) for one in asked]
    gevent.joinall(waiting, raise_error=True)
    assert counting.calls == [4]
    for one, greenlet in zip(asked, waiting, strict=True):
        alone = shipped.score([each.body for each in one], ["en"] * len(one))
        for got, expected in zip(greenlet.value, alone, strict=True):
            assert got.scores == pytest.approx(expected.scores, abs=1e-6)


def test_two_models_never_score_for_each_other(shipped, yielding):
    one, other, together = Counting(shipped), Counting(shipped), Scoring()
    gevent.joinall([gevent.spawn(together.score, model, submissions("Hello")) for model in (one, other)])
    assert (one.calls, other.calls) == ([1], [1])


def test_a_failure_is_for_who_meets_it_and_leaves_nothing_behind(shipped, yielding):
    class Failing(Counting):
        def score(self, texts, languages=None):
            if not self.calls:
                self.calls.append(len(texts))
                raise MemoryError
            return super().score(texts, languages)

    failing, together = Failing(shipped), Scoring()
    first, second = (gevent.spawn(together.score, failing, submissions(text)) for text in ("One", "Two"))
    gevent.joinall([first, second])
    assert isinstance(first.exception, MemoryError)
    assert [type(one) for one in second.value] == [Scored]
    assert together._waiting == []
