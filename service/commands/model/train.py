"""`winnow model train`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import click
import orjson

from model.artifact import Artifact, digest_of, write
from model.classifier import Classifier
from model.contrast import contrast_examples
from model.data import DataError, Example, Skips, Suggested, read, usable
from model.evaluate import examine
from model.layouts import Table, tables
from model.report import card, measured
from model.seen import Vocabulary, reference_of
from model.swapping import with_swapped
from model.train import Recipe, TooLittleError, Trained
from model.train import train as fit
from service.commands.model.common import comments_option, data_argument, suggested_option, tell, write_report

REPORT = "report.html"  # beside the artifact, no part of it
_ROUNDS = 200  # of the bootstrap, for the report
_EVERY = 100_000  # comments between two lines of progress, where there is no terminal for a bar


@click.command()
@data_argument
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where the model goes.")
@comments_option("--news", "Comments at their natural rate, to calibrate and choose thresholds on; never trained on.")
@comments_option("--exclude", "Comments to measure on later: rows with the same text are not trained on.")
@comments_option(
    "--measure", "Comments to measure the finished model on, for its card; rows with the same text are not trained on."
)
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What benchmarks/baseline.py wrote of the same comments, to stand beside the model's figures in its card.",
)
@click.option("--all-sources", is_flag=True, help="Also train on sources whose licence forbids to ship the result.")
@suggested_option
@click.option("--contrast/--no-contrast", default=True, help="Also train on Winnow's own contrast examples.")
@click.option(
    "--memory",
    type=click.IntRange(min=1),
    default=Recipe().memory >> 20,
    show_default=True,
    help="MiB for the features of one regression; beyond them it sees a sample. The rest takes up to 1 GiB more.",
)
@click.option("--seed", default=Recipe().seed, show_default=True, help="Chooses the rows that are held out.")
def train(  # noqa: PLR0913, PLR0917 (one for each option)
    data: tuple[Path, ...],
    out: Path,
    news: tuple[Path, ...],
    exclude: tuple[Path, ...],
    measure: tuple[Path, ...],
    baseline: Path | None,
    all_sources: bool,
    suggested: bool,
    contrast: bool,
    memory: int,
    seed: int,
) -> None:
    """Train a model from labelled comments. The same data, seed and memory give the same bytes."""
    try:
        found = _found(data)
        natural = tables(news)[0]
        news_examples, unseen = list(read(natural)), list(read(measure))
        plain = orjson.loads(baseline.read_bytes()) if baseline else ()
        vocabulary = Vocabulary()
        labelled = vocabulary.passing(_labelled(found, all_sources, Suggested(taken=suggested)))
        trained = fit(
            with_swapped(chain(labelled, contrast_examples() if contrast else ())),
            news_examples,
            Recipe(seed=seed, memory=memory << 20),
            _digests([*found, *natural]),
            click.echo,
            against=chain(news_examples, unseen, read(exclude, suggested=Suggested(taken=True))),
        )
    except (DataError, TooLittleError, OSError, orjson.JSONDecodeError) as error:
        raise click.ClickException(str(error)) from error
    classifier = Classifier(Artifact(trained.manifest, "", trained.weights))
    draft = Classifier(Artifact(trained.manifest, "", trained.draft))
    trained.manifest["metrics"]["measured"] = measured(
        classifier,
        unseen,
        plain,
        {example.source for example in news_examples},
    )
    reference = reference_of(classifier, news_examples, draft, trained.held, vocabulary)
    made = write(out, trained.manifest, trained.weights, card(trained.manifest), reference)
    _report(out / REPORT, trained, draft)
    click.echo(f"{out}: version {trained.manifest['version']}, digest {made}")


def _report(path: Path, trained: Trained, draft: Classifier) -> None:
    """Write how the draft does on rows that it never saw, one HTML page."""
    if known := [example for example in trained.held if example.labels]:
        write_report(path, examine(draft, known, _ROUNDS), draft)


def _found(data: Sequence[Path]) -> list[Table]:
    """Find the files to read and say what they look like. Raises `DataError`, also where there is none."""
    found, passed = tables(data)
    for line in [*map(str, found), *(f"passed over {one}" for one in passed)]:
        click.echo(line)
    if not found:
        raise DataError("there is no file of comments in these folders")
    return found


def _labelled(found: Sequence[Table], all_sources: bool, suggested: Suggested) -> Iterator[Example]:
    """Read what may be trained on, and show how far it is; in the end say what was left out."""
    skips = Skips()
    with _progress(sum(table.path.stat().st_size for table in found)) as advance:
        yield from usable(_counted(read(found, skips, advance, suggested)), skips, all_sources=all_sources)
    for line in skips.lines():
        click.echo(line)
    tell(suggested)


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on a terminal, nothing elsewhere."""
    if not sys.stdout.isatty():
        yield lambda size: None
        return
    with click.progressbar(length=size, label="reading") as bar:
        yield bar.update


def _counted(examples: Iterator[Example]) -> Iterator[Example]:
    """Say now and then how many have gone by, unless a bar does."""
    quiet = sys.stdout.isatty()
    for number, example in enumerate(examples, 1):
        yield example
        if not quiet and not number % _EVERY:
            click.echo(f"{number:,} comments read")


def _digests(found: Sequence[Table]) -> dict[str, str]:
    """Digests of all files that go into a model, by name; of files of one name, the later ones' folders come first."""
    digests: dict[str, str] = {}
    for path in (path for table in found for path in (table.path, table.labels) if path):
        name = path.name
        while name in digests:
            name = f"{path.parent.name}/{name}"
        digests[name] = digest_of(path)
    return digests
