"""nginx with the configuration that ships, in front of services of a test."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.support import free_port, wait_until

SHIPPED = Path(__file__).parents[1] / "deploy"
FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass
class Nginx:
    """A running nginx: where it listens, and what it logged."""

    folder: Path
    port: int = field(default_factory=free_port)

    def lines(self) -> list[dict[str, Any]]:
        """Its log of requests."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]

    def complaints(self) -> str:
        return (self.folder / "error.log").read_text()


@contextlib.contextmanager
def nginx_before(
    folder: Path, ports: Sequence[int] = (), lets_go: str = "4s", servers: str | None = None
) -> Iterator[Nginx]:
    """nginx before services on these ports. Of what ships, its port, its folders and its list of servers are changed.

    :param lets_go: after how long it lets go of an idle connection to a service.
    :param servers: what servers.conf says, in place of a line as it ships for each port.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian's package nginx-light)")
    folder.mkdir()
    one = Nginx(folder)
    text = (SHIPPED / "nginx.conf").read_text()
    folders = "".join(f"{kind}_temp_path {kind}; " for kind in FOLDERS)
    for shipped, here in (
        ("listen 80;", f"listen 127.0.0.1:{one.port};"),
        ("listen [::]:80;", ""),
        ("/dev/stdout", "access.log"),
        ("http {", f"http {{ {folders}"),
        ("keepalive_timeout 4s;", f"keepalive_timeout {lets_go};"),
    ):
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, here)
    (folder / "nginx.conf").write_text(text)
    if servers is None:
        listed = (SHIPPED / "servers.conf").read_text().splitlines()
        server = next(line for line in listed if line.startswith("server 127.0.0.1:8080 "))
        servers = "\n".join(server.replace(":8080", f":{port}") for port in ports)
    (folder / "servers.conf").write_text(servers)
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    user = "user root; " if os.getuid() == 0 else ""  # another one gets into no folder of a test
    command += ["-g", f"{user}daemon off; pid {folder}/nginx.pid;"]
    with (folder / "error.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        http = urllib3.PoolManager(retries=False)
        wait_until(lambda: process.poll() is not None or http.request("GET", f"http://127.0.0.1:{one.port}/metrics"))
        assert process.poll() is None, one.complaints()
        yield one
    finally:
        process.terminate()
        process.wait(20)
