"""Sessions of people in the console, on the server: a browser has a random token, Redis its digest."""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from service.settings import SITE_NAME
from service.store.connection import HOUSE, Store
from service.store.keys import network_of
from service.store.people import Person, PersonRole

IDLE: Final = 12 * 3600 * 1000
AT_MOST: Final = 7 * 86400 * 1000
"""Milliseconds without use after which a session ends, and those after which it ends whatever the use."""

EACH_AT_MOST: Final = 20
"""Sessions of one person; the oldest ends for a new one."""

WINDOW: Final = 15 * 60
"""Seconds in which attempts to sign in are counted."""

BY_PERSON_AND_ADDRESS: Final = 10
BY_ADDRESS: Final = 60
BY_PERSON: Final = 100
"""Attempts that failed in a window; the first keeps a stranger from locking out whom they guess at."""


class TooManyAttempts(Exception):
    """Too many attempts to sign in failed; the argument is the seconds until the next may be made."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session and its person as they are now; `told` is a sentence that waits to be shown, "" for none.

    `desk` is what the console keeps of the moderator's place in the queue, as JSON, "" for nothing.
    """

    site: str
    id: str
    name: str
    role: PersonRole
    csrf: str
    told: str
    desk: str


@dataclass(frozen=True, slots=True)
class Open:
    """A session as its person sees it in a list: times in ms, the browser in words."""

    id: str
    opened: int
    used: int
    browser: str


class Sessions:
    """The sessions of every site, and the attempts to open one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, site: str, person: Person, browser: str = "") -> str | None:
        """Opens a session of a person who proved to be one; gives its token, which is kept nowhere.

        None where the person was changed or disabled since they were looked up.

        :param browser: what it is opened in, in words.
        """
        token = secrets.token_urlsafe(32)
        whose = (_digest(token), person.name, person.generation, secrets.token_urlsafe(24))
        opened = self._store.run("open_session", site, *whose, IDLE, AT_MOST, browser, EACH_AT_MOST)
        return f"{site}.{token}" if opened else None

    def find(self, token: str) -> Session | None:
        """The session behind a token."""
        site, _, secret = token.partition(".")
        if not re.fullmatch(SITE_NAME, site) or not secret:
            return None
        digest = _digest(secret)
        found = self._store.run("find_session", site, digest, IDLE, AT_MOST)
        if not found:
            return None
        return Session(site, digest, *found)

    def close(self, session: Session) -> None:
        """Ends a session."""
        self.end(session.site, session.name, session.id)

    def of(self, site: str, name: str) -> list[Open]:
        """A person's sessions, the newest first."""
        found = self._store.run("sessions_of", site, name, AT_MOST)
        return [Open(id_, int(opened), int(used), browser) for id_, opened, used, browser in found]

    def end(self, site: str, name: str, session_id: str) -> bool:
        """Ends one session of a person; False where they have no such one."""
        return bool(self._store.run("end_session", site, name, session_id))

    def tell(self, session: Session, told: str) -> None:
        """Leaves a sentence for the next page; "" takes it away."""
        self._store.run("keep_with_session", session.site, session.id, "told", told)

    def keep_desk(self, session: Session, desk: str) -> None:
        """Keeps the moderator's place in the queue with the session; a session that ended meanwhile is not revived."""
        self._store.run("keep_with_session", session.site, session.id, "desk", desk)

    def attempt(self, site: str, name: str, address: str) -> None:
        """Counts an attempt to sign in before it is looked at.

        :raises TooManyAttempts: too many of this person or from this address failed lately.
        """
        waits = self._store.run("try_sign_in", HOUSE, WINDOW, *_counters(site, name, address))
        if waits:
            raise TooManyAttempts(int(waits))

    def succeeded(self, site: str, name: str, address: str) -> None:
        """Takes back what `attempt` counted: it was no failure."""
        self._store.run("spare_sign_in", HOUSE, *_counters(site, name, address)[::2])


def _counters(site: str, name: str, address: str) -> list[str | int]:
    """What an attempt is counted under, each with its limit; first the one that a success clears."""
    named, address = f"{site} {name}", network_of(address)
    counted = {f"{named} {address}": BY_PERSON_AND_ADDRESS, f"from {address}": BY_ADDRESS, named: BY_PERSON}
    return [part for counter, limit in counted.items() for part in (_digest(counter), limit)]


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
