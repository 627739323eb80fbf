"""Everything that a site holds, kind by kind, as lines that another program can read."""

import sys
from collections.abc import Iterator
from typing import Any, Final, get_args

from service.moderation.policy import default_policy
from service.schemas.audit import ActSchema
from service.schemas.authors import ModedArticleSchema
from service.schemas.events import EventSchema
from service.schemas.fields import rfc3339_of
from service.schemas.policy import PolicyVersionSchema
from service.schemas.privacy import HeldCommentSchema, StandingOfSchema
from service.schemas.webhooks import WebhookSchema
from service.store.articles import Articles
from service.store.audit import Audit
from service.store.comments import Comments, Filters
from service.store.connection import Store, clock
from service.store.events import Events, LostEvents
from service.store.keys import Keys
from service.store.people import People
from service.store.policies import Policies
from service.store.privacy import NothingHeld, Privacy
from service.store.sites import Sites
from service.store.suggestions import Standing, Suggestions
from service.store.webhooks import Webhooks

PAGE: Final = 1000

ALL: Final = sys.maxsize

Lines = Iterator[dict[str, Any]]


class SiteHoldings:
    """What one site holds; each method gives lines as they are read, so that none of it is in memory at once."""

    def __init__(self, store: Store, site: str) -> None:
        self._store, self._site = store, site

    def comments(self, since: int = 0) -> Lines:
        """All comments with all that was said of them, newest first, back to those received at `since` (ms)."""
        schema, comments = HeldCommentSchema(), Comments(self._store)
        records = comments.all(self._site, Filters(), since)
        for held in Privacy(self._store, comments).with_all_said(self._site, records):
            yield schema.dump(held)

    def events(self, since: int = 0) -> Lines:
        """The events that are kept, oldest first, from `since` (ms) on."""
        schema, events, cursor = EventSchema(), Events(self._store), ""
        while True:
            try:
                page = events.after(self._site, cursor, PAGE)
            except LostEvents:  # their end came while we read: the oldest kept is the next
                cursor = ""
                continue
            if not page:
                return
            yield from (schema.dump(one) for one in page if one.at >= since)
            cursor = page[-1].id

    def audit(self, since: int = 0) -> Lines:
        """The audit log, oldest first, from `since` (ms) on."""
        schema = ActSchema()
        for act in Audit(self._store).since(self._site, since):
            yield schema.dump(act)

    def authors(self) -> Lines:
        """All authors that are known by an id: how many of their comments stand where, and their standing."""
        schema, privacy = StandingOfSchema(), Privacy(self._store, Comments(self._store))
        for author_id in Sites(self._store).author_ids(self._site):
            try:
                held = privacy.holdings(self._site, author_id)
            except NothingHeld:
                continue
            yield schema.dump(
                {
                    "author_id": author_id,
                    "comments": held.counts,
                    "standing": held.standing,
                    "standings": held.standings,
                }
            )

    def suggestions(self) -> Lines:
        """What was said of comments that other systems keep: moderators' words, then those kept apart, oldest first."""
        for standing in get_args(Standing):
            for one in Suggestions(self._store).kept(self._site, standing):
                yield {
                    "id": one.reference,
                    "surface": one.surface,
                    "standing": one.standing,
                    "text": one.text,
                    "labels": one.labels,
                    "language": one.language,
                    "by": one.by,
                    "at": rfc3339_of(one.at),
                }

    def people(self) -> Lines:
        """The people who sign in to the console, without what lets them in."""
        for person in People(self._store).all(self._site):
            yield {
                "name": person.name,
                "role": person.role,
                "disabled": person.disabled,
                "subject": person.subject or None,
                "created_at": rfc3339_of(person.created),
            }

    def webhooks(self) -> Lines:
        """The webhooks, without their secrets."""
        schema = WebhookSchema()
        for hook in Webhooks(self._store).all(self._site):
            yield schema.dump(hook)

    def articles(self) -> Lines:
        """The articles that have a mode of their own, the last set first."""
        schema = ModedArticleSchema()
        for article in Articles(self._store).with_mode(self._site, None, ALL):
            yield schema.dump(article)

    def everything(self) -> Lines:
        """All of it, each line with its `kind`; keys, people and webhooks without what opens or signs anything.

        Campaigns are in the histories of their members, answers to reviews in the audit log.
        """
        site = Sites(self._store).one(self._site)
        closed = None if site.closed is None else rfc3339_of(site.closed)
        now = rfc3339_of(clock(self._store, self._site))
        yield {"kind": "site", "name": site.name, "closed_at": closed, "exported_at": now}
        for key in Keys(self._store).of(self._site):
            made = rfc3339_of(key.created)
            yield {"kind": "key", "id": key.id, "role": key.role, "name": key.name, "created_at": made}
        versions = PolicyVersionSchema()
        for version in reversed(Policies(self._store).versions(self._site, default_policy({}))[:-1]):
            yield {"kind": "policy", **versions.dump(version)}
        for kind, lines in (
            ("person", self.people()),
            ("webhook", self.webhooks()),
            ("article", self.articles()),
            ("author", self.authors()),
            ("comment", self.comments()),
            ("suggestion", self.suggestions()),
            ("event", self.events()),
            ("act", self.audit()),
        ):
            yield from ({"kind": kind, **line} for line in lines)
