"""People who sign in to the console: their role, and the digest of their password."""

from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import orjson

from service.store.connection import Store, site_key
from service.store.keys import found_site

PersonRole = Literal["moderate", "admin"]

NAME_LIMIT: Final = 100
"""Characters of a person's name."""

PEOPLE_AT_MOST: Final = 1000
"""People of one site."""


class NameTaken(Exception):
    """The site has a person of this name."""


class UnknownPerson(Exception):
    """The site has no such person."""


class LastAdmin(Exception):
    """Nobody would be left who could let others in."""


class TooManyPeople(Exception):
    """The site has as many people as it may have."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person. `password` is a digest by Argon2, "" for none; `generation` rises with what ends their sessions.

    `subject` is who they are to the identity provider that they sign in by, "" for none. A `temporary` password was
    given to them by somebody else. `created` is ms.
    """

    name: str
    role: PersonRole
    password: str
    created: int
    generation: int
    disabled: bool = False
    subject: str = ""
    temporary: bool = False


class People:
    """The people of every site. What names a person stands on their claims and decisions, too."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self, site: str) -> list[Person]:
        """The site's people by name."""
        kept = self._store.call(lambda client: client.hvals(site_key(site, "people")))
        return sorted(map(_person, kept), key=lambda person: person.name)

    def find(self, site: str, name: str) -> Person | None:
        """One person, disabled or not."""
        kept = self._store.call(lambda client: client.hget(site_key(site, "people"), name))
        return _person(kept) if kept else None

    def by_subject(self, site: str, subject: str) -> Person | None:
        """The person whom an identity provider knows as `subject`."""
        return next((person for person in self.all(site) if subject and person.subject == subject), None)

    def create(  # noqa: PLR0913
        self,
        site: str,
        name: str,
        role: PersonRole,
        password: str,
        *,
        by: str,
        op: str,
        subject: str = "",
        temporary: bool = False,
    ) -> Person:
        """Makes a person, and the site they belong to; the same `op` again is the same person.

        :param password: the digest of one, "" for none; a `temporary` one is for the time until they choose their own.
        :raises NameTaken: another person has the name.
        :raises TooManyPeople: the site is full.
        """
        found_site(self._store, site)
        values = {"role": role, "password": password, "subject": subject, "disabled": False, "temporary": temporary}
        return self._put(site, name, op, by, "person.created", values, new=True)

    def set_password(  # noqa: PLR0913
        self, site: str, name: str, password: str, *, by: str, op: str, temporary: bool = False
    ) -> Person:
        """Gives a person another password, by its digest; all of their sessions end.

        :raises UnknownPerson: there is no such person.
        """
        values = {"password": password, "temporary": temporary}
        return self._put(site, name, op, by, "person.password", values, ends=True)

    def set_role(  # noqa: PLR0913
        self, site: str, name: str, role: PersonRole, *, by: str, op: str, spares_last: bool = True
    ) -> Person:
        """Gives a person another role, in force with their next request.

        :raises UnknownPerson: there is no such person.
        :raises LastAdmin: they are the site's last admin, and `spares_last`.
        """
        return self._put(site, name, op, by, "person.role", {"role": role}, spares_last=spares_last)

    def connect(self, site: str, name: str, subject: str, *, by: str, op: str) -> Person:
        """Lets a person sign in by an identity provider, as whom it knows as `subject`, and by no password any more.

        All of their sessions end.

        :raises UnknownPerson: there is no such person.
        """
        values = {"subject": subject, "password": "", "temporary": False}
        return self._put(site, name, op, by, "person.connected", values, ends=True)

    def sign_out(self, site: str, name: str, *, by: str, op: str) -> Person:
        """Ends all sessions of a person.

        :raises UnknownPerson: there is no such person.
        """
        return self._put(site, name, op, by, "person.signed-out", {}, ends=True)

    def disable(self, site: str, name: str, *, by: str, op: str) -> Person:
        """Lets a person sign in no more; all of their sessions end.

        :raises UnknownPerson: there is no such person.
        :raises LastAdmin: they are the site's last admin.
        """
        return self._put(site, name, op, by, "person.disabled", {"disabled": True}, ends=True, spares_last=True)

    def enable(self, site: str, name: str, *, by: str, op: str) -> Person:
        """Lets a person sign in again.

        :raises UnknownPerson: there is no such person.
        """
        return self._put(site, name, op, by, "person.enabled", {"disabled": False})

    def forget(self, site: str) -> None:
        """Drops all people of a site that is erased, so that no session of theirs is good any more."""
        self._store.call(lambda client: client.delete(site_key(site, "people")))

    def _put(  # noqa: PLR0913, PLR0917
        self,
        site: str,
        name: str,
        op: str,
        by: str,
        act: str,
        values: dict[str, Any],
        *,
        new: bool = False,
        ends: bool = False,
        spares_last: bool = False,
    ) -> Person:
        flags = (int(new), int(ends), int(spares_last), PEOPLE_AT_MOST)
        kind, *rest = self._store.run("put_person", site, name, op, by, act, orjson.dumps(values), *flags)
        if kind == "put":
            return _person(rest[0])
        raise REFUSALS[kind](name)


REFUSALS: Final[dict[str, type[Exception]]] = {
    "taken": NameTaken,
    "unknown": UnknownPerson,
    "last": LastAdmin,
    "full": TooManyPeople,
}

KNOWN: Final = frozenset(field.name for field in fields(Person))


def _person(kept: str) -> Person:
    values = orjson.loads(kept)
    return Person(**{name: value for name, value in values.items() if name in KNOWN})
