"""What is severe about the comments of a list."""

from collections.abc import Mapping, Sequence

from service.moderation.severity import Severity, severity
from service.store.records import Record


def severe_of(records: Sequence[Record]) -> Mapping[str, Sequence[Severity]]:
    """What is severe about each comment, by its id; nothing for most."""
    return {one.id: severity(one.judgement.reasons, one.judgement.scores) for one in records}
