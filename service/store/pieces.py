"""Keys of Redis as plain values in pieces of bounded size, read and written by commands that every server knows."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Final, TypeVar

from redis.client import NEVER_DECODE

from service.store.connection import HOUSE, Store, clock, site_key
from service.store.records import STATUSES

AT_ONCE: Final = 200
"""Keys read in one round trip."""

SENT_AT_ONCE: Final = 1 << 20
"""Bytes that are written in one round trip, for all of them have to be sent within the time for an answer."""

AROUND: Final = 16
"""Bytes that a word takes beside its own, at the most, as it is sent."""

SLICE: Final = 2_000
"""Members of a list, a sorted set or a stream in one piece; hashes and sets are read whole, for they are bounded."""

T = TypeVar("T")

Words = Sequence[str | bytes]
"""A command, or a part of one."""

LEFT_OUT: Final = ("session", "sessions", "restoring")
"""Kinds of keys that no copy has: whoever was signed in signs in again, so no session outlives its end in a copy."""

LETTING_IN: Final = ("people", "coral-secrets")
"""Kinds of a site's own keys by which somebody gets in; API keys are the house's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a key: its type, members in the order of the command that writes them, and the ms when it ends or 0.

    All pieces of a key follow each other. A stream's last piece has the type `last` and the id behind which it goes on.
    """

    type: str
    key: bytes
    values: Sequence[bytes]
    until: int = 0

    @property
    def site(self) -> str:
        """The name in the key's braces; "" where there is none."""
        name, braced, _ = self.key.decode(errors="replace").partition("}:")
        return name[1:] if braced and name.startswith("{") else ""

    @property
    def kind(self) -> str:
        """What stands behind the site in the key, such as `comment`."""
        return kind_of(self.key)


def kind_of(key: bytes) -> str:
    """What stands behind the site in a key."""
    return key.partition(b"}:")[2].partition(b":")[0].decode(errors="replace")


@dataclass(slots=True)
class Tally:
    """What a site's keys are, to be compared: how many of which kind, comments by status, and a digest.

    Keys with an end may be gone when it is looked again; `lasting` counts the others, and the digest is of them: a sum
    over the digests of their members, so that the order in which a server has them does not matter.
    """

    site: str
    kinds: Counter[str] = field(default_factory=Counter)
    comments: Counter[str] = field(default_factory=Counter)
    lasting: int = 0
    _sum: int = 0
    _key: bytes = b""
    _at: int = 0

    def add(self, piece: Piece) -> None:
        """Counts a piece; those of one key come one after the other."""
        new = piece.key != self._key
        if new:
            self._key, self._at = piece.key, 0
            self.kinds[piece.kind] += 1
            self.lasting += not piece.until
        members = list(_members(piece, self._at))
        self._at += len(members)
        for status in STATUSES:
            if piece.key == site_key(self.site, "list", status).encode():
                self.comments[status] += len(members)
        if not piece.until:
            self._sum += sum(_number(piece, member) for member in members)

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._sum % (1 << 256):064x}"

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in a manifest."""
        return {
            "keys": dict(sorted(self.kinds.items())),
            "comments": {status: self.comments[status] for status in STATUSES},
            "lasting": self.lasting,
            "digest": self.digest,
        }


def _members(piece: Piece, before: int) -> Iterator[tuple[bytes, ...]]:
    """What a piece says, one by one; a list's members with their places."""
    if piece.type in ("hash", "zset"):
        return batched(piece.values, 2)
    if piece.type == "stream":
        return _entries(piece.values)
    if piece.type == "list":
        return ((str(at).encode(), one) for at, one in enumerate(piece.values, before))
    return ((one,) for one in piece.values)


def _entries(values: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """A stream's entries: each is kept as its id, how many words follow, and these."""
    at = 0
    while at < len(values):
        end = at + 2 + int(values[at + 1])
        yield (values[at], *values[at + 2 : end])
        at = end


def _number(piece: Piece, member: Iterable[bytes]) -> int:
    words = (piece.type.encode(), piece.key, *member)
    return int.from_bytes(sha256(b"".join(b"%d:%s" % (len(word), word) for word in words)).digest())


def batched(those: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """So many at a time, and at the end what is left."""
    rest = iter(those)
    while some := tuple(islice(rest, size)):
        yield some


def keys_of(store: Store, sites: Iterable[str]) -> Iterator[list[bytes]]:
    """The keys of these sites that a copy has, some at a time, from a server where nothing is written."""
    wanted = {site_key(site).encode() for site in sites}
    cursor = 0
    while True:
        cursor, page = store.call(partial(_scanned, cursor=cursor))
        found = [key for key in page if key.partition(b":")[0] in wanted and kind_of(key) not in LEFT_OUT]
        if found:
            yield found
        if cursor == 0:
            return


def _scanned(client: Any, *, cursor: int) -> Any:
    cursor, page = client.execute_command("SCAN", cursor, "COUNT", 1000, **{NEVER_DECODE: True})
    return int(cursor), page


def read(store: Store, keys: Iterable[bytes]) -> Iterator[Piece]:
    """These keys in pieces; one that ended meanwhile is left out."""
    for some in batched(keys, AT_ONCE):
        yield from _read(store, some)


def _read(store: Store, keys: Sequence[bytes]) -> Iterator[Piece]:
    def looks(pipeline: Any) -> None:
        for key in keys:
            pipeline.type(key)
            pipeline.pttl(key)

    now, found = clock(store, HOUSE), store.together(looks)
    types, left = found[::2], found[1::2]

    firsts = _firsts(store, list(zip(types, keys, strict=True)))
    for key, type_, ms, first in zip(keys, types, left, firsts, strict=True):
        until = now + ms if ms >= 0 else 0
        for values in _slices(store, key, type_, first):
            yield Piece(type_, key, values, until)
        if type_ == "stream":
            yield Piece("last", key, [store.call(partial(_last, key=key))], until)


def _firsts(store: Store, wanted: Sequence[tuple[str, bytes]]) -> Iterable[Any]:
    """The first members of keys: together where all of it is text, as nearly everywhere, else one by one."""

    def contents(pipeline: Any) -> None:
        for type_, key in wanted:
            _ask(pipeline, type_, key)

    try:
        return store.together(contents)
    except UnicodeDecodeError:
        return (store.call(partial(_ask, type_=type_, key=key, raw=True)) for type_, key in wanted)


def _slices(store: Store, key: bytes, type_: str, first: Any) -> Iterator[list[bytes]]:
    """A key's members, from what came first on."""
    values, at = _flat(type_, first), 0
    while values:
        yield values
        came = len(values) // 2 if type_ == "zset" else len(first)
        if came < SLICE or type_ not in ("list", "zset", "stream"):
            return
        at += SLICE
        behind = b"(" + _bytes(first[-1][0]) if type_ == "stream" else b"-"
        first = store.call(partial(_ask, type_=type_, key=key, at=at, behind=behind, raw=True))
        values = _flat(type_, first)


def _ask(  # noqa: PLR0913
    client: Any, type_: str, key: bytes, at: int = 0, behind: bytes = b"-", *, raw: bool = False
) -> Any:
    """Asks for a key's members, from a place on where there may be many; raw ones as bytes."""
    last = at + SLICE - 1
    commands: dict[str, tuple[Any, ...]] = {
        "none": ("GET", key),  # it ended since its type was asked for
        "string": ("GET", key),
        "hash": ("HGETALL", key),
        "set": ("SMEMBERS", key),
        "list": ("LRANGE", key, at, last),
        "zset": ("ZRANGE", key, at, last, "WITHSCORES"),
        "stream": ("XRANGE", key, behind, "+", "COUNT", SLICE),
    }
    return client.execute_command(*commands[type_], **({NEVER_DECODE: True} if raw else {}))


def _flat(type_: str, answer: Any) -> list[bytes]:
    """What a client made of an answer, as a piece has it."""
    if type_ == "string":
        return [] if answer is None else [_bytes(answer)]
    if not answer:
        return []
    words: Iterable[Any] = answer
    if type_ == "hash":
        words = chain.from_iterable(answer.items())
    elif type_ == "zset":  # pairs, or with the older protocol all in a row
        row = list(chain.from_iterable(answer)) if isinstance(answer[0], list | tuple) else answer
        words = chain.from_iterable((member, repr(float(score))) for member, score in batched(row, 2))
    elif type_ == "stream":
        words = (word for id_, pairs in answer for word in (id_, str(2 * len(pairs)), *chain(*pairs.items())))
    return [_bytes(word) for word in words]


def _bytes(word: str | bytes) -> bytes:
    return word.encode() if isinstance(word, str) else word


def _last(client: Any, *, key: bytes) -> bytes:
    return str(client.xinfo_stream(key)["last-generated-id"]).encode()


def write(store: Store, pieces: Iterable[Piece], added_to: Collection[bytes] = ()) -> Iterator[int]:
    """Writes keys as their pieces say, in place of what they held; gives how many commands went in each step.

    Keys whose end has come are left out. A key that ends has its end from the first piece on.

    :param added_to: keys that keep what they hold beside it.
    """
    now = clock(store, HOUSE)
    there = (piece for piece in pieces if not piece.until or piece.until > now)
    for commands in _bounded(_commands(there, added_to)):
        store.together(partial(_send, commands=commands))
        yield len(commands)


def _send(pipeline: Any, *, commands: Iterable[Words]) -> None:
    for command in commands:
        pipeline.execute_command(*command)


def _bounded(those: Iterable[Words]) -> Iterator[list[Words]]:
    """As many at a time as may be sent at once; one that is larger goes alone."""
    some: list[Words] = []
    size = 0
    for words in those:
        more = sum(len(word) + AROUND for word in words)
        if some and size + more > SENT_AT_ONCE:
            yield some
            some, size = [], 0
        some.append(words)
        size += more
    if some:
        yield some


def _commands(pieces: Iterable[Piece], added_to: Collection[bytes]) -> Iterator[Words]:
    """The commands that write pieces; the first of a key takes away what was there."""
    before = b""
    for piece in pieces:
        new, before = piece.key != before, piece.key
        if new and piece.key not in added_to:
            yield ("UNLINK", piece.key)
        yield from _filling(piece, new=new)
        if piece.until:
            yield ("PEXPIREAT", piece.key, str(piece.until))


def _filling(piece: Piece, *, new: bool) -> Iterator[Words]:
    """The commands that put into a key what its piece says."""
    key, values = piece.key, piece.values
    if piece.type == "stream":
        for entry in _entries(values):
            yield ("XADD", key, *entry)
    elif piece.type == "last":
        if new:  # a stream whose entries all went: it goes on behind them all the same
            yield ("XADD", key, "MAXLEN", "0", values[0], "-", "-")
        else:
            yield ("XSETID", key, values[0])
    else:
        name = {"string": "SET", "hash": "HSET", "set": "SADD", "list": "RPUSH", "zset": "ZADD"}[piece.type]
        members: Iterable[Words] = batched(values, 2 if piece.type in ("hash", "zset") else 1)
        if piece.type == "zset":
            members = ((score, member) for member, score in members)
        for some in _bounded(members):
            yield (name, key, *chain.from_iterable(some))
