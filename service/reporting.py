"""A reader's report on its way: weighed, counted, and the comment held where the policy says so."""

from typing import Final

from service.models import Models
from service.moderation.policy import default_policy
from service.store.comments import Comments
from service.store.policies import Policies
from service.store.queue import OlderRevision
from service.store.reports import ReaderReports, Report, Reported

TRIES: Final = 3
"""How often a comment is read again that is edited at the very moment."""


class Reporting:
    """Takes readers' reports."""

    def __init__(self, comments: Comments, reports: ReaderReports, policies: Policies, models: Models) -> None:
        self._comments = comments
        self._reports = reports
        self._policies = policies
        self._models = models

    def take(self, site: str, comment_id: str, report: Report, op: str) -> Reported:
        """Counts a report of a comment, and says where the comment stands then.

        :raises UnknownComment, ErasedComment: there is no such comment.
        :raises OlderRevision: it is edited all the time.
        """
        policy = self._policies.in_force(site, default_policy(self._models.in_force(site).thresholds))
        edited = OlderRevision(0)
        for _ in range(TRIES):
            record = self._comments.get(site, comment_id)
            try:
                return self._reports.add(site, record, report, op, policy.reports.hold)
            except OlderRevision as problem:
                edited = problem
        raise edited
