import gzip
import json

import pytest

from model.data import SOURCES, DataError, Example, held_out, read, select


def example(text, source="ours", group="", **labels):
    return Example(text, labels, source, "en", group)


@pytest.fixture
def file(tmp_path):
    def make(name, *rows):
        path = tmp_path / name
        content = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return make


def test_json_lines_are_read_plain_and_compressed(file):
    row = {"text": "Good point", "labels": {"toxicity": 0}, "source": "ours"}
    for name in ("a.jsonl", "a.jsonl.gz"):
        assert list(read([file(name, row)])) == [example("Good point", toxicity=0.0)]


def test_a_csv_of_the_jigsaw_layout_is_read(file):
    path = file("mine.csv", "id,comment_text,toxic,identity_hate\n1,Good point,0,\n2,You fool,1,0\n")
    assert list(read([path])) == [
        example("Good point", "mine", toxicity=0.0),
        example("You fool", "mine", toxicity=1.0, identity_attack=0.0),
    ]


def test_a_missing_label_is_unknown(file):
    assert next(read([file("a.jsonl", {"text": "Hm", "labels": {"insult": 1}})])).labels == {"insult": 1.0}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "line 1: not JSON"),
        ("[]\n", "line 1: not an object"),
        ({"labels": {}}, "row 1: no text"),
        ({"text": "a", "labels": {"spam": "x"}}, "row 1: a label is not a number"),
        ({"text": "a", "labels": {"spam": 2}}, "row 1: a label is not between 0 and 1"),
    ],
)
def test_a_bad_row_is_named(file, row, complaint):
    with pytest.raises(DataError, match=complaint):
        list(read([file("a.jsonl", row)]))


@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", b"\xff\xfe"), ("a.jsonl.gz", b"no gzip"), ("a.csv", b"text\n" + b"x" * 200_000)]
)
def test_a_file_of_another_kind_is_named(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=name):
        list(read([path]))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        list(read([tmp_path / "none.jsonl"]))


def test_a_source_that_must_not_ship_is_left_out_and_said_so():
    kept, skipped = select([example("a", "davidson_tweets", toxicity=1), example("b", toxicity=1)])
    assert [one.text for one in kept] == ["b"]
    assert list(skipped) == ["davidson_tweets: MIT; platform terms, must not train what ships"]


def test_experiments_may_take_all_sources():
    kept, skipped = select([example("a", "davidson_tweets", toxicity=1)], all_sources=True)
    assert len(kept) == 1
    assert not skipped


def test_a_text_that_is_measured_on_is_not_trained_on():
    kept, skipped = select([example("  HELLO you", toxicity=0)], against=[example("hello you")])
    assert kept == []
    assert skipped == {"text occurs in an evaluation file": 1}


def test_the_same_text_from_two_sources_becomes_one_row_with_the_labels_of_both():
    kept, skipped = select([example("Hello", toxicity=0), example("hello", "other", toxicity=1, spam=0)])
    assert kept == [example("Hello", toxicity=0, spam=0)]
    assert skipped.total() == 1


def test_rows_without_a_label_or_a_text_are_skipped():
    kept, skipped = select([example("Hello"), example(" \u200b", toxicity=0)])
    assert kept == []
    assert skipped.total() == 2


def test_the_rows_of_a_group_are_held_out_together():
    rows = [example(f"{n}", group=f"g{n % 20}", spam=1) for n in range(200)]
    chosen = held_out(rows, 0.3, 1)
    for n in range(20):
        assert len(set(chosen[n::20])) == 1
    assert 0 < sum(chosen) < 200


def test_a_tokenised_source_loses_its_casing_and_its_spaces(file):
    path = file("a.jsonl", {"text": "Do n't go , It 's ( very ) late !", "labels": {}, "source": "paradetox"})
    assert next(read([path])).text == "don't go, it's (very) late!"


def test_every_known_source_names_its_licence():
    assert all(source.name and source.licence for source in SOURCES.values())
