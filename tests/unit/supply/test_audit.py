"""An audit is green only when it truly looked."""

import pytest

from supply.audit import CANARY, Audit, audit, read


def of(name, *ids, skipped=False):
    return {"name": name, "skip_reason": "not there"} if skipped else {
        "name": name, "version": "1.0", "vulns": [{"id": one} for one in ids],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("dependencies", "status"),
    [
        ([of("flask"), of("redis")], 0),
        ([of("flask"), of("redis", "CVE-1")], 1),
        ([of("flask"), of("redis", skipped=True)], 2),
        ([of("flask", "CVE-1"), of("redis", skipped=True)], 1),
    ],
)
def test_it_is_green_only_where_all_was_looked_at_and_nothing_found(dependencies, status):
    assert read({"dependencies": dependencies}).status == status


def test_it_names_what_is_vulnerable_and_what_was_not_looked_at():
    found = read({"dependencies": [of("flask", "CVE-1", "CVE-2"), of("redis", skipped=True)]})
    assert found.lines() == ["VULNERABLE  flask 1.0: CVE-1, CVE-2", "NOT LOOKED  redis"]


def test_a_service_that_is_not_there_is_not_taken_for_good_news():
    found = audit("osv", "http://127.0.0.1:1/v1/query")
    assert found.status == 2
    assert CANARY in found.blind
    assert found.lines()[-1] == "Nothing is known of vulnerabilities from this run."


def test_nothing_found_is_said_in_words():
    assert Audit({}, ()).lines() == ["Looked at all that requirements.lock pins: no known vulnerabilities."]
