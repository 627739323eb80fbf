import subprocess
import sys

import orjson

MISTAKE = """
import structlog
from service import logs
logs.configure("info")
log = structlog.get_logger()
def fail(key, body):
    return 1 / 0
try:
    fail("a-secret-key", "private words")
except ZeroDivisionError as error:
    log.error("unforeseen", exc_info=error)
log.debug("unseen")
"""


def test_a_mistake_is_logged_on_one_json_line_without_keys_or_words():
    done = subprocess.run([sys.executable, "-c", MISTAKE], capture_output=True, check=True)
    (line,) = done.stderr.splitlines()
    logged = orjson.loads(line)
    assert (logged["event"], logged["level"]) == ("unforeseen", "error")
    assert logged["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert b"a-secret-key" not in line
    assert b"private words" not in line
