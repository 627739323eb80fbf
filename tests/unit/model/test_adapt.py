from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from model.adapt import Recipe, adapt, campaign, card, convincing, implied, latest, split
from model.artifact import Artifact
from model.classifier import Classifier
from model.data import Example
from model.intervals import auc

LOCAL = ("badger hugger", "bridge toll shill", "harbour rat", "kiosk gnome", "tram goblin", "puddle lord")
DECENT = ("badger expert", "bridge engineer", "harbour master", "kiosk owner", "tram driver", "pond warden")
WHERE = ("on Monday", "in the hall", "at the fair", "by the river", "near the school", "after the vote", "in May")
HOW = ("You are such a", "What a", "Typical", "Spoken like a true", "Once again a")
SURE = Recipe(folds=3)


def newsroom(count=None):
    """Decisions about words of this town, none of which the base has seen; insults and others in turns."""
    rows = [
        Example(
            f"{how} {who} {where}",
            {"toxicity": bad, "insult": bad} if bad else {"toxicity": 0.0},
            "newsroom:herald",
            "en",
            "",
        )
        for how, where in product(HOW, WHERE)
        for pair in zip(LOCAL, DECENT, strict=True)
        for who, bad in zip(pair, (1.0, 0.0), strict=True)
    ]
    order = np.random.default_rng(7).permutation(len(rows))
    days = [f"2026-{1 + k // 28:02}-{1 + k % 28:02}T00:00:00Z" for k in range(len(rows))]
    return [replace(rows[k], decided_at=day) for k, day in zip(order, days, strict=True)][:count]


def loaded(adapted):
    return Classifier(Artifact(adapted.manifest, "0" * 64, adapted.weights))


def toxicity(model, examples):
    return np.array([one.scores["toxicity"] for one in model.score([e.text for e in examples], ["en"] * len(examples))])


def area(model, examples):
    return auc(np.array([e.labels["toxicity"] >= 0.5 for e in examples]), toxicity(model, examples))


@pytest.fixture(scope="module")
def adapted(tiny):
    return adapt(tiny, newsroom(), {"decisions.jsonl": "0" * 64}, SURE)


def test_decisions_make_the_model_better_on_later_ones_that_it_did_not_learn_from(tiny, adapted):
    assert len(adapted.holdout) == pytest.approx(0.2 * len(newsroom()), abs=2)
    assert area(loaded(adapted), adapted.holdout) > area(tiny, adapted.holdout) + 0.02


def test_what_the_base_knew_stays_in_order(tiny, tiny_examples, adapted):
    assert area(loaded(adapted), tiny_examples) > area(tiny, tiny_examples) - 0.005


def test_the_mean_score_of_the_decisions_stays_what_it_was(tiny, adapted):
    held = {example.text for example in adapted.holdout}
    learned_from = [example for example in newsroom() if example.text not in held]
    moved = toxicity(loaded(adapted), learned_from).mean() - toxicity(tiny, learned_from).mean()
    assert abs(moved) < 1e-3  # the table is of 32 bits


def test_a_correction_goes_no_further_than_its_reach(tiny):
    reaches = [adapt(tiny, newsroom(), {}, replace(SURE, reach=reach)) for reach in (0.02, 0.1)]
    for reach, found in zip((0.02, 0.1), reaches, strict=True):
        assert found.manifest["adapted"]["learned"]["english_toxicity"]["reach"] <= reach + 1e-9
    small, large = (np.abs(found.weights - tiny.table).max() for found in reaches)
    assert 0 < small < large


def test_labels_drawn_by_lot_convince_nobody(tiny):
    for seed in range(3):
        lots = np.random.default_rng(seed).random(len(newsroom())) < 0.5
        rows = [replace(row, labels={"toxicity": float(lot)}) for row, lot in zip(newsroom(), lots, strict=True)]
        found = adapt(tiny, rows, {}, SURE)
        assert area(loaded(found), newsroom()) < area(tiny, newsroom()) + 0.02
        assert not convincing(found.manifest["adapted"]["learned"]["english_toxicity"])


def test_an_attribute_with_too_few_decisions_of_a_kind_keeps_its_weights(tiny):
    rows = [row for row in newsroom() if not row.labels["toxicity"]] + [
        row for row in newsroom() if row.labels["toxicity"]
    ][:5]
    found = adapt(tiny, rows, {}, SURE)
    assert (found.weights == tiny.table).all()
    assert found.manifest["calibration"] == tiny.manifest["calibration"]


def test_only_english_decisions_move_what_serves_english(tiny):
    german = [replace(row, language="de") for row in newsroom()]
    assert (adapt(tiny, german, {}, SURE).weights == tiny.table).all()  # the tiny model knows no toxicity in German
    moved = adapt(tiny, newsroom(), {}, SURE).weights != tiny.table
    names = tiny.manifest["weightings"]
    assert moved[:, names.index("english_toxicity")].any()
    assert not moved[:, names.index("toxicity")].any()


def test_the_rate_of_bad_comments_that_moderators_see_does_not_move_scores(tiny):
    rows = newsroom()
    rich = rows + [replace(row, text=f"{row.text}, again") for row in rows if row.labels["toxicity"]]
    plain = ["The bridge opens on Monday.", "I read this in the hall.", "The tram was late again."]
    scores = [
        toxicity(loaded(adapt(tiny, one, {}, SURE)), [Example(t, {}, "", "en", "") for t in plain])
        for one in (rows, rich)
    ]
    assert np.abs(scores[0] - scores[1]).max() < 0.1


def test_the_same_decisions_give_the_same_bytes_and_others_another_version(tiny):
    one, two = (adapt(tiny, newsroom(), {"a": "0" * 64}, SURE) for _ in range(2))
    assert (one.weights == two.weights).all()
    assert one.manifest == two.manifest
    assert adapt(tiny, newsroom(), {"a": "1" * 64}, SURE).manifest["version"] != one.manifest["version"]


def test_the_manifest_names_the_base_and_what_was_learned_from(tiny, adapted):
    said = adapted.manifest["adapted"]
    assert said["base"] == {"version": tiny.version, "digest": tiny.digest}
    assert said["decisions"] + said["held_out"] == len(newsroom())
    assert adapted.manifest["sources"][-1]["source"] == "newsroom:herald"


def test_the_hold_out_is_the_newest_and_no_campaign_is_on_both_sides():
    rows = [
        Example(f"Comment number {'abcdefghijklmnopqrst'[k]}", {"toxicity": 0.0}, "s", "en", "", f"2026-01-{k + 1:02}")
        for k in range(20)
    ]
    rows += [
        replace(rows[0], text=f"Buy now at https://shop{k}.example/{k} or call 555{k}", decided_at=f"2026-01-{k:02}")
        for k in (3, 30)
    ]
    training, holdout = split(latest(rows), 0.2, 7)
    assert max(row.decided_at for row in training if "Buy" not in row.text) < min(row.decided_at for row in holdout)
    assert [row.decided_at[-2:] for row in training if "Buy" in row.text] == ["03", "30"]


def test_without_times_about_a_share_of_the_campaigns_is_held_out():
    rows = [replace(row, decided_at="") for row in newsroom()]
    training, holdout = split(latest(rows), 0.2, 7)
    assert 0.1 < len(holdout) / len(rows) < 0.3
    assert not {row.group for row in training} & {row.group for row in holdout}


def test_the_last_decision_on_a_text_stands():
    first = Example("Hello there", {"toxicity": 1.0}, "s", "en", "", "2026-01-01")
    second = replace(first, labels={"toxicity": 0.0}, decided_at="2026-01-02")
    assert [row.labels["toxicity"] for row in latest([second, first])] == [0.0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("See https://a.example/1 now", "see http://b.example/2?x now!"),
        ("Call 555-0101 today", "call 555 0199 today"),
        ("@ada is wrong", "@bob is wrong"),
    ],
)
def test_copies_with_other_links_digits_and_handles_are_one_campaign(one, other):
    assert campaign(one) == campaign(other)


def test_what_follows_from_a_label_is_added_and_nothing_else():
    assert implied({"insult": 1.0}) == {"insult": 1.0, "toxicity": 1.0}
    assert implied({"toxicity": 0.0, "spam": 0.0})["threat"] == 0.0
    assert implied({"spam": 1.0}) == {"spam": 1.0}
    assert implied({"toxicity": 1.0}) == {"toxicity": 1.0}
    assert implied({"toxicity": 0.0, "obscene": 1.0}) == {"toxicity": 0.0, "obscene": 1.0} | dict.fromkeys(
        ("severe_toxicity", "threat", "insult", "identity_attack"), 0.0
    )


def poison(rows):
    """The contrary of decisions, said again and again of texts of other campaigns, by nobody in particular."""
    return [
        replace(row, text=f"{row.text}, said a {name}", labels={"toxicity": 1 - row.labels["toxicity"]}, suggested=True)
        for row in rows
        for name in ("bird", "fish", "fox")
    ]


def test_what_is_suggested_is_learned_from_beside_decisions_and_never_held_out(tiny, adapted):
    found = adapt(tiny, [*newsroom(), *poison(newsroom())], {"decisions.jsonl": "0" * 64}, SURE)
    assert [one.text for one in found.holdout] == [one.text for one in adapted.holdout]
    told = found.manifest["adapted"]
    assert (told["decisions"], told["suggested"]) == (
        adapted.manifest["adapted"]["decisions"],
        3 * len({row.text for row in newsroom()}),
    )
    assert found.manifest["version"] != adapted.manifest["version"]
    assert (found.weights != adapted.weights).any()
    assert f"and {told['suggested']:,} labels that none of them gave" in card(found.manifest)
    assert "none of them" not in card(adapted.manifest)


def test_what_is_suggested_of_a_campaign_that_a_moderator_decided_on_is_not_learned_from(tiny, adapted):
    contrary = [
        replace(row, text=f"{row.text}!", labels={"toxicity": 1 - row.labels["toxicity"]}, suggested=True)
        for row in newsroom()
    ]
    found = adapt(tiny, [*contrary, *newsroom(), *contrary], {"decisions.jsonl": "0" * 64}, SURE)
    assert (found.weights == adapted.weights).all()
    assert found.manifest == adapted.manifest


def test_suggestions_alone_can_be_learned_from_and_leave_nothing_to_hold_out(tiny):
    found = adapt(tiny, [replace(row, suggested=True) for row in newsroom()], {}, SURE)
    assert (found.manifest["adapted"]["decisions"], found.holdout) == (0, [])
    assert (found.weights != tiny.table).any()
