"""atheris on what reads a stranger's text: `python -m tests.proof.fuzz RUNS SEED`, in a process of its own.

Three targets take turns: the normaliser, what parses a request, and the scorer. What must hold is asserted, so that the
process ends with an error where it does not.
"""

import contextlib
import io
import sys

import atheris
import marshmallow as ma
import orjson

with atheris.instrument_imports(include=["model", "service.schemas", "service.compat", "service.moderation"]):
    from model.classifier import Classifier
    from model.text import normalise, normalise_all
    from service.compat.akismet.form import fields_of
    from service.compat.coral.request import CoralRequestSchema
    from service.compat.markup import plain
    from service.compat.perspective.spans import sentences, utf16
    from service.moderation.campaigns import WORDS_AT_MOST, fingerprint, mask
    from service.moderation.links import links_in, may_have_links
    from service.moderation.rules import talks_of_self_harm, words_of
    from service.moderation.slurs import slurs_in
    from service.schemas.comments import ScoreSchema
    from service.schemas.queue import DecisionSchema
    from service.schemas.reports import ReportSchema

PLAIN = Classifier.load(compiled=False)
QUICK = Classifier.load(compiled=True)
SCHEMAS = (ScoreSchema(), DecisionSchema(), ReportSchema(), CoralRequestSchema())
NEAR = 1e-5


def folds(text):
    """Offsets lead back into the text, in order; one text of many is folded as it is alone."""
    seen = normalise(text)
    offsets = seen.offsets.tolist()
    assert len(offsets) == len(seen.text)
    assert all(0 <= at < max(len(text), 1) for at in offsets)
    assert offsets == sorted(offsets)
    assert normalise_all(["before", text, ""])[1] == seen.text
    assert mask(text) == " ".join(mask(text).split()[:WORDS_AT_MOST])
    assert len(fingerprint(mask(text))) <= 8
    words_of(text)
    for start, end in slurs_in(text):
        assert 0 <= start < end <= len(text)


def parses(data, text):
    """Whatever comes is taken or refused, and nothing else; what is found lies within the text."""
    try:
        sent = orjson.loads(data)
    except orjson.JSONDecodeError:
        sent = {"texts": [text], "action": text, "reporter_id": text, "comment": {"body": text}}
    for schema in SCHEMAS:
        with contextlib.suppress(ma.ValidationError):
            schema.load(sent)
    fields_of(data)
    plain(text)
    place = utf16(text)
    for start, end in sentences(text):
        assert 0 <= start < end <= len(text)
        assert 0 <= place(start) < place(end)
    encodable = text.encode("utf-8", "replace").decode()
    talks_of_self_harm(encodable)
    if links_in(encodable)[0]:
        assert may_have_links(encodable)


def scores(text):
    """Both ways of scoring agree, scores are probabilities, spans lie in the text and add up."""
    (one,), (other,) = PLAIN.score([text]), QUICK.score([text])
    assert one.language == other.language
    assert one.scores.keys() == other.scores.keys()
    for attribute, score in one.scores.items():
        assert 0.0 <= score <= 1.0
        assert abs(score - other.scores[attribute]) < NEAR
    explained = QUICK.explain(text)
    assert explained.scored == other
    for span in explained.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert span.weight > 0


def one(data: bytes) -> None:
    """One input for all targets: bytes as they are, and as text with any code points, lone surrogates too."""
    text = (
        data[1:].decode("utf-8", "surrogateescape") if data[:1] < b"\x80" else data[1:].decode("utf-16-le", "replace")
    )
    folds(text)
    parses(data[1:], text)
    scores(text)


if __name__ == "__main__":
    runs, seed = sys.argv[1:]
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, write_through=True)
    atheris.Setup(
        [sys.argv[0], f"-runs={runs}", f"-seed={seed}", "-max_len=600", "-rss_limit_mb=0", "-print_final_stats=1"], one
    )
    atheris.Fuzz()
