"""`winnow model compare`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from model.artifact import ArtifactError
from model.classifier import Classifier
from model.compare import Comparison, Pair
from model.compare import compare as measured
from model.data import DataError
from service.commands.model.common import comments_option, labelled, rounds_option, suggested_option


@click.command()
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@comments_option(
    "--data", "Labelled comments, in a file or a folder of them; may be given several times.", required=True
)
@rounds_option
@suggested_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per source and attribute.")
def compare(  # noqa: PLR0913, PLR0917 (one for each option)
    first: Path, second: Path, data: tuple[Path, ...], rounds: int, suggested: bool, as_json: bool
) -> None:
    """Compare model B with model A, by source and attribute.

    Differences are B's figures less A's on the same rows, with 95 % intervals of the paired bootstrap.
    """
    try:
        found = measured(Classifier.load(first), Classifier.load(second), labelled(data, suggested=suggested), rounds)
    except (ArtifactError, DataError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        for one in found:
            click.echo(orjson.dumps(asdict(one)))
    else:
        click.echo(_table(found))


def _table(found: Sequence[Comparison]) -> str:
    lines = []
    for one in found:
        lines.append(f"{one.source}, {one.attribute}: {one.rows} comments, {one.positives} of them bad")
        pairs = {
            "area under the curve": one.auc,
            "clean held to catch 85 %": one.clean_held_at_85,
            "bad caught": one.caught,
            "clean held": one.clean_held,
        }
        lines += [_line(name, pair) for name, pair in pairs.items() if pair]
        for name, alone in (("A", one.first_only), ("B", one.second_only)):
            if alone:
                lines.append(f"  only {name} scores {alone} more")
        lines.append(f"  B: {one.verdict}")
    return "\n".join(lines)


def _line(name: str, pair: Pair) -> str:
    difference = pair.difference
    return (
        f"  {name:26} A {pair.first:.3f}  B {pair.second:.3f}"
        f"  {difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
    )
