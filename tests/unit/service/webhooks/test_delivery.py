"""The threads that deliver: how many there are, and what is sent."""

import subprocess
import sys
import threading

import orjson

from service.store.events import Event
from service.webhooks.delivery import THREADS, Threads, body_of, message_id
from tests.support import wait_until


def test_threads_are_bounded_in_all_and_for_each_webhook():
    threads, released = Threads("test", each=2), threading.Event()
    lent = [threads.lend(("herald", "one"), released.wait) for _ in range(4)]
    assert lent == [True, True, False, False]
    others = [threads.lend(("herald", f"hook-{n}"), released.wait) for n in range(THREADS)]
    assert others.count(True) == THREADS - 2
    released.set()
    wait_until(lambda: threads.lend(("herald", "another"), lambda: None))
    threads.end()


MISTAKES = """
from service.webhooks.delivery import THREADS, Threads
from tests.support import wait_until
threads = Threads("test", each=1)
for _ in range(2 * THREADS):
    wait_until(lambda: threads.lend(("herald", "one"), lambda: 1 / 0))
threads.end()
"""


def test_a_mistake_in_one_turn_gives_the_thread_back_and_is_logged():
    done = subprocess.run([sys.executable, "-c", MISTAKES], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "ZeroDivisionError" in done.stdout + done.stderr


def test_what_is_sent_is_the_event_and_no_more():
    event = Event("1795692240365-3", "comment.held", 1795692240365, "c-1", {"revision": 1})
    assert orjson.loads(body_of(event)) == {
        "type": "comment.held",
        "timestamp": "2026-11-26T11:24:00.365Z",
        "data": {"id": "1795692240365-3", "comment_id": "c-1", "data": {"revision": 1}},
    }
    assert message_id("wh-1", event) == "wh-1_1795692240365-3"
    assert message_id("wh-2", event) != message_id("wh-1", event)
