import csv
import gzip
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from model.data import SOURCES, DataError, read
from model.layouts import PUBLIC, tables, unescaped
from model.rows import rows

JIGSAW = ("id", "comment_text", "toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
CIVIL = (
    "comment_text",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
    "white",
)
SIX = {"toxicity": 1.0, "severe_toxicity": 0.0, "obscene": 0.0, "threat": 0.0, "insult": 1.0, "identity_attack": 0.0}


def write_csv(path, names, *records):
    with (gzip.open if path.suffix == ".gz" else open)(path, "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([names, *records])
    return path


def write_parquet(path, names, *records):
    columns = dict(zip(names, map(list, zip(*records, strict=True)), strict=True))
    parquet.write_table(pa.table(columns), path, row_group_size=2)
    return path


def write_jsonl(path, names, *records):
    path.write_text("".join(json.dumps(dict(zip(names, one, strict=True))) + "\n" for one in records))
    return path


WAYS = [("train.csv", write_csv), ("train.csv.gz", write_csv), ("a.parquet", write_parquet), ("b.jsonl", write_jsonl)]


def known(path):
    return [(one.text, one.labels, one.source) for one in read([path])]


@pytest.mark.parametrize(("name", "write"), WAYS)
def test_jigsaw_2018_is_known_by_its_columns(tmp_path, name, write):
    path = write(
        tmp_path / name, JIGSAW, ("00a1", "You fool,\nyou", 1, 0, 0, 0, 1, 0), ("00a2", "Hm", 0, 0, 0, 0, 0, 0)
    )
    assert known(path) == [
        ("You fool,\nyou", SIX, "jigsaw_2018"),
        ("Hm", dict.fromkeys(SIX, 0.0), "jigsaw_2018"),
    ]


@pytest.mark.parametrize("toxicity", ["target", "toxicity"])
@pytest.mark.parametrize(("name", "write"), WAYS)
def test_civil_comments_are_known_by_their_columns_under_either_name_of_toxicity(tmp_path, name, write, toxicity):
    path = write(tmp_path / name, (*CIVIL, toxicity), ("Hm", 0.0, 0.1, 0.0, 0.5, 0.0, 0.2, None, 0.6))
    labels = {"severe_toxicity": 0.0, "obscene": 0.1, "identity_attack": 0.0, "insult": 0.5, "threat": 0.0}
    assert known(path) == [("Hm", labels | {"toxicity": 0.6, "spam": 0.0}, "civil_comments")]


def test_civil_comments_are_known_in_the_spelling_of_tfds(tmp_path):
    path = write_parquet(tmp_path / "x.parquet", ("text", *CIVIL[1:], "toxicity"), ("Hm", *[0.0] * 7, 0.25))
    assert known(path)[0][1]["toxicity"] == 0.25
    assert known(path)[0][2] == "civil_comments"


@pytest.mark.parametrize(("name", "write"), WAYS)
@pytest.mark.parametrize("usage", [(), ("Usage",)])
def test_the_insults_of_2012_are_known_and_their_escapes_undone(tmp_path, name, write, usage):
    path = write(
        tmp_path / name,
        ("Insult", "Date", "Comment", *usage),
        (1, "20120618192155Z", r'"You\nfool,\xa0that\\u2019s all"', *["Test" for _ in usage]),
        (0, "", r'"caf\xc3\xa9 \\"', *["Test" for _ in usage]),
    )
    assert known(path) == [
        ("You\nfool,\xa0that’s all", {"insult": 1.0, "spam": 0.0}, "impermium_insults_2012"),
        ("café \\\\", {"insult": 0.0, "spam": 0.0}, "impermium_insults_2012"),
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"a \"b\" c"', 'a "b" c'),
        (r"\ud83d\ude00", "😀"),
        (r"\U0001F600", "😀"),
        (r"\ud83d alone", "\ufffd alone"),
        (r"\xe2\x80\x99", "’"),
        (r"\\xa0", "\xa0"),
        ('"', '"'),
        ("plain", "plain"),
    ],
)
def test_what_python_escaped_is_undone(written, meant):
    assert unescaped(written) == meant


def test_test_texts_get_the_labels_that_lie_beside_them(tmp_path):
    write_csv(tmp_path / "test.csv", JIGSAW[:2], ("a", "You fool"), ("b", "Hm"), ("c", "Who knows"))
    write_csv(
        tmp_path / "test_labels.csv",
        (JIGSAW[0], *JIGSAW[2:]),
        ("b", *[0] * 6),
        ("a", 1, 0, 0, 0, 1, 0),
        ("c", *[-1] * 6),
    )
    assert known(tmp_path) == [
        ("You fool", SIX, "jigsaw_2018"),
        ("Hm", dict.fromkeys(SIX, 0.0), "jigsaw_2018"),
        ("Who knows", {}, "jigsaw_2018"),
    ]
    found, passed = tables([tmp_path])
    assert [str(table) for table in found] == [
        f"{tmp_path / 'test.csv'}: Jigsaw Toxic Comment Classification 2018, labels from test_labels.csv"
    ]
    assert passed == [f"{tmp_path / 'test_labels.csv'}: labels of test.csv"]


def test_a_companion_without_comments_is_passed_over_in_a_folder_and_refused_by_name(tmp_path):
    write_csv(tmp_path / "sample_submission.csv", ("id", "prediction"), (1, 0.5))
    write_csv(tmp_path / "train.csv", JIGSAW, ("a", "Hm", *[0] * 6))
    found, passed = tables([tmp_path])
    assert [table.path.name for table in found] == ["train.csv"]
    assert len(passed) == 1
    with pytest.raises(DataError, match="no layout that is known"):
        tables([tmp_path / "sample_submission.csv"])


def test_a_file_in_no_layout_is_refused_with_what_it_has_and_what_was_looked_for(tmp_path):
    path = write_csv(tmp_path / "odd.csv", ("words", "verdict"), ("Hm", 1))
    with pytest.raises(DataError, match=r"columns words, verdict; looked for .*comment_text.* and for .*toxicity"):
        tables([path])
    with pytest.raises(DataError, match="columns text, target"):
        tables([write_csv(path, ("text", "target"), ("Hm", 1))])


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.jsonl.gz"])
def test_an_empty_file_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(b"") if name.endswith("gz") else b"")
    with pytest.raises(DataError, match="the columns none"):
        tables([tmp_path / name])


@pytest.mark.parametrize(("name", "write"), WAYS)
@pytest.mark.parametrize("text", ["text", "comment_text", "comment", "body"])
def test_text_and_labels_by_name_are_somebodys_own(tmp_path, name, write, text):
    path = write(tmp_path / name, (text, "toxicity", "language", "source"), ("Moin", 0.5, "de", "herald"))
    assert [(one.text, one.labels, one.source, one.language) for one in read([path])] == [
        ("Moin", {"toxicity": 0.5}, "herald", "de")
    ]


def test_a_parquet_file_may_nest_its_labels(tmp_path):
    path = write_parquet(tmp_path / "x.parquet", ("text", "labels"), ("Hm", {"spam": 1.0, "insult": None}))
    assert known(path) == [("Hm", {"spam": 1.0}, "x")]


def test_a_mark_of_byte_order_is_no_part_of_the_first_column(tmp_path):
    (tmp_path / "x.csv").write_text("text,spam\nHm,1\n", encoding="utf-8-sig")
    assert known(tmp_path / "x.csv") == [("Hm", {"spam": 1.0}, "x")]


def test_every_public_layout_has_a_source_with_a_licence():
    assert all(SOURCES[layout.source].ship for layout in PUBLIC)


@pytest.mark.parametrize(("name", "write"), WAYS)
def test_rows_come_before_the_file_is_read_to_its_end(tmp_path, name, write):
    path = write(tmp_path / name, ("text", "spam"), *[(f"{n} " + "pad" * (n % 99), n % 2) for n in range(40_000)])
    done = []
    stream = rows(path, {"text", "spam"}, done.append)
    next(stream)
    assert sum(done) < path.stat().st_size / 2
    list(stream)
    assert sum(done) == path.stat().st_size
