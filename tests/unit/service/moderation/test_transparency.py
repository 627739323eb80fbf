from hypothesis import given
from hypothesis import strategies as st

from service.moderation.transparency import MOST_KINDS, OTHERS, transparency


def test_an_empty_audit_sample_says_nothing_of_errors():
    found = transparency({"approve": 1000}, "v").automated_means.error_rate
    assert (found.approvals.sample, found.approvals.rate, found.approvals.low) == (0, None, None)
    assert found.findings.rate is None


def test_errors_are_of_the_audit_sample_and_of_what_moderators_decided():
    counts = {"audited": 20, "audited:wrong": 0, "found:approve": 1, "found:reject": 28, "decided:approve": 99}
    found = transparency(counts, "v").automated_means.error_rate
    assert (found.approvals.rate, round(found.approvals.high, 4)) == (0, 0.1611)
    assert (found.findings.count, found.findings.sample, round(found.findings.high, 4)) == (1, 29, 0.1718)


@given(st.dictionaries(st.text(max_size=8), st.integers(0, 9), max_size=300))
def test_kinds_beyond_the_most_frequent_are_counted_together(kinds):
    kinds.pop(OTHERS, None)
    found = transparency({f"term={name}": n for name, n in kinds.items()}, "v").own_initiative.removed_by_moderators
    assert sum(found.by_term.values()) == sum(kinds.values())
    assert len(found.by_term) <= MOST_KINDS + 1
    told = [n for name, n in found.by_term.items() if name != OTHERS]
    assert told == sorted(told, reverse=True)
