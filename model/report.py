"""What a model says of itself: the card that lies beside it, written for an editor, not for a statistician."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CARD = """\
# Winnow's comment model {version}

Scores a comment from 0 to 1 for each of: {attributes}.
A score is a probability under the rate that news comments have. It is advice for moderators, not a verdict, and about
the tone of a comment, never about its author.

## How it works
A logistic regression for each attribute (scikit-learn) weighs groups of letters and words; toxicity has a second one,
for English alone. They were trained on {comments:,} labelled comments. They read no context: neither the article nor
the comment that is being answered. Irony, quotation and euphemism escape them.

## Where it stands
{news}

A comment is held by default from these scores on: {thresholds}.

Area under the curve (1 is perfect, 0.5 is chance) on {held_out:.0%} of the labelled rows, which the model measured here
had not seen:

{aucs}

In a language that is not in the table (`*`) only spam is scored. An attribute whose curve is below
{known_from} in a language is left out there.

## What it is bad at
- Threats and severe toxicity: a few hundred examples of each. Claim little about either.
- Spam: learned from video comments, text messages, e-mail and templates; none of it came from news sites, and the
  figure above is for spam of the same kinds. On comments under a blog that it never saw, it does much worse.
- English is learned from Wikipedia and from news comments of 2015 to 2017; newer slang is unknown to it.
- Words for groups of people stand in many hateful comments, so plain sentences with them score higher than they should.

## What it was trained on
{sources}
"""

_NEWS = """\
On {comments:,} news comments at their natural rate, never trained on (thresholds and calibration fitted on four fifths,
measured on the fifth): area under the curve {auc:.3f}; to catch {caught:.0%} of the toxic comments, {clean_held:.0%} of
the clean ones are held too; calibration error {calibration_error:.3f}."""


def card(manifest: Mapping[str, Any]) -> str:
    """Write the model card, in Markdown, from a manifest."""
    metrics = manifest["metrics"]
    thresholds = ", ".join(f"{name} {value:.2f}" for name, value in manifest["thresholds"].items())
    return _CARD.format(
        version=manifest["version"],
        attributes=", ".join(manifest["attributes"]),
        comments=sum(source["comments"] for source in manifest["sources"]),
        news=_news(metrics.get("news"), manifest["news"]),
        thresholds=thresholds,
        held_out=manifest["recipe"]["held_out"],
        aucs=_table(metrics["held_out_auc"], manifest["attributes"], manifest["calibration"]),
        known_from=manifest["known_from"],
        sources="\n".join(
            f"- {source['name']}: {source['comments']:,} comments, {source['licence']}"
            for source in manifest["sources"]
        ),
    )


def _news(news: Mapping[str, float] | None, comments: int) -> str:
    if not news:
        return "No news comments at their natural rate were given: thresholds are 0.5 and nothing is known of them."
    return _NEWS.format(comments=comments, **news)


def _table(
    aucs: Mapping[str, Mapping[str, float]], attributes: list[str], calibration: Mapping[str, Mapping[str, Any]]
) -> str:
    lines = ["| language | " + " | ".join(attributes) + " |", "| --- " * (len(attributes) + 1) + "|"]
    for language, row in aucs.items():
        known = calibration.get(language, {})
        cells = [
            (f"{row[name]:.3f}" if name in known else f"({row[name]:.3f}, left out)") if name in row else "-"
            for name in attributes
        ]
        lines.append(f"| {language} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
