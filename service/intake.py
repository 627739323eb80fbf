"""One comment's way: signals fetched, text scored, verdict reached, everything stored, in two round trips."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from uuid import NAMESPACE_OID, uuid5

import orjson
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
from service.store.comments import Acceptance, Arrival, Comments, Gathered
from service.store.policies import Policies
from service.store.records import ErasedComment, Record
from service.turns import slices


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
        outcomes, gathered = self._take(site, [post], rate, self._models.in_force(site))
        return outcomes[0], Rated(gathered[0].requests, gathered[0].seconds_left)

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
    ) -> tuple[list[Outcome], list[Gathered]]:
        default = default_policy(classifier.thresholds)
        policy = self._policies.last_seen(site, default)
        arrivals = [
            Arrival(
                id=_id_of(post),
                submission=post.submission,
                author_seconds=policy.author_rate.seconds,
                repeat_seconds=policy.repeats.seconds,
                rate_name=rate.name if rate.limit else "",
                rate_limit=rate.limit,
            )
            for post in posts
        ]
        gathered = self._comments.arrive(site, arrivals)
        if rate.limit and gathered[0].requests > rate.limit:
            return [RateExceeded(gathered[0].seconds_left)], gathered

        fresh = [at for at, found in enumerate(gathered) if found.known is None and not found.erased]
        policy = self._policies.at(site, gathered[0].policy_version, default)
        placed = self._place(site, policy, classifier, [(arrivals[at], gathered[at]) for at in fresh])
        outcomes: list[Outcome | None] = [None] * len(posts)
        for at, one in zip(fresh, placed, strict=True):
            outcomes[at] = one
        return [
            outcome or self._again(site, posts[at], arrivals[at].id, gathered[at])
            for at, outcome in enumerate(outcomes)
        ], gathered

    def _place(
        self, site: str, policy: Policy, classifier: Classifier, fresh: Sequence[tuple[Arrival, Gathered]]
    ) -> list[Placed | None]:
        """Scores, judges and stores new comments; None where another call took the id meanwhile."""
        if not fresh:
            return []
        scores = self._scoring.score(classifier, [arrival.submission for arrival, _ in fresh])
        accepted = [
            _accepted(
                arrival.id,
                secrets.token_urlsafe(9),
                arrival.submission,
                Signals(scored.scores, scored.language, found.copies, found.author_comments),
                policy,
                classifier,
            )
            for (arrival, found), scored in zip(fresh, scores, strict=True)
        ]
        received = self._comments.accept(site, accepted)
        for one, ms in zip(accepted, received, strict=True):
            if ms is not None:
                self._metrics.taken_in(one.judgement.verdict)
        return [
            None if ms is None else Placed(one.id, one.judgement, ms, fresh=True)
            for one, ms in zip(accepted, received, strict=True)
        ]

    def _again(self, site: str, post: Post, comment_id: str, found: Gathered) -> Outcome:
        """The first answer once more, for a comment whose id was taken before this call."""
        if found.erased:
            return ErasedComment(comment_id)
        try:
            record = found.known or self._comments.get(site, comment_id)
        except ErasedComment as erased:
            return erased
        salt = record.digest.partition("$")[0]
        if _request_digest(post.submission, salt) != record.digest:
            return IdTaken(comment_id) if post.id else KeyReused()
        return Placed(record.id, record.first_judgement or record.judgement, record.received, fresh=False)


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
    digest = _request_digest(submission, secrets.token_hex(4))
    teaches = informativeness(signals.scores, signals.copies)
    return Acceptance(comment_id, op, digest, submission, judgement, ruling.band, teaches)


def _id_of(post: Post) -> str:
    """The site's own id, one that stands for its Idempotency-Key (UUIDv5), or a new one (UUIDv7)."""
    if post.id is not None:
        return post.id
    return str(uuid5(NAMESPACE_OID, post.once) if post.once else uuid_utils.uuid7())


def _request_digest(submission: Submission, salt: str) -> str:
    """Tells the same request from another; under a salt of the comment's own, which is erased with it."""
    digest = blake2b(orjson.dumps(submission), digest_size=12, key=salt.encode()).hexdigest()
    return f"{salt}${digest}"
