"""What goes when its time is over, and what an erasure still owes."""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha1
from typing import Any, Final, get_args

import orjson
from redis.exceptions import ResponseError

from service.moderation.policy import Retention as Kept
from service.store.connection import Argument, Store, site_key
from service.store.records import STATUSES
from service.store.suggestions import Standing

DAY_MS: Final = 86_400_000

EVENTS_KEPT: Final = 7 * DAY_MS
"""How long events can be followed back."""

AUDIT_KEPT: Final = 400 * DAY_MS
"""How long the audit log tells who did what: a year, and time to look at it."""

BY_DEFAULT: Final = Kept()
APPROVED_KEPT: Final = BY_DEFAULT.approved_days * DAY_MS
DECIDED_KEPT: Final = BY_DEFAULT.decided_days * DAY_MS
"""How long a comment is kept where a policy says nothing else.

Six months is how long the Digital Services Act (article 20) gives authors to contest.
"""

PERSONAL: Final = ("ip", "email", "user_agent")
"""What goes earlier than the comment: how its author can be reached and from where they wrote."""

PAGE: Final = 500
"""Comments looked at in one round trip."""


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


class Retention:
    """Lets comments go when their time is over, and addresses before them; pending comments never."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def apply(self, site: str, kept: Kept = BY_DEFAULT) -> int:
        """Lets go what is over, suggestions as comments that were decided; says how many comments went."""
        now = now_ms()
        decided = now - kept.decided_days * DAY_MS
        rules = {"approved": now - kept.approved_days * DAY_MS, "rejected": decided}
        went = sum(self._retire(site, status, decided, judged) for status, judged in rules.items())
        suggested = sum(self._retire_suggestions(site, standing, decided) for standing in get_args(Standing))
        if went or suggested:
            self._owe_a_rewrite(site)
        return went

    def redact(self, site: str, kept: Kept = BY_DEFAULT) -> int:
        """Takes addresses, e-mails and user agents out of comments that are older; says of how many.

        Each comment is looked at once for each of its revisions; what was edited meanwhile is met the next time.
        """
        before = now_ms() - kept.personal_days * DAY_MS
        redacted = 0
        for ids in self._older(site, before):
            calls = self._redactions(site, ids)
            done = self._store.run_all("redact", site, calls) if calls else []
            redacted += sum(free for free, call in zip(done, calls, strict=True) if call[2] or len(call) > 3)  # noqa: PLR2004
        if redacted:
            self._owe_a_rewrite(site)
        return redacted

    def rewrite_after_erasures(self, site: str) -> bool:
        """Has the site's servers rewrite their append-only files when something was erased since the last time.

        What was erased is in the files until then; a server that refuses the command rewrites on its own terms.
        """
        erased, rewritten = site_key(site, "erased"), site_key(site, "rewritten")
        newest, last = self._store.call(lambda client: client.mget([erased, rewritten]))
        if newest is None or newest == last:
            return False
        try:
            self._store.everywhere(("BGREWRITEAOF",), site)
        except ResponseError:
            return False
        self._store.call(lambda client: client.set(rewritten, newest))
        return True

    def _owe_a_rewrite(self, site: str) -> None:
        """What went by itself leaves the append-only file, too, by one rewrite a day."""
        now, rewritten = now_ms(), site_key(site, "rewritten")
        last = self._store.call(lambda client: client.get(rewritten))
        if last is None or int(last) < now - DAY_MS:
            self._store.call(lambda client: client.set(site_key(site, "erased"), now))

    def _retire(self, site: str, status: str, decided_before: int, judged_before: int) -> int:
        went = at = 0
        while at >= 0:
            gone, at = self._store.run("retire", site, status, decided_before, judged_before, at)
            went += gone
        return went

    def _retire_suggestions(self, site: str, standing: Standing, before: int) -> int:
        went = 0
        while gone := int(self._store.run("retire_suggestions", site, standing, before)):
            went += gone
        return went

    def _older(self, site: str, before: int) -> Iterator[list[str]]:
        """The ids of comments that came in before a time, a page at a time; one that moves meanwhile may be missed."""
        for status in STATUSES:
            at = 0
            while page := self._store.call(partial(_page, key=site_key(site, "list", status), before=before, at=at)):
                yield page
                at += len(page)

    def _redactions(self, site: str, ids: Sequence[str]) -> list[list[Argument]]:
        """What `redact` has to be told of those comments whose revision was not looked at yet."""

        def marks(pipeline: Any) -> None:
            for one in ids:
                pipeline.hmget(site_key(site, "comment", one), "revision", "bare")

        due = [one for one, (revision, bare) in zip(ids, self._store.together(marks), strict=True) if revision != bare]

        def contents(pipeline: Any) -> None:
            for one in due:
                pipeline.hmget(site_key(site, "comment", one), "revision", "posted")
                pipeline.lrange(site_key(site, "history", one), 0, -1)

        answers = self._store.together(contents) if due else []
        return [
            [one, revision, _bare(orjson.loads(posted)), *_bare_entries(history)]
            for one, (revision, posted), history in zip(due, answers[::2], answers[1::2], strict=True)
            if posted is not None
        ]


def _page(client: Any, *, key: str, before: int, at: int) -> Any:
    return client.zrangebyscore(key, "-inf", f"({before}", start=at, num=PAGE)


def _bare(posted: Mapping[str, Any]) -> bytes:
    """A comment's JSON without what is personal; nothing where it had none."""
    author = posted.get("author") or {}
    if not author.keys() & set(PERSONAL):
        return b""
    left = {name: value for name, value in author.items() if name not in PERSONAL}
    rest = {name: value for name, value in posted.items() if name != "author"}
    return orjson.dumps(rest | ({"author": left} if left else {}))


def _bare_entries(history: Sequence[str]) -> Iterator[Argument]:
    """Place, digest and new text of those entries of a history that had something personal."""
    for place, entry in enumerate(history):
        told = orjson.loads(entry)
        if told["kind"] == "edit" and (bare := _bare(told["posted"])):
            yield from (place, sha1(entry.encode(), usedforsecurity=False).hexdigest())
            yield orjson.dumps(told | {"posted": orjson.loads(bare)})
