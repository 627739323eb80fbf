import shutil

import numpy as np
import pytest

from model.artifact import CARD, MANIFEST, REFERENCE, SEAL, WEIGHTS, ArtifactError, read, write
from model.classifier import Classifier
from model.reference import BINS, BUCKETS, Reference, Spread

SAW = Reference(
    {"en": {"spam": Spread(300, (1.0,) + (0.0,) * (BINS - 1))}}, {"en": Spread(20_000, (1 / BUCKETS,) * BUCKETS)}
)  # fmt: skip


@pytest.fixture
def copy(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "copy")


@pytest.mark.parametrize("name", [WEIGHTS, CARD, MANIFEST, SEAL])
@pytest.mark.parametrize("place", [0.0, 0.37, 0.99])
def test_a_flipped_bit_in_any_file_is_refused(copy, name, place):
    content = bytearray((copy / name).read_bytes())
    content[int(place * len(content))] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ArtifactError):
        Classifier.load(copy)


@pytest.mark.parametrize("name", [WEIGHTS, CARD, MANIFEST, SEAL])
def test_a_missing_file_is_refused(copy, name):
    (copy / name).unlink()
    with pytest.raises(ArtifactError):
        Classifier.load(copy)


def test_numbers_that_are_none_are_refused(copy):
    made = read(copy)
    weights = np.array(made.weights)
    weights[3, 0] = np.nan
    write(copy, made.manifest, weights, "card\n")
    with pytest.raises(ArtifactError, match="NaN"):
        Classifier.load(copy)


def test_a_table_of_the_wrong_shape_is_refused(copy):
    made = read(copy)
    write(copy, made.manifest, np.array(made.weights)[:-1], "card\n")
    with pytest.raises(ArtifactError, match="shape"):
        Classifier.load(copy)


def test_a_table_of_objects_is_never_unpickled(copy):
    np.save(copy / WEIGHTS, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ArtifactError):
        Classifier.load(copy)


@pytest.mark.parametrize(
    "key", ["version", "attributes", "weightings", "served_by", "features", "calibration", "thresholds"]
)
def test_an_incomplete_manifest_is_refused(copy, key):
    made = read(copy)
    manifest = {name: value for name, value in made.manifest.items() if name != key}
    write(copy, manifest, np.array(made.weights), "card\n")
    with pytest.raises(ArtifactError):
        Classifier.load(copy)


def test_writing_the_same_twice_gives_the_same_bytes(tiny_model, tmp_path):
    made = read(tiny_model)
    for folder in ("a", "b"):
        write(tmp_path / folder, made.manifest, np.array(made.weights), "card\n")
    for name in (WEIGHTS, CARD, MANIFEST, SEAL):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.fixture
def referred(copy):
    """The model with a reference beside it."""
    made = read(copy)
    write(copy, made.manifest, np.array(made.weights), "card\n", SAW)
    return copy


def test_a_reference_is_kept_and_scores_nothing(tiny_model, referred):
    with_it, without = Classifier.load(referred), Classifier.load(tiny_model)
    assert without.reference is None
    assert with_it.reference.scores == SAW.scores
    assert with_it.reference.words["en"].shares == pytest.approx(SAW.words["en"].shares, abs=1e-6)
    assert with_it.score(["You are a silly fool"]) == without.score(["You are a silly fool"])
    assert with_it.version == without.version


def test_a_damaged_reference_is_refused(referred):
    content = bytearray((referred / REFERENCE).read_bytes())
    content[40] ^= 1
    (referred / REFERENCE).write_bytes(content)
    with pytest.raises(ArtifactError, match="damaged"):
        Classifier.load(referred)
    (referred / REFERENCE).unlink()
    with pytest.raises(ArtifactError):
        Classifier.load(referred)


@pytest.mark.parametrize("said", [{}, [], {"logits": [0, 1], "scores": {}, "words": {}}, {"scores": {"en": 5}}])
def test_a_reference_of_something_else_is_refused(copy, said):
    made = read(copy)

    class Other:
        def document(self):
            return said

    write(copy, made.manifest, np.array(made.weights), "card\n", Other())
    with pytest.raises(ArtifactError):
        Classifier.load(copy)
