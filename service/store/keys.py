"""API keys: made once, shown once, kept as digests but for Coral's; and the guard that counts their requests."""

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, Literal

import orjson

from service.store.audit import Audit
from service.store.connection import HOUSE, Store, StoreUnavailable, site_key

Role = Literal["submit", "moderate", "admin", "coral"]

REACH: Final = {"submit": 1, "moderate": 2, "admin": 3}
"""A role may do what those below it may; `coral` keys only sign."""

KEYS: Final = "{winnow}:keys"
SITES: Final = "{winnow}:sites"
CLOSED: Final = "{winnow}:closed"

ID_LENGTH: Final = 12
"""Hexadecimal digits of a key's digest that are its public id."""

OPERATOR: Final = "operator"
"""Who acts by command and gives no name."""

FRESH_SECONDS: Final = 2.0
STALE_SECONDS: Final = 600.0
REMEMBERED: Final = 10_000
"""How long a key is believed without asking, how long while Redis is away, and how many are remembered."""


FORMS_REMEMBERED: Final = 86400
"""Seconds for which a form that made a key is known again."""


SECRETS_AT_MOST: Final = 8
"""Coral's secrets of a site: of several phases, each with an old one and a new one while it is rotated."""

SECRET_LEAST: Final = 32
SECRET_MOST: Final = 256
"""Characters of such a secret. Those that Coral makes have 71 or more, of which 256 bits are random."""


BAD_KEYS: Final = 100
BAD_KEYS_WINDOW: Final = 60
"""Keys that are none which an address may send in so many seconds before it is told to wait."""


class TooManyBadKeys(Exception):
    """Too many keys that are none came from this address; the argument is the seconds until it may try again."""


class MadeBefore(Exception):
    """The same form made a key before, whose text was given out then."""


class SecretKnown(Exception):
    """The site has a key with this secret already; the id of that key."""


class TooManySecrets(Exception):
    """The site has as many keys of Coral as it may have."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: `id` is public, the key itself is not here. `closed` says that its site takes in no more."""

    id: str
    site: str
    role: Role
    name: str
    delegate: bool
    created: int
    closed: bool = False

    def reaches(self, role: Role) -> bool:
        """Whether this key may do what `role` may."""
        return REACH.get(self.role, 0) >= REACH[role]


class Keys:
    """All keys. A worker asks for each at most every two seconds, and lives on what it saw while Redis is away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[float, Key]] = {}

    def create(  # noqa: PLR0913
        self,
        site: str,
        role: Role,
        name: str,
        *,
        delegate: bool = False,
        by: str = OPERATOR,
        op: str = "",
        secret: str = "",
    ) -> tuple[str, Key]:
        """Makes a key and the site it belongs to; the key's text is returned here and never again.

        :param name: whose key it is; "" for the role and a part of its id, so that no two keys are one moderator.
        :param by: who makes it, for the audit log; it is written there first, so that no key is in force without.
        :param op: names this effect; a form that is sent twice makes one key.
        :param secret: with which Coral signs, where Coral made it; only for the role `coral`.
        :raises MadeBefore: it made one before.
        :raises SecretKnown: the site has this secret.
        :raises TooManySecrets: it has no room for another.
        """
        text = secret or base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=").lower()
        # A secret that is Coral's own is the same on two sites where an operator gives it to both: two keys.
        digest = _digest(f"{site} {secret}" if secret else text)
        if op and not self._first(site, op, digest):
            raise MadeBefore
        if role == "coral":
            self._make_room(site, digest)
        own = name or f"{role}-{digest[:6]}"
        key = Key(digest[:ID_LENGTH], site, role, own, delegate, int(time.time() * 1000))
        found_site(self._store, site)
        self._note(key, "key.created", by)
        self._store.call(lambda client: client.hset(KEYS, digest, orjson.dumps(asdict(key)).decode()))
        if role == "coral" and not self._store.run("keep_coral_secret", site, key.id, text, SECRETS_AT_MOST):
            self.revoke(key.id, by=by, site=site)
            raise TooManySecrets
        return text, key

    def all(self) -> list[Key]:
        """Every key, oldest first."""
        kept = self._store.call(lambda client: client.hvals(KEYS))
        return sorted((Key(**orjson.loads(one)) for one in kept), key=lambda key: key.created)

    def of(self, site: str) -> list[Key]:
        """A site's own keys, oldest first."""
        return [key for key in self.all() if key.site == site]

    def sites(self) -> list[str]:
        """Every site that ever had a key or a person."""
        return sorted(self._store.call(lambda client: client.smembers(SITES)))

    def revoke(self, key_id: str, *, by: str = OPERATOR, site: str | None = None) -> bool:
        """Ends a key by its public id, as `by` wants it; False where there is none, or none of the `site` given."""
        kept = self._store.call(lambda client: client.hgetall(KEYS))
        found = {digest: Key(**orjson.loads(text)) for digest, text in kept.items() if digest[:ID_LENGTH] == key_id}
        ended = {digest: key for digest, key in found.items() if site in (None, key.site)}
        for digest, key in ended.items():
            self._note(key, "key.revoked", by)
            self._store.call(partial(_forget_secret, key=key))
            self._store.call(partial(_end, digest=digest))
        return bool(ended)

    def _make_room(self, site: str, digest: str) -> None:
        """Looks, before anything is written, whether another secret of Coral may be."""
        if self._store.call(lambda client: client.hexists(KEYS, digest)):
            raise SecretKnown(digest[:ID_LENGTH])
        if self._store.call(lambda client: client.hlen(secrets_of(site))) >= SECRETS_AT_MOST:
            raise TooManySecrets

    def _first(self, site: str, op: str, digest: str) -> bool:
        """Whether this is the first key that is made by `op`; the same call may be repeated."""
        made = site_key(site, "key-made", op)
        self._store.call(lambda client: client.set(made, digest, nx=True, ex=FORMS_REMEMBERED))
        return bool(self._store.call(lambda client: client.get(made)) == digest)

    def _note(self, key: Key, act: str, by: str) -> None:
        data = {"key": key.id, "role": key.role, "name": key.name}
        Audit(self._store).note(key.site, f"{act}:{key.id}", by, act, data)

    def find(self, text: str, address: Callable[[], str] = str) -> Key | None:
        """The key with this text, or None; a text that is no key counts against the address that sent it, if known.

        A key that is in force is found whatever came from its address before.

        :param address: says who sent it, "" for nobody knows; it is asked where Redis is.

        :raises StoreUnavailable: Redis is away and this worker has not seen the key within ten minutes.
        :raises TooManyBadKeys: it is none, and the address sent too many of those.
        """
        digest = _digest(text)
        now = time.monotonic()
        seen = self._seen.get(digest)
        if seen is not None and now - seen[0] < FRESH_SECONDS:
            return seen[1]
        try:
            kept, closed, waits = self._look_up(digest, address())
        except StoreUnavailable:
            if seen is not None and now - seen[0] < STALE_SECONDS:
                return seen[1]
            raise
        if not kept:
            self._seen.pop(digest, None)
            if waits:
                raise TooManyBadKeys(waits)
            return None
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        key = replace(Key(**orjson.loads(kept)), closed=bool(closed))
        self._seen[digest] = (now, key)
        return key

    def missed(self, address: str) -> None:
        """Counts a signature that is no key's as a bad key.

        :raises TooManyBadKeys: the address sent too many.
        """
        _, _, waits = self._look_up("", address)
        if waits:
            raise TooManyBadKeys(waits)

    def _look_up(self, digest: str, address: str) -> tuple[str, int, int]:
        counter = _digest(network_of(address)) if address else ""
        kept, closed, waits = self._store.run("find_key", HOUSE, digest, counter, BAD_KEYS, BAD_KEYS_WINDOW)
        return kept, int(closed), int(waits)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the guard counted, and what it knows of an Idempotency-Key ("" without one)."""

    requests: int
    seconds_left: int
    once: Literal["new", "repeat", "running", "other", ""]


class Guard:
    """Counts requests a minute, and lets a request with an Idempotency-Key take effect once."""

    RUNS_AT_MOST: Final = 5
    REMEMBERED: Final = 86400

    def __init__(self, store: Store) -> None:
        self._store = store

    def enter(self, key: Key, limit: int, once: str = "", digest: str = "") -> Guarded:
        """Before a request: counts it against `limit` (0: not counted), and opens its record `once`."""
        name = key.id if limit else ""
        mark = secrets.token_urlsafe(6)
        answer: Any = self._store.run("guard", key.site, name, limit, once, digest, self.RUNS_AT_MOST, mark)
        return Guarded(*answer)

    def leave(self, site: str, once: str, digest: str, *, done: bool) -> None:
        """After it: a request that took effect is remembered for a day, one that did not is forgotten."""
        record = site_key(site, "once", once)
        if done:
            self._store.call(lambda client: client.set(record, f"done - {digest}", ex=self.REMEMBERED))
        else:
            self._store.call(lambda client: client.delete(record))


def network_of(address: str) -> str:
    """What attempts are counted under: an IPv4 address, or the /64 network that one customer has of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


def found_site(store: Store, site: str) -> None:
    """Makes a site, where it is none yet: it comes into being with its first key or person."""
    store.call(lambda client: client.set(site_key(site, "salt"), secrets.token_hex(16), nx=True))
    store.call(lambda client: client.sadd(SITES, site))


def secrets_of(site: str) -> str:
    """Where a site's secrets of Coral are, by the ids of their keys: a signature is checked with the secret itself."""
    return site_key(site, "coral-secrets")


def is_secret(text: str) -> bool:
    """Whether a text can be a secret of Coral: 32 to 256 printable ASCII characters without a blank."""
    return SECRET_LEAST <= len(text) <= SECRET_MOST and text.isascii() and text.isprintable() and " " not in text


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _forget_secret(client: Any, *, key: Key) -> Any:
    return client.hdel(secrets_of(key.site), key.id)


def _end(client: Any, *, digest: str) -> Any:
    return client.hdel(KEYS, digest)
