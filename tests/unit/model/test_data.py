import gzip
import json

import pytest

from model.data import SOURCES, DataError, Example, Skips, Suggested, held_out, keep, read, select
from model.rows import LONGEST_LINE

GOOD = {"text": "Good point", "labels": {"toxicity": 0}, "source": "ours"}


def example(text, source="ours", group="", **labels):
    return Example(text, labels, source, "en", group)


@pytest.fixture
def file(tmp_path):
    def make(name, *rows):
        path = tmp_path / name
        content = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    return make


def test_json_lines_are_read_plain_and_compressed(file):
    for name in ("a.jsonl", "a.jsonl.gz"):
        assert list(read([file(name, GOOD)])) == [example("Good point", toxicity=0.0)]


def test_columns_by_name_are_read_whatever_else_there_is(file):
    path = file("mine.csv", "id,Body,toxic,identity_hate,mood\n1,Good point,0,,x\n2,You fool,1,0,y\n")
    assert list(read([path])) == [
        example("Good point", "mine", toxicity=0.0),
        example("You fool", "mine", toxicity=1.0, identity_attack=0.0),
    ]


def test_a_missing_label_is_unknown(file):
    assert next(read([file("a.jsonl", {"text": "Hm", "labels": {"insult": 1}})])).labels == {"insult": 1.0}


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "line 2: not JSON"),
        ("[]\n", "line 2: not an object"),
        ({"labels": {}}, "row 2: no text"),
        ({"text": "a", "labels": {"spam": "x"}}, "row 2: a label is not a number"),
        ({"text": "a", "labels": {"spam": 2}}, "row 2: a label is not between 0 and 1"),
        ({"text": "a", "labels": {"spam": "nan"}}, "row 2: a label is not between 0 and 1"),
    ],
)
def test_a_bad_row_is_named_after_the_good_ones_came(file, row, complaint):
    found = read([file("a.jsonl", GOOD, row)])
    assert next(found).text == "Good point"
    with pytest.raises(DataError, match=complaint):
        next(found)


def test_bad_rows_are_skipped_and_counted_on_request_with_the_place_of_the_first(file):
    path = file("a.jsonl", GOOD, {"labels": {}}, {"text": "a", "spam": 7}, GOOD, {"text": None})
    skips = Skips()
    assert len(list(read([path], skips))) == 2
    assert list(skips.lines()) == [
        f"skipped 1: a label is not between 0 and 1 (first: {path}, row 3)",
        f"skipped 2: no text (first: {path}, row 2)",
    ]


@pytest.mark.parametrize("mark", [True, 1, "true", "yes"])
def test_labels_that_no_moderator_gave_are_left_out_and_counted_unless_asked_for(file, mark):
    path = file("a.jsonl", GOOD, GOOD | {"text": "Buy now", "suggested": mark}, GOOD | {"suggested": False})
    assert [one.text for one in read([path])] == ["Good point", "Good point"]
    for taken in (True, False):
        suggested = Suggested(taken=taken)
        assert [one.text for one in read([path], suggested=suggested) if one.suggested] == ["Buy now"] * taken
        assert (suggested.met, len(list(suggested.lines()))) == (1, 1)
    assert list(Suggested().lines()) == []


@pytest.mark.parametrize(("cell", "left"), [("1", 0), ("True", 0), ("", 1), ("0", 1), ("false", 1)])
def test_a_table_of_text_says_too_which_labels_no_moderator_gave(file, cell, left):
    assert len(list(read([file("a.csv", f"text,spam,suggested\na,1,{cell}\n")]))) == left


def test_a_mark_is_kept_with_its_example(file, tmp_path):
    path = file("a.jsonl", GOOD | {"suggested": True}, GOOD)
    examples = list(read([path], suggested=Suggested(taken=True)))
    keep(tmp_path / "kept.jsonl.gz", examples)
    assert [one.suggested for one in read([tmp_path / "kept.jsonl.gz"], suggested=Suggested(taken=True))] == [
        True,
        False,
    ]


def test_a_file_of_bad_rows_alone_is_refused_even_then(file):
    with pytest.raises(DataError, match="row 1: a label is not a number; nor can any other row be used"):
        list(read([file("a.csv", "text,spam\na,maybe\nb,perhaps\n")], Skips()))


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.jsonl", b'{"text": "a"}\n\xff\xfe', "line 2: not UTF-8"),
        ("a.jsonl", b"x" * (LONGEST_LINE + 1), "line 1: longer than"),
        ("a.jsonl.gz", b"no gzip", "after line 0: Not a gzipped file"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 99, mtime=0)[:-9], "after line 99: Compressed file ended"),
        (
            "a.jsonl.gz",
            gzip.compress(b'{"text": "a"}\n' * 99, mtime=0)[:-8] + b"12345678",
            "after line 99: CRC check failed",
        ),
        ("a.csv", b"text,spam\n" + b"x" * 200_000, "line 2: field larger than"),
        ("a.csv", b"text,spam\na,0\n\xff,0", "line 3: not UTF-8"),
        ("a.csv", b"text,spam\na,0\nb,0,1\n", "row 2, line 3: 3 cells under 2 columns"),
        ("a.parquet", b"PAR1 and no more", "a.parquet: "),
    ],
)
def test_a_damaged_file_is_named_with_the_place_in_one_line(tmp_path, name, content, place):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=place) as caught:
        list(read([path]))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


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
