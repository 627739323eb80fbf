"""How two policies differ, and a draft on top of what was saved meanwhile."""

from hypothesis import HealthCheck, given, settings

from service.console.editing.changes import SHOWN, differences, merged
from service.console.editing.form import read, written
from tests.unit.service.console.editing.test_form import DEFAULT, policies


def changed(**more):
    return DEFAULT | more


def words(*block):
    return {"block": list(block), "suspect": []}


def told(before, after):
    return [(one.called, list(one.before), list(one.after)) for one in differences(before, after)]


def test_nothing_differs_from_itself():
    assert differences(DEFAULT, DEFAULT) == []


def test_a_value_is_told_with_what_it_was_and_is():
    after = changed(
        thresholds={"spam": {"hold": 0.7, "reject": 0.95}},
        mode="pre",
        repeats={"hold": None, "seconds": 3600},
        links=DEFAULT["links"] | {"shorteners": "hold"},
    )
    assert told(DEFAULT, after) == [
        ("Thresholds: Toxicity: Hold from", ["0.077"], ["off"]),
        ("Thresholds: Spam: Reject from", ["off"], ["0.95"]),
        (
            "Before or after publication: Comments are read",
            ["After publication"],
            ["Before: every comment waits for a moderator"],
        ),
        ("Links: A link that hides where it leads", ["Nothing happens"], ["Hold it for a moderator"]),
        ("Copies: The same text: Hold from copy number", ["4"], ["off"]),
        ("Copies: The same text: Within", ["1 day"], ["1 hour"]),
    ]


def test_of_a_list_only_what_went_and_came_is_told():
    before = changed(words=words("a", "b", "c"))
    assert told(before, changed(words=words("a", "c", "d"))) == [("Words and phrases: Blocked words", ["b"], ["d"])]
    assert told(before, changed(words=words("c", "b", "a"))) == [("Words and phrases: Blocked words", [], [])]
    assert told(before, changed(words=words("a", "a", "b", "c"))) == [("Words and phrases: Blocked words", [], ["a"])]


def test_of_a_long_list_the_first_are_told():
    (one,) = differences(DEFAULT, changed(words=words(*(f"w{n}" for n in range(SHOWN + 5)))))
    assert (len(one.after), one.more_after, one.more_before) == (SHOWN, 5, 0)


def test_sections_and_patterns_are_told_by_the_line():
    after = changed(
        sections={"Politics": {"mode": "pre", "thresholds": {"spam": {"hold": 0.5, "reject": None}}}, "Sport": {}},
        patterns=[{"name": "phones", "pattern": r"\d{9}", "verdict": "hold"}],
    )
    assert told(DEFAULT, after) == [
        ("Patterns", [], [r"phones (hold it): \d{9}"]),
        (
            "Sections of the newspaper: What differs",
            [],
            ["Politics: mode: pre", "Politics: spam.hold: 0.5", "Politics: spam.reject: never", "Sport: as everywhere"],
        ),
    ]


TOXIC = [[0.0, 0.0], [0.8, 0.077], [1.0, 1.0]]


def test_a_map_that_another_replaced_is_told_whatever_the_difference():
    before = changed(perspective={"TOXICITY": TOXIC, "INSULT": TOXIC})
    ((called, gone, came),) = told(before, changed(perspective={"TOXICITY": [*TOXIC[:2], [1.0, 0.9]], "INSULT": TOXIC}))
    assert called == "Scores for Perspective's clients: Maps"
    for lines in (gone, came):
        assert lines[0].startswith("TOXICITY: 3 pairs, 0.8 there is 0.077 here, mark ")
    assert gone != came
    assert told(before, changed(perspective={"TOXICITY": TOXIC}))[0][1:] == (
        [gone[0].replace("TOXICITY", "INSULT")],
        [],
    )


def test_a_draft_keeps_what_it_changed_and_takes_the_rest_from_the_newer_version():
    draft = changed(mode="pre", audit_share=0.1, words=words("mine"))
    newer = changed(mode="pre", review_share=0.2, words=words("theirs"))
    found = merged(DEFAULT, draft, newer)
    assert found.values == changed(mode="pre", audit_share=0.1, review_share=0.2, words=words("mine"))
    assert found.both == ["words.block"]


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(policies, policies)
def test_a_draft_of_the_same_version_stays_as_it_is(base, draft):
    draft["patterns"] = base["patterns"] = []
    base, draft = read(written(base)), read(written(draft))
    assert merged(base, draft, base).values == draft
    assert merged(base, base, draft).values == draft
    assert merged(base, draft, draft).both == []
    assert bool(differences(base, draft)) == (base != draft)
