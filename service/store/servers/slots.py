"""Which node of a cluster has which keys, as the cluster itself says."""

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from service.store.servers.address import ASKED_FOR, Address, Seed, ask_once, shown

FRESH: Final = 0.1
"""Seconds for which nobody is asked again, whether somebody told or none did."""

SLOTS: Final = 16384

REMEMBERED: Final = 1 << 14
"""Keys whose slot is remembered; sites' own are asked for again and again."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a slot: a primary, and its replicas."""

    primary: Seed
    replicas: tuple[Seed, ...] = ()


@lru_cache(REMEMBERED)
def slot_of(key: str) -> int:
    """The slot of a key, which what stands in its braces decides."""
    return int(key_slot(key.encode()))


def owners_from(told: Iterable[Any], by: Seed) -> list[Owner | None]:
    """The owner of each slot, from the answer to CLUSTER SLOTS that a node gave; it may leave out its own host."""
    owners: list[Owner | None] = [None] * SLOTS
    for first, last, *nodes in told:
        primary, *replicas = [(host or by[0], int(port)) for host, port, *_ in nodes]
        owners[first : last + 1] = [Owner(primary, tuple(replicas))] * (last + 1 - first)
    return owners


@dataclass(slots=True)
class SlotMap:
    """The owners as they were told last. Many callers share it; one at a time asks anew."""

    address: Address
    _owners: list[Owner | None] = field(default_factory=list)
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _asked_at: float = 0.0
    _problems: str = ""

    def owner(self, slot: int) -> Owner:
        """Who has a slot.

        :raises redis.exceptions.ConnectionError: nobody, or no node answers.
        """
        if not self._owners:
            self.ask_anew()
        owner = self._owners[slot]
        if owner is None:
            self.ask_anew()
            owner = self._owners[slot]
        if owner is None:
            raise RedisConnectionError(f"no node of the cluster has slot {slot}")
        return owner

    def owners(self) -> set[Owner]:
        """Everybody who has some slots, asked anew."""
        self.ask_anew()
        return {one for one in self._owners if one is not None}

    def nodes(self) -> set[Seed]:
        """Every node that is known to have slots, or copies of them."""
        return {one for owner in set(self._owners) if owner for one in (owner.primary, *owner.replicas)}

    def moved(self, slot: int, primary: Seed) -> None:
        """Notes what a node said: that another has the slot."""
        self._owners[slot] = Owner(primary)

    def ask_anew(self, doubted: Seed | None = None) -> None:
        """Asks nodes until one tells; the doubted one comes last, since it may not know that it was replaced.

        :raises redis.exceptions.ConnectionError: none does, and nothing is known from before.
        """
        called_at = time.monotonic()
        with self._asking:
            if self._asked_at <= called_at - FRESH:
                self._problems = self._ask(doubted)
                self._asked_at = time.monotonic()  # whoever waited meanwhile shares what came of it
        if not self._owners:
            raise RedisConnectionError(f"no node tells of the cluster: {self._problems}")

    def _ask(self, doubted: Seed | None) -> str:
        """Takes over what the first node tells that does; gives why others did not."""
        problems = []
        for node in self._candidates(doubted):
            try:
                told = ask_once(node, self.address.options, ASKED_FOR, ("CLUSTER", "SLOTS"))
            except RedisError as problem:
                problems.append(f"{shown(node)}: {problem}")
                continue
            self._owners = owners_from(told, node)
            break
        return "; ".join(problems)

    def _candidates(self, doubted: Seed | None) -> list[Seed]:
        nodes = list({*self.nodes(), *self.address.seeds})
        random.shuffle(nodes)
        return sorted(nodes, key=lambda one: one == doubted)
