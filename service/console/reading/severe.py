"""What is severe about comments."""

from collections.abc import Mapping, Sequence

from service.moderation.comment import Judgement
from service.moderation.severity import Severity, severity
from service.store.records import Record


def severe_of(records: Sequence[Record]) -> Mapping[str, Sequence[Severity]]:
    """What is severe about each comment, by its id; nothing for most."""
    return {one.id: severe_in(one.judgement) for one in records}


def severe_in(judgement: Judgement) -> Sequence[Severity]:
    """What is severe about one comment, as it was judged."""
    return severity(judgement.reasons, judgement.scores)
