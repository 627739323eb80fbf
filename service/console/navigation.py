"""What stands in the menu, and for whom."""

from dataclasses import dataclass
from typing import Final

from flask import url_for

from service.api.exchange import current
from service.console.visits import Visitor
from service.store.keys import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: what it is called, its endpoint, who may see it."""

    label: str
    endpoint: str
    role: Role = "moderate"


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it stands on a page; `here` says that the page belongs to it."""

    label: str
    address: str
    here: bool


DAILY: Final = (
    Entry("Queue", "console.queue.show"),
    Entry("Campaigns", "console.campaigns.show"),
    Entry("Comments", "console.archive.search"),
    Entry("Authors", "console.authors.search"),
)
"""A moderator's day."""

AROUND: Final[tuple[Entry, ...]] = (
    Entry("Queue health", "console.health.show"),
    Entry("Statistics", "console.stats.show"),
    Entry("Transparency", "console.transparency.show", "admin"),
    Entry("Reviews", "console.reviews.show"),
    Entry("Disagreements", "console.disagreements.show", "admin"),
    Entry("Articles", "console.articles.search"),
    Entry("Policy", "console.policy.show", "admin"),
    Entry("Models", "console.models.show"),
    Entry("Suggestions", "console.suggestions.show", "admin"),
    Entry("Audit log", "console.audit.show", "admin"),
    Entry("Webhooks", "console.webhooks.show", "admin"),
    Entry("Keys", "console.keys.show", "admin"),
    Entry("People", "console.people.show", "admin"),
    Entry("Your account", "console.account.show"),
)
"""Looked up now and then, in a menu of its own."""


def menu(person: Visitor | None) -> tuple[list[Link], list[Link]]:
    """The daily pages and the others that this person may see."""
    if person is None:
        return [], []
    asked = current().blueprint
    daily, around = (
        [
            Link(entry.label, url_for(entry.endpoint), _belongs(asked or "", entry.endpoint.rpartition(".")[0]))
            for entry in entries
            if person.reaches(entry.role)
        ]
        for entries in (DAILY, AROUND)
    )
    return daily, around


def _belongs(asked: str, room: str) -> bool:
    """Whether a blueprint is that of an entry, or a further one of it (`policy_versions`)."""
    return asked == room or asked.startswith(f"{room}_")
