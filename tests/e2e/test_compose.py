"""The compose files are what the Compose specification wants, and what stands in them works where no engine is needed.

The images are not run. Their commands are, on this machine's own Redis, Sentinel and nginx, with other ports.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from service.settings import GRACE, explained
from tests.front import nginx_before
from tests.support import Service, free_port, wait_until

ROOT = Path(__file__).parents[2]
FILES = ("compose.yaml", "deploy/compose/one-host.yaml")
SET = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
JOBS = {name: service for name, service in SET["services"].items() if "profiles" in service}
"""What runs when it is told to, and ends."""

SERVICES = {name: service for name, service in SET["services"].items() if name not in JOBS}
REDISES = [name for name in SERVICES if name.startswith("redis-")]
SENTINELS = [name for name in SERVICES if name.startswith("sentinel-")]
WINNOWS = [name for name in SERVICES if name.startswith("winnow-")]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
EXAMPLE = ROOT / "deploy" / "winnow.env.example"


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_the_compose_specification_wants(name):
    if importlib.util.find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema, which brings the specification's schema, is not installed")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(ROOT / name)]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", FILES)
def test_every_image_is_one_version_and_every_service_has_a_health_check_and_starts_again(name):
    for service in yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["services"].values():
        once = "profiles" in service
        assert re.search(r":\d+\.\d+\.\d+(-\w+)?$", service["image"])
        assert not service["image"].startswith("winnow:") or service["image"] == f"winnow:{VERSION}"
        assert once or service["healthcheck"]["test"]
        assert service["restart"] == ("no" if once else "unless-stopped")


def test_the_set_has_what_it_is_said_to_have():
    assert (len(WINNOWS), len(REDISES), len(SENTINELS)) == (3, 3, 3)
    assert set(SERVICES) == {"nginx", *WINNOWS, *REDISES, *SENTINELS}
    assert {SERVICES[name]["environment"]["PRIMARY"] for name in REDISES + SENTINELS} == {"redis-1"}
    assert all(SERVICES[name]["environment"]["NAME"] == name for name in REDISES + SENTINELS)


def test_only_nginx_is_published():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["nginx"]


def test_redis_has_no_way_in_or_out_but_for_the_services():
    assert SET["networks"]["store"]["internal"] is True
    assert all(SERVICES[name]["networks"] == ["store"] for name in REDISES + SENTINELS)
    assert list(SERVICES["nginx"]["networks"]) == ["front"]


def test_nobody_is_root_or_can_write_where_nothing_is_to_be_written():
    for name, service in SET["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["user"].partition(":")[0] not in {"", "0", "root"}, name
        mounts = [one for one in service.get("volumes", []) if one.startswith("./") and not one.endswith(":ro")]
        assert mounts == (["./backups:/backups"] if name == "backup" else []), name


def test_nobody_takes_the_whole_machine():
    for name, service in SET["services"].items():
        assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"]), name


def test_each_redis_and_each_sentinel_keeps_its_configuration_on_a_volume_of_its_own():
    volumes = [SERVICES[name]["volumes"][0] for name in REDISES + SENTINELS]
    assert volumes == [f"{name}:/data" for name in REDISES + SENTINELS]
    assert set(SET["volumes"]) == {*REDISES, *SENTINELS}


def test_the_backups_command_makes_one_where_its_volume_is(service, tmp_path):
    service.start()
    service.key("submit")
    (shell, option, script) = JOBS["backup"]["command"]
    (place,) = (one.partition(":")[2] for one in JOBS["backup"]["volumes"])
    assert JOBS["backup"]["networks"] == ["store"]
    (tmp_path / "backups").mkdir()
    told = script.replace("$$", "$").replace(place, str(tmp_path / "backups"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run([shell, option, told], env=service.environ() | {"PATH": path}, check=True, stdout=subprocess.DEVNULL)
    (made,) = (tmp_path / "backups").iterdir()
    assert (made / "manifest.json").exists()


def test_services_have_time_to_end():
    assert all(seconds(SERVICES[name]["stop_grace_period"]) >= GRACE + 15 for name in WINNOWS)


def test_the_services_run_as_the_image_does_and_write_where_it_does():
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    user = re.search(r"--uid[= ](\d+)", image)[1]
    data = re.search(r"WINNOW_DATA=(\S+)", image)[1]
    for name in WINNOWS:
        assert SERVICES[name]["user"].partition(":")[0] == user
        assert data in [mount.partition(":")[0] for mount in SERVICES[name]["tmpfs"]]


def test_every_variable_of_the_example_is_a_setting():
    given = re.findall(r"^#?([A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert "REDIS_URL" in given
    assert set(given) <= {one.variable for one in explained()}


def test_the_example_names_every_sentinel_and_the_set_that_they_watch():
    url = re.search(r"^REDIS_URL=(\S+)", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert url == f"redis+sentinel://{','.join(f'{name}:26379' for name in SENTINELS)}/winnow"
    assert "sentinel monitor winnow " in (ROOT / "deploy" / "redis" / "sentinel.sh").read_text(encoding="utf-8")


def test_nginx_sends_to_each_of_the_services():
    listed = re.findall(r"^server (\S+) ", (ROOT / "deploy/compose/servers.conf").read_text(), re.MULTILINE)
    assert listed == [f"{SERVICES[name]['networks']['front']['ipv4_address']}:8080" for name in WINNOWS]
    mounted = dict(one.split(":")[:2] for one in SERVICES["nginx"]["volumes"])
    assert mounted == {
        "./deploy/nginx.conf": "/etc/nginx/nginx.conf",
        "./deploy/compose/servers.conf": "/etc/nginx/servers.conf",
    }


@dataclass
class Set:
    """The servers of compose.yaml as processes: their own commands, each with a data folder and a port of its own."""

    folder: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in REDISES + SENTINELS})
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            data = self.folder / name
            data.mkdir(exist_ok=True)
            given = SERVICES[name]["environment"]
            environment = {
                "PATH": os.environ["PATH"],
                "NAME": "localhost",
                "PRIMARY": "localhost",
                "PRIMARY_PORT": str(self.ports[given["PRIMARY"]]),
                "PORT": str(self.ports[name]),
                "DATA": str(data),
                "BIND": "127.0.0.1 -::1",
            }
            script = Path(SERVICES[name]["command"][-1])
            command = [*SERVICES[name]["command"][:-1], str(ROOT / "deploy" / "redis" / script.name)]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        for name in names:
            wait_until(self.client(name).ping)

    def client(self, name: str) -> Any:
        return redis.Redis(port=self.ports[name], socket_timeout=5, decode_responses=True)

    def kill(self, *names: str) -> None:
        for name in names:
            self.running[name].kill()
            self.running[name].wait()

    def primary(self) -> str:
        """Whom every sentinel that runs takes for the primary; "" where they differ."""
        told = set()
        for name in SENTINELS:
            if self.running[name].poll() is None:
                told.add(int(self.client(name).sentinel_get_master_addr_by_name("winnow")[1]))
        return next((name for name, port in self.ports.items() if {port} == told), "")

    def settled(self) -> bool:
        """Every sentinel knows all others and both replicas."""
        seen = [self.client(name).sentinel_master("winnow") for name in SENTINELS]
        return all((one["num-slaves"], one["num-other-sentinels"]) == (2, 2) for one in seen)

    def role(self, name: str) -> str:
        return self.client(name).info("replication")["role"]


@pytest.fixture
def redis_set(tmp_path: Path) -> Any:
    if shutil.which("redis-server") is None or shutil.which("redis-sentinel") is None:
        pytest.skip("redis-server is not installed (Debian's packages redis-server and redis-sentinel)")
    one = Set(tmp_path)
    yield one
    for process in one.running.values():
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()


def test_the_servers_make_a_set_that_outlives_its_primary_and_a_loss_of_all_of_it(redis_set):
    redis_set.start(*REDISES, *SENTINELS)
    wait_until(redis_set.settled, 30)
    assert redis_set.primary() == "redis-1"
    first = redis_set.client("redis-1")
    assert first.config_get("append*")["appendfsync"] == "always"
    assert first.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    first.set("before", 1)
    assert first.wait(2, 5000) == 2

    redis_set.kill("redis-1")
    wait_until(lambda: redis_set.primary() not in {"", "redis-1"}, 30)
    chosen = redis_set.primary()
    wait_until(lambda: redis_set.role(chosen) == "master" and redis_set.client(chosen).set("after", 2), 30)

    redis_set.start("redis-1")
    wait_until(lambda: redis_set.role("redis-1") == "slave" and redis_set.client("redis-1").get("after") == "2", 60)
    redis_set.client(chosen).wait(2, 5000)

    redis_set.kill(*REDISES, *SENTINELS)
    redis_set.start(*REDISES, *SENTINELS)
    wait_until(lambda: redis_set.primary() == chosen and redis_set.role("redis-1") == "slave", 60)
    wait_until(lambda: all(redis_set.client(name).mget("before", "after") == ["1", "2"] for name in REDISES), 30)


def test_a_primary_without_replicas_takes_no_writes(redis_set):
    redis_set.start("redis-1", "redis-2")
    first = redis_set.client("redis-1")
    wait_until(lambda: first.set("before", 1))
    redis_set.kill("redis-2")

    def refused() -> bool:
        with contextlib.suppress(redis.ResponseError):
            first.set("after", 2)
            return False
        return True

    wait_until(refused, 30)
    assert first.get("before") == "1"


def test_nginx_accepts_the_addresses_of_compose(tmp_path):
    servers = (ROOT / "deploy" / "compose" / "servers.conf").read_text(encoding="utf-8")
    with nginx_before(tmp_path / "nginx", servers=servers) as nginx:
        assert nginx.complaints() == ""


def test_nginx_sends_to_two_services_and_goes_on_with_one(server, tmp_path):
    services = []
    with contextlib.ExitStack() as stack:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            environment = {"REDIS_URL": server, "WINNOW_WORKERS": "1"}
            services.append(service := Service(tmp_path / name, environment=environment))
            stack.callback(service.stop)
            service.start()
        key = services[0].key("submit")
        servers = "".join(f"server 127.0.0.1:{one.port} max_fails=1 fail_timeout=2s;\n" for one in services)
        nginx = stack.enter_context(nginx_before(tmp_path / "nginx", servers=servers))
        front = Service(tmp_path, port=nginx.port)
        wait_until(lambda: front.raw("GET", "/healthz").status == 200)
        posted = [front.raw("POST", "/v1/comments", key, {"id": f"c-{n}", "body": "Great read."}) for n in range(20)]
        assert {answer.status for answer in posted} == {201}
        asked = [service.raw("GET", "/metrics").data.decode() for service in services]
        counted = [
            re.search(r'requests_total{method="POST",route="/v1/comments",status="201"} (\d+)', one) for one in asked
        ]
        assert all(counted), "each of them took some"
        assert sum(int(one[1]) for one in counted) == 20
        services[0].stop()
        posted = [front.raw("POST", "/v1/comments", key, {"id": f"d-{n}", "body": "Great read."}) for n in range(20)]
        assert {answer.status for answer in posted} == {201}
