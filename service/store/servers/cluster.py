"""A cluster: each command goes to the node of its key's slot, and after the slot where that went."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from redis.exceptions import (
    AskError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from service.store.lines import HOME, AllInUse, Command, Lines, Servers, pack_command
from service.store.servers.address import Address, Seed, opened, shown, tell
from service.store.servers.client import SCRIPTS, key_of
from service.store.servers.sentinel import is_replica
from service.store.servers.slots import Owner, SlotMap, slot_of

HOPS: Final = 5
"""How often in a row a command is sent on from node to node before that counts as a break."""

PASSING: Final = (TryAgainError, ClusterDownError, MasterDownError)
"""Answers of a cluster that is about to be as it should; nothing was done."""

UNANSWERED: Final = object()


@dataclass(slots=True)
class _Asked:
    """Commands on their way, each with its slot, and what was answered so far."""

    commands: Sequence[Command]
    slots: Sequence[int]
    raw: bool = False
    answers: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.answers = [UNANSWERED] * len(self.commands)

    def left(self) -> list[int]:
        """The places of those that have no answer yet."""
        return [place for place, answer in enumerate(self.answers) if answer is UNANSWERED]


class Cluster:
    """Lines to every node that has slots, and the map that says which has which.

    The map is asked for anew when a connection breaks, when an answer does not come, and when a node says that it does
    not serve. A slot that is on its way from one node to another is followed for plain commands only: a script would
    see some of a site's keys and miss those that did not arrive yet, so it is put off until the slot has arrived.
    """

    def __init__(self, address: Address, timeouts: Mapping[str, float], retry: Retry) -> None:
        self._address, self._timeouts, self._retry = address, timeouts, retry
        self._map = SlotMap(address)
        self._lines: dict[Seed, Lines] = {}
        self._making = threading.Lock()

    def ask(self, commands: Sequence[Command], at: str = HOME, *, raw: bool = False) -> list[Any]:
        """Sends commands together to the node of the key `at`."""
        return self._patiently(_Asked(commands, [slot_of(at)] * len(commands), raw))

    def ask_apart(self, commands: Sequence[Command], at: str = HOME) -> list[Any]:
        """Sends each command to its key's node, those for one node together; the nodes are asked one after another."""
        return self._patiently(_Asked(commands, [slot_of(key_of(one, at)) for one in commands]))

    def primaries(self) -> Mapping[str, Servers]:
        """Every primary that has slots."""
        return {shown(node): self._lines_to(node) for node in self.nodes()}

    def nodes(self) -> list[Seed]:
        """Where every primary is that has slots."""
        return sorted({owner.primary for owner in self._map.owners()})

    def everywhere(self, command: Command, at: str) -> list[Any]:
        """Asks the node of the key and its replicas."""
        slot = slot_of(at)
        self._map.ask_anew()
        replicas = self._map.owner(slot).replicas
        told = [tell(one, self._address.options, self._timeouts, command) for one in replicas]
        return [*self.ask([command], at), *told]

    def doubt(self, at: str) -> None:
        """Has another node asked who has the key's slot."""
        self._map.ask_anew(self._map.owner(slot_of(at)).primary)

    def _patiently(self, asked: _Asked) -> list[Any]:
        """Asks for what is left until all is answered; what a break left open is repeated for about a second."""
        try:
            self._go(asked)
        except RedisConnectionError:
            self._retry.call_with_retry(lambda: self._go(asked), lambda _: None)
        return asked.answers

    def _go(self, asked: _Asked) -> None:
        """Asks for what is left, and follows where it is sent on.

        :raises redis.exceptions.ConnectionError: a node cannot be reached or does not serve now.
        """
        left = asked.left()
        for _ in range(HOPS):
            if not left:
                return
            for owner, places in self._by_owner(asked.slots, left).items():
                self._ask_node(owner.primary, asked, places)
            left = asked.left()
        if left:
            raise RedisConnectionError("the cluster sends on from node to node")

    def _by_owner(self, slots: Sequence[int], places: Sequence[int]) -> dict[Owner, list[int]]:
        found: dict[Owner, list[int]] = defaultdict(list)
        for place in places:
            found[self._map.owner(slots[place])].append(place)
        return found

    def _ask_node(self, node: Seed, asked: _Asked, places: Sequence[int]) -> None:
        commands = [asked.commands[place] for place in places]
        answers = self._answers(node, commands, asked.raw)
        if not any(isinstance(answer, ResponseError) for answer in answers):
            for place, answer in zip(places, answers, strict=True):
                asked.answers[place] = answer
            return
        self._sort(node, asked, places, answers)

    def _sort(self, node: Seed, asked: _Asked, places: Sequence[int], answers: Sequence[Any]) -> None:
        """Keeps what are answers, and sees to what are none: a node's word that it is not the one to ask."""
        open_, passing = [], None
        for place, answer in zip(places, answers, strict=True):
            if isinstance(answer, MovedError):
                self._map.moved(asked.slots[place], (answer.host or node[0], int(answer.port)))
                open_.append(place)
            elif isinstance(answer, AskError):
                open_.append(place)
                passing = passing or self._follow(node, asked, place, answer)
            elif isinstance(answer, PASSING) or (isinstance(answer, ResponseError) and is_replica(answer)):
                open_.append(place)
                passing = answer
            else:
                asked.answers[place] = answer
        if open_ and asked.commands[places[-1]][0] == "WAIT":  # it answered for a part only
            asked.answers[places[-1]] = UNANSWERED
        if passing is not None:
            self._map.ask_anew(node)
            raise RedisConnectionError(f"{shown(node)} does not serve now: {passing}")

    def _follow(self, node: Seed, asked: _Asked, place: int, answer: AskError) -> Exception | None:
        """Asks where a key went whose slot is on its way; a script, and what is to be waited for, are put off."""
        command = asked.commands[place]
        if command[0] in SCRIPTS or asked.commands[-1][0] == "WAIT":
            return answer
        told = (answer.host or node[0], int(answer.port))
        _, found = self._answers(told, [("ASKING",), command], asked.raw)
        if isinstance(found, (*PASSING, AskError)):
            return found
        asked.answers[place] = found
        return None

    def _answers(self, node: Seed, commands: Sequence[Command], raw: bool) -> list[Any]:
        lines = self._lines_to(node)
        try:
            return lines.once(b"".join([pack_command(command) for command in commands]), len(commands), raw)
        except AllInUse:
            raise
        except (RedisConnectionError, RedisTimeoutError):
            lines.hang_up()
            self._map.ask_anew(node)
            self._forget_others()
            raise

    def _forget_others(self) -> None:
        """Lets go of lines to nodes that the cluster has no more."""
        there = self._map.nodes()
        for node in [one for one in tuple(self._lines) if one not in there]:
            self._lines.pop(node, None)

    def _lines_to(self, node: Seed) -> Lines:
        lines = self._lines.get(node)
        if lines is None:
            with self._making:
                dial: Callable[[], Any] = partial(opened, node, self._address.options, self._timeouts)
                lines = self._lines.setdefault(node, Lines(dial, self._retry))
        return lines
