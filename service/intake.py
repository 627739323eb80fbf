"""One comment's way: text scored, verdict reached, everything counted and stored, in one round trip.

The verdict takes for granted what is so for nearly every comment. Where it is not, the store says what is the case, and
the comment is judged by that and sent again.
"""

import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final
from uuid import NAMESPACE_OID, uuid5

import uuid_utils

from model.classifier import Classifier, Scored
from model.informative import informativeness
from service.campaigning import Campaigning
from service.judging import judgement_of, signals_of
from service.models import Models
from service.moderation.campaigns import alike, fingerprint, mask
from service.moderation.comment import Judgement, Status, Submission
from service.moderation.policy import Policy, default_policy
from service.moderation.signals import USUAL, Signals, Surroundings
from service.monitoring.metrics import Metrics
from service.observations import Observations
from service.scoring import Scoring
from service.shadowing import Shadowing
from service.store.arrivals import ALONE, Acceptance, Arrivals, Facts, Near, Receipt, Terms
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

    @property
    def terms(self) -> tuple[str, int]:
        """The same for a script: no name where nothing is counted."""
        return (self.name if self.limit else "", self.limit)


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

    def __init__(  # noqa: PLR0913, PLR0917  # its collaborators
        self,
        arrivals: Arrivals,
        policies: Policies,
        models: Models,
        metrics: Metrics,
        observations: Observations,
        campaigning: Campaigning,
        shadowing: Shadowing,
    ) -> None:
        self._arrivals = arrivals
        self._policies = policies
        self._models = models
        self._metrics = metrics
        self._observations = observations
        self._campaigning = campaigning
        self._shadowing = shadowing
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
        facts = self._arrivals.surroundings(site, submission)
        policy = self._policies.at(site, facts.policy, default_policy(classifier.thresholds))
        scored = self._scoring.score(classifier, [submission])[0]
        signals = signals_of(submission, scored, policy, lot=1.0, around=facts.around)
        accepted = _accepted(record.id, op, submission, signals, policy, classifier)
        self._arrivals.edit(site, record, accepted)

    def _take(
        self, site: str, posts: Sequence[Post], rate: RateRule, classifier: Classifier
    ) -> tuple[list[Outcome], Receipt]:
        """Judges comments and takes them in; also says what became of the first."""
        default = default_policy(classifier.thresholds)
        policy = self._policies.last_seen(site, default)
        scored = self._scoring.score(classifier, [post.submission for post in posts])
        lots = [random.random() for _ in posts]  # noqa: S311  # a sample is no secret
        judged = [
            _accepted(
                _id_of(post),
                secrets.token_urlsafe(9),
                post.submission,
                signals_of(post.submission, found, policy, lot=lot),
                policy,
                classifier,
                _near(*_print(post.submission), policy),
            )
            for post, found, lot in zip(posts, scored, lots, strict=True)
        ]
        receipts = self._arrivals.take_in(site, judged, Terms(policy, *rate.terms))
        first = receipts[0]
        others = {at: receipt.facts for at, receipt in enumerate(receipts) if receipt.facts}
        if others:
            self._settle(
                site,
                judged,
                receipts,
                others,
                lambda at, facts: self._by_facts(site, judged[at], scored[at], lots[at], facts, classifier),
            )
        if self._shadowing.watches(site):
            for at, (one, receipt) in enumerate(zip(judged, receipts, strict=True)):
                around = others[at].around if at in others else USUAL
                self._shadowing.saw(site, one, scored[at].scores, around, receipt.received)
        return [
            self._outcome(site, post, one, receipt) for post, one, receipt in zip(posts, judged, receipts, strict=True)
        ], first

    def _settle(
        self,
        site: str,
        judged: list[Acceptance],
        receipts: list[Receipt],
        others: dict[int, Facts],
        again: Callable[[int, Facts], Acceptance],
    ) -> None:
        """Takes in those that must be judged by the facts; twice more where their near copies came meanwhile.

        Of a slice or at once, many may come, so that the policy's number is met to the comment. Then whatever their
        campaign has left to do is done.
        """
        for last in (False, False, True):
            for at, facts in others.items():
                judged[at] = again(at, facts)
            settled = self._arrivals.settle(site, [judged[at] for at in others], anyway=last)
            receipts_of = dict(zip(others, settled, strict=True))
            for at, receipt in receipts_of.items():
                receipts[at] = receipt
            others = {at: others[at].as_of(one.nearer) for at, one in receipts_of.items() if one.nearer}
            if not others:
                break
        for campaign in dict.fromkeys(receipt.due for receipt in receipts if receipt.due):
            self._campaigning.finish(site, campaign)

    def _by_facts(  # noqa: PLR0913, PLR0917  # all that a judgement rests on
        self, site: str, one: Acceptance, scored: Scored, lot: float, facts: Facts, classifier: Classifier
    ) -> Acceptance:
        """A comment judged anew, since what was taken for granted is not the case."""
        policy = self._policies.at(site, facts.policy, default_policy(classifier.thresholds))
        near, around = _among(_near(one.near.masked, one.near.bands, policy), facts)
        signals = signals_of(one.submission, scored, policy, lot=lot, around=around)
        return _accepted(one.id, one.op, one.submission, signals, policy, classifier, near)

    def _outcome(self, site: str, post: Post, one: Acceptance, receipt: Receipt) -> Outcome:
        """What a receipt means to who posted: for an id that was taken before, the first answer once more."""
        if receipt.limited:
            return RateExceeded(receipt.seconds_left)
        if receipt.erased:
            return ErasedComment(one.id)
        record = receipt.known
        if record is None:
            self._metrics.taken_in(one.judgement.verdict)
            self._observations.saw(site, one.judgement, one.submission.body)
            return Placed(one.id, one.judgement, receipt.received, fresh=True)
        salt = record.digest.partition("$")[0]
        if _request_digest(post.submission, salt) != record.digest:
            return IdTaken(one.id) if post.id else KeyReused()
        return Placed(record.id, record.first_judgement or record.judgement, record.received, fresh=False)


def _print(submission: Submission) -> tuple[str, tuple[str, ...]]:
    """A comment's masked text and the bands under which near copies find it."""
    masked = mask(submission.body)
    return masked, fingerprint(masked)


def _near(masked: str, bands: tuple[str, ...], policy: Policy) -> Near:
    return Near(masked, bands, policy.near_copies.seconds, policy.near_copies.hold)


def _among(near: Near, facts: Facts) -> tuple[Near, Surroundings]:
    """A comment among those that share bands with it: which are its near copies, and what that says of it."""
    confirmed = [one for one in facts.candidates if alike(near.masked, mask(one.body))]
    if not confirmed:
        return near, facts.around
    most = max([one for one in confirmed if one.decision] or confirmed, key=lambda one: one.size)
    before = most.size if most.campaign else len(confirmed)
    near = replace(near, ids=tuple(one.id for one in confirmed), known=before, ruled=most.decision)
    return near, replace(facts.around, near=before, campaign=most.action)


def _accepted(  # noqa: PLR0913, PLR0917  # all that a judgement rests on
    comment_id: str,
    op: str,
    submission: Submission,
    signals: Signals,
    policy: Policy,
    classifier: Classifier,
    near: Near = ALONE,
) -> Acceptance:
    """A judged comment, ready to be stored."""
    judgement, ruling = judgement_of(submission, signals, policy, classifier.version)
    digest = _request_digest(submission, op[:SALT])
    teaches = informativeness(signals.scores, max(signals.around.copies, signals.around.near))
    return Acceptance(comment_id, op, digest, submission, judgement, ruling.band, teaches, near)


def _id_of(post: Post) -> str:
    """The site's own id, one that stands for its Idempotency-Key (UUIDv5), or a new one (UUIDv7)."""
    if post.id is not None:
        return post.id
    return str(uuid5(NAMESPACE_OID, post.once) if post.once else uuid_utils.uuid7())


def _request_digest(submission: Submission, salt: str) -> str:
    """Tells the same request from another; under a salt of the comment's own, which is erased with it."""
    return f"{salt}${blake2b(submission_json(submission), digest_size=12, key=salt.encode()).hexdigest()}"
