import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.figures import REACH, WIDTH, clipped

NOW = 1_790_000_123_456
DAY = 86_400_000


@given(
    st.none() | st.integers(-DAY * 400_000, DAY * 400_000), st.none() | st.integers(-DAY * 400_000, DAY * 400_000),
    st.sampled_from(["hour", "day"]),
)  # fmt: skip
def test_a_range_is_whole_buckets_of_what_is_kept(since, until, bucket):
    found = clipped(NOW, since, until, bucket)
    assert found.since <= found.until
    assert (found.until - found.since) % WIDTH[bucket] == 0
    assert found.until <= NOW + WIDTH[bucket]
    assert found.since == found.until or found.since >= NOW - REACH[bucket]
    assert found.until - found.since <= REACH[bucket] + WIDTH[bucket]


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_a_range_that_ends_now_has_the_bucket_that_is_under_way(bucket):
    found = clipped(NOW, NOW, None, bucket)
    assert found.since <= NOW < found.until
    assert found.until - found.since == WIDTH[bucket]
