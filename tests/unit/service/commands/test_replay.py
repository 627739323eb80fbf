import gzip

import orjson
import pytest
from click.testing import CliRunner

from service.cli import main
from service.commands.replay import line_of
from service.moderation.comment import Reason
from service.moderation.policy import default_policy
from service.moderation.preview import Replayed
from service.schemas.policy import PolicySchema

LIVE = PolicySchema().dump(default_policy({"toxicity": 0.5}))

LINES = [
    {"id": "c-1", "body": "My gnomes", "scores": {"toxicity": 0.1}, "language": "en", "verdict": "approve"},
    {"id": "c-2", "text": "My roses", "scores": {"toxicity": 0.6}, "language": "en", "verdict": "hold",
     "reasons": [{"code": "score", "detail": "toxicity 0.600 is at or over the policy's 0.500", "attribute": "toxicity"}]},
    {"id": "c-3", "body": "A thought", "scores": {"toxicity": 0.1}, "language": "en", "verdict": "reject",
     "reasons": [{"code": "article", "detail": "the article takes no comments"}]},
]  # fmt: skip


@pytest.fixture
def run(tmp_path):
    def invoke(lines, draft, *more, against=None, name="comments.jsonl"):
        file, policy = tmp_path / name, tmp_path / "policy.json"
        content = b"".join(line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines)
        file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        policy.write_bytes(draft if isinstance(draft, bytes) else orjson.dumps(LIVE | draft))
        given = ["replay", str(file), "--policy", str(policy), *more]
        if against is not None:
            other = tmp_path / "other.json"
            other.write_bytes(orjson.dumps(LIVE | against))
            given += ["--against", str(other)]
        return CliRunner().invoke(main, given)

    return invoke


def result(done):
    assert done.exit_code == 0, done.output
    return orjson.loads(done.stdout)


DRAFT = {"words": {"block": ["gnomes"], "suspect": []}, "thresholds": {}}


def test_maps_of_perspectives_scores_change_no_verdict(run):
    maps = {"perspective": {"TOXICITY": [[0, 0], [0.8, 0.05], [1, 1]]}}
    assert result(run(LINES, maps, "--json", against={}))["unchanged"] == len(LINES)


@pytest.mark.parametrize("name", ["comments.jsonl", "comments.jsonl.gz"])
@pytest.mark.parametrize("against", [None, {}])
def test_a_policy_is_compared_with_the_files_verdicts_or_with_another(run, name, against):
    found = result(run(LINES, DRAFT, "--json", against=against, name=name))
    assert (found["looked_at"], found["unchanged"]) == (3, 1)
    ways = {(one["live"], one["draft"]): [example["id"] for example in one["examples"]] for one in found["changes"]}
    assert ways == {("approve", "reject"): ["c-1"], ("hold", "approve"): ["c-2"]}
    assert found["reasons"] == {
        "article": {"live": 1, "draft": 1},
        "blocked_word": {"live": 0, "draft": 1},
        "score": {"live": 1, "draft": 0},
    }


def test_it_is_written_for_people_without_what_a_terminal_would_obey(run):
    done = run([LINES[0] | {"body": f"My gnomes \x1b[31m{'x' * 99}"}, *LINES[1:]], DRAFT)
    assert done.stdout.splitlines()[:3] == [
        "3 comments, 1 as before",
        "approve -> reject  1",
        f"  c-1  My gnomes  [31m{'x' * 45}…",
    ]
    assert done.stdout.splitlines()[-4:] == [
        "reason                file    policy",
        "article                  1         1",
        "blocked_word             0         1",
        "score                    1         0",
    ]


def test_what_is_missing_is_scored(run):
    hostile = {"text": "You stupid, worthless idiot.", "verdict": "approve"}
    found = result(run([hostile, hostile | {"scores": {"toxicity": 0.0}, "language": "en"}], {}, "--json"))
    assert [(one["live"], one["draft"], one["examples"][0]["id"]) for one in found["changes"]] == [
        ("approve", "hold", "1")
    ]
    reason = found["changes"][0]["examples"][0]["draft"]["reasons"][0]
    assert (reason["attribute"], reason["score"] > 0.9) == ("toxicity", True)
    assert run([hostile], {}, "--model", "/nowhere").exit_code == 1
    assert run([LINES[0]], {}, "--model", "/nowhere").exit_code == 0


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"nonsense\n", "line 2: not JSON"),
        (b"[]\n", "line 2: not an object"),
        ({"verdict": "hold"}, 'line 2: no "body" and no "text"'),
        ({"body": "x"}, 'line 2: no "verdict"; name a policy to compare with, --against'),
        ({"body": "x", "verdict": "maybe"}, 'line 2: "verdict" is none of approve, hold, reject'),
        ({"body": "x", "verdict": "hold", "scores": [1]}, 'line 2: "scores" is no object of numbers'),
        ({"body": "x", "verdict": "hold", "reasons": "score"}, 'line 2: "reasons" is no list'),
        ({"body": "x", "verdict": "hold", "reasons": [5]}, 'line 2: "reasons" are no objects with a "code"'),
        ({"body": "x", "verdict": "hold", "received_at": "yesterday"}, "line 2: 'yesterday' is no time"),
        ({"body": "x", "verdict": "hold", "language": ["en"]}, 'line 2: "language" is no text'),
    ],
)
def test_a_line_that_is_no_comment_ends_it_with_its_number(run, line, complaint):
    done = run([LINES[0], line], {})
    assert done.exit_code == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [(b"{", "not JSON"), (b"[]", "Invalid input type"), (b'{"version": 1}', "thresholds"), ({"mode": "never"}, "mode")],
)
def test_a_policy_that_is_none_is_refused_and_the_field_is_named(run, policy, complaint):
    done = run(LINES, policy)
    assert (done.exit_code, complaint in done.stderr) == (1, True)


def test_a_line_is_read_as_exported_or_as_others_write_it():
    full = {
        "id": "c-1",
        "body": "Thanks",
        "status": "approved",
        "verdict": "hold",
        "scores": {"toxicity": 0.5, "spam": None, "unknown": 1},
        "language": "en",
        "reasons": [{"code": "mode", "detail": "every comment waits for a moderator here", "attribute": None}],
        "author": {"id": "u-1", "ip": "203.0.113.9", "name": "Ada"},
        "article": {"id": "a-1", "section": "Sport"},
        "received_at": "2026-11-24T04:00:00.250Z",
    }
    expected = Replayed(
        "c-1",
        "Thanks",
        {"toxicity": 0.5},
        "en",
        "Sport",
        "u-1",
        "203.0.113.9",
        1795492800250,
        "hold",
        (Reason("mode", "every comment waits for a moderator here"),),
        approved=True,
    )
    line = line_of(full, "1")
    assert (line.comment, line.scored, line.judged) == (expected, True, True)
    short = line_of({"text": "x", "id": 7, "author_id": "u-2", "section": "Sport", "reasons": ["mode"]}, "3").comment
    assert (short.id, short.author, short.section, short.reasons) == ("7", "u-2", "Sport", (Reason("mode", ""),))
    assert line_of({"text": "x", "author": "u-3"}, "3").comment.author == "u-3"


@pytest.mark.parametrize(("days", "said"), [((24, 25, 25), False), ((25, 24, 25), True)])
def test_it_says_when_the_comments_are_not_oldest_first(run, days, said):
    lines = [{**LINES[0], "received_at": f"2026-11-{day}T04:00:00Z"} for day in days]
    done = run(lines, {})
    assert (done.exit_code, "not oldest first" in done.stderr) == (0, said)
