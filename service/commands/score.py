"""`winnow score`: what the model says of a text, with no service and no Redis."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson

from model.artifact import ArtifactError
from model.classifier import DEFAULT, Classifier, Explanation

BATCH = 1024  # lines that are scored at once

model_option = click.option(
    "--model",
    "path",
    envvar="WINNOW_MODEL",
    default=DEFAULT,
    type=click.Path(path_type=Path),
    help="The folder of a model; by default $WINNOW_MODEL, else the one that ships.",
)


@click.command()
@click.argument("texts", nargs=-1, metavar="[TEXT …]")
@click.option("--jsonl", is_flag=True, help='Read {"text": …} a line from stdin, write each with "scores" added.')
@click.option("--explain", is_flag=True, help="Add the parts of the text that pushed a score up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per text.")
@model_option
def score(texts: tuple[str, ...], jsonl: bool, explain: bool, as_json: bool, path: Path) -> None:
    """Score each TEXT, from 0 to 1 for each attribute."""
    if bool(texts) == jsonl:
        raise click.UsageError("give either texts or --jsonl")
    try:
        classifier = Classifier.load(path)
    except ArtifactError as error:
        raise click.ClickException(str(error)) from error
    if jsonl:
        score_lines(classifier, sys.stdin.buffer, sys.stdout.buffer, explain)
        return
    for text in texts:
        explanation = classifier.explain(text)
        if as_json:
            found = _scores(explanation, explain)
            click.echo(orjson.dumps({"text": text.encode("utf-8", "replace").decode(), **found}))
        else:
            click.echo(_page(text, explanation, explain))


def score_lines(classifier: Classifier, source: BinaryIO, target: BinaryIO, explain: bool) -> None:
    """Score JSON lines, in order; a row's `language` is taken as a hint. Stops at the first line that is no comment.

    :raises ClickException: such a line; those before it have been written.
    """
    rows = _rows(source)
    while batch := list(islice(rows, BATCH)):
        bad = next((row for row in batch if isinstance(row, str)), None)
        good = [row for row in batch if not isinstance(row, str)]
        texts = [row["text"] for row in good]
        hints = [row.get("language") for row in good]
        if explain:
            pairs = zip(texts, hints, strict=True)
            found = [_scores(classifier.explain(text, hint), explain) for text, hint in pairs]
        else:
            found = [{"scores": one.scores, "language": one.language} for one in classifier.score(texts, hints)]
        target.writelines(orjson.dumps(row | more) + b"\n" for row, more in zip(good, found, strict=True))
        if bad:
            target.flush()
            raise click.ClickException(bad)
    target.flush()


def _rows(source: BinaryIO) -> Iterator[dict[str, Any] | str]:
    """Yield the rows; a line that is none becomes its complaint, and ends it."""
    for number, line in enumerate(source, 1):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield f"line {number}: not JSON ({error})"
            return
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            yield f'line {number}: no object with a "text"'
            return
        if not isinstance(row.get("language"), str | None):
            yield f'line {number}: "language" is no text'
            return
        yield row


def _scores(explanation: Explanation, explain: bool) -> dict[str, Any]:
    found: dict[str, Any] = asdict(explanation.scored)
    if explain:
        found["spans"] = [asdict(span) for span in explanation.spans]
    return found


def _page(text: str, explanation: Explanation, explain: bool) -> str:
    lines = [text]
    for attribute, value in explanation.scored.scores.items():
        lines.append(f"  {attribute:16} {value:.3f}")
        if explain:
            lines += [
                f"    {span.weight:+.2f}  {text[span.start : span.end]}"
                for span in explanation.spans
                if span.attribute == attribute
            ]
    return "\n".join(lines).encode("utf-8", "replace").decode()
