"""A release is the same bytes whoever builds it, and holds what it should."""

import hashlib
import json
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply.locked import ROOT, at_run_time, pins
from supply.release import bill_of_materials, build, release

EPOCH = 1_700_000_000


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout: a release is made of a commit (Debian's package git)")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def copy(folder: Path, time: int, umask: int) -> Path:
    """The tracked files elsewhere, dated otherwise, with other rights."""
    before = os.umask(umask)
    try:
        for name in tracked():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((ROOT / name).read_bytes())
            os.utime(place, (time, time))
    finally:
        os.umask(before)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """Two builds of the same files: in different folders, at different times, with different rights and time zones."""
    made = []
    for n, (time, umask, zone) in enumerate([(1_600_000_000, 0o022, "UTC"), (1_790_000_001, 0o077, "Asia/Tokyo")]):
        source = copy(tmp_path_factory.mktemp(f"source-{'x' * 20 * n}"), time, umask)
        out = tmp_path_factory.mktemp("out")
        before, os.environ["TZ"] = os.environ.get("TZ", ""), zone
        mask = os.umask(umask)
        try:
            made.append(build(source, out, EPOCH))
        finally:
            os.umask(mask)
            os.environ["TZ"] = before
            if not before:
                del os.environ["TZ"]
    return made


def members(sdist: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(sdist) as archive:
        return archive.getmembers()


def digests(files: list[Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_two_builds_in_different_places_and_at_different_times_are_the_same_bytes(built):
    first, second = map(digests, built)
    assert len(first) == 2
    assert first == second


def test_another_commit_is_another_release(built, tmp_path):
    source = copy(tmp_path / "source", EPOCH, 0o022)
    (source / "service" / "__init__.py").write_text('"""Changed."""\n')
    (tmp_path / "out").mkdir()
    assert not set(digests(build(source, tmp_path / "out", EPOCH)).values()) & set(digests(built[0]).values())


def test_the_wheel_holds_all_that_runs_and_nothing_that_tests(built):
    names = set(zipfile.ZipFile(built[0][0]).namelist())
    rooms = {name.partition("/")[0] for name in names}
    assert {one for one in rooms if not one.endswith(".dist-info")} == {"service", "model"}
    wanted = {name for name in tracked() if name.startswith(("service/", "model/"))}
    assert wanted - names == set()
    assert {name for name in names if "/tests/" in name or name.endswith(".pyc")} == set()
    for needed in ("model/default/weights.npy", "service/store/lua/accept.lua", "model/UNICODE-LICENSE.txt"):
        assert needed in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_source_holds_what_is_tracked_and_nothing_else(built):
    names = {member.name.partition("/")[2] for member in members(built[0][1])}
    assert names - set(tracked()) == {"PKG-INFO"}
    assert {"pyproject.toml", "requirements.lock", "LICENSE", "tests/support.py", "docs/index.md"} <= names


def test_the_bill_of_materials_names_all_that_runs_with_version_digests_and_licence():
    bill = bill_of_materials()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None
    locked = pins()
    told = {one["name"]: one for one in bill["components"]}
    assert {name.lower().replace("_", "-").replace(".", "-") for name in told} == at_run_time()
    for one in told.values():
        name = one["name"].lower().replace("_", "-").replace(".", "-")
        assert one["version"] == locked[name].version
        assert one["licenses"][0]["expression"] != "unknown"
        assert any(reference.get("hashes") for reference in one["externalReferences"])
    assert bill == bill_of_materials()


def test_a_release_is_of_the_commit_and_its_checksums_are_true(tmp_path):
    tracked()
    stray = ROOT / "service" / "stray-file-of-a-test.txt"
    stray.write_text("not committed")
    try:
        files = release(tmp_path / "dist")
    finally:
        stray.unlink()
    wheel, sdist, bill, sums = files
    held = [*zipfile.ZipFile(wheel).namelist(), *(member.name for member in members(sdist))]
    assert not [name for name in held if stray.name in name]
    told = dict(reversed(line.split("  ")) for line in sums.read_text().splitlines())
    assert told == digests([wheel, sdist, bill])
    when = int(subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True).stdout)
    assert {member.mtime for member in members(sdist)} == {when}
