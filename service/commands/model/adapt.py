"""`winnow model adapt`."""

from pathlib import Path

import click

from model.adapt import adapt as fit
from model.adapt import card
from model.artifact import ArtifactError, digest_of, write
from model.classifier import DEFAULT, Classifier
from model.data import DataError, files, keep
from model.registry import HOLDOUT
from service.commands.model.common import labelled, suggested_option


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
@suggested_option
def adapt(decisions: tuple[Path, ...], base: Path, out: Path, suggested: bool) -> None:
    """Correct a model by moderators' decisions, as `winnow export decisions` writes them.

    A share of the newest decisions is not learned from: it goes to OUT/holdout.jsonl.gz, for `winnow model gate`.
    """
    try:
        digests = {path.name: digest_of(path) for path in files(decisions)}
        current = Classifier.load(base)
        adapted = fit(current, labelled(decisions, suggested=suggested), digests, say=click.echo)
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    made = write(out, adapted.manifest, adapted.weights, card(adapted.manifest), current.reference)
    keep(out / HOLDOUT, adapted.holdout)
    click.echo(f"{out}: version {adapted.manifest['version']}, digest {made}")
