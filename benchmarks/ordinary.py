"""The service that people ordinarily build, to be measured against: Flask, marshmallow, scikit-learn, `lpush`.

    gunicorn -k gevent -w 2 'benchmarks.ordinary:create_app()'
    python -m benchmarks.ordinary < comments.jsonl     # scores JSON lines, as `winnow score --jsonl` does

The pipeline is the baseline of `docs/model.md` (TF-IDF of words 1-2 and characters 2-5, a logistic regression for each
attribute, `benchmarks/baseline.py`), trained in less than a minute: on a sample of the labelled comments where those
are at hand, else on the examples of our own. On all of the labelled comments its area under the ROC curve is below that
of the model that ships on every evaluation file (`docs/model.md`); on fewer it is smaller, and faster.
"""

from __future__ import annotations

import os
import random
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import joblib
import orjson
import redis
from flask import Flask, request
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from benchmarks.baseline import fit, raw, scored
from model import ATTRIBUTES
from model.contrast import contrast_examples
from model.data import Example

CACHE = Path(__file__).parent / ".ordinary_cache"
DATA = Path(__file__).parents[2] / "shared" / "data" / "train"
SAMPLE = 30_000
BATCH = 1000
_NEVER = ("severe_toxicity", "obscene")
PIPELINE, REDIS = "ORDINARY_PIPELINE", "ORDINARY_REDIS"


def pipeline() -> tuple[Path, str]:
    """The trained pipeline's file, made at the first call, and in words what it was trained on."""
    found = DATA.is_dir()
    what = f"{SAMPLE:,} labelled comments" if found else "the examples in model/contrast*.json"
    path = CACHE / ("labelled.joblib" if found else "own.joblib")
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        examples = _sample(list(raw([DATA]))) if found else _own()
        unfinished = path.with_suffix(".new")
        joblib.dump(fit(examples, "char"), unfinished)
        unfinished.rename(path)
    return path, what


def _sample(examples: list[Example]) -> list[Example]:
    return random.Random(1).sample(examples, SAMPLE)  # noqa: S311 (no secret)


def _own() -> list[Example]:
    """Our own examples; none of them is obscene or severely toxic, so those two learn toxicity, which takes as long."""
    examples = []
    for one in contrast_examples():
        labels = {name: value for name, value in one.labels.items() if name not in _NEVER}
        if "toxicity" in labels:
            labels |= dict.fromkeys(_NEVER, labels["toxicity"])
        examples.append(replace(one, labels=labels))
    return examples


class Pipeline:
    """The pipeline in use."""

    def __init__(self, path: Path) -> None:
        self._parts = joblib.load(path)

    def score(self, texts: list[str]) -> list[dict[str, float]]:
        """The scores of each text."""
        rows = scored([Example(text, {}, "", "", "") for text in texts], *self._parts)
        return [dict(zip(ATTRIBUTES, row.tolist(), strict=True)) for row in rows]


class Author(Schema):
    """Who wrote it."""

    id = fields.String(allow_none=True, validate=validate.Length(max=128))
    name = fields.String(allow_none=True, validate=validate.Length(max=200))
    email = fields.Email(allow_none=True)
    url = fields.URL(allow_none=True)
    ip = fields.IP(allow_none=True)
    user_agent = fields.String(allow_none=True)
    created_at = fields.AwareDateTime(allow_none=True)


class Article(Schema):
    """Under what."""

    id = fields.String(allow_none=True, validate=validate.Length(max=128))
    url = fields.URL(allow_none=True)
    title = fields.String(allow_none=True)
    section = fields.String(allow_none=True)


class Comment(Schema):
    """A comment as it comes in."""

    id = fields.String(validate=validate.Regexp(r"[A-Za-z0-9._:~-]{1,128}$"))
    body = fields.String(required=True, validate=validate.Length(1, 10_000))
    author = fields.Nested(Author, allow_none=True)
    article = fields.Nested(Article, allow_none=True)
    parent_id = fields.String(allow_none=True)
    posted_at = fields.AwareDateTime(allow_none=True)
    language = fields.String(allow_none=True)


def create_app() -> Flask:
    """The app; its pipeline and its Redis are named in the environment."""
    app = Flask("ordinary")
    loaded = Pipeline(Path(os.environ[PIPELINE]))
    client = redis.Redis.from_url(os.environ[REDIS])
    schema = Comment(unknown=RAISE)

    @app.post("/comments")
    def comment() -> tuple[dict[str, Any], int]:
        try:
            schema.load(given := request.get_json())
        except ValidationError as problem:
            return {"errors": problem.messages}, 422
        scores = loaded.score([given["body"]])[0]
        client.lpush("comments", orjson.dumps(given | {"scores": scores}))
        return {"scores": scores}, 201

    return app


def score_lines(loaded: Pipeline, source: BinaryIO, target: BinaryIO) -> None:
    """Score JSON lines in batches, in order."""
    while rows := [orjson.loads(line) for line in islice(source, BATCH)]:
        found = loaded.score([row["text"] for row in rows])
        lines = (orjson.dumps(row | {"scores": scores}) for row, scores in zip(rows, found, strict=True))
        target.writelines(line + b"\n" for line in lines)


if __name__ == "__main__":
    score_lines(Pipeline(pipeline()[0]), sys.stdin.buffer, sys.stdout.buffer)
