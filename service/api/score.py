"""Scores without storing: nothing of the texts is kept, and Redis may be away."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from model.classifier import Classifier
from service.api.context import Blueprint, caller, needs, parts
from service.schemas.comments import ScoreSchema, ScoresSchema
from service.turns import slices

blueprint = Blueprint("score", __name__, url_prefix="/v1/score", description="Scores without storing")


@blueprint.route("", methods=["POST"])
@needs("submit", effect=False, batch=True, problems=(413, 415))
@blueprint.arguments(ScoreSchema())
@blueprint.response(200, ScoresSchema)
def score_texts(wanted: dict[str, Any]) -> Any:
    """Scores 1 to 1,000 texts; with `explain`, says which parts of them told."""
    classifier = parts().models.in_force(caller().site)
    asked = set(wanted.get("attributes", classifier.attributes))
    results: list[dict[str, Any]] = []
    for part in slices(wanted["texts"]):
        results += (
            _explained(classifier, part, asked)
            if wanted["explain"]
            else [_result(one, asked) for one in classifier.score(part)]
        )
    return {"model": classifier.version, "results": results}


def _explained(classifier: Classifier, texts: Sequence[str], asked: set[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        explained = classifier.explain(text)
        spans = [span for span in explained.spans if span.attribute in asked]
        yield _result(explained.scored, asked) | {"spans": spans}
        time.sleep(0)


def _result(scored: Any, asked: set[str]) -> dict[str, Any]:
    scores = {attribute: round(score, 4) for attribute, score in scored.scores.items() if attribute in asked}
    return {"scores": scores, "language": scored.language}
