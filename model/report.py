"""What a model says of itself: the card that lies beside it, written for an editor, not for a statistician."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from model.calibrate import CAUGHT, TOXICITY
from model.classifier import Classifier
from model.data import SOURCES, Example
from model.evaluate import Bias, biases, measures, score
from model.identity import FACTOR, SOURCE, bias, identity_examples
from model.intervals import ROUNDS

Figures = Sequence[float]  # a figure, and the ends of its interval

_DIGITS = 4
_NAMED = 5  # groups of people that are treated most differently
_BAD_ROWS = 10  # of a group, for an area that rests on them
_KEPT = ("auc", "caught", "clean_held", "clean_held_at_85", "calibration_error", "refitted_error")
_OURS = "our own sentences"
SPARE = 0.05  # share of clean comments that a newsroom would rather not see held
_CARD = """\
# Winnow's comment model {version}

Scores a comment from 0 to 1 for each of: {attributes}.
A score is a probability under the rate that news comments have. It is advice for moderators, not a verdict, and about
the tone of a comment, never about its author.

## How it works
A logistic regression for each attribute (scikit-learn) weighs groups of letters and words; toxicity has one for English
alone. They were trained on {comments:,} labelled rows, among them copies of comments that name another group of people.
They read no context: neither the article nor the comment that is being answered. Irony, quotation and euphemism escape
them.

## Where it stands
{news}

A comment is held by default from these scores on: {thresholds}.

{measured}### Languages
Area under the curve (1 is perfect, 0.5 is chance) on {held_out:.0%} of the labelled rows, which the model measured here
had not seen:

{aucs}

In a language that is not in the table (`*`) only spam is scored. An attribute whose curve is below
{known_from} in a language is left out there.

## What it is bad at
{weak}- Threats and severe toxicity: a few hundred examples of each. Claim little about either.
- Spam: learned from video comments, text messages, e-mail, templates and examples of our own; none of it came from
  news sites, and the figure for languages is for spam of the same kinds. We had read some of the blog and gambling
  comments measured above before we wrote our examples, so that these figures flatter.
- Words that are misspelt throughout, or written without their vowels. It reads most other disguises.
- English is learned from Wikipedia and from news comments of 2015 to 2017; newer slang is unknown to it.
- Words for groups of people stand in many hateful comments, so plain sentences with them score higher than they should.
- Labels are the opinions of a few raters a comment, who disagree with each other, and will with your moderators. Only
  a measurement on your own decisions (`winnow model evaluate`) says how it does on your site.

## What it was trained on
{sources}
"""

_NEWS = """\
On {comments:,} news comments at their natural rate, never trained on (thresholds and calibration fitted on four fifths,
measured on the fifth): area under the curve {auc:.3f}; to catch {caught:.0%} of the toxic comments, {clean_held:.0%} of
the clean ones are held too; calibration error {calibration_error:.3f}."""

_MEASURED = """\
### On comments it was never trained on
Intervals hold the true figure 19 times in 20. The baseline is plain scikit-learn (TF-IDF and logistic regression) on
the same training rows. “Clean held” is the price: the share of harmless comments that wait for a moderator.

{areas}

{points}

The sources marked * also chose thresholds and calibration, so that these figures flatter there. The calibration error
in brackets is what is left when the scores are calibrated anew on four fifths of the source and measured on the fifth:
for the sources marked * it is the honest one.

{errors}

"""

_GROUPS = """\
### Groups of people
Clean comments that mention one group should be held as seldom as those that mention another. BPSN is the area under
the curve between clean comments with a word and bad ones without it, low where the word itself raises scores; BNSP the
one between bad comments with it and clean ones without (Borkan et al. 2019). Shown is the word with the lowest.

{table}

"""


def card(manifest: Mapping[str, Any]) -> str:
    """Write the model card, in Markdown, from a manifest."""
    metrics = manifest["metrics"]
    thresholds = ", ".join(f"{name} {value:.2f}" for name, value in manifest["thresholds"].items())
    measured_on = metrics.get("measured")
    return _CARD.format(
        version=manifest["version"],
        attributes=", ".join(manifest["attributes"]),
        comments=sum(source["comments"] for source in manifest["sources"]),
        news=_news(metrics.get("news"), manifest["news"]),
        thresholds=thresholds,
        measured=_measured(measured_on) if measured_on else "",
        weak=_weak(measured_on) if measured_on else "",
        held_out=manifest["recipe"]["held_out"],
        aucs=_languages(metrics["held_out_auc"], manifest["attributes"], manifest["calibration"]),
        known_from=manifest["known_from"],
        sources="\n".join(
            f"- {source['name']}: {source['comments']:,} rows, {source['licence']}" for source in manifest["sources"]
        ),
    )


def measured(
    classifier: Classifier,
    examples: Sequence[Example],
    baseline: Iterable[Mapping[str, Any]] = (),
    calibrated_on: Collection[str] = (),
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Measure a finished model for its card: on `examples`, none of which it was trained on, and on our own suite.

    `baseline` are the rows that `benchmarks/baseline.py` writes, and `calibrated_on` the sources of the comments that
    chose the thresholds. The result is what `card` looks for in a manifest's metrics, as `measured`: plain JSON.
    """
    scores = score(classifier, examples)
    plain = {(row["source"], row["attribute"]): row for row in baseline}
    sources = []
    for one in measures(examples, scores, classifier.thresholds, rounds):
        row: dict[str, Any] = {
            "source": one.source,
            "attribute": one.attribute,
            "rows": one.rows,
            "positives": one.positives,
            "calibrated_on": one.source in calibrated_on,
            **_figures({name: getattr(one, name) for name in _KEPT}, one.intervals),
        }
        if theirs := plain.get((one.source, one.attribute)):
            row["baseline"] = _figures({name: theirs[name] for name in _KEPT}, theirs["intervals"])
        sources.append(row)
    groups = [_suite(classifier), *biases(examples, scores, classifier.thresholds)]
    return {"sources": sources, "groups": [_group(one) for one in groups]}


def _suite(classifier: Classifier) -> Bias:
    terms, examples = zip(*identity_examples(), strict=True)
    scores, threshold = score(classifier, examples)[:, 0], classifier.thresholds[TOXICITY]
    truth = np.array([example.labels[TOXICITY] > 0 for example in examples])
    return Bias(SOURCE, TOXICITY, threshold, bias(scores, truth, terms, threshold))


def _figures(values: Mapping[str, float | None], intervals: Mapping[str, Sequence[float]]) -> dict[str, Figures | None]:
    return {
        name: None if value is None else [round(each, _DIGITS) for each in (value, *intervals.get(name, ()))]
        for name, value in values.items()
    }


def _group(one: Bias) -> dict[str, Any]:
    apart = sorted((term for term in one.terms if term.beyond_chance), key=lambda term: (-term.ratio, term.term))
    return {
        "source": one.source,
        "attribute": one.attribute,
        "terms": len(one.terms),
        "median": round(median(term.false_positive_rate for term in one.terms), _DIGITS),
        "outside": sum(term.apart for term in one.terms),
        "beyond_chance": [[term.term, round(term.false_positive_rate, _DIGITS)] for term in apart],
        "bpsn": _least((term.term, term.bpsn_auc) for term in one.terms),
        "bnsp": _least((term.term, term.bnsp_auc) for term in one.terms if term.rows - term.clean >= _BAD_ROWS),
    }


def _least(areas: Iterable[tuple[str, float]]) -> list[Any] | None:
    known = [(area, term) for term, area in areas if not np.isnan(area)]
    return [min(known)[1], round(min(known)[0], _DIGITS)] if known else None


def _news(news: Mapping[str, float] | None, comments: int) -> str:
    if not news:
        return "No news comments at their natural rate were given: thresholds are 0.5 and nothing is known of them."
    return _NEWS.format(comments=comments, **news)


def _measured(found: Mapping[str, Any]) -> str:
    rows = [row for row in found["sources"] if row["auc"]]
    return (_sources(rows) if rows else "") + _groups(found["groups"])


def _sources(rows: Sequence[Mapping[str, Any]]) -> str:
    areas, points, errors = [], [], []
    for row in rows:
        theirs = row.get("baseline", {})
        count = f"{row['rows']:,} ({row['positives']:,} bad)"
        areas.append((*_head(row), count, _cell(theirs.get("auc")), _cell(row["auc"])))
        shares = (row["caught"], row["clean_held"], theirs.get("clean_held_at_85"), row["clean_held_at_85"])
        points.append((*_head(row), *(_cell(share, percent=True) for share in shares)))
        errors.append((*_head(row), f"{_cell(row['calibration_error'])} [{_cell(row['refitted_error'])}]"))
    at_85 = f"clean held to catch {CAUGHT:.0%}"
    return _MEASURED.format(
        areas=_table(("comments", "attribute", "rows", "AUC, baseline", "AUC, this model"), areas),
        points=_table(
            ("comments", "attribute", "bad caught", "clean held", f"{at_85}, baseline", f"{at_85}, this model"), points
        ),
        errors=_table(("comments", "attribute", "calibration error"), errors),
    )


def _groups(groups: Sequence[Mapping[str, Any]]) -> str:
    head = ("comments", "attribute", "groups", "clean held, median", f"off by a factor of {FACTOR}")
    rows = []
    for one in groups:
        named = ", ".join(f"{term} {rate:.0%}" for term, rate in one["beyond_chance"][:_NAMED])
        beyond = f"{len(one['beyond_chance'])}: {named}" if named else "0"
        areas = (f"{one[name][1]:.3f} ({one[name][0]})" if one[name] else "-" for name in ("bpsn", "bnsp"))
        rows.append((*_head(one), str(one["terms"]), f"{one['median']:.1%}", str(one["outside"]), beyond, *areas))
    return _GROUPS.format(table=_table((*head, "of them beyond chance, worst first", "BPSN", "BNSP"), rows))


def _weak(found: Mapping[str, Any]) -> str:
    """Say what the figures themselves show to be bad: sources that cost more than a newsroom likes to pay."""
    lines = []
    for row in found["sources"]:
        if row["auc"] and row["clean_held"][0] > SPARE and row["attribute"] == TOXICITY:
            caught, held = row["caught"][0], row["clean_held"][0]
            lines.append(
                f"- {_name(row['source'])}: it holds {held:.0%} of the clean comments to catch {caught:.0%}.\n"
            )
    return "".join(lines)


def _head(row: Mapping[str, Any]) -> tuple[str, str]:
    return _name(row["source"]) + (" *" if row.get("calibrated_on") else ""), row["attribute"]


def _name(source: str) -> str:
    """Name a source for a reader; what is not ours to name must not break a table."""
    if source == SOURCE:
        return _OURS
    return SOURCES[source].name if source in SOURCES else " ".join(source.replace("|", "/").split())


def _cell(figures: Figures | None, *, percent: bool = False) -> str:
    """Write a figure and its interval: "0.904 (0.880-0.926)", or "19 % (17-22)"."""
    if not figures:
        return "-"
    value, *ends = (f"{100 * each:.0f}" if percent else f"{each:.3f}" for each in figures)
    interval = f" ({ends[0]}-{ends[1]})" if ends else ""
    return f"{value} %{interval}" if percent else f"{value}{interval}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _languages(
    aucs: Mapping[str, Mapping[str, float]], attributes: Sequence[str], calibration: Mapping[str, Mapping[str, Any]]
) -> str:
    rows = []
    for language, row in aucs.items():
        known = calibration.get(language, {})
        cells = [
            (f"{row[name]:.3f}" if name in known else f"({row[name]:.3f}, left out)") if name in row else "-"
            for name in attributes
        ]
        rows.append((language, *cells))
    return _table(("language", *attributes), rows)
