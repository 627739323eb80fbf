"""A real Prometheus scrapes a running service: what the dashboard and the alerts ask for is there."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from service.monitoring.counts import PAST, counter_of
from service.settings import load_settings
from tests.e2e.test_documentation import ROOT, rows
from tests.monitoring import PROMETHEUS, expressions, names_in, names_of, program, rules
from tests.support import Service, free_port, wait_until


def scraped(service: Service) -> str:
    answer = service.raw("GET", "/metrics")
    assert answer.status == 200
    return answer.data.decode()


def value(exposition: str, series: str) -> float | None:
    found = [line for line in exposition.splitlines() if line.startswith(f"{series} ")]
    return float(found[0].rpartition(" ")[2]) if found else None


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with traffic of every kind that is counted, and a first count of what Redis holds; one for all tests."""
    service = Service(tmp_path_factory.mktemp("monitored") / "data")
    service.data.mkdir()
    service.start()
    try:
        yield with_traffic(service)
    finally:
        service.stop()


def with_traffic(service: Service) -> Service:
    key = service.key("admin")
    policy = service.raw("GET", "/v1/policy", key).json()
    service.raw("PUT", "/v1/policy", key, policy | {"mode": "pre"})
    assert service.raw("POST", "/v1/comments", key, {"id": "c-1", "body": "Thanks"}).status == 201
    assert service.raw("POST", "/v1/moderations", key, {"input": "Thanks"}).status == 200
    service.raw("GET", "/v1/comments/nobody", key)
    wait_until(lambda: value(scraped(service), "winnow_queue_pending") == 1, 30)
    return service


@pytest.fixture
def prometheus(busy: Service, tmp_path: Path) -> Iterator[str]:
    """The address of a Prometheus that scrapes it, with the configuration that ships but for the address."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yaml").read_text(encoding="utf-8"))
    (job,) = config["scrape_configs"]
    job |= {"scrape_interval": "1s", "static_configs": [{"targets": [f"127.0.0.1:{busy.port}"]}]}
    config["rule_files"] = [str(PROMETHEUS / "alerts.yaml")]
    file = tmp_path / "prometheus.yaml"
    file.write_text(yaml.safe_dump(config))
    port = free_port()
    command = [program("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def asked(address: str, expression: str) -> Any:
    try:
        answer = urllib3.request("GET", f"{address}/api/v1/query", fields={"query": expression}, retries=False)
    except urllib3.exceptions.HTTPError:
        return None
    return answer.json() if answer.status in (200, 400, 422) else None


def test_every_expression_of_the_dashboard_and_of_the_rules_is_answered(prometheus):
    def up() -> bool:
        answer = asked(prometheus, 'up{job="winnow"}')
        return bool(answer) and [one["value"][1] for one in answer["data"]["result"]] == ["1"]

    wait_until(up, 60)
    for expression in [*expressions(), *(rule["expr"] for rule in rules())]:
        answer = asked(prometheus, expression)
        assert answer["status"] == "success", (expression, answer)
        assert not answer.get("warnings"), (expression, answer)
    known = asked(prometheus, 'count by (__name__) ({job="winnow"})')["data"]["result"]
    names = {one["metric"]["__name__"] for one in known}
    assert set().union(*map(names_in, expressions())) <= names


def test_every_metric_that_is_asked_for_is_told_and_well_formed(busy):
    exposition = scraped(busy)
    wanted = set().union(*(names_in(one) for one in [*expressions(), *(rule["expr"] for rule in rules())]))
    assert wanted - names_of(exposition) == set()
    done = subprocess.run([program("promtool"), "check", "metrics"], input=exposition, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_no_site_key_or_id_is_named_by_the_metrics(busy):
    exposition = scraped(busy)
    assert "herald" not in exposition
    assert "c-1" not in exposition
    assert "nobody" not in exposition


def test_every_process_of_the_service_is_told_of(busy):
    exposition = scraped(busy)
    processes = [("supervisor", 0), ("redis", 0), ("arbiter", 0), ("background", 0), ("web", 0), ("web", 1)]
    for name, number in processes:
        series = f'winnow_process_resident_memory_bytes{{number="{number}",process="{name}"}}'
        assert value(exposition, series) > 1e6, series


def test_a_part_that_died_is_counted_as_started_again_and_told_of_anew(busy):
    restarts = 'winnow_part_restarts_total{part="background"}'
    known = value(scraped(busy), restarts)
    before = busy.part("processes.worker")
    before.kill()
    wait_until(lambda: value(scraped(busy), restarts) == known + 1, 30)
    started = 'winnow_process_start_time_seconds{number="0",process="background"}'
    wait_until(lambda: (value(scraped(busy), started) or 0) > before.create_time() + 0.5, 30)


def test_what_workers_counted_stays_when_they_end_and_their_files_do_not(busy):
    posted = 'winnow_http_requests_total{method="POST",route="/v1/comments",status="201"}'
    assert value(scraped(busy), posted) == 1
    folder = load_settings(environ=busy.environ()).metrics
    for worker in busy.web_workers():
        worker.kill()

    def files_are_of_the_living() -> bool:
        living = {busy.process.pid, *(one.pid for one in busy.descendants())}
        return {counter_of(file) for file in folder.glob("*.db")} <= living | {PAST}

    wait_until(files_are_of_the_living, 60)
    wait_until(lambda: value(scraped(busy), posted) == 1)


def test_what_only_living_workers_count_goes_with_them(busy):
    in_flight = "winnow_http_requests_in_flight"
    assert value(scraped(busy), in_flight) == 1, "the scrape itself"
    key = busy.key("admin")
    last = busy.raw("GET", "/v1/events", key).json()["next_cursor"]
    pool = urllib3.PoolManager(maxsize=4, timeout=40)
    polls = [poll(busy, pool, key, last) for _ in range(3)]
    wait_until(lambda: value(scraped(busy), in_flight) == 4, 20)
    for process in (busy.part("processes.web"), *busy.web_workers()):
        process.kill()
    for one in polls:
        one.join(60)
    wait_until(lambda: again(busy) == 1, 60)


def again(service: Service) -> float | None:
    try:
        return value(scraped(service), "winnow_http_requests_in_flight")
    except urllib3.exceptions.HTTPError:
        return None


def poll(service: Service, pool: urllib3.PoolManager, key: str, cursor: str) -> Any:
    def ask() -> None:
        with suppress(urllib3.exceptions.HTTPError):
            address = f"http://127.0.0.1:{service.port}/v1/events?wait=30&after={cursor}"
            pool.request("GET", address, headers={"Authorization": f"Bearer {key}"}, retries=False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def test_metrics_go_on_while_redis_hangs_without_what_it_alone_knows(busy):
    redis = next(one for one in busy.descendants() if "valkey-server" in one.cmdline()[0])
    redis.suspend()
    try:
        wait_until(lambda: value(scraped(busy), "winnow_ready") is None, 60)
        exposition = scraped(busy)
        assert "winnow_http_requests_total" in exposition
        assert value(exposition, 'winnow_redis_errors_total{reason="timeout"}') > 0
    finally:
        redis.resume()
    wait_until(lambda: value(scraped(busy), "winnow_ready") == 1, 60)


def test_every_metric_is_documented_and_no_other(busy):
    documented = {row[0]: row[1] for row in rows(ROOT / "docs" / "operating.md", 3) if row[0].startswith("winnow_")}
    told = dict(re.findall(r"^# TYPE (winnow_\w+) (\w+)$", scraped(busy), re.MULTILINE))
    assert documented == {name: kind for name, kind in told.items() if not name.endswith("_created")}
