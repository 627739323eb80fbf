import contextlib
import gzip
import json
import os
import pty
import subprocess
import sys

import orjson
import pytest
from click.testing import CliRunner

from model import ATTRIBUTES
from model.classifier import Classifier
from service.cli import main
from service.moderation.perspective import perspective_score
from service.moderation.policy import default_policy, policy_from
from service.schemas.policy import PolicySchema

TEXTS = [
    "Great read, thanks!",
    "You stupid, worthless idiot.",
    "The council votes on the budget on Monday.",
    "What a load of nonsense, you clown.",
    "I took the early train and saw the bridge.",
    "Shut up, you pathetic fool.",
    "The bakery on Mill Lane opens at seven.",
    "Thank you for the clear map.",
]


@pytest.fixture(scope="module")
def shipped():
    return Classifier.load()


@pytest.fixture
def ours(shipped):
    return {text: one.scores for text, one in zip(TEXTS, shipped.score(TEXTS), strict=True)}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, ["migrate", "perspective", *map(str, arguments)], input=stdin)


def report(*arguments, stdin=None):
    done = run(*arguments, "--json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_where_both_score_alike_our_threshold_is_theirs_and_the_agreement_is_perfect(ours):
    log = lines({"text": text, "scores": {"TOXICITY": ours[text]["toxicity"]}} for text in TEXTS)
    found = report("-", "--threshold", "TOXICITY=0.5", stdin=log)
    (fit,) = found["attributes"]
    there = sum(ours[text]["toxicity"] >= 0.5 for text in TEXTS)
    assert 0 < there < len(TEXTS)
    assert (fit["theirs"], fit["attribute"], fit["comments"], fit["left_out"]) == ("TOXICITY", "toxicity", 8, 0)
    figures = fit["agreement"]
    assert (figures["both"], figures["neither"]) == (there, len(TEXTS) - there)
    assert (figures["same"], figures["kappa"], figures["precision"], figures["recall"]) == (1, 1, 1, 1)
    held = [text for text in TEXTS if ours[text]["toxicity"] >= fit["threshold_here"]]
    assert len(held) == there
    assert found["thresholds"]["toxicity"] == {"hold": fit["threshold_here"], "reject": None}


def test_of_opposite_scores_the_share_is_the_same_and_the_agreement_none(ours):
    log = lines({"text": text, "scores": {"TOXICITY": 1 - ours[text]["toxicity"]}} for text in TEXTS)
    (fit,) = report("-", "--threshold", "TOXICITY=0.9", stdin=log)["attributes"]
    assert fit["agreement"]["held_there"] == fit["agreement"]["held_here"]
    assert fit["agreement"]["kappa"] < 0


def test_without_a_threshold_the_usual_one_is_taken_and_said():
    log = lines({"text": text, "scores": {"TOXICITY": k / 10, "INSULT": 0.9}} for k, text in enumerate(TEXTS, 2))
    shown = run("-", stdin=log).stdout
    assert "No --threshold was given: 0.8 is taken for every attribute there." in shown
    assert shown.count("threshold there 0.8") == 2
    assert "fewer than 50 comments" in shown
    assert "Held by any of these" in shown


def test_with_a_threshold_for_one_attribute_the_others_hold_nothing():
    log = lines({"text": text, "scores": {"TOXICITY": k / 10, "INSULT": 0.9}} for k, text in enumerate(TEXTS, 2))
    done = run("-", "--threshold", "TOXICITY=0.7", stdin=log)
    assert "no threshold was given for it there: here it holds nothing" in done.stdout
    found = report("-", "--threshold", "TOXICITY=0.7", stdin=log)
    assert {name for name, bands in found["thresholds"].items() if bands["hold"] is not None} == {"toxicity"}
    assert found["attributes"][1]["map"]


def test_the_policy_is_ready_to_be_put(tmp_path):
    log = lines({"text": text, "scores": {"TOXICITY": k / 10}} for k, text in enumerate(TEXTS, 2))
    target = tmp_path / "policy.json"
    found = report("-", "--policy", target, stdin=log)
    kept = PolicySchema().load(orjson.loads(target.read_bytes()))
    assert kept["version"] == 1
    assert kept["thresholds"] == found["thresholds"]
    assert set(kept["thresholds"]) == set(ATTRIBUTES)
    assert kept["perspective"] == {"TOXICITY": found["attributes"][0]["map"]}


def test_the_policy_has_a_map_of_every_attribute_and_each_threshold_in_use_means_what_was_found_for_it(
    tmp_path, shipped
):
    rows = [{"text": text, "scores": {"TOXICITY": k / 10, "INSULT": 1 - k / 10}} for k, text in enumerate(TEXTS, 2)]
    target = tmp_path / "policy.json"
    found = report("-", "--threshold", "TOXICITY=0.65", "--policy", target, stdin=lines(rows))
    policy = policy_from(1, PolicySchema().load(orjson.loads(target.read_bytes())))
    assert set(policy.perspective) == {"TOXICITY", "INSULT"}
    here = found["thresholds"]["toxicity"]["hold"]
    assert [0.65, here] in found["attributes"][0]["map"]
    there = [perspective_score("TOXICITY", one.scores["toxicity"], policy) for one in shipped.score(TEXTS)]
    held_here = [one.scores["toxicity"] >= here for one in shipped.score(TEXTS)]
    assert [score >= 0.65 for score in there] == held_here
    assert sum(held_here) == 3


def differing(*arguments, stdin):
    (one,) = report(*arguments, stdin=stdin)["attributes"]
    return {side: [found["line"] for found in some] for side, some in one["differing"].items()}


def ranked(ours):
    """Lines of the texts by our score, rising and falling."""
    score = {line: ours[text]["toxicity"] for line, text in enumerate(TEXTS, 1)}
    return sorted(score, key=score.get), sorted(score, key=lambda line: -score[line])


def opposite(ours):
    """A log in which each comment has our score's opposite; more than one stands on either side of 0.5."""
    return lines({"text": text, "scores": {"TOXICITY": 1 - ours[text]["toxicity"]}} for text in TEXTS)


def test_the_comments_on_which_the_two_differ_most_are_shown_of_both_sides_the_furthest_first(ours):
    by_ours, falling = ranked(ours)
    found = differing("-", "--threshold", "TOXICITY=0.995", stdin=opposite(ours))
    held = [line for line in by_ours if 1 - ours[TEXTS[line - 1]]["toxicity"] >= 0.995]
    assert found["only_there"] == held
    assert found["only_here"] == falling[: len(held)]
    shown = run("-", "--threshold", "TOXICITY=0.995", stdin=opposite(ours)).stdout
    assert "held there and not here, the furthest from it first:" in shown
    first = TEXTS[falling[0] - 1]
    assert f"line {falling[0]}, there 0.000, here 1.000: {first}" in shown


def test_only_as_many_of_them_are_shown_as_are_asked_for(ours):
    by_ours, falling = ranked(ours)
    asked = ("-", "--threshold", "TOXICITY=0.995", "--differing")
    assert differing(*asked, 1, stdin=opposite(ours)) == {"only_there": by_ours[:1], "only_here": falling[:1]}
    assert differing(*asked, 0, stdin=opposite(ours)) == {"only_there": [], "only_here": []}
    shown = run(*asked, 0, stdin=opposite(ours)).stdout
    assert "furthest" not in shown
    assert not any(text in shown for text in TEXTS)
    assert run("-", "--differing", -1, stdin="").exit_code == 2


def test_lines_are_those_of_the_log_whatever_is_skipped(ours):
    log = "nonsense\n\n" + opposite(ours)
    found = differing("-", "--threshold", "TOXICITY=0.995", stdin=log)
    assert found["only_there"] == [
        line + 2 for line in differing("-", "--threshold", "TOXICITY=0.995", stdin=opposite(ours))["only_there"]
    ]


def test_a_comment_without_a_score_here_is_not_among_those_that_differ():
    rows = [{"text": "Bardzo dziękuję", "language": "pl", "scores": {"TOXICITY": 0.99}}]
    rows += [{"text": text, "scores": {"TOXICITY": 0.1}} for text in TEXTS]
    (one,) = report("-", stdin=lines(rows))["attributes"]
    assert one["differing"] == {"only_there": [], "only_here": []}


def test_a_policy_in_use_keeps_all_but_its_thresholds_and_the_maps_of_the_log(tmp_path):
    base, target = tmp_path / "base.json", tmp_path / "policy.json"
    used = PolicySchema().dump(default_policy({"spam": 0.5})) | {"version": 7, "mode": "pre"}
    before = {"SPAM": [[0.0, 0.0], [1.0, 1.0]], "THREAT": [[0.0, 0.0], [0.5, 0.25], [1.0, 1.0]]}
    used["perspective"] = before
    base.write_bytes(orjson.dumps(used))
    log = lines({"text": text, "scores": {"SPAM": 0.9}} for text in TEXTS)
    found = report("-", "--policy", target, "--base", base, stdin=log)
    maps = {"THREAT": before["THREAT"], "SPAM": found["attributes"][0]["map"]}
    assert maps["SPAM"] != before["SPAM"]
    assert orjson.loads(target.read_bytes()) == used | {"thresholds": found["thresholds"], "perspective": maps}


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 1}', '{"thresholds": {"toxicity": 2}}'])
def test_a_base_that_is_no_policy_is_refused_in_one_line(tmp_path, content):
    base = tmp_path / "base.json"
    base.write_text(content)
    done = run("-", "--policy", tmp_path / "policy.json", "--base", base, stdin="")
    assert done.exit_code == 1
    assert "no policy as GET /v1/policy gives it" in done.stderr
    assert not (tmp_path / "policy.json").exists()


def test_bad_lines_are_counted_with_their_numbers_and_the_rest_is_used():
    good = json.dumps({"text": "Great read, thanks!", "scores": {"TOXICITY": 0.9}})
    log = "\n".join(["\ufeff" + good, "", "{", good, '{"scores": {}}', *["[]"] * 7, good])
    done = run("-", stdin=log)
    assert done.exit_code == 0
    assert "3 comments with Perspective's scores" in done.stdout
    assert done.stderr.splitlines() == [
        "1 line skipped, not JSON: 3",
        "1 line skipped, no text: 5",
        "7 lines skipped, not an object: 6, 7, 8, 9, 10, …",
    ]
    assert report("-", stdin=log)["skipped"][2] == {
        "reason": "not an object",
        "lines": 7,
        "first": [6, 7, 8, 9, 10],
    }


def coral(*revisions):
    """A comment as mongoexport writes it out of Coral's database."""
    kept = [
        {
            "id": f"r-{n}",
            "body": body,
            "metadata": {"linkCount": 0, **found},
            "createdAt": {"$date": "2026-11-01T00:00:00Z"},
        }
        for n, (body, found) in enumerate(revisions)
    ]
    return {"_id": {"$oid": "6565"}, "revisions": kept}


def toxic(score):
    return {"perspective": {"model": "TOXICITY", "score": score}}


def test_comments_out_of_corals_database_are_read_with_their_markup_undone(ours):
    rows = [coral((f"<div>{text.replace('!', '&#33;')}</div>", toxic(ours[text]["toxicity"]))) for text in TEXTS]
    rows.append(coral(("Great read, thanks!", toxic(1)), ("You stupid, <b>worthless</b> idiot.", toxic(0.0001))))
    rows.append(coral(("You stupid, worthless idiot.", toxic(1)), ("Not scored", {})))
    rows.append(rows[0]["revisions"][0])
    (fit,) = report("-", "--threshold", "TOXICITY=0.995", stdin=lines(rows))["attributes"]
    assert (fit["comments"], fit["agreement"]["only_theirs"]) == (len(TEXTS) + 3, 0)
    assert [(one["line"], one["text"]) for one in fit["differing"]["only_here"]] == [
        (9, "You stupid, worthless idiot.")
    ]


@pytest.mark.parametrize(
    "row",
    [
        coral(),
        coral(("Hi", {})),
        coral(("Hi", {"perspective": None})),
        coral((None, toxic(0.5))),
        coral(("Hi", toxic("0.5"))),
        coral(("Hi", {"perspective": {"score": 0.5}})),
        {"revisions": 7},
        {"revisions": [None, 7]},
        {"body": "Hi", "metadata": []},
    ],
)
def test_what_coral_has_no_score_of_is_skipped(row):
    done = run("-", stdin=lines([row, {"text": "Hi", "scores": {"TOXICITY": 0.9}}]))
    assert done.exit_code == 0
    assert "1 comments with" in done.stdout
    assert "1 line skipped" in done.stderr


def test_a_line_without_end_is_skipped_and_the_next_one_read(monkeypatch):
    monkeypatch.setattr("service.commands.scored_log.LONGEST_LINE", 100)
    good = json.dumps({"text": "Great read, thanks!", "scores": {"TOXICITY": 0.9}})
    done = run("-", stdin="\n".join([good, '{"text": "' + "a" * 350 + '"}', good]))
    assert "2 comments" in done.stdout
    assert "1 line skipped, longer than 0 MiB: 2" in done.stderr


@pytest.mark.parametrize("log", ["", "{}\n", '{"text": "Hi", "scores": {"FLIRTATION": 0.5}}\n'])
def test_a_log_with_nothing_to_compare_ends_with_one_line(log):
    done = run("-", stdin=log)
    assert done.exit_code == 1
    assert "no comment has a score for an attribute that is known here" in done.stderr.splitlines()[-1]


def test_a_threshold_for_what_no_comment_has_a_score_for_ends_with_one_line():
    done = run("-", "--threshold", "THREAT=0.5", stdin=lines([{"text": "Hi", "scores": {"TOXICITY": 0.9}}]))
    assert done.exit_code == 1
    assert done.stderr.splitlines() == ["Error: -: no comment has a score there and here for THREAT"]


def test_what_the_model_does_not_know_in_a_language_is_left_out_and_counted():
    rows = [{"text": text, "scores": {"TOXICITY": 0.9, "SPAM": 0.1}} for text in TEXTS]
    rows += [{"text": "Bardzo dziękuję", "language": "pl", "scores": {"TOXICITY": 0.9, "SPAM": 0.1}}] * 3
    toxicity, spam = report("-", stdin=lines(rows))["attributes"]
    assert (toxicity["comments"], toxicity["left_out"]) == (8, 3)
    assert (spam["comments"], spam["left_out"]) == (11, 0)
    assert "3 more are in languages in which the model does not know toxicity" in run("-", stdin=lines(rows)).stdout


def test_a_threshold_that_no_comment_reaches_holds_nothing():
    log = lines({"text": text, "scores": {"TOXICITY": 0.1}} for text in TEXTS)
    done = run("-", "--threshold", "TOXICITY=0.95", stdin=log)
    assert "no comment reaches 0.95 there: no threshold can be told" in done.stdout
    assert report("-", "--threshold", "TOXICITY=0.95", stdin=log)["thresholds"]["toxicity"]["hold"] is None


def test_equal_scores_here_are_said_to_be_the_reason_for_another_share():
    log = lines({"text": TEXTS[0], "scores": {"TOXICITY": score}} for score in (0.1, 0.2, 0.9))
    assert "no threshold holds exactly as many" in run("-", stdin=log).stdout


def test_of_two_of_theirs_that_are_one_of_ours_the_lower_threshold_stands():
    log = lines(
        {"text": text, "scores": {"TOXICITY": k / 10, "TOXICITY_EXPERIMENTAL": 0.9}} for k, text in enumerate(TEXTS, 2)
    )
    found = report("-", stdin=log)
    first, second = (one["threshold_here"] for one in found["attributes"])
    assert second < first
    assert found["thresholds"]["toxicity"]["hold"] == second


def test_an_attribute_that_comes_late_is_compared_where_it_is():
    rows = [{"text": text, "scores": {"TOXICITY": 0.9}} for text in TEXTS]
    rows += [{"text": text, "scores": {"INSULT": 0.9}} for text in TEXTS[:3]]
    found = report("-", stdin=lines(rows))
    assert [one["comments"] for one in found["attributes"]] == [8, 3]
    assert found["together"]["both"] + found["together"]["only_theirs"] == 11


@pytest.mark.parametrize("said", ["FLIRTATION=0.8", "TOXICITY", "TOXICITY=high", "TOXICITY=80", "TOXICITY=nan", "=0.8"])
def test_a_threshold_that_is_none_is_wrong_usage(said):
    assert run("-", "--threshold", said, stdin="").exit_code == 2


def test_two_thresholds_for_one_attribute_are_wrong_usage():
    done = run("-", "--threshold", "TOXICITY=0.8", "--threshold", "toxicity=0.9", "--threshold", "THREAT=0.9", stdin="")
    assert done.exit_code == 2
    assert "--threshold names TOXICITY more than once" in done.stderr


def test_a_name_of_the_log_cannot_steer_the_terminal():
    row = {"text": "Hi", "scores": {"TOXICITY": 0.9, "\x1b[2JODD": 0.5}}
    assert "No attribute here: [2JODD (1)" in run("-", stdin=lines([row])).stdout


def test_a_packed_log_is_read_and_a_damaged_one_says_so(tmp_path):
    path = tmp_path / "log.jsonl.gz"
    log = lines({"text": text, "scores": {"TOXICITY": 0.9}} for text in TEXTS * 50)
    path.write_bytes(gzip.compress(log.encode()))
    assert report(path)["comments"] == 400
    path.write_bytes(path.read_bytes()[:-30])
    done = run(path)
    assert done.exit_code == 1
    assert "after line" in done.stderr


def test_progress_is_told_in_lines_where_there_is_no_terminal(monkeypatch):
    monkeypatch.setattr("service.commands.scored_log._EVERY", 3)
    done = run("-", stdin=lines({"text": text, "scores": {"TOXICITY": 0.9}} for text in TEXTS))
    assert done.stderr.splitlines() == ["3 comments read", "6 comments read"]


def test_progress_is_a_bar_on_a_terminal(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(lines({"text": text, "scores": {"TOXICITY": 0.9}} for text in TEXTS))
    here, there = pty.openpty()
    command = [sys.executable, "-m", "service.cli", "migrate", "perspective", path]
    with subprocess.Popen([*map(str, command)], stdout=there, stderr=there, env=os.environ | {"TERM": "xterm"}):
        os.close(there)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal whose last writer is gone
            while piece := os.read(here, 4096):
                shown += piece
    os.close(here)
    assert b"reading" in shown
    assert b"100%" in shown
    assert b"threshold there" in shown
