"""What a further worker takes of memory, and how long a start takes until the first answer.

    python -m benchmarks.footprint [--rounds 3]

Memory is the proportional set size of all web processes (what several share counts once, in equal parts), with three
workers less that with one, by two, after both were loaded; Linux only. A start is timed from the execution of the web
process, on a socket that listens already, to the first comment's 201: its model is loaded then. A bare Flask app under
gunicorn is timed in the same way.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil

from benchmarks.figures import Figure, print_table, ratios
from benchmarks.load import ROOT, Target, elsewhere, floor_app, gunicorn, load, once, redis, serving, winnow
from benchmarks.ordinary import PIPELINE, REDIS, pipeline
from benchmarks.texts import body_only
from service.monitoring.metrics import FOLDER, prepare_folder
from service.store.connection import Store, connect
from service.store.keys import Keys
from tests.support import Service

ROUNDS = 3
STARTS = 5
FEW, MANY = 1, 3  # workers
KINDS = {"numpy": False, "compiled": True}
ROLLUP = Path("/proc/self/smaps_rollup")
QUIET = {"WINNOW_LOG_LEVEL": "warning", "WINNOW_WORKERS": "2"}
Serve = Callable[[Path, int, ExitStack], tuple[Target, psutil.Process]]


def megabytes(process: psutil.Process) -> float:
    """Proportional set size of a process and all below it."""
    whole = [process, *process.children(recursive=True)]
    rollups = [Path(f"/proc/{one.pid}/smaps_rollup").read_text().splitlines() for one in whole]
    sizes = [int(line.split()[1]) for lines in rollups for line in lines if line.startswith("Pss:")]
    assert len(sizes) == len(whole)
    return sum(sizes) * 1024 / 1e6


def ours(folder: Path, workers: int, stack: ExitStack, compiled: bool) -> tuple[Target, psutil.Process]:
    """The service, and its web server's process."""
    service: Service = stack.enter_context(winnow(folder / "data", "everysec", workers, compiled))
    return Target(service.port, "/v1/comments", body_only, service.key("submit")), service.part("processes.web")


def usual(folder: Path, workers: int, stack: ExitStack) -> tuple[Target, psutil.Process]:
    """The ordinary service."""
    environment = {PIPELINE: str(pipeline()[0]), REDIS: stack.enter_context(redis(folder / "data"))}
    served = stack.enter_context(serving("benchmarks.ordinary:create_app()", ROOT, workers, environment))
    return Target(served.port, "/comments", body_only), served.process


def loaded(serve: Serve, workers: int) -> float:
    """Megabytes of a service with so many workers, all of which have answered."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="winnow-bench-"))
        target, process = serve(Path(folder), workers, stack)
        pool = stack.enter_context(elsewhere())
        before = {one.pid: sum(one.cpu_times()[:2]) for one in process.children()}
        pool.submit(load, target, 8 * workers, 3.0).result()
        idle = [one.pid for one in process.children() if sum(one.cpu_times()[:2]) - before[one.pid] < 0.1]
        assert not idle, f"workers {idle} had nothing to do"
        return megabytes(process)


def each_further(serve: Serve) -> float:
    """Megabytes of each worker beyond the first."""
    return (loaded(serve, MANY) - loaded(serve, FEW)) / (MANY - FEW)


def memory(rounds: int) -> list[Figure]:
    """Memory of each further worker."""
    name = "memory (PSS) of each further worker"
    if not ROLLUP.exists():
        return [Figure(name, (), 12, False, "MB", "needs Linux")]
    return [
        *(
            Figure(
                f"{name}, {kind}",
                tuple(each_further(partial(ours, compiled=compiled)) for _ in range(rounds)),
                12,
                False,
                "MB",
            )
            for kind, compiled in KINDS.items()
        ),
        Figure("the ordinary service's", (each_further(usual),), None, False, "MB"),
    ]


def first_answer(
    command: Callable[[int], Sequence[str]], environment: Mapping[str, str], folder: Path, request: bytes
) -> float:
    """Seconds from the execution of a web server, on a socket that listens already, to its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number, port = listener.fileno(), listener.getsockname()[1]
        began = time.perf_counter()
        process = subprocess.Popen(
            command(number),
            cwd=folder,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
            pass_fds=[number],
        )
        try:
            once(port, request)
            return time.perf_counter() - began
        finally:
            kill(psutil.Process(process.pid))


def kill(process: psutil.Process) -> None:
    """Ends a web server and its workers at once; a worker that has just begun may not hear a word to end in peace."""
    whole = [process, *process.children(recursive=True)]
    for one in whole:
        one.kill()
    psutil.wait_procs(whole)


def whole_start(folder: Path) -> float:
    """Seconds from the execution of `winnow serve`, on a folder that it knows, to the first comment's answer."""
    service = Service(folder)
    request = Target(service.port, "/v1/comments", body_only, service.key("submit")).request(time.time_ns())
    began = time.perf_counter()
    command = [*service.program, "serve"]
    service.process = subprocess.Popen(command, env=service.environ(), cwd=folder, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                once(service.port, request)
            except ConnectionRefusedError:
                time.sleep(0.002)
            else:
                return time.perf_counter() - began
    finally:
        service.stop()


def starts(rounds: int) -> list[Figure]:
    """Times to the first answer, in turns."""
    mine: dict[str, list[float]] = {kind: [] for kind in KINDS}
    bare, whole = [], []
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as name, redis(Path(name) / "data") as url:
        folder = Path(name)
        key, _ = Keys(Store(connect(url))).create("herald", "submit", "website")
        metrics = folder / "metrics"
        environment = {FOLDER: str(metrics), "REDIS_URL": url, "WINNOW_DATA": str(folder / "data"), **QUIET}
        empty = floor_app(folder)
        (folder / "whole").mkdir()
        for _ in range(rounds):
            prepare_folder(metrics)
            for kind, compiled in KINDS.items():
                comment = Target(0, "/v1/comments", body_only, key).request(time.time_ns())
                chosen = {**environment, "WINNOW_COMPILED": str(compiled)}
                mine[kind].append(
                    first_answer(
                        lambda fd: [sys.executable, "-m", "service.processes.web", str(fd)], chosen, ROOT, comment
                    )
                )
            nothing = Target(0, "/", body_only).request(0)
            bare.append(first_answer(lambda fd: gunicorn(empty, f"fd://{fd}", 2), {}, folder, nothing))
            whole.append(whole_start(folder / "whole"))
    return [
        *(
            figure
            for kind, times in mine.items()
            for figure in (
                Figure(f"start to the first answer, model loaded, {kind}", tuple(times), 1.0, False, "s"),
                Figure(f"start to the first answer, of a bare Flask's, {kind}", ratios(times, bare), 3.0, False),
            )
        ),
        Figure("`winnow serve` as a whole, with its Redis, to the first answer", tuple(whole), None, False, "s"),
    ]


def figures(rounds: int = ROUNDS) -> list[Figure]:
    """Memory and starts."""
    return memory(rounds) + starts(max(rounds, STARTS))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    print_table(figures(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
