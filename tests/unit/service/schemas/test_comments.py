"""Comments as they are answered."""

import pytest

from service.intake import Placed
from service.moderation.comment import Judgement, Reason
from service.schemas.comments import PlacedSchema, written

REASONS = (
    Reason("score", "insult 0.912 is at or over the policy's 0.600", "insult", 0.912, 0.6),
    Reason("duplicate", "the same text was posted 3 times before"),
)


@pytest.mark.parametrize("reasons", [(), REASONS[:1], REASONS])
@pytest.mark.parametrize("ms", [0, 999, 1_764_000_000_000, 1_764_000_000_123])
def test_what_is_written_is_what_the_schema_dumps(reasons, ms):
    judgement = Judgement("hold", {"insult": 0.912, "spam": 0.0}, reasons, "2026.1", 3, "en")
    placed = Placed("c-1", judgement, ms, fresh=True)
    assert written(placed) == PlacedSchema().dump(placed)
