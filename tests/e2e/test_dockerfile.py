"""The image, as far as it can be made without an engine: the Dockerfile's steps, executed in a Debian of their own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from service.settings import load_settings
from tests.container import Builder, instructions, mirror
from tests.support import Service, free_port

REPOSITORY = Path(__file__).parents[2]

COPIED = {"requirements.lock", "pyproject.toml", "README.md", "LICENSE", "service", "model"}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    if os.getuid() != 0:
        pytest.skip("takes root, for chroot and mounts")
    if shutil.which("debootstrap") is None:
        pytest.skip("debootstrap is not installed (Debian's package debootstrap)")
    if not mirror():
        pytest.skip("this machine is set up with no mirror of Debian")
    folder = tmp_path_factory.mktemp("image")
    yield Builder(REPOSITORY, folder).build()
    shutil.rmtree(folder)


def everything(image):
    """All files but those of the kernel."""
    for folder, folders, files in os.walk(image.root):
        here = Path("/") / Path(folder).relative_to(image.root)
        folders[:] = [one for one in folders if str(here / one) not in {"/proc", "/sys", "/dev"}]
        yield from (here / one for one in files + folders)


def test_the_context_has_only_what_is_copied():
    kept = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        rest.split()[:-1] for word, rest in instructions((REPOSITORY / "Dockerfile").read_text()) if word == "COPY"
    ]
    assert kept == COPIED
    assert {source for sources in copied for source in sources if "build" not in sources[0]} - {"/winnow"} == COPIED


def test_the_image_has_neither_tools_to_build_with_nor_tests(image):
    paths = list(everything(image))
    programs = {"gcc", "cc", "g++", "clang", "ld", "as", "make", "pip", "pip3", "uv", "git", "curl", "wget", "pytest"}
    assert [path for path in paths if path.name in programs and path.suffix == "" and "bin" in path.parts] == []
    modules = {"pip", "setuptools", "hatchling", "pytest", "ensurepip", "hypothesis", "playwright", "mypy", "ruff"}
    assert [path for path in paths if path.name in modules and "site-packages" in path.parts] == []
    assert [path for path in paths if path.name in {"test", "tests"} and "winnow" in path.parts] == []
    size = sum((image.root / str(path).lstrip("/")).lstat().st_size for path in paths)
    assert size < 1.5e9


def test_the_service_runs_in_it_as_nobody_special_on_a_root_that_cannot_be_written(image, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 10001, 10001)
    assert image.user == "10001:10001"
    port = free_port()
    image.environment |= {"WINNOW_BIND": f"127.0.0.1:{port}", "WINNOW_WORKERS": "1", "WINNOW_DRAIN": "0"}
    mounts = [
        f"mount --bind {data} {image.root}/data",
        f"mount -t tmpfs tmpfs {image.root}/tmp",
        f"mount -o remount,bind,ro {image.root}",
    ]
    within = image.wrapped(*mounts)
    refused = subprocess.run([*within, "touch", "/winnow/new"], capture_output=True, text=True)
    assert "Read-only file system" in refused.stderr
    assert image.command == ["winnow", "serve"]
    one = Service(data, program=(*within, "winnow"), port=port)
    one.start()
    try:
        serving = next(child for child in one.descendants() if child.cmdline()[-2:] == ["/winnow/bin/winnow", "serve"])
        assert serving.uids().real == serving.gids().real == 10001
        answer = one.raw("POST", "/v1/comments", one.key("submit"), {"body": "You stupid, worthless idiot."})
        assert (answer.status, answer.json()["status"]) == (201, "pending")
        assert subprocess.run([*within, *image.health]).returncode == 0
        serving.send_signal(signal.SIGTERM)
        assert one.process.wait(60) == 0, one.printed()
        assert subprocess.run([*within, *image.health], capture_output=True).returncode != 0
    finally:
        one.process.kill()


def test_labels_say_what_it_is(image):
    said = {name.removeprefix("org.opencontainers.image."): value for name, value in image.labels.items()}
    assert (said["title"], said["licenses"]) == ("Winnow", "Apache-2.0")
    assert f'version = "{said["version"]}"' in (REPOSITORY / "pyproject.toml").read_text()
    assert load_settings(environ={**image.environment, "WINNOW_DATA": "/data"}).data == Path("/data")
