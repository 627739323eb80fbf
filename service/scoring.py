"""Scores for requests: what several of them wait for at the same moment is scored at once, which costs each less."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from model.classifier import Classifier, Scored
from service.moderation.comment import Submission


@dataclass(slots=True, eq=False)
class _Wanted:
    """What one request waits for."""

    classifier: Classifier
    submissions: Sequence[Submission]
    scored: list[Scored] | None = None


class Scoring:
    """Lets every request that is ready put down its comments, and the first that goes on scores them all.

    Nobody waits for more to come: a request that is alone is scored alone.
    """

    def __init__(self) -> None:
        self._waiting: list[_Wanted] = []
        self._lock = threading.Lock()

    def score(self, classifier: Classifier, submissions: Sequence[Submission]) -> list[Scored]:
        """Scores comments, in order, by one model; a compiled one gains nothing by company."""
        if classifier.compiled:
            return _scored(classifier, submissions)
        mine = _Wanted(classifier, submissions)
        self._waiting.append(mine)
        try:
            time.sleep(0)
            with self._lock:
                if mine.scored is None:
                    self._score_for([one for one in self._waiting if one.classifier is classifier])
        finally:
            self._waiting.remove(mine)
        return mine.scored or []

    @staticmethod
    def _score_for(wanted: Sequence[_Wanted]) -> None:
        every = [submission for one in wanted for submission in one.submissions]
        found = iter(_scored(wanted[0].classifier, every))
        for one in wanted:
            one.scored = [next(found) for _ in one.submissions]


def _scored(classifier: Classifier, submissions: Sequence[Submission]) -> list[Scored]:
    return classifier.score([one.body for one in submissions], [one.language for one in submissions])
