"""`winnow replay`: what a policy would have done with exported comments, with no service and no Redis."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast, get_args

import click
import orjson
from marshmallow import ValidationError

from model import ATTRIBUTES
from model.artifact import ArtifactError
from model.classifier import Classifier, Scored
from model.rows import DataError, Row, rows
from service.commands.score import BATCH, model_option
from service.moderation.comment import Reason, Verdict
from service.moderation.policy import Policy, policy_from
from service.moderation.preview import Comparison, Replay, Replayed
from service.schemas.policy import PolicySchema
from service.schemas.previews import ComparisonSchema, compared

VERDICTS: Final = get_args(Verdict)

TOLD_EVERY: Final = 100_000
"""Comments between two lines of progress, where there is no terminal for a bar."""

EXAMPLES_SHOWN: Final = 3
TEXT_SHOWN: Final = 60
"""Examples of each way, and characters of each, in what is written for people."""

file = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Line:
    """A comment of a file; what it does not say of scores and language is found by the model."""

    comment: Replayed
    hint: str | None
    scored: bool
    judged: bool


@dataclass(slots=True)
class Order:
    """Whether comments come oldest first, as far as their times are told."""

    last: int = 0
    broken: bool = False

    def see(self, some: Sequence[Replayed]) -> None:
        """Takes the next comments."""
        for one in some:
            if one.received is not None:
                self.broken = self.broken or one.received < self.last
                self.last = one.received


@click.command()
@click.argument("source", metavar="FILE", type=file)
@click.option("--policy", "draft", metavar="P", required=True, type=file, help="A policy as PUT /v1/policy takes it.")
@click.option(
    "--against", metavar="Q", type=file, help="Another policy to compare with; by default the file's verdicts."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@model_option
def replay(source: Path, draft: Path, against: Path | None, as_json: bool, path: Path) -> None:
    """Say what a policy would have done with the comments of FILE, JSON lines, oldest first."""
    tried = Replay(None if against is None else policy_of(against), policy_of(draft))
    try:
        with _progress(source.stat().st_size) as advance:
            numbered = _counted(rows(source, (), advance))
            order = Order()
            for batch in scored(lines(numbered, source, judged=against is None), path):
                order.see(batch)
                tried.steps(batch)
    except (DataError, ArtifactError) as problem:
        raise click.ClickException(str(problem)) from problem
    if order.broken:
        click.echo("The comments are not oldest first: copies, rates and new authors are counted otherwise.", err=True)
    found = tried.result()
    if as_json:
        click.echo(orjson.dumps(ComparisonSchema(exclude=["policy"]).dump(compared(found))))
    else:
        click.echo(page(found, "file" if against is None else "against"))


def policy_of(path: Path) -> Policy:
    """A policy from a file.

    :raises ClickException: it is none; says which field does not fit.
    """
    try:
        values = PolicySchema().load(orjson.loads(path.read_bytes()))
    except orjson.JSONDecodeError as problem:
        raise click.ClickException(f"{path}: not JSON ({problem})") from problem
    except ValidationError as problem:
        raise click.ClickException(f"{path}: {orjson.dumps(problem.messages).decode()}") from problem
    return policy_from(values["version"], values)


def lines(numbered: Iterator[tuple[int, Row]], source: Path, *, judged: bool) -> Iterator[Line]:
    """The comments of a file.

    :param judged: whether each must have a verdict.
    :raises DataError: a line is no comment.
    """
    for number, row in numbered:
        try:
            line = line_of(row, str(number))
        except ValueError as problem:
            raise DataError(f"{source}, line {number}: {problem}") from problem
        if judged and not line.judged:
            raise DataError(f'{source}, line {number}: no "verdict"; name a policy to compare with, --against')
        yield line


def line_of(row: Row, number: str) -> Line:
    """A comment from a line as `winnow export comments` writes it, or one like it.

    Only the text must be there, as `body` or `text`. An author and an article are objects or ids.

    :raises ValueError: it is none; the argument says why.
    """
    text = row.get("body", row.get("text"))
    if not isinstance(text, str):
        raise ValueError('no "body" and no "text"')  # noqa: TRY004  # the caller names the line
    author, article = _object(row, "author"), _object(row, "article")
    scores, language, verdict = row.get("scores"), _text(row, "language"), _text(row, "verdict")
    if verdict is not None and verdict not in VERDICTS:
        raise ValueError(f'"verdict" is none of {", ".join(VERDICTS)}')
    comment = Replayed(
        id=_text(row, "id") or number,
        text=text,
        scores={} if scores is None else _scores(scores),
        language=language or "",
        section=_text(row, "section") or _text(article, "section"),
        author=_text(author, "id") or _text(row, "author_id"),
        address=_text(author, "ip"),
        received=_received(row),
        verdict=cast("Verdict", verdict or "approve"),
        reasons=_reasons(row.get("reasons")),
        approved=row.get("status", "approved" if verdict == "approve" else "") == "approved",
    )
    return Line(comment, language, scores is not None and language is not None, verdict is not None)


def scored(given: Iterator[Line], model: Path) -> Iterator[list[Replayed]]:
    """The comments, many at a time, scored by the model where a line says nothing; it is loaded when it is needed.

    :raises ArtifactError: it cannot be used.
    """
    classifier: Classifier | None = None
    while batch := list(islice(given, BATCH)):
        missing = [line for line in batch if not line.scored]
        if missing and classifier is None:
            classifier = Classifier.load(model)
        texts, hints = [line.comment.text for line in missing], [line.hint for line in missing]
        found = iter(classifier.score(texts, hints) if classifier is not None and missing else ())
        yield [line.comment if line.scored else _with(line, next(found)) for line in batch]


def _with(line: Line, found: Scored) -> Replayed:
    """A comment with what the model found, where its line says nothing."""
    return replace(line.comment, scores=line.comment.scores or found.scores, language=line.hint or found.language)


def page(found: Comparison, other: str) -> str:
    """A comparison for people; `other` names what the policy was compared with."""
    told = [f"{found.looked_at:,} comments, {found.unchanged:,} as before"]
    for way in sorted(way for way in found.verdicts if way[0] != way[1]):
        told.append(f"{way[0]} -> {way[1]}  {found.verdicts[way]:,}")
        told += [f"  {one.id}  {_plain(one.text)}" for one in found.examples[way][:EXAMPLES_SHOWN]]
    if found.reasons:
        told += ["", f"{'reason':16}{other:>10}{'policy':>10}"]
        told += [f"{code:16}{live:10,}{draft:10,}" for code, (live, draft) in found.reasons.items()]
    return "\n".join(told)


def _plain(text: str) -> str:
    """The beginning of a text on one line, without what a terminal would obey."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= TEXT_SHOWN else f"{line[:TEXT_SHOWN]}…"


def _text(row: Row, name: str) -> str | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f'"{name}" is no text')  # noqa: TRY004  # the caller names the line
    return value


def _object(row: Row, name: str) -> Mapping[str, Any]:
    value = row.get(name)
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"id": _text(row, name)}


def _scores(said: Any) -> dict[str, float]:
    if not isinstance(said, dict) or not all(isinstance(one, int | float) for one in said.values() if one is not None):
        raise ValueError('"scores" is no object of numbers')
    return {name: float(said[name]) for name in ATTRIBUTES if said.get(name) is not None}


def _received(row: Row) -> int | None:
    """When a comment came in, in ms; its own time, where only that is told."""
    said = _text(row, "received_at") or _text(row, "posted_at")
    if said is None:
        return None
    try:
        return int(datetime.fromisoformat(said).timestamp() * 1000)
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"{said!r} is no time") from problem


def _reasons(said: Any) -> tuple[Reason, ...]:
    if said is not None and not isinstance(said, list):
        raise ValueError('"reasons" is no list')
    return tuple(map(_reason, said or ()))


def _reason(said: Any) -> Reason:
    """A reason as the API writes it, or its code alone."""
    if isinstance(said, str):
        return Reason(said, "")
    if not isinstance(said, dict) or not isinstance(said.get("code"), str):
        raise ValueError('"reasons" are no objects with a "code"')  # noqa: TRY004  # the caller names the line
    attribute = said.get("attribute")
    return Reason(
        said["code"],
        str(said.get("detail", "")),
        attribute if attribute in ATTRIBUTES else None,
        _number(said.get("score")),
        _number(said.get("threshold")),
    )


def _number(said: Any) -> float | None:
    return float(said) if isinstance(said, int | float) else None


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on a terminal, nothing elsewhere; on stderr, for stdout has the answer."""
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    with click.progressbar(length=size, label="reading", file=sys.stderr) as bar:
        yield bar.update


def _counted(numbered: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    """Says now and then how many have gone by, unless a bar does."""
    quiet = sys.stderr.isatty()
    for count, row in enumerate(numbered, 1):
        yield row
        if not quiet and not count % TOLD_EVERY:
            click.echo(f"{count:,} comments read", err=True)
