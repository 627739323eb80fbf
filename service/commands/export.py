"""`winnow export`: what a site holds, as JSON lines."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import partial
from heapq import heappush, heappushpop, merge
from itertools import count, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from model import ATTRIBUTES
from model.artifact import ArtifactError
from model.classifier import Classifier, Scored
from model.informative import informativeness, unlike
from model.language import detect, hinted
from service.commands.common import config_option, opened_store, settings_or_fail
from service.commands.everything import audit, authors, comments, erasures, events
from service.commands.lines import ms_of, since_formats, site_option, write
from service.commands.score import model_option
from service.schemas.fields import rfc3339_of
from service.store.comments import Comments
from service.store.connection import Store, clock
from service.store.labels import Labels
from service.store.records import Record, RecordWithHistory
from service.store.reviews import Review, Reviews
from service.store.suggestions import Standing, Suggestions

SCORED_AT_ONCE: Final = 500

SPARE: Final = 8
"""How many candidates are kept for each comment of a batch, since near duplicates of others are left out."""


@click.group()
def export() -> None:
    """Write out what a site holds, as JSON lines on stdout."""


@export.command()
@site_option
@click.option("--since", type=since_formats, help="Decided from then on, in UTC.")
@config_option
def decisions(site: str | None, since: datetime | None, config: Path | None) -> None:
    """Moderators' decisions and suggestions in the layout that `winnow model train` reads, oldest first."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        name, start = site or settings.site, ms_of(since)
        begun = clock(store, name)
        kinds = (decided, audited, partial(suggested, standing="moderated"))
        write(merge(*(kind(store, name, start) for kind in kinds), key=itemgetter("decided_at")))
        Labels(store).exported(name, start, begun)


@export.command()
@site_option
@click.option("--since", type=since_formats, help="Suggested from then on, in UTC.")
@config_option
def suggestions(site: str | None, since: datetime | None, config: Path | None) -> None:
    """Suggestions that no moderator's key sent, oldest first; training leaves them out unless told otherwise."""
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        write(suggested(store, site or settings.site, ms_of(since), standing="apart"))


@export.command()
@site_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Comments at the most.")
@click.option(
    "--random",
    "share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the batch that is drawn by lot.",
)
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    type=click.Choice(ATTRIBUTES),
    default=ATTRIBUTES,
    help="What the labels will be about; may be given several times. By default, every attribute.",
)
@click.option("--since", type=since_formats, help="Received from then on, in UTC.")
@model_option
@config_option
def informative(  # noqa: PLR0913, PLR0917  # one for each option
    site: str | None,
    limit: int,
    share: float,
    attributes: tuple[str, ...],
    since: datetime | None,
    path: Path,
    config: Path | None,
) -> None:
    """Undecided comments that the model would learn most from, to be labelled elsewhere; no two nearly alike."""
    settings = settings_or_fail(config)
    try:
        classifier = Classifier.load(path)
    except ArtifactError as error:
        raise click.ClickException(str(error)) from error
    with opened_store(settings) as store:
        name = site or settings.site
        records = Comments(store).undecided(name, ms_of(since))
        examples = batch(records, classifier, limit=limit, share=share, attributes=attributes)
        write(example | {"source": f"newsroom:{name}"} for example in examples)


for holding in (comments, events, audit, erasures, authors):
    export.add_command(holding)


def decided(store: Store, site: str, since: int) -> Iterator[dict[str, Any]]:
    """Labelled examples, one a decision that stands; `since` in ms."""
    for record in Comments(store).decided(site, since):
        example = labelled(record, site)
        if example is not None:
            yield example


def audited(store: Store, site: str, since: int) -> Iterator[dict[str, Any]]:
    """Labelled examples, one an answered review of the audit sample whose comment is as it was; `since` in ms."""
    comments = Comments(store)
    answers = Reviews(store).audited(site, since)
    while part := list(islice(answers, SCORED_AT_ONCE)):
        records = comments.get_many(site, sorted({one.comment_id for one in part}))
        for review in part:
            record = records.get(review.comment_id)
            if record is not None and record.revision == review.revision:
                yield sampled(record, review, site)


def suggested(store: Store, site: str, since: int, *, standing: Standing) -> Iterator[dict[str, Any]]:
    """Labelled examples, one a suggestion that came with a standing; `since` in ms.

    Values between 0 and 1 stay as they are: to a model they are shares of raters, and from a half on a label is given.
    Those kept apart say so. How a comment was come upon is unknown.
    """
    mark = {} if standing == "moderated" else {"suggested": True}
    for one in Suggestions(store).kept(site, standing, since):
        yield {
            "text": one.text,
            "labels": {attribute: int(value) if value in {0, 1} else value for attribute, value in one.labels.items()},
            "source": f"newsroom:{site}",
            "id": one.reference,
            "language": hinted(one.language) or detect(one.text),
            "surface": one.surface,
            "decided_at": rfc3339_of(one.at),
            "decided_by": one.by,
            "reasons": ["suggested"],
            "probability": None,
            **mark,
        }


def batch(
    records: Iterable[Record],
    classifier: Classifier,
    *,
    limit: int,
    share: float = 0.0,
    attributes: Collection[str] = ATTRIBUTES,
) -> Iterator[dict[str, Any]]:
    """Unlabelled examples in the layout that training reads: those drawn by lot, then the most informative ones.

    Every comment is scored anew. Of near duplicates the most informative one is taken, but the lot knows none:
    `probability` is the chance with which it drew a comment, and unknown for what was chosen.
    """
    drawn = round(limit * share)
    lots, best = _Top(drawn), _Top(SPARE * limit)
    chance = np.random.default_rng()
    numbers = count(1)
    records = iter(records)
    while part := list(islice(records, SCORED_AT_ONCE)):
        scored = classifier.score([one.submission.body for one in part], [one.submission.language for one in part])
        for record, found in zip(part, scored, strict=True):
            teaches = informativeness({one: score for one, score in found.scores.items() if one in attributes})
            number = next(numbers)
            example = unlabelled(record, found, classifier.version) | {"informativeness": round(teaches, 4)}
            lots.offer(chance.random(), number, example)
            best.offer(teaches, number, example)
    probability = min(1.0, drawn / max(1, next(numbers) - 1))
    by_lot = {one["id"]: one for one in lots.ordered()}
    for example in by_lot.values():
        yield example | {"chosen": "random", "probability": probability}
    candidates = ((one["text"], one) for one in (*by_lot.values(), *best.ordered()))
    chosen = (one for one in unlike(candidates, classifier.spec) if one["id"] not in by_lot)
    for example in islice(chosen, limit - len(by_lot)):
        yield example | {"chosen": "informative", "probability": None}


class _Top:
    """The `size` greatest of what is offered; of equals the earlier ones."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[float, int, dict[str, Any]]] = []

    def offer(self, value: float, number: int, example: dict[str, Any]) -> None:
        """Keeps it, if it is among the greatest; `number` counts what was offered."""
        entry = (value, -number, example)
        if len(self._heap) < self._size:
            heappush(self._heap, entry)
        elif self._heap:
            heappushpop(self._heap, entry)

    def ordered(self) -> list[dict[str, Any]]:
        """The greatest first."""
        return [example for _, _, example in sorted(self._heap, reverse=True)]


def unlabelled(record: Record, scored: Scored, model: str) -> dict[str, Any]:
    """A comment that waits for labels, and what the model that chose it said."""
    return {
        "text": record.submission.body,
        "labels": {},
        "id": record.id,
        "language": scored.language,
        "status": record.status,
        "scores": {attribute: round(score, 4) for attribute, score in scored.scores.items()},
        "model": model,
    }


def labelled(record: RecordWithHistory, site: str) -> dict[str, Any] | None:
    """A decided comment as a labelled example, or None where the decision was taken back meanwhile.

    Attributes that the moderator named are 1; an approval is 0 for toxicity and spam; all else is unknown. `reasons`
    says why the comment was in the queue, and `probability` with which chance it was looked at: 1 for what the
    policy held, unknown for what a moderator came upon otherwise and for what was claimed as informative.
    """
    decision = next((entry for entry in record.history if entry.get("op") == record.decision), None)
    if decision is None or record.decision is None:
        return None
    by_chance = record.judgement.verdict == "hold" and "chosen" not in decision
    return {
        **_example(record, site, decision["action"], decision["labels"]),
        "decided_at": rfc3339_of(decision["at"]),
        "decided_by": decision["by"],
        "reasons": list(dict.fromkeys(reason.code for reason in record.judgement.reasons)),
        "probability": 1 if by_chance else None,
        "scores": record.judgement.scores,
        "model": record.judgement.model,
    }


def sampled(record: Record, review: Review, site: str) -> dict[str, Any]:
    """A comment of the audit sample, as who reviewed it blind labelled it; `probability` is the share then in force."""
    return {
        **_example(record, site, review.second.action, review.second.labels),
        "decided_at": rfc3339_of(review.answered_at),
        "decided_by": review.second.by,
        "reasons": ["audit"],
        "chosen": "audit",
        "probability": review.probability,
        "scores": record.judgement.scores,
        "model": record.judgement.model,
    }


def _example(record: Record, site: str, action: str, named: Collection[str]) -> dict[str, Any]:
    """What was said of a comment, as labels."""
    labels = dict.fromkeys((label for label in named if label in ATTRIBUTES), 1)
    if action == "approve":
        labels = {"toxicity": 0, "spam": 0} | labels
    return {
        "text": record.submission.body,
        "labels": labels,
        "source": f"newsroom:{site}",
        "id": record.id,
        "language": record.judgement.language,
        "action": action,
    }
