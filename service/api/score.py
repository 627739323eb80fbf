"""Scores without storing: nothing of the texts is kept, and Redis may be away."""

import time
from typing import Any, Final

from service.api.context import Blueprint, needs, parts
from service.schemas.comments import ScoreSchema, ScoresSchema

blueprint = Blueprint("score", __name__, url_prefix="/v1/score", description="Scores without storing")

SLICE: Final = 32
"""Texts that are scored before others get their turn."""


@blueprint.route("", methods=["POST"])
@needs("submit", effect=False, batch=True, problems=(413, 415))
@blueprint.arguments(ScoreSchema())
@blueprint.response(200, ScoresSchema)
def score_texts(wanted: dict[str, Any]) -> Any:
    """Scores 1 to 1,000 texts; with `explain`, says which parts of them told."""
    classifier = parts().classifier
    asked = set(wanted.get("attributes", classifier.attributes))
    results: list[dict[str, Any]] = []
    texts = wanted["texts"]
    for start in range(0, len(texts), SLICE):
        part = texts[start : start + SLICE]
        if wanted["explain"]:
            explained = [classifier.explain(text) for text in part]
            results += [
                _result(one.scored, asked) | {"spans": [span for span in one.spans if span.attribute in asked]}
                for one in explained
            ]
        else:
            results += [_result(one, asked) for one in classifier.score(part)]
        time.sleep(0)
    return {"model": classifier.version, "results": results}


def _result(scored: Any, asked: set[str]) -> dict[str, Any]:
    scores = {attribute: round(score, 4) for attribute, score in scored.scores.items() if attribute in asked}
    return {"scores": scores, "language": scored.language}
