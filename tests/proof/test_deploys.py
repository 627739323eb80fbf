"""Deploys drop nothing: no request fails while processes are renewed or replicas come and go.

One host is told by HUP to take new code; behind nginx with the configuration that ships, two replicas on one Redis are
ended by TERM in turns. Clients keep their connections and repeat nothing. One comment in three has no id, so that one
that somebody sent twice would be there twice.
"""

import contextlib
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from service.processes.private_redis import PrivateRedis
from service.settings import load_settings
from service.store.connection import Store, connect
from service.store.keys import Keys
from tests.front import nginx_before
from tests.proof.visitors import Visitors
from tests.support import Console, Service, all_of, wait_until

ROUND = 20
"""Seconds from one deploy to the next, at full size."""

DRAIN = {True: "5", False: "2"}
LETS_GO = {True: "4s", False: "1s"}
"""The setting and nginx's counterpart: as they ship in a long run, shorter in a short one."""


def visitors(service, port, proof):
    settings = load_settings(environ=service.environ())
    keys = Keys(Store(connect(settings.redis_url or PrivateRedis(settings).url)))
    given = {role: keys.create("herald", role, role)[0] for role in ("submit", "moderate")}
    given["quiet"] = keys.create("gazette", "submit", "quiet")[0]
    Console(service).person("moderate", "moderate")
    return Visitors(port, given, rests=proof.size(1, 3))


def check(seen, service, key):
    """Nothing failed, and what was acknowledged is there, once."""
    assert seen.failures == []
    listed = [one["id"] for status in ("approved", "pending", "rejected") for one in all_of(service, key, status)]
    assert sorted(listed) == sorted(seen.taken)
    made = [event["comment_id"] for event in seen.events if event["type"] == "decision.made"]
    assert len(set(made)) == len(made)
    assert set(made) <= set(seen.decided)
    assert len({event["id"] for event in seen.events}) == len(seen.events)
    assert all(seen.answered[what] for what in ("posts", "batches", "decisions", "long polls", "console pages"))


def rest_of(begun, proof):
    """The time until the next deploy: a round's at full size, and a moment where this is a short form."""
    time.sleep(max(0.0, begun + proof.size(1, ROUND) - time.monotonic()))


def test_hup_on_one_host(service, proof):
    service.environment |= {"WINNOW_DRAIN": DRAIN[proof.long], "WINNOW_WORKERS": str(proof.size(1, 2))}
    service.start()
    seen = visitors(service, service.port, proof)
    with seen.about():
        for n in range(proof.size(1, 5)):
            begun, before = time.monotonic(), [service.part("processes.web"), service.part("processes.worker")]
            service.process.send_signal(signal.SIGHUP)
            wait_until(lambda n=n: service.printed().count("new processes answer") > n, 60)
            wait_until(lambda before=before: not any(one.is_running() for one in before), 60)
            rest_of(begun, proof)
    check(seen, service, seen.keys["submit"])
    proof.figures(
        renewals=proof.size(1, 5), requests=seen.answered.total(), failed=len(seen.failures), p99_ms=round(seen.p99())
    )


@contextlib.contextmanager
def replicas(folder, drain):
    """Two services on one Redis."""
    kept = folder / "kept"
    kept.mkdir()
    redis = PrivateRedis(load_settings(environ={"WINNOW_DATA": str(kept)}))
    redis.start()
    both = [Service(folder / name, environment={"REDIS_URL": redis.url, "WINNOW_DRAIN": drain}) for name in "ab"]
    try:
        for one in both:
            one.data.mkdir()
            one.environment["WINNOW_WORKERS"] = "1"
        with ThreadPoolExecutor() as threads:
            list(threads.map(Service.start, both))
        yield both
    finally:
        with ThreadPoolExecutor() as threads:
            list(threads.map(Service.stop, both))
        redis.stop()


def test_term_of_two_replicas_in_turns_behind_nginx(tmp_path, proof):
    rounds = proof.size(1, 6)
    with (
        replicas(tmp_path, DRAIN[proof.long]) as both,
        nginx_before(tmp_path / "nginx", [one.port for one in both], LETS_GO[proof.long]) as nginx,
    ):
        seen = visitors(both[0], nginx.port, proof)
        with seen.about():
            for n in range(rounds):
                begun, one = time.monotonic(), both[n % 2]
                one.stop()
                assert one.process.returncode == 0, one.printed()
                one.start()
                rest_of(begun, proof)
        check(seen, both[0], seen.keys["submit"])
        repeated = [line for line in nginx.lines() if "," in line["upstream"]]
    trouble = [line for line in nginx.complaints().splitlines() if "[error]" in line]
    assert [line for line in trouble if "while connecting to upstream" not in line or "no live upstreams" in line] == []
    proof.figures(
        replicas_ended=rounds,
        requests=seen.answered.total(),
        failed=len(seen.failures),
        connections_that_nginx_tried_elsewhere=len(repeated),
        p99_ms=round(seen.p99()),
    )
