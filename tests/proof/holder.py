"""A moderator in a process of their own, who claims, thinks for as long as it takes, and decides by that claim.

`python -m tests.proof.holder PORT LIMIT LEASE_SECONDS` with the key in WINNOW_KEY; each line on stdin is a turn. It says
what it holds, reads one more line, decides, and says what was answered to each decision.
"""

import asyncio
import os
import sys
from typing import Any

import orjson

from tests.proof.insisting import Insisting


def say(told: Any) -> None:
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    sys.stdout.flush()


async def hold(client: Insisting, limit: int, lease: int) -> None:
    wanted = {"limit": limit, "lease_seconds": lease}
    answer = await client.ask("POST", "/v1/queue/claims", wanted, once=True)
    ids = [one["id"] for one in answer.json["items"]]
    say({"ids": ids, "expires_at": answer.json["expires_at"]})
    sys.stdin.readline()
    said = {"action": "reject", "labels": ["insult"], "claim": answer.json["claim"]}
    alone = [await client.ask("POST", f"/v1/comments/{one}/decision", said, once=True) for one in ids[::2]]
    statuses = [one.status for one in alone]
    if ids[1::2]:
        decisions = [{**said, "id": one} for one in ids[1::2]]
        answer = await client.ask("POST", "/v1/decisions", {"decisions": decisions}, once=True)
        statuses += [one["status"] for one in answer.json["results"]]
    say(statuses)


async def main(port: int, limit: int, lease: int) -> None:
    client = Insisting(port, os.environ["WINNOW_KEY"])
    while sys.stdin.readline():
        await hold(client, limit, lease)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
