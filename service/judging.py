"""From what is known of a comment to its judgement, as posts and checks have it alike."""

from model.classifier import Scored
from service.moderation.comment import Judgement, Submission
from service.moderation.judge import Ruling, judge
from service.moderation.policy import Policy
from service.moderation.signals import USUAL, Signals, Surroundings


def signals_of(
    submission: Submission, scored: Scored, policy: Policy, *, lot: float, around: Surroundings = USUAL
) -> Signals:
    """What is known of a comment; a `lot` of 1 never draws it."""
    return Signals(
        scores=scored.scores,
        language=scored.language,
        findings=policy.within(submission.article.section).text_rules.findings(submission.body),
        named=submission.author.id is not None,
        lot=lot,
        around=around,
    )


def judgement_of(submission: Submission, signals: Signals, policy: Policy, model: str) -> tuple[Judgement, Ruling]:
    """The judgement of a comment as it is kept and told, by a model's version; scores to four decimal places."""
    ruling = judge(signals, policy.within(submission.article.section))
    judgement = Judgement(
        verdict=ruling.verdict,
        scores={attribute: round(score, 4) for attribute, score in signals.scores.items()},
        reasons=ruling.reasons,
        model=model,
        policy=policy.version,
        language=signals.language,
        deciding=ruling.deciding,
    )
    return judgement, ruling
