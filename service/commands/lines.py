"""What the commands that write JSON lines share."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import orjson

from service.commands.common import SiteName

site_option = click.option("--site", type=SiteName(), help="By default WINNOW_SITE.")
since_formats = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


def write(lines: Iterator[dict[str, Any]]) -> None:
    """Writes each as a line of JSON on stdout, as it comes."""
    for line in lines:
        sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def ms_of(since: datetime | None) -> int:
    """Milliseconds since 1970 of a time in UTC; 0 for none."""
    return int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
