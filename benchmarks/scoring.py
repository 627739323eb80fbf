"""What one score and a batch cost beside scikit-learn's pipeline and beside BERT, in one process and on one core.

    python -m benchmarks.scoring [--rounds 7]

All take different comments of about 300 characters, in turns. Figures are ratios of processor time, of all threads of
the process. The pipeline is the ordinary service's. BERT is `BertModel(BertConfig())`, of the size of BERT-base, with
random weights: they do not change how long it takes. It needs the extra `teacher`.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence

from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure, print_table, ratios
from benchmarks.ordinary import Pipeline, pipeline
from benchmarks.texts import comments
from model.classifier import Classifier

ROUNDS = 7
SINGLES = (300, 30)
"""Comments a round that are scored one by one: by the classifier, and by what takes longer."""

BATCH = 1000
TOKENS = 67  # of such a comment: the median by the tokenizer of MiniLM, whose vocabulary is that of BERT uncased
BERT_ROUNDS, BERT_SINGLES, BERT_BATCH = 5, 3, 16


def microseconds(work: Callable[[], object], texts: int) -> float:
    """Processor time of this process a text."""
    began = time.process_time()
    work()
    return 1e6 * (time.process_time() - began) / texts


def one_by_one(score: Callable[[list[str]], object], texts: Sequence[str]) -> float:
    """Microseconds a text, each scored by itself."""

    def work() -> None:
        for text in texts:
            score([text])

    return microseconds(work, len(texts))


def fresh(count: int) -> Iterator[list[str]]:
    """So many comments again and again, none of which came before."""
    source = iter(comments(20_000, seed=2))
    while True:
        yield [next(source) for _ in range(count)]


def kinds() -> dict[str, Classifier | str]:
    """The classifier as numpy alone runs it, and compiled; or why there is none."""
    compiled = Classifier.load() if importlib.util.find_spec("numba") else "needs the extra `fast`"
    return {"numpy": Classifier.load(compiled=False), "compiled": compiled}


def against_pipeline(classifier: Classifier, usual: Pipeline, kind: str, rounds: int) -> list[Figure]:
    """Single scores and batches, in turns."""
    first, single, batch = fresh(SINGLES[0]), fresh(SINGLES[1]), fresh(BATCH)
    classifier.score(comments(10))
    usual.score(list(comments(10)))
    ours, theirs, our_batch, their_batch = [], [], [], []
    for _ in range(rounds):
        ours.append(one_by_one(classifier.score, next(first)))
        theirs.append(one_by_one(usual.score, next(single)))
        texts = next(batch)
        our_batch.append(microseconds(lambda texts=texts: classifier.score(texts), BATCH))  # type: ignore[misc]
        their_batch.append(microseconds(lambda texts=texts: usual.score(texts), BATCH))  # type: ignore[misc]
    return [
        Figure(f"one score of 300 characters, {kind}, against scikit-learn's pipeline", ratios(theirs, ours), 50, True),
        Figure(f"a batch of 1,000, {kind}, against scikit-learn's pipeline", ratios(their_batch, our_batch), 12, True),
        Figure(f"one score of 300 characters, {kind}", tuple(ours), None, False, "µs"),
        Figure(f"a comment in a batch of 1,000, {kind}", tuple(our_batch), None, False, "µs"),
    ]


def against_bert(classifier: Classifier, rounds: int) -> list[Figure]:
    """Single scores and batches against BERT-base's forward pass over as many tokens."""
    names = "one score of 300 characters against BERT-base", "a comment in a batch against BERT-base"
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")):
        missing = "needs the extra `teacher` (PyTorch)"
        return [Figure(names[0], (), 2000, True, note=missing), Figure(names[1], (), None, True, note=missing)]
    import torch  # noqa: PLC0415  # an extra, which may be absent
    from transformers import BertConfig, BertModel  # noqa: PLC0415

    torch.set_num_threads(1)
    bert = BertModel(BertConfig()).eval()

    def forward(texts: int) -> None:
        with torch.inference_mode():
            bert(torch.randint(1000, 30_000, (texts, TOKENS)))

    forward(BERT_BATCH)
    single, batch = fresh(SINGLES[0]), fresh(BATCH)
    ours, theirs, our_batch, their_batch = [], [], [], []
    for _ in range(rounds):
        ours.append(one_by_one(classifier.score, next(single)))
        theirs.append(microseconds(lambda: [forward(1) for _ in range(BERT_SINGLES)], BERT_SINGLES))
        texts = next(batch)
        our_batch.append(microseconds(lambda texts=texts: classifier.score(texts), BATCH))  # type: ignore[misc]
        their_batch.append(microseconds(lambda: forward(BERT_BATCH), BERT_BATCH))
    note = f"{TOKENS} tokens, one thread"
    return [
        Figure(names[0], ratios(theirs, ours), 2000, True, note=note),
        Figure(names[1], ratios(their_batch, our_batch), None, True, note=f"{note}, {BERT_BATCH} at a time there"),
    ]


def figures(rounds: int = ROUNDS) -> list[Figure]:
    """Ratios of processor time."""
    usual = Pipeline(pipeline()[0])
    found: list[Figure] = []
    with threadpool_limits(limits=1):
        for kind, classifier in kinds().items():
            if isinstance(classifier, str):
                name = f"one score of 300 characters, {kind}, against scikit-learn's pipeline"
                found.append(Figure(name, (), 50, True, note=classifier))
            else:
                found += against_pipeline(classifier, usual, kind, rounds)
        return found + against_bert(Classifier.load(), min(rounds, BERT_ROUNDS))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    print_table(figures(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
