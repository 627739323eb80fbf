"""What the commands of `winnow model` share."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from model.classifier import Classifier
from model.data import DataError, Example, Suggested, read
from model.evaluate import Evaluation
from model.intervals import ROUNDS
from service import logs
from service.commands.common import SiteName, opened_store
from service.models import Copies, Models
from service.publishing import Publishing
from service.settings import Settings
from service.store.keys import Keys
from service.store.models import Published

F = TypeVar("F", bound=Callable[..., Any])

data_argument = click.argument(
    "data", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="DATA…"
)
rounds_option = click.option(
    "--rounds",
    default=ROUNDS,
    show_default=True,
    type=click.IntRange(min=100),
    help="Draws of the bootstrap, which makes the intervals.",
)
suggested_option = click.option(
    "--suggested", is_flag=True, help="Also use labels that no moderator gave: what `winnow export suggestions` writes."
)
site_option = click.option("--site", type=SiteName(), help="For this site alone; by default for all without their own.")


def comments_option(name: str, says: str, *, required: bool = False) -> Callable[[F], F]:
    """Make an option that takes files, or folders of them, any number of times."""
    kind = click.Path(exists=True, path_type=Path)
    return click.option(name, multiple=True, required=required, type=kind, help=says)


def labelled(data: Sequence[Path], *, suggested: bool) -> list[Example]:
    """Return the rows of the files that have a label. Raises `DataError`, also where there is none."""
    examples = [example for example in trusted(data, suggested=suggested) if example.labels]
    if not examples:
        raise DataError("no row has a label")
    return examples


def trusted(data: Sequence[Path], *, suggested: bool) -> list[Example]:
    """Return the rows of the files, with what no moderator labelled only if `suggested`; say on stderr how many.

    Raises `DataError`.
    """
    marked = Suggested(taken=suggested)
    examples = list(read(data, suggested=marked))
    tell(marked)
    return examples


def tell(marked: Suggested) -> None:
    """Say on stderr what became of labels that no moderator gave."""
    for line in marked.lines():
        click.echo(line, err=True)


def write_report(path: Path, found: Evaluation, classifier: Classifier) -> None:
    """Write what was measured as one HTML page.

    :raises ClickException: it cannot be written.
    """
    from model.page import render  # noqa: PLC0415 (plots take a second to import)

    try:
        path.write_text(render(found, classifier), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from error


@contextmanager
def opened_publishing(settings: Settings) -> Iterator[Publishing]:
    """Publishing on the store, whether the service is running or not; it leaves no copy of a model behind.

    :raises ArtifactError: the model that the service starts with cannot be used.
    :raises ClickException: the store cannot be reached.
    """
    logs.configure("error")
    own = Classifier.load(settings.model)
    with opened_store(settings) as store, tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        published = Published(store)
        yield Publishing(
            published, Models(published, own, Copies(Path(folder), published)), Keys(store), settings.model
        )
