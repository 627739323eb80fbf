"""`winnow export`: what a site holds, as JSON lines."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from model import ATTRIBUTES
from service.commands.common import SiteName, config_option, opened_store, settings_or_fail
from service.schemas.fields import rfc3339
from service.store.comments import Comments
from service.store.connection import Store
from service.store.records import RecordWithHistory


@click.group()
def export() -> None:
    """Write out what a site holds, as JSON lines on stdout."""


@export.command()
@click.option("--site", type=SiteName(), help="By default WINNOW_SITE.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Decided from then on, in UTC.")
@config_option
def decisions(site: str | None, since: datetime | None, config: Path | None) -> None:
    """Moderators' decisions in the layout that `winnow model train` reads, oldest first."""
    start = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    settings = settings_or_fail(config)
    with opened_store(settings) as store:
        for line in decided(store, site or settings.site, start):
            sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def decided(store: Store, site: str, since: int) -> Iterator[dict[str, Any]]:
    """Labelled examples, one a decision that stands; `since` in ms."""
    for record in Comments(store).decided(site, since):
        example = labelled(record, site)
        if example is not None:
            yield example


def labelled(record: RecordWithHistory, site: str) -> dict[str, Any] | None:
    """A decided comment as a labelled example, or None where the decision was taken back meanwhile.

    Attributes that the moderator named are 1; an approval is 0 for toxicity and spam; all else is unknown. `reasons`
    says why the comment was in the queue, and `probability` with which chance it was looked at: 1 for what the
    policy held, unknown for what a moderator came upon otherwise.
    """
    decision = next((entry for entry in record.history if entry.get("op") == record.decision), None)
    if decision is None or record.decision is None:
        return None
    labels = dict.fromkeys((label for label in decision["labels"] if label in ATTRIBUTES), 1)
    if decision["action"] == "approve":
        labels = {"toxicity": 0, "spam": 0} | labels
    held = record.judgement.verdict == "hold"
    return {
        "text": record.submission.body,
        "labels": labels,
        "source": f"newsroom:{site}",
        "id": record.id,
        "language": record.judgement.language,
        "action": decision["action"],
        "decided_at": rfc3339(datetime.fromtimestamp(decision["at"] / 1000, UTC)),
        "decided_by": decision["by"],
        "reasons": list(dict.fromkeys(reason.code for reason in record.judgement.reasons)),
        "probability": 1 if held else None,
        "scores": record.judgement.scores,
        "model": record.judgement.model,
    }
