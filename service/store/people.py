"""People who sign in to the console: their role, and the digest of their password."""

from dataclasses import dataclass, fields
from typing import Any, Literal

import orjson

from service.store.connection import Store, site_key

PersonRole = Literal["moderate", "admin"]


class NameTaken(Exception):
    """The site has a person of this name."""


class UnknownPerson(Exception):
    """The site has no such person."""


class LastAdmin(Exception):
    """Nobody would be left who could let others in."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person. `password` is a digest by Argon2, "" for none; `generation` rises with what ends their sessions.

    `subject` is who they are to the identity provider that they sign in by, "" for none. `created` is ms.
    """

    name: str
    role: PersonRole
    password: str
    created: int
    generation: int
    disabled: bool = False
    subject: str = ""


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

    def create(  # noqa: PLR0913
        self, site: str, name: str, role: PersonRole, password: str, *, by: str, op: str, subject: str = ""
    ) -> Person:
        """Makes a person; the same `op` again is the same person.

        :param password: the digest of one, "" for none.
        :raises NameTaken: another person has the name.
        """
        values = {"role": role, "password": password, "subject": subject, "disabled": False}
        return self._put(site, name, op, by, "person.created", values, new=True)

    def set_password(self, site: str, name: str, password: str, *, by: str, op: str) -> Person:
        """Gives a person another password, by its digest; all of their sessions end.

        :raises UnknownPerson: there is no such person.
        """
        return self._put(site, name, op, by, "person.password", {"password": password}, ends=True)

    def set_role(self, site: str, name: str, role: PersonRole, *, by: str, op: str) -> Person:
        """Gives a person another role, in force with their next request.

        :raises UnknownPerson: there is no such person.
        :raises LastAdmin: they are the site's last admin.
        """
        return self._put(site, name, op, by, "person.role", {"role": role}, spares_last=True)

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
        flags = (int(new), int(ends), int(spares_last))
        kind, *rest = self._store.run("put_person", site, name, op, by, act, orjson.dumps(values), *flags)
        if kind == "put":
            return _person(rest[0])
        refusals: dict[str, type[Exception]] = {"taken": NameTaken, "unknown": UnknownPerson, "last": LastAdmin}
        raise refusals[kind](name)


KNOWN = frozenset(field.name for field in fields(Person))


def _person(kept: str) -> Person:
    values = orjson.loads(kept)
    return Person(**{name: value for name, value in values.items() if name in KNOWN})
