"""The manifests are what Kubernetes wants, in every version that is around, and their commands do what they are for.

No cluster runs here. What a container is told to do is done on this machine, on a service that really runs.
"""

import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import orjson
import pytest
import redis
import yaml

from service.app import create_app
from service.settings import GRACE, explained, load_settings
from tests.documentation.shell import refused, winnow_calls
from tests.support import wait_until

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(path for path in FOLDER.rglob("*.yaml") if path.name != "kustomization.yaml")
VERSIONS = [version for version in kubernetes_validate.utils.all_versions() if int(version.split(".")[1]) >= 27]
"""From the first with all that is used: a CronJob's time zone."""


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


MANIFESTS = {(one["kind"], one["metadata"]["name"]): one for path in FILES for one in documents(path)}
DEPLOYMENT = MANIFESTS["Deployment", "winnow"]


def pods() -> list[tuple[str, dict[str, Any]]]:
    """The pods of all workloads, by the workload's kind and name."""
    found = []
    for (kind, name), one in MANIFESTS.items():
        if kind in {"Deployment", "StatefulSet"}:
            found.append((f"{kind} {name}", one["spec"]["template"]))
        if kind == "CronJob":
            found.append((f"{kind} {name}", one["spec"]["jobTemplate"]["spec"]["template"]))
    return found


PODS = dict(pods())
CONTAINERS = {name: pod["spec"]["containers"][0] for name, pod in PODS.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_manifest_is_what_each_version_of_kubernetes_wants(path):
    assert len(VERSIONS) > 5
    for version, one in itertools.product(VERSIONS, documents(path)):
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("folder", ["base", "trial"])
def test_a_kustomization_lists_every_manifest_and_no_other(folder):
    listed = yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    there = [path.name for path in FILES if path.parent.name == folder and ".example" not in path.suffixes]
    assert sorted(one for one in listed if one != "../base") == there


def test_the_image_is_the_version_that_this_is():
    (image,) = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text(encoding="utf-8"))["images"]
    assert image["newTag"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    others = {one["image"] for one in CONTAINERS.values()} - {image["name"]}
    assert all(re.search(r":\d+\.\d+\.\d+(-\w+)?$", one) for one in others)


def test_everything_is_in_one_namespace():
    spaces = {one["metadata"].get("namespace") for (kind, _), one in MANIFESTS.items() if kind != "Namespace"}
    assert spaces == {"winnow"}


def test_every_pod_is_what_the_restricted_profile_wants_and_writes_on_volumes_alone():
    enforced = MANIFESTS["Namespace", "winnow"]["metadata"]["labels"]
    assert enforced["pod-security.kubernetes.io/enforce"] == "restricted"
    for name, pod in PODS.items():
        (container,) = pod["spec"]["containers"]
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True, name
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
        assert "memory" in container["resources"]["limits"], name


def test_pods_of_winnow_run_as_the_image_does_and_write_where_it_does():
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    user = int(re.search(r"--uid[= ](\d+)", image)[1])
    data = MANIFESTS["ConfigMap", "winnow"]["data"]["WINNOW_DATA"]
    assert f"WINNOW_DATA={data}" in image
    for name, pod in PODS.items():
        if CONTAINERS[name]["image"] == "winnow":
            assert pod["spec"]["securityContext"]["runAsUser"] == user, name
            assert {data, "/tmp"} <= {one["mountPath"] for one in CONTAINERS[name]["volumeMounts"]}, name
            claimed = {one["name"] for one in CONTAINERS[name]["volumeMounts"]}
            assert claimed == {one["name"] for one in pod["spec"]["volumes"]}, name


def test_every_selector_finds_the_pods_that_it_is_for():
    def finds(selector: dict[str, str], name: str) -> bool:
        return selector.items() <= PODS[name]["metadata"]["labels"].items()

    assert finds(MANIFESTS["Service", "winnow"]["spec"]["selector"], "Deployment winnow")
    assert not finds(MANIFESTS["Service", "winnow"]["spec"]["selector"], "CronJob winnow-retraining")
    assert finds(MANIFESTS["PodDisruptionBudget", "winnow"]["spec"]["selector"]["matchLabels"], "Deployment winnow")
    assert finds(MANIFESTS["Service", "redis"]["spec"]["selector"], "StatefulSet redis")
    for name in PODS:
        policy = "redis" if name == "StatefulSet redis" else "winnow"
        assert finds(MANIFESTS["NetworkPolicy", policy]["spec"]["podSelector"]["matchLabels"], name)
    for kind, one in (("Deployment", "winnow"), ("StatefulSet", "redis")):
        assert finds(MANIFESTS[kind, one]["spec"]["selector"]["matchLabels"], f"{kind} {one}")
    for constraint in PODS["Deployment winnow"]["spec"]["topologySpreadConstraints"]:
        assert finds(constraint["labelSelector"]["matchLabels"], "Deployment winnow")


def leads(path: dict[str, Any], rule: str) -> bool:
    """Whether an Ingress sends there: a prefix is one of whole parts of the path."""
    if path["pathType"] == "Prefix":
        return f"{rule}/".startswith(f"{path['path'].rstrip('/')}/")
    return rule == path["path"]


def test_every_path_that_is_asked_or_published_is_one_of_the_service(tmp_path):
    app = create_app(load_settings(environ={"WINNOW_DATA": str(tmp_path)}), "unix:///nowhere")
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    container = CONTAINERS["Deployment winnow"]
    probed = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness", "startup")}
    scraped = PODS["Deployment winnow"]["metadata"]["annotations"]["prometheus.io/path"]
    assert probed | {scraped} <= rules
    (rule,) = MANIFESTS["Ingress", "winnow"]["spec"]["rules"]
    paths = rule["http"]["paths"]
    assert all(any(leads(path, one) for one in rules) for path in paths)
    closed = {one for one in rules if not any(leads(path, one) for path in paths)}
    assert closed == probed | {scraped}


def test_ports_are_told_by_names_that_are_there():
    container = CONTAINERS["Deployment winnow"]
    (port,) = container["ports"]
    assert MANIFESTS["ConfigMap", "winnow"]["data"]["WINNOW_BIND"].endswith(f":{port['containerPort']}")
    assert {container[f"{kind}Probe"]["httpGet"]["port"] for kind in ("liveness", "readiness", "startup")} == {"http"}
    assert [one["targetPort"] for one in MANIFESTS["Service", "winnow"]["spec"]["ports"]] == [port["name"]]
    allowed = MANIFESTS["NetworkPolicy", "winnow"]["spec"]["ingress"][0]["ports"]
    assert [one["port"] for one in allowed] == [port["containerPort"]]


def test_a_pod_has_time_to_answer_what_it_was_asked():
    drain = int(MANIFESTS["ConfigMap", "winnow"]["data"]["WINNOW_DRAIN"])
    assert DEPLOYMENT["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= drain + GRACE + 15


def test_an_update_takes_no_service_away_before_another_is_there():
    assert DEPLOYMENT["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert MANIFESTS["HorizontalPodAutoscaler", "winnow"]["spec"]["minReplicas"] >= 3
    assert "replicas" not in DEPLOYMENT["spec"], "it would undo what the autoscaler did"


def test_every_variable_is_a_setting():
    known = {one.variable for one in explained()}
    assert set(MANIFESTS["ConfigMap", "winnow"]["data"]) <= known
    assert set(MANIFESTS["Secret", "winnow"]["stringData"]) <= known
    for name, container in CONTAINERS.items():
        assert {one["name"] for one in container.get("env", [])} <= known | {"WORK", "BACKUPS", "KEEP"}, name
    for container in CONTAINERS.values():
        if container["image"] == "winnow":
            refs = [next(iter(one.values()))["name"] for one in container["envFrom"]]
            assert refs == ["winnow", "winnow"]


def test_the_settings_of_the_config_map_can_be_used():
    load_settings(environ=MANIFESTS["ConfigMap", "winnow"]["data"])


def test_every_command_of_winnow_is_one_that_there_is():
    seen = 0
    for name, container in CONTAINERS.items():
        if container["image"] == "winnow":
            script = "\n".join(container.get("args", [])) or " ".join(container["command"])
            for call in winnow_calls(script):
                assert refused(call) == "", f"{name}: {call}"
                seen += 1
    assert seen >= 4


def test_redis_of_the_trial_keeps_what_it_is_given(tmp_path):
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed (Debian's package redis-server)")
    container = CONTAINERS["StatefulSet redis"]
    told = [word.replace("/data", str(tmp_path)) for word in [*container["command"], *container["args"]]]
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen([*told, "--port", "0", "--unixsocket", str(socket)], stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(unix_socket_path=str(socket), decode_responses=True)
        wait_until(client.ping)
        kept = client.config_get("append*") | client.config_get("maxmemory-policy")
        assert (kept["appendonly"], kept["appendfsync"], kept["maxmemory-policy"]) == ("yes", "always", "noeviction")
    finally:
        process.terminate()
        process.wait(20)


LOCAL = ("badger hugger", "bridge toll shill", "harbour rat", "kiosk gnome", "tram goblin", "puddle lord", "weir troll")
DECENT = (
    "badger expert",
    "bridge engineer",
    "harbour master",
    "kiosk owner",
    "tram driver",
    "pond warden",
    "weir keeper",
)
WHERE = ("on Monday", "in the hall", "at the fair", "by the river", "near the school", "after the vote", "in May")
HOW = ("You are such a", "What a", "Typical", "Spoken like a true", "Once again a")


def decided(service: Any, pairs: int) -> None:
    """So many comments rejected as insults, by words of this town, and as many approved."""
    keys = {role: service.key(role) for role in ("submit", "moderate", "admin")}
    policy = service.raw("GET", "/v1/policy", keys["admin"]).json()
    assert service.raw("PUT", "/v1/policy", keys["admin"], policy | {"mode": "pre"}).status == 200
    texts = [
        (f"{how} {who} {where}", bad)
        for how, where in itertools.product(HOW, WHERE)
        for who, bad in itertools.chain.from_iterable(zip(zip(LOCAL, [True] * 7), zip(DECENT, [False] * 7)))  # noqa: B905
    ][: 2 * pairs]
    posts = [{"id": f"c-{n}", "body": text, "language": "en"} for n, (text, _) in enumerate(texts)]
    answer = service.raw("POST", "/v1/comments/batch", keys["submit"], {"comments": posts})
    assert answer.status == 200, answer.data
    says = {True: {"action": "reject", "labels": ["insult"]}, False: {"action": "approve"}}
    decisions = [{"id": f"c-{n}", **says[bad]} for n, (_, bad) in enumerate(texts)]
    answer = service.raw("POST", "/v1/decisions", keys["moderate"], {"decisions": decisions})
    assert answer.status == 200, answer.data
    assert {one["status"] for one in answer.json()["results"]} == {"approved", "rejected"}


def retrain(service: Any, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The job of the manifest: its own command and script, with the settings of a service that runs."""
    folder.mkdir(exist_ok=True)
    container = CONTAINERS["CronJob winnow-retraining"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {one["name"]: one["value"] for one in container["env"]} | {"WORK": str(folder), "PATH": path}
    assert own["WINNOW_SITE"] == "herald"
    return subprocess.run(
        [*container["command"], *container["args"]], env=service.environ() | own, capture_output=True, text=True
    )


def in_force(service: Any, key: str) -> Any:
    return service.raw("GET", "/v1/model", key).json()["version"]


def test_the_job_publishes_a_model_that_the_gate_lets_through(service, tmp_path):
    service.start()
    decided(service, 245)
    key = service.key("submit")
    before = in_force(service, key)
    done = retrain(service, tmp_path / "work")
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: in_force(service, key) != before)
    told = [orjson.loads(line) for line in service.command("model", "list", "--json").stdout.splitlines()]
    assert told[0]["version"] == in_force(service, key)
    assert b"retraining" in service.command("model", "list").stdout


def test_the_job_ends_with_an_error_and_publishes_nothing_where_decisions_are_few(service, tmp_path):
    service.start()
    decided(service, 20)
    key = service.key("submit")
    before = in_force(service, key)
    done = retrain(service, tmp_path / "work")
    assert done.returncode == 1
    assert "the gate refuses" in done.stderr
    assert in_force(service, key) == before
    assert not service.command("model", "list", "--json").stdout.count(b"retraining")


def test_the_job_of_the_night_makes_backups_and_keeps_the_newest(service, tmp_path):
    service.start()
    key = service.key("submit")
    assert service.raw("POST", "/v1/comments", key, {"id": "c-1", "body": "Great read, thanks!"}).status == 201
    container = CONTAINERS["CronJob winnow-backup"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    (tmp_path / "backups").mkdir()
    for day in range(10, 14):
        (tmp_path / "backups" / f"2026-11-{day}T030000Z").mkdir()
    own = {"BACKUPS": str(tmp_path / "backups"), "KEEP": "3", "PATH": path}
    done = subprocess.run(
        [*container["command"], *container["args"]], env=service.environ() | own, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kept = sorted(one.name for one in (tmp_path / "backups").iterdir())
    assert kept[:2] == ["2026-11-12T030000Z", "2026-11-13T030000Z"]
    assert len(kept) == 3
    assert any((tmp_path / "backups" / kept[2]).iterdir())


def test_the_job_ends_at_its_first_step_that_fails(service, tmp_path):
    done = retrain(service, tmp_path / "work")
    assert done.returncode != 0
    assert not (tmp_path / "work" / "candidate").exists()
