"""A repeated request never repeats an effect, wherever the answer to the first one was lost.

Two proxies cut connections after what was asked is done and before the answer: one between the service and Redis, one
between clients and the service. A newsroom works through both (`tests.proof.newsroom`). In the end all that is kept is
compared with all that was acknowledged.
"""

import asyncio
import random
import re
from collections.abc import Callable
from pathlib import Path

from service.processes.private_redis import PrivateRedis
from service.settings import load_settings
from service.store.connection import LUA, Store, _source, connect
from service.store.keys import Keys
from tests.cutting import CuttingProxy, scripts_in
from tests.proof.comparing import Read, compare, read
from tests.proof.leading import LEADS
from tests.proof.newsroom import Newsroom
from tests.support import free_port

CHANGING = frozenset(
    {
        "accept", "answer_review", "appeal", "campaign_decide", "campaign_done", "campaign_undo", "change_webhook",
        "claim", "decide", "drop_webhook", "edit", "end_shadow", "erase", "forget_author", "give_back", "guard", "hold",
        "note", "put_policy", "put_shadow", "put_webhook", "release", "renew", "report", "resolve_review",
        "rotate_webhook", "set_article_mode", "set_standing", "undo",
    }
)  # fmt: skip
"""The scripts behind all that a site's keys may change, but for deliveries and models."""

ASKED = re.compile(rb"(POST|PUT|PATCH|DELETE) /v1/([a-z-]+)(?:/[^/ ]+)?(?:/([a-z-]+))?(?:/[^/ ]+/([a-z]+))?")
"""A changing request: its method, and the words of its address without the ids."""

OF_SCRIPTS, OF_REQUESTS = 0.5, 0.3
"""Which share of answers is lost, the repeated ones alike: now and then so many that the service gives up with a 503."""

SEED = 20261127


def cutting(chance: random.Random, over: Callable[[], bool]) -> tuple[Callable[[bytes], str], Callable[[bytes], str]]:
    """What the two proxies lose."""

    def scripts(asked: bytes) -> str:
        changing = scripts_in(asked) & CHANGING
        return min(changing) if changing and not over() and chance.random() < OF_SCRIPTS else ""

    def requests(asked: bytes) -> str:
        words = ASKED.match(asked)
        if words is None or over() or chance.random() >= OF_REQUESTS:
            return ""
        return b" ".join(word for word in words.groups() if word).decode()

    return scripts, requests


def test_cuts_at_random_repeat_no_effect(service, proof, tmp_path: Path):
    settings = load_settings(environ={"WINNOW_DATA": str(tmp_path / "kept")})
    real, cut = PrivateRedis(settings), tmp_path / "cut.sock"
    service.environment |= {"WINNOW_RATE_LIMIT": "0", "REDIS_URL": f"unix://{cut}"}
    cuts = proof.size(300, 20_000)
    chance = random.Random(SEED)
    real.start()
    store = Store(connect(real.url))
    for path in LUA.glob("[a-z]*.lua"):
        store.call(lambda client, path=path: client.script_load(_source(path.stem)[0]))
    done = asyncio.Event()
    scripts, requests = cutting(chance, done.is_set)
    before_redis = CuttingProxy(Path(real.url.removeprefix("unix://")), scripts)
    before_service = CuttingProxy(service.port, requests)
    front = free_port()

    def lost() -> int:
        return before_redis.lost.total() + before_service.lost.total()

    async def run() -> tuple[Newsroom, Read]:
        servers = [await before_redis.listen(cut), await before_service.listen(front)]
        await asyncio.to_thread(service.start)
        newsroom = Newsroom(front, Keys(store), chance, batch=5)
        await newsroom.work(lambda: lost() >= cuts, LEADS, backends=16)
        done.set()
        there = await read(newsroom.clients["chief"], store)
        newsroom.close()
        for server in servers:
            server.close()
        return newsroom, there

    try:
        newsroom, there = asyncio.run(run())
    finally:
        service.stop()
        real.stop()
    faults = compare(newsroom.book, there)
    assert not str(faults), f"seed {SEED}\n{faults}"
    if proof.long:
        assert before_redis.lost.keys() == CHANGING
    proof.figures(
        cuts=lost(),
        cuts_before_redis=before_redis.lost.total(),
        cuts_before_the_service=before_service.lost.total(),
        scripts=len(before_redis.lost),
        kinds_of_request=len(before_service.lost),
        acknowledged=newsroom.book.acknowledged,
        repeats=faults.of("doubled"),
    )
