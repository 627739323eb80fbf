"""One comment's way: text scored, verdict reached, everything counted and stored, in one round trip.

The verdict takes for granted what is so for nearly every comment. Where it is not, the store says what is the case, and
the comment is judged by that and sent again.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final
from uuid import NAMESPACE_OID, uuid5

import uuid_utils

from model.classifier import Classifier
from model.informative import informativeness
from service.metrics import Metrics
from service.models import Models
from service.moderation.comment import Judgement, Status, Submission
from service.moderation.judge import judge
from service.moderation.policy import Policy, default_policy
from service.moderation.signals import Signals
from service.scoring import Scoring
from service.store.comments import Acceptance, Comments, Facts, Receipt, Terms
from service.store.policies import Policies
from service.store.records import ErasedComment, Record, submission_json
from service.turns import slices

SALT: Final = 8
"""Characters of a comment's first operation, which are random, that are the salt of its request's digest."""


class IdTaken(Exception):
    """Another comment has this id."""


class KeyReused(Exception):
    """The Idempotency-Key came before with another body."""


class RateExceeded(Exception):
    """The key's requests of this minute are used up; `seconds_left` until the next."""

    def __init__(self, seconds_left: int) -> None:
        super().__init__(seconds_left)
        self.seconds_left = seconds_left


@dataclass(frozen=True, slots=True)
class Post:
    """A comment on its way in. `id` is the site's own, `once` what its Idempotency-Key stands for."""

    submission: Submission
    id: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class RateRule:
    """Whose requests are counted on the way in, and how many a minute may be; a limit of 0 counts nothing."""

    name: str
    limit: int


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a post: the verdict and where it put the comment; not `fresh` when it was given before."""

    id: str
    judgement: Judgement
    received: int
    fresh: bool

    @property
    def status(self) -> Status:
        """Where the verdict put the comment."""
        return self.judgement.status


@dataclass(frozen=True, slots=True)
class Rated:
    """Where the key stands after this request."""

    requests: int
    seconds_left: int


Outcome = Placed | IdTaken | KeyReused | ErasedComment | RateExceeded


class Intake:
    """Takes comments in and judges them again when they are edited."""

    def __init__(self, comments: Comments, policies: Policies, models: Models, metrics: Metrics) -> None:
        self._comments = comments
        self._policies = policies
        self._models = models
        self._metrics = metrics
        self._scoring = Scoring()

    def post(self, site: str, post: Post, rate: RateRule) -> tuple[Outcome, Rated]:
        """Takes one comment in, and says where the key stands."""
        outcomes, receipt = self._take(site, [post], rate, self._models.in_force(site))
        return outcomes[0], Rated(receipt.requests, receipt.seconds_left)

    def post_batch(self, site: str, posts: Sequence[Post]) -> Iterator[Outcome]:
        """Takes many in, in order, a slice at a time, so that a large batch never holds up one comment.

        One model scores all of it, whatever is published meanwhile.
        """
        classifier = self._models.in_force(site)
        for part in slices(posts):
            outcomes, _ = self._take(site, part, RateRule("", 0), classifier)
            yield from outcomes

    def edit(self, site: str, record: Record, submission: Submission, op: str) -> None:
        """Judges an edited comment anew and keeps it; the same text again changes nothing.

        :raises EditConflict, UnknownComment, ErasedComment: somebody else came first.
        """
        if submission == record.submission:
            return
        classifier = self._models.in_force(site)
        policy = self._policies.in_force(site, default_policy(classifier.thresholds))
        scored = self._scoring.score(classifier, [submission])[0]
        signals = Signals(scored.scores, scored.language)
        accepted = _accepted(record.id, op, submission, signals, policy, classifier)
        self._comments.edit(site, record, accepted)

    def _take(
        self, site: str, posts: Sequence[Post], rate: RateRule, classifier: Classifier
    ) -> tuple[list[Outcome], Receipt]:
        """Judges comments and takes them in; also says what became of the first."""
        default = default_policy(classifier.thresholds)
        policy = self._policies.last_seen(site, default)
        submissions = [post.submission for post in posts]
        signals = [Signals(scored.scores, scored.language) for scored in self._scoring.score(classifier, submissions)]
        judged = [
            _accepted(_id_of(post), secrets.token_urlsafe(9), post.submission, signal, policy, classifier)
            for post, signal in zip(posts, signals, strict=True)
        ]
        receipts = self._comments.take_in(site, judged, _terms(policy, rate))
        first = receipts[0]
        others = {at: receipt.facts for at, receipt in enumerate(receipts) if receipt.facts}
        if others:
            for at, facts in others.items():
                judged[at] = self._by_facts(site, judged[at], signals[at], facts, classifier)
            for at, receipt in zip(others, self._comments.settle(site, [judged[at] for at in others]), strict=True):
                receipts[at] = receipt
        return [
            self._outcome(site, post, one, receipt) for post, one, receipt in zip(posts, judged, receipts, strict=True)
        ], first

    def _by_facts(
        self, site: str, one: Acceptance, signals: Signals, facts: Facts, classifier: Classifier
    ) -> Acceptance:
        """A comment judged anew, since what was taken for granted is not the case."""
        policy = self._policies.at(site, facts.policy, default_policy(classifier.thresholds))
        signals = replace(signals, copies=facts.copies, author_comments=facts.author_comments)
        return _accepted(one.id, one.op, one.submission, signals, policy, classifier)

    def _outcome(self, site: str, post: Post, one: Acceptance, receipt: Receipt) -> Outcome:
        """What a receipt means to who posted: for an id that was taken before, the first answer once more."""
        if receipt.limited:
            return RateExceeded(receipt.seconds_left)
        if receipt.erased:
            return ErasedComment(one.id)
        record = receipt.known
        if record is None:
            self._metrics.taken_in(one.judgement.verdict)
            return Placed(one.id, one.judgement, receipt.received, fresh=True)
        salt = record.digest.partition("$")[0]
        if _request_digest(post.submission, salt) != record.digest:
            return IdTaken(one.id) if post.id else KeyReused()
        return Placed(record.id, record.first_judgement or record.judgement, record.received, fresh=False)


def _terms(policy: Policy, rate: RateRule) -> Terms:
    return Terms(
        policy=policy.version,
        author_limit=policy.author_rate.limit,
        author_seconds=policy.author_rate.seconds,
        repeat_seconds=policy.repeats.seconds,
        rate_name=rate.name if rate.limit else "",
        rate_limit=rate.limit,
    )


def _accepted(  # noqa: PLR0913, PLR0917  # all that a judgement rests on
    comment_id: str, op: str, submission: Submission, signals: Signals, policy: Policy, classifier: Classifier
) -> Acceptance:
    """A judged comment, ready to be stored."""
    ruling = judge(signals, policy)
    judgement = Judgement(
        verdict=ruling.verdict,
        scores={attribute: round(score, 4) for attribute, score in signals.scores.items()},
        reasons=ruling.reasons,
        model=classifier.version,
        policy=policy.version,
        language=signals.language,
    )
    digest = _request_digest(submission, op[:SALT])
    teaches = informativeness(signals.scores, signals.copies)
    return Acceptance(comment_id, op, digest, submission, judgement, ruling.band, teaches)


def _id_of(post: Post) -> str:
    """The site's own id, one that stands for its Idempotency-Key (UUIDv5), or a new one (UUIDv7)."""
    if post.id is not None:
        return post.id
    return str(uuid5(NAMESPACE_OID, post.once) if post.once else uuid_utils.uuid7())


def _request_digest(submission: Submission, salt: str) -> str:
    """Tells the same request from another; under a salt of the comment's own, which is erased with it."""
    return f"{salt}${blake2b(submission_json(submission), digest_size=12, key=salt.encode()).hexdigest()}"
