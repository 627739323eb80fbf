"""`winnow model publish`, `list` and `rollback`, and what the doctor says of a published model."""

import shutil

import orjson
import pytest
from click.testing import CliRunner

from model import registry
from model.artifact import CARD, MANIFEST, REFERENCE, SEAL, WEIGHTS
from model.checks import Check, Figure
from model.classifier import Classifier
from service.cli import main
from service.store.models import Published
from tests.support import damage

OWN = Classifier.load()
PASSED = (Check("integrity", True, "well"),)


@pytest.fixture
def winnow(redis_url, tmp_path, monkeypatch):
    """Runs a command of `winnow model`; the gate says what `gate` holds."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("WINNOW_DATA", str(tmp_path))
    monkeypatch.setenv("USER", "grace")

    def run(*arguments, gate=PASSED):
        monkeypatch.setattr(registry, "examine", lambda *_: list(gate))
        return CliRunner().invoke(main, ["model", *map(str, arguments)])

    return run


def test_publish_list_and_rollback_by_command(api, winnow, folders):
    done = winnow("publish", folders["stern"], "--site", "herald", "--reason", "new decisions")
    assert done.exit_code == 0, done.output
    assert f"stern is in force for herald; before it was {OWN.version}" in done.stdout
    assert winnow("publish", folders["mild"]).exit_code == 0
    rows = [orjson.loads(line) for line in winnow("list", "--json").stdout.splitlines()]
    assert [(one["version"], one["site"], one["by"], one["reason"], one["in_force"]) for one in rows] == [
        ("mild", None, "grace", "", True),
        ("stern", "herald", "grace", "new decisions", True),
        (OWN.version, None, None, None, False),
    ]
    assert "every site without its own" in winnow("list").stdout
    done = winnow("rollback", "--site", "herald")
    assert done.stdout == "mild is in force for herald\n"
    assert winnow("rollback").stdout == f"{OWN.version} is in force for every site without its own\n"
    done = winnow("rollback")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "nothing published" in done.stderr


def test_the_model_that_the_service_starts_with_can_be_published(winnow, folders):
    assert winnow("publish", folders["stern"]).exit_code == 0
    assert f"{OWN.version} is in force" in winnow("publish").stdout


def test_what_the_gate_refuses_is_published_by_force_with_a_reason_only(winnow, folders):
    failed = (Check("integrity", True, "well"), Check("identity", False, "worse by 0.07"))
    refused = winnow("publish", folders["stern"], gate=failed)
    assert refused.exit_code == 1
    assert "identity: worse by 0.07" in refused.stderr
    assert "integrity" not in refused.stderr
    assert winnow("publish", folders["stern"], "--force", gate=failed).exit_code == 2
    assert len(winnow("list").stdout.splitlines()) == 1
    assert winnow("publish", folders["stern"], "--force", "--reason", "election day", gate=failed).exit_code == 0
    newest = orjson.loads(winnow("list", "--json").stdout.splitlines()[0])
    assert newest["reason"] == "election day (over the gate's identity)"


def test_what_the_gate_said_is_kept_with_the_publication_also_over_its_refusal(winnow, store, folders):
    rise = Figure("false positive rate", 0.07, False, most=0.02)
    failed = (Check("integrity", True, "well"), Check("identity", False, "worse by 0.07", (rise,)))
    winnow("publish", folders["stern"], "--site", "herald", gate=PASSED)
    winnow("publish", folders["mild"], "--site", "herald", "--force", "--reason", "election day", gate=failed)
    winnow("rollback", "--site", "herald")
    published = Published(store)
    back, forced, passed = published.moves(["herald"])
    assert (back.back, back.gated, published.report(back)) == (True, False, None)
    assert (passed.gated, published.report(passed).checks) == (True, PASSED)
    assert published.report(forced).against == "stern"
    assert published.report(forced).refused == ("identity",)
    assert published.report(forced).checks == failed


@pytest.mark.parametrize("name", [MANIFEST, SEAL, WEIGHTS, CARD, REFERENCE])
def test_a_damaged_model_is_not_published(winnow, folders, tmp_path, name):
    folder = shutil.copytree(folders["stern"], tmp_path / "damaged")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    done = winnow("publish", folder, "--force", "--reason", "no way")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert len(winnow("list").stdout.splitlines()) == 1


def test_doctor_says_what_is_published_and_what_is_damaged(winnow, store, folders, loaded):
    winnow("publish", folders["stern"])
    assert "stern is published for every site without its own" in CliRunner().invoke(main, ["doctor"]).stdout
    damage(store, loaded["stern"].digest, CARD)
    done = CliRunner().invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "FAIL  model: stern is published for every site without its own but cannot be used" in done.stdout
