import subprocess
import sys

import orjson
import pytest

MISTAKE = """
import structlog
from service import logs
logs.configure("info")
log = structlog.get_logger()
def fail(key, body):
    raise ValueError(f"{key} does not open {body}")
try:
    try:
        fail("a-secret-key", "private words")
    except ValueError as cause:
        raise KeyError("a-secret-key") from cause
except KeyError as error:
    error.add_note("private words")
    log.error("unforeseen", exc_info=error)
log.debug("unseen")
"""

ENDS = {
    "a thread": "import threading; thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "the process": "fail()",
}


def test_a_mistake_is_logged_on_one_json_line_without_keys_or_words():
    done = subprocess.run([sys.executable, "-c", MISTAKE], capture_output=True, check=True)
    (line,) = done.stderr.splitlines()
    logged = orjson.loads(line)
    assert (logged["event"], logged["level"]) == ("unforeseen", "error")
    assert [one["exc_type"] for one in logged["exception"]] == ["KeyError", "ValueError"]
    assert logged["exception"][1]["frames"][-1]["name"] == "fail"
    assert b"a-secret-key" not in line
    assert b"private words" not in line


@pytest.mark.parametrize("ends", ENDS)
def test_what_ends_a_thread_or_the_process_is_logged_without_words_too(ends):
    code = f"""
from service import logs
logs.configure("info")
def fail():
    raise ValueError("private words")
{ENDS[ends]}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    (line,) = done.stderr.splitlines()
    logged = orjson.loads(line)
    assert (logged["event"], logged["exception"][0]["exc_type"]) == ("died", "ValueError")
    assert b"private words" not in line
