"""The night desk's part of the API, which takes a `moderate` key: the news site itself has no use for it."""

from collections.abc import Sequence

from service.demo.exchange import Exchange
from service.demo.first_day import Decision


class Desk:
    """Decides as the moderator whose key it has; `timeout` is in seconds."""

    def __init__(self, base_url: str, key: str, timeout: float) -> None:
        self._winnow = Exchange(base_url, key, timeout)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Make decisions; those that others made before stand, and the same again changes nothing."""
        self._winnow.call("POST", "/v1/decisions", {"decisions": [_decision_json(one) for one in decisions]})


def _decision_json(decision: Decision) -> dict[str, object]:
    return {
        "id": decision.comment_id,
        "action": decision.action,
        "labels": [decision.label] if decision.label else [],
        "term": decision.term,
        "note": decision.note,
    }
