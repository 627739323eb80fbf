"""The primary that Sentinels know, found again after a failover."""

from collections.abc import Callable
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from service.store.lines import AllInUse, Command, Lines
from service.store.servers.address import ASKED_FOR, Address, Seed, ask_once, opened, shown, tell


class Sentinels:
    """Those who know who is the primary. Each connection asks them anew, so that it never leads to a former one.

    :param timeouts: of connections to the servers themselves.
    """

    def __init__(self, address: Address, timeouts: dict[str, float]) -> None:
        self._address, self._timeouts = address, timeouts

    def dial(self) -> Any:
        """An open connection to the primary.

        :raises redis.exceptions.ConnectionError: nobody knows it, it cannot be reached, or says that it is none.
        """
        primary = self.primary()
        connection = opened(primary, self._address.options, self._timeouts)
        connection.send_command("ROLE")
        role, *_ = connection.read_response()
        if role != "master":
            connection.disconnect()
            raise RedisConnectionError(f"{shown(primary)} is not the primary: its role is {role}")
        return connection

    def primary(self) -> Seed:
        """Where it is, by all Sentinels that answer: after a failover, one that is late still names the former one.

        :raises redis.exceptions.ConnectionError: nobody knows it.
        """
        _, host, port = max(self._asked(self._named_by), key=lambda one: one[0])
        return host, port

    def _named_by(self, seed: Seed) -> tuple[int, str, int]:
        """Whom one Sentinel takes for the primary, and by which configuration; they are counted up by failovers."""
        connection = opened(seed, self._address.asking, ASKED_FOR)
        try:
            connection.send_command("SENTINEL", "MASTER", self._address.name)
            words = connection.read_response()
            connection.send_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._address.name)
            host, port = connection.read_response()
        except ResponseError as refused:
            if "No such master" in str(refused):
                raise RedisError(f"knows no primary {self._address.name}") from refused
            raise
        finally:
            connection.disconnect()
        return int(dict(zip(words[::2], words[1::2], strict=True))["config-epoch"]), host, int(port)

    def replicas(self) -> list[Seed]:
        """Where the primary's copies are, but for those that are down: what is gone for good stays listed."""
        question = ("SENTINEL", "REPLICAS", self._address.name)
        copies, *_ = self._asked(lambda seed: ask_once(seed, self._address.asking, ASKED_FOR, question))
        told = [dict(zip(one[::2], one[1::2], strict=True)) for one in copies]
        return [(one["ip"], int(one["port"])) for one in told if "s_down" not in one["flags"].split(",")]

    def tell(self, server: Seed, command: Command) -> Any:
        """Asks one server once; its answer may be an error."""
        return tell(server, self._address.options, self._timeouts, command)

    def _asked(self, ask: Callable[[Seed], Any]) -> list[Any]:
        """What all Sentinels say that answer, one at least.

        :raises redis.exceptions.ConnectionError: none does.
        """
        answers, problems = [], []
        for seed in self._address.seeds:
            try:
                answers.append(ask(seed))
            except RedisError as problem:
                problems.append(f"{shown(seed)}: {problem}")
        if not answers:
            raise RedisConnectionError(f"no Sentinel says who is the primary: {'; '.join(problems)}")
        return answers


class PrimaryLines(Lines):
    """Lines to whoever is the primary.

    A former one may live on, as a replica or cut off from the others, and would keep its connections. So all are opened
    anew, by asking the Sentinels, when one breaks, when an answer does not come, and when a server refuses to write.
    """

    def __init__(self, sentinels: Sentinels, retry: Retry) -> None:
        super().__init__(sentinels.dial, retry)
        self._sentinels = sentinels

    def everywhere(self, command: Command, at: str) -> list[Any]:
        """Asks the primary and its replicas."""
        copies = self._sentinels.replicas()
        return [*self.ask([command], at), *(self._sentinels.tell(one, command) for one in copies)]

    def doubt(self, at: str) -> None:  # the key is where all are
        """Has the Sentinels asked before anything else is."""
        self.hang_up()

    def once(self, packed: bytes, count: int, raw: bool = False) -> list[Any]:
        """Sends packed commands and reads as many answers.

        :raises redis.exceptions.ConnectionError: also if the server is a replica by now; it did nothing then.
        """
        try:
            answers = super().once(packed, count, raw)
        except AllInUse:
            raise
        except RedisTimeoutError:
            self.hang_up()
            raise
        refused = [one for one in answers if isinstance(one, ResponseError)]
        if any(map(is_replica, refused)):
            raise RedisConnectionError("the server that was the primary is a replica now")
        if any(str(one).startswith("NOREPLICAS") for one in refused):
            self.hang_up()
        return answers


def is_replica(refused: Exception) -> bool:
    """Whether a server refused because it only copies; within a script, Redis 6.2 says so in the middle."""
    return isinstance(refused, ReadOnlyError) or "READONLY You can't write" in str(refused)
