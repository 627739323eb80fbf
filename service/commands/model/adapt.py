"""`winnow model adapt`."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from model.adapt import adapt as fit
from model.adapt import card
from model.artifact import ArtifactError, digest_of, write
from model.classifier import DEFAULT, Classifier
from model.data import DataError, Example, files
from model.registry import HOLDOUT
from service.commands.model.common import labelled


@click.command()
@click.argument(
    "decisions", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="DECISIONS…"
)
@click.option(
    "--base",
    type=click.Path(path_type=Path),
    default=DEFAULT,
    help="The model to begin with; by default the one that ships.",
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the model goes.")
def adapt(decisions: tuple[Path, ...], base: Path, out: Path) -> None:
    """Correct a model by moderators' decisions, as `winnow export decisions` writes them.

    A share of the newest decisions is not learned from: it goes to OUT/holdout.jsonl.gz, for `winnow model gate`.
    """
    try:
        digests = {path.name: digest_of(path) for path in files(decisions)}
        adapted = fit(Classifier.load(base), labelled(decisions), digests, say=click.echo)
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    made = write(out, adapted.manifest, adapted.weights, card(adapted.manifest))
    _reserve(out / HOLDOUT, adapted.holdout)
    click.echo(f"{out}: version {adapted.manifest['version']}, digest {made}")


def _reserve(path: Path, holdout: Sequence[Example]) -> None:
    """Write the hold-out in the layout of decisions; the same rows give the same bytes."""
    lines = [
        orjson.dumps(
            {
                "text": example.text,
                "labels": example.labels,
                "source": example.source,
                "language": example.language,
                "template": example.group,
                "decided_at": example.decided_at or None,
                "probability": example.probability,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for example in holdout
    ]
    path.write_bytes(gzip.compress(b"".join(lines), mtime=0))
