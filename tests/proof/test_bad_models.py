"""A damaged or forged model is refused, nothing in it runs, and the model in force goes on.

Damage is found by digests. A forged model has right digests: what it says and the numbers in it are what is looked at.
"""

import json
import pickle
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from model.artifact import MANIFEST, SEAL, WEIGHTS, ArtifactError, read
from model.classifier import Classifier
from service.app import create_app
from service.cli import main
from service.settings import load_settings
from service.store.models import EVERY_SITE, IN_FORCE, PIECE, Change
from tests.conftest import quiet
from tests.proof.forging import FILES, Bomb, damages, manifests, mutated, others, places, reseal, said, tables
from tests.proof.loading import TEXT
from tests.support import Service, model_like, small_model

MIB = 512
"""Memory that loading may take beside what the model in force has."""


NOT_STARTED = re.compile("Error: (web|worker) does not start; the lines above say why")
"""The last line of a service whose model cannot be used, whichever process looked first; the line above it begins with
the model's folder."""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def canary(tmp_path) -> Iterator[Path]:
    """What unpickling leaves behind; a pickle of it is one that works."""
    path = tmp_path / "canary"
    pickle.loads(pickle.dumps(Bomb(path), protocol=0))
    path.rmdir()
    yield path
    assert not path.exists(), "something in a model was executed"


def forged(small: Path, into: Path, canary: Path, *, stored: bool = False) -> dict[str, Path]:
    """Every forged model in a folder of its own; only those that could be in a store, if asked."""
    forges = {**tables(canary), **manifests(), **others(canary), **({} if stored else places())}
    made = {}
    for number, (name, forge) in enumerate(forges.items()):
        made[name] = folder = into / f"forged-{number}"
        shutil.copytree(small, folder)
        forge(folder)
    return made


def loaded(folders: Iterable[Path], gated: int = 0) -> tuple[list[str], int]:
    """What came of loading each, in a process of bounded memory; and by how many bytes that grew."""
    lines = "".join(f"{folder}\n" for folder in folders)
    command = [sys.executable, "-m", "tests.proof.loading", str(MIB), str(gated)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=300)
    *outcomes, grown = map(json.loads, done.stdout.splitlines())
    return outcomes, grown


def test_a_flipped_bit_or_a_missing_end_of_any_file_is_refused(proof, small, tmp_path):
    folder = shutil.copytree(small, tmp_path / "damaged")
    flips = proof.size(60, 1500)
    tried = refused = 0
    for _ in damages(folder, random.Random(9), flips):
        tried += 1
        try:
            read(folder)
        except ArtifactError:
            refused += 1
    read(folder)  # whole again
    assert refused == tried
    proof.figures(damaged=tried, refused=refused, used=tried - refused)


def test_a_forged_model_is_refused_without_executing_it_or_filling_the_memory(proof, small, tmp_path, canary):
    folders = forged(small, tmp_path, canary)
    outcomes, grown = loaded([*folders.values(), small])
    *outcomes, whole = outcomes
    assert whole == "scores"
    assert {name: one for name, one in zip(folders, outcomes, strict=True) if one != "refused"} == {}
    assert grown < MIB << 20
    proof.figures(forged=len(folders), refused=len(outcomes), executed=0, MiB_of_memory=round(grown / 2**20))


def test_whatever_is_changed_in_a_manifest_or_a_table_no_score_is_ever_none(proof, small, tmp_path):
    draw = random.Random(10)
    folders = []
    for number in range(proof.size(60, 600)):
        folders.append(shutil.copytree(small, tmp_path / f"changed-{number}"))
        if number % 3:
            reseal(folders[-1], mutated(said(folders[-1]), draw))
            continue
        content = bytearray((folders[-1] / WEIGHTS).read_bytes())
        for _ in range(draw.choice((1, 4, 64, 4096))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        (folders[-1] / WEIGHTS).write_bytes(content)
        reseal(folders[-1])
    outcomes, _ = loaded(folders, gated=proof.size(1, 4))
    assert {one for one in outcomes if one not in {"refused", "scores"}} == set()
    usable = outcomes.count("scores")
    proof.figures(changed=len(outcomes), refused=len(outcomes) - usable, scoring_numbers=usable, scoring_none=0)


def test_no_forged_model_is_published_by_command(proof, small, tmp_path, canary, redis_url):
    settings = {"REDIS_URL": redis_url, "WINNOW_DATA": str(tmp_path / "data"), "WINNOW_MODEL": str(small)}
    folders = forged(small, tmp_path, canary)
    chosen = list(folders.items())[:: proof.size(7, 1)]
    published = []
    for name, folder in chosen:
        done = CliRunner().invoke(main, ["model", "publish", str(folder), "--force", "--reason", "mine"], env=settings)
        clear = isinstance(done.exception, SystemExit) and done.stderr.startswith("Error: ")
        if done.exit_code != 1 or not clear:
            published.append((name, done.exit_code, done.output))
    assert published == []
    listed = CliRunner().invoke(main, ["model", "list", "--json"], env=settings).stdout.splitlines()
    assert [json.loads(one)["published_at"] for one in listed] == [None]
    proof.figures(publications=len(chosen), refused=len(chosen), in_force=0)


def test_what_is_forged_in_redis_never_serves(proof, small, tmp_path, canary, app, store):  # noqa: PLR0913, PLR0917
    parts = app.extensions["winnow"]
    mild = model_like(small, tmp_path / "mild", "mild", -2.0)
    publish = parts.publishing.publish
    publish(EVERY_SITE, mild, Classifier.load(mild, compiled=False), Change("op-mild", "operator", ""))
    parts.models.look()
    good = parts.models.in_force("herald").digest
    before = parts.models.in_force("herald").score([TEXT])
    victim = tmp_path / "victim"
    victim.mkdir()
    whole = _stored(store, small)
    assert _put_in_force(parts, store, whole, good) == whole, "what is put there by this hand would serve"
    names = ["../victim", str(victim), "..", ".", "", "\0", "x" * 5000, f"{good}/../../victim", "*", "0" * 63 + "G"]
    forges = forged(small, tmp_path, canary, stored=True)
    digests = {name: name for name in names} | {"whole, under another's name": _stored(store, small, "e" * 64)}
    digests |= {name: _stored(store, folder) for name, folder in forges.items()}
    for name, digest in digests.items():
        assert _put_in_force(parts, store, digest, good) == good, name
        assert victim.exists()
    assert parts.models.in_force("herald").score([TEXT]) == before
    proof.figures(forged_in_Redis=len(digests), served=0)


def _stored(store, folder: Path, digest: str = "") -> str:
    """Puts the files of a model where a publication would, under its own digest or another; gives that."""
    digest = digest or (folder / SEAL).read_text().partition(" ")[0]
    contents = {name: (folder / name).read_bytes() for name in FILES}
    pieces = {
        f"{name}/{at // PIECE}": content[at : at + PIECE]
        for name, content in contents.items()
        for at in range(0, len(content) or 1, PIECE)
    }
    strange = {"../../canary/0": b"x", "..": b"x", "evil.so/0": b"x", "weights.npy/x": b"x"}
    store._client.hset(f"{{winnow}}:model:{digest}", mapping=pieces | strange)
    return digest


def _put_in_force(parts, store, digest: str, before: str) -> str:
    """Writes that a model is in force, and that one before it; gives the one that serves from then on."""
    store._client.hset(IN_FORCE, EVERY_SITE, f"{digest}\n{before}")
    store._client.hincrby(IN_FORCE, "#", 1)
    parts.models.look()
    return parts.models.in_force("herald").digest


def test_a_key_of_another_type_or_with_too_much_in_it_stops_nobody(small, tmp_path, app, store):
    parts = app.extensions["winnow"]
    mild = model_like(small, tmp_path / "mild", "mild", -2.0)
    change = Change("op-mild", "operator", "")
    parts.publishing.publish(EVERY_SITE, mild, Classifier.load(mild, compiled=False), change)
    parts.models.look()
    good = parts.models.in_force("herald").digest
    client, bad = store._client, "1" * 64
    for make in (
        lambda key: client.set(key, "x"),
        lambda key: client.hset(key, mapping={f"weights.npy/{n}": "x" for n in range(2000)}),
        lambda key: client.hset(key, "weights.npy/0", "x" * ((1 << 18) + 1)),
        lambda key: client.hset(key, b"\xff", "x"),
    ):
        client.delete(f"{{winnow}}:model:{bad}")
        make(f"{{winnow}}:model:{bad}")
        client.hset(IN_FORCE, EVERY_SITE, f"{bad}\n{good}")
        client.hincrby(IN_FORCE, "#", 1)
        parts.models.look()
        assert parts.models.in_force("herald").digest == good
    client.hset(IN_FORCE, "#", "many")
    parts.models.look()
    assert parts.models.in_force("herald").digest == good
    client.delete(IN_FORCE)
    client.set(IN_FORCE, "x")
    parts.models._looked = 0.0  # as if the time for a look had come
    assert parts.models.in_force("herald").digest == good


def test_a_hosts_copy_that_somebody_forged_is_fetched_again(  # noqa: PLR0913, PLR0917
    proof, small, tmp_path, canary, app, redis_url
):
    parts = app.extensions["winnow"]
    mild = model_like(small, tmp_path / "mild", "mild", -2.0)
    whole = Classifier.load(mild, compiled=False)
    parts.publishing.publish(EVERY_SITE, mild, whole, Change("op-mild", "operator", ""))
    host = tmp_path / "host"
    copy = host / "models" / whole.digest
    copy.parent.mkdir(parents=True)
    folders = forged(small, tmp_path, canary)
    stranger = create_app(quiet(host), redis_url).extensions["winnow"].models
    chosen = list(folders.items())[:: proof.size(9, 1)]
    for name, folder in chosen:
        shutil.rmtree(copy, ignore_errors=True)
        folder.rename(copy)
        stranger._epoch, stranger._loaded = -1, {}  # as a worker that starts
        stranger.look()
        assert stranger.in_force("herald").digest == whole.digest, name
        assert read(copy).digest == whole.digest, name
    shutil.rmtree(copy)
    (tmp_path / "elsewhere").mkdir()
    copy.symlink_to(tmp_path / "elsewhere")
    stranger._epoch, stranger._loaded = -1, {}
    stranger.look()
    assert stranger.in_force("herald").digest == whole.digest
    assert not copy.is_symlink()
    assert (tmp_path / "elsewhere").exists()
    proof.figures(forged_copies=len(chosen) + 1, served=0)


def test_a_service_does_not_start_with_a_forged_model_and_says_why(proof, small, tmp_path, canary):
    folders = forged(small, tmp_path, canary)
    wanted = list(folders.values())[:: proof.size(len(folders), 5)]

    def refused(folder: Path) -> bool:
        one = Service(folder.with_name(f"{folder.name}-data"), environment={"WINNOW_MODEL": str(folder)})
        one.data.mkdir()
        done = subprocess.run([*one.program, "serve"], env=one.environ(), capture_output=True, timeout=60)
        *_, why, last = ["", *done.stderr.decode().splitlines()]
        return done.returncode == 1 and bool(NOT_STARTED.fullmatch(last)) and why.startswith(str(folder))

    with ThreadPoolExecutor(2) as starting:
        outcomes = list(starting.map(refused, wanted))
    assert all(outcomes), [str(folder) for folder, one in zip(wanted, outcomes, strict=True) if not one]
    for folder in folders.values():
        environ = {"WINNOW_DATA": str(tmp_path / "data"), "WINNOW_MODEL": str(folder)}
        with pytest.raises(ArtifactError):
            create_app(load_settings(environ=environ), "redis://127.0.0.1:1")
    proof.figures(starts=len(wanted), refused=sum(outcomes))
    assert (small / MANIFEST).exists()
