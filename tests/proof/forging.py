"""Models made to do harm: damaged, or wrong in what they say with digests that are right all the same."""

import hashlib
import io
import json
import os
import pickle
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from model.artifact import CARD, MANIFEST, REFERENCE, SEAL, WEIGHTS

FILES = (MANIFEST, SEAL, WEIGHTS, CARD, REFERENCE)

Forge = Callable[[Path], None]

HUGE = 10**400
NOT_THESE = (
    None,
    True,
    "x",
    "",
    -1,
    0,
    2**63,
    HUGE,
    1e308,
    [],
    {},
    [[]],
    {"a": 1},
    ["toxicity"] * 2,
    "../../etc/passwd",
)
"""Values for any place of a manifest."""


class Bomb:
    """Leaves a canary where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


def reseal(folder: Path, manifest: bytes | None = None) -> None:
    """Makes all digests right again, as who forges a model would.

    :param manifest: in place of the one that lies there, as it is.
    """
    if manifest is None:
        said = json.loads((folder / MANIFEST).read_bytes())
        for name in said["files"]:
            content = hashlib.sha256((folder / name).read_bytes()) if (folder / name).is_file() else hashlib.sha256()
            said["files"][name] = content.hexdigest()
        manifest = json.dumps(said).encode()
    (folder / MANIFEST).write_bytes(manifest)
    (folder / SEAL).write_text(f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n")


def said(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_bytes())


def says(*path: str | int, value: Any) -> Forge:
    """A manifest with another value at a place."""

    def forge(folder: Path) -> None:
        manifest = at = said(folder)
        for part in path[:-1]:
            at = at[part]
        at[path[-1]] = value
        reseal(folder, json.dumps(manifest).encode())

    return forge


def lacks(name: str) -> Forge:
    def forge(folder: Path) -> None:
        manifest = said(folder)
        del manifest[name]
        reseal(folder, json.dumps(manifest).encode())

    return forge


def manifest_of(content: bytes) -> Forge:
    return lambda folder: reseal(folder, content)


def spelled(at: bytes, instead: bytes) -> Forge:
    """A manifest whose text has something else in one place, which JSON's own writer would not write."""

    def forge(folder: Path) -> None:
        content = (folder / MANIFEST).read_bytes()
        assert at in content
        reseal(folder, content.replace(at, instead, 1))

    return forge


def holds(name: str, content: bytes | Callable[[bytes], bytes]) -> Forge:
    """A file of other content."""

    def forge(folder: Path) -> None:
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(content if isinstance(content, bytes) else content(before))
        reseal(folder)

    return forge


def weighs(change: Callable[[Any], Any]) -> Forge:
    """Another table of weights, written as numpy writes it."""

    def forge(folder: Path) -> None:
        table = np.load(folder / WEIGHTS)
        with np.errstate(all="ignore"):
            np.save(folder / WEIGHTS, change(table), allow_pickle=True)
        reseal(folder)

    return forge


def put(value: float, row: int, column: int) -> Forge:
    def change(table: Any) -> Any:
        table[row, column] = value
        return table

    return weighs(change)


def refers(change: Callable[[Any], Any]) -> Forge:
    return holds(REFERENCE, lambda content: json.dumps(change(json.loads(content))).encode())


def _shares(value: Any) -> Callable[[Any], Any]:
    def change(reference: Any) -> Any:
        next(iter(reference["words"].values()))["shares"] = value
        return reference

    return change


def _sample(value: Any) -> Callable[[Any], Any]:
    def change(reference: Any) -> Any:
        next(iter(reference["words"].values()))["sample"] = value
        return reference

    return change


def _header(descr: str, shape: str, *, fortran: bool = False, more: str = "", version: bytes = b"\x01\x00") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, {more}}}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = len(text).to_bytes(2 if version == b"\x01\x00" else 4, "little")
    return b"\x93NUMPY" + version + length + text


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("arr_0.npy", bytes(1 << 26))
    return out.getvalue()


def _deep(opening: bytes, closing: bytes, times: int = 100_000) -> bytes:
    return opening * times + b"1" + closing * times


def _other_place(name: str, make: Callable[[Path, Path], None]) -> Forge:
    """Something else in place of a file, whose content's digest the manifest has where it has one."""

    def forge(folder: Path) -> None:
        away = folder.with_name(f"{folder.name}-away-{name}")
        (folder / name).rename(away)
        make(folder / name, away)

    return forge


def tables(canary: Path) -> dict[str, Forge]:
    """Tables of weights."""
    bomb = np.empty((2, 2), dtype=object)
    bomb[:] = [[Bomb(canary)] * 2] * 2
    pickled = pickle.dumps(Bomb(canary), protocol=0)
    numbers = {
        f"{value} at {row}, {column}": put(value, row, column)
        for value in (np.nan, np.inf, -np.inf, 3e38, -3e38, 2e9)
        for row, column in ((0, 0), (17, 3), (-2, 7))
    }
    scales = {f"scale {value} of {row}": put(value, row, -1) for value in (-1, 0, np.nan, -0.0) for row in (0, 100, -2)}
    types = {
        f"weights as {kind}": weighs(lambda table, kind=kind: table.astype(kind))
        for kind in (">f4", "<f2", "<f8", "<i4", "<u1", "?", "<c8", "S8", "<U4")
    }
    shapes: dict[str, Forge] = {
        "a row less": weighs(lambda table: table[:-1]),
        "a row more": weighs(lambda table: np.vstack([table, table[:1]])),
        "a column less": weighs(lambda table: table[:, 1:]),
        "a column more": weighs(lambda table: np.hstack([table, table[:, :1]])),
        "turned round": weighs(lambda table: np.ascontiguousarray(table.T)),
        "in Fortran's order": weighs(np.asfortranarray),
        "flat": weighs(np.ravel),
        "of three dimensions": weighs(lambda table: table[None]),
        "one number": weighs(lambda _: np.float32(1)),
        "empty": weighs(lambda table: table[:0]),
        "all zero": weighs(np.zeros_like),
    }
    declared = {
        "declares too much": (f"'{'<f4'}'", "(4294967295, 4294967295)"),
        "declares 2**62": ("'<f4'", f"({2**62}, 2)"),
        "declares less than nothing": ("'<f4'", "(-1, 9)"),
        "declares objects": ("'|O'", "(2, 2)"),
        "declares an expression": ("'<f4'", "(2**30, 9)"),
        "declares a call": ("'<f4'", f"(__import__('os').mkdir({str(canary)!r}), 9)"),
        "declares nests": ("'<f4'", "(" * 4000 + ")" * 4000),
        "declares a record": ("[('a', '<f4'), ('b', '|O')]", "(2, 2)"),
        "declares a long number": ("'<f4'", f"({'9' * 9000}, 9)"),
    }
    heads = {
        name: holds(WEIGHTS, lambda content, one=one: _header(*one) + content[128:]) for name, one in declared.items()
    }
    return {
        **numbers,
        **scales,
        **types,
        **shapes,
        **heads,
        "a table of objects": weighs(lambda _: bomb),
        "a pickle for a table": holds(WEIGHTS, pickled),
        "a newer pickle for a table": holds(WEIGHTS, pickle.dumps(Bomb(canary))),
        "objects behind a plain head": holds(WEIGHTS, lambda content: content[:128] + pickled),
        "a zip for a table": holds(WEIGHTS, _zip_bomb()),
        "version 2 of the format": holds(
            WEIGHTS, lambda content: _header("'<f4'", "(5191, 9)", version=b"\x02\x00") + content[128:]
        ),
        "an empty file for a table": holds(WEIGHTS, b""),
        "a head alone": holds(WEIGHTS, lambda content: content[:128]),
        "half a table": holds(WEIGHTS, lambda content: content[: len(content) // 2]),
        "a byte more": holds(WEIGHTS, lambda content: content + b"\0"),
        "two tables": holds(WEIGHTS, lambda content: content * 2),
    }


def manifests() -> dict[str, Forge]:
    """Manifests that are no manifests of ours."""
    features = {
        f"{name} of {value!r:.20}": says("features", name, value=value)
        for name in ("char_bits", "word_bits", "shortest", "longest")
        for value in (-1, 0, 63, 10**9, HUGE, 2.0, True, "18", None, [])
    }
    thresholds = {
        f"threshold {value!r:.20}": says("thresholds", "spam", value=value)
        for value in (-0.1, 1.1, "0.5", None, True, HUGE, [])
    }
    lines = {
        f"calibration {value!r:.30}": says("calibration", "*", "spam", value=value)
        for value in (
            [],
            [1],
            [1, 2, 3],
            [1e7, 0],
            [0, -1e300],
            ["1", "2"],
            [None, 1],
            [True, 1],
            [HUGE, 1],
            {},
            "ab",
            7,
        )
    }
    versions = {
        f"version {value!r:.20}": says("version", value=value)
        for value in ("", "a\r\nSet-Cookie: a=b", "../../x", "x" * 101, "<script>", "\u202eabc", 5, None, ["1"], "a b")
    }
    traversing = {
        f"file {name!r:.40}": says("files", name, value="0" * 64)
        for name in ("../../etc/passwd", "/etc/passwd", "evil.so", "", "weights.npy/../../x", "\0", "__init__.py")
    }
    json_itself = {
        "not JSON": b"model",
        "nothing": b"",
        "null": b"null",
        "a list": b"[]",
        "a number": b"3",
        "deep lists": _deep(b"[", b"]"),
        "deep objects": _deep(b'{"a":', b"}"),
        "deep within": b'{"format": 3, "version": ' + _deep(b"[", b"]") + b"}",
        "too large": b'{"format": 3, "a": "' + b"x" * (1 << 21) + b'"}',
        "a huge number": b'{"format": ' + b"9" * 5000 + b"}",
        "not UTF-8": b'{"format": 3, "version": "\xff"}',
        "half a character": rb'{"format": 3, "version": "\ud800"}',
        "another format": b'{"format": 2}',
        "two values": b"{} {}",
    }
    return {
        **features, **thresholds, **lines, **versions, **traversing,
        **{f"a manifest that is {name}": manifest_of(content) for name, content in json_itself.items()},
        **{f"without {name}": lacks(name) for name in (
            "format", "version", "attributes", "weightings", "served_by", "features", "calibration", "thresholds",
            "files", "sources",
        )},
        "NaN as a threshold": spelled(b'"spam": 0.305', b'"spam": NaN'),
        "Infinity as a threshold": spelled(b'"spam": 0.305', b'"spam": Infinity'),
        "1e999 as a threshold": spelled(b'"spam": 0.305', b'"spam": 1e999'),
        "NaN anywhere": spelled(b'"format"', b'"more": [-Infinity], "format"'),
        "labels of other names": says("attributes", 0, value="kindness"),
        "a label twice": says("attributes", 1, value="toxicity"),
        "no labels": says("attributes", value=[]),
        "labels as a text": says("attributes", value="toxicity"),
        "a thousand weightings": says("weightings", value=[f"w{'x' * n}" for n in range(1000)]),
        "weightings of other names": says("weightings", 0, value="kindness"),
        "weightings in another number": says("weightings", value=["toxicity"]),
        "served by none": says("served_by", "en", value={"toxicity": "kindness"}),
        "served by a list": says("served_by", "en", value={"toxicity": []}),
        "a language that is none": says("calibration", "../x", value={}),
        "no language": says("calibration", value={}),
        "a calibration of no attribute": says("calibration", "en", "kindness", value=[1, 1]),
        "sources without numbers": says("sources", value=[{"comments": "many"}]),
        "sources that are none": says("sources", value={"a": 1}),
        "decisions that are none": says("adapted", value={"decisions": "many"}),
        "a digest that is none": says("files", CARD, value="../x"),
        "a digest that is a list": says("files", CARD, value=[]),
        "no card": says("files", value={WEIGHTS: "0" * 64}),
        "shortest above longest": says("features", value={"char_bits": 12, "word_bits": 10, "shortest": 5, "longest": 2}),
        "more features": says("features", "seed", value=1),
    }  # fmt: skip


def others(canary: Path) -> dict[str, Forge]:
    """References and cards."""
    return {
        "a card that is no text": holds(CARD, b"\xff\xfe\x00"),
        "a card too large": holds(CARD, b"x" * ((1 << 20) + 1)),
        "a reference too large": holds(REFERENCE, b" " * ((8 << 20) + 1)),
        "a reference that is deep": holds(REFERENCE, _deep(b"[", b"]")),
        "a reference that is a pickle": holds(REFERENCE, pickle.dumps(Bomb(canary), protocol=0)),
        "a reference that is nothing": holds(REFERENCE, b""),
        "a reference with NaN": refers(_shares([float("nan")] * 1024)),
        "a reference with infinity": refers(_sample(float("inf"))),
        "a reference with 1e999": holds(REFERENCE, b'{"logits": [-6.0, 5.0], "scores": {}, "words": {"en": {"sample": 1e999}}}'),
        "a reference below nothing": refers(_sample(-1)),
        "a reference of texts": refers(_sample("many")),
        "a reference of too few": refers(_shares([1.0])),
        "a reference of a text": refers(_shares("x" * 1024)),
        "a reference of too much": refers(_shares([1.0] * 1024)),
        "a reference of no numbers": refers(_shares([None] * 1024)),
        "a reference of other bins": refers(lambda one: one | {"logits": [0, 1]}),
        "a reference without words": refers(lambda one: {name: one[name] for name in ("logits", "scores")}),
    }  # fmt: skip


def places() -> dict[str, Forge]:
    """What is in place of files: these exist in a folder, and in no store."""
    return {
        **{f"a link for {name}": _other_place(name, lambda at, away: at.symlink_to(away)) for name in FILES},
        **{f"a pipe for {name}": _other_place(name, lambda at, _: os.mkfifo(at)) for name in FILES},
        **{f"a folder for {name}": _other_place(name, lambda at, _: at.mkdir()) for name in FILES},
        **{f"nothing for {name}": _other_place(name, lambda *_: None) for name in FILES},
        "a link to /dev/zero": _other_place(WEIGHTS, lambda at, _: at.symlink_to("/dev/zero")),
        "a link to itself": _other_place(WEIGHTS, lambda at, _: at.symlink_to(at.name)),
        "a file with a hole of 1 TiB": _other_place(WEIGHTS, lambda at, _: _hole(at)),
    }


def _hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def damages(folder: Path, draw: random.Random, each: int) -> Iterator[str]:
    """Flips one bit of each file at so many places, and cuts it off at a fifth as many; the file is whole again after."""
    for name in FILES:
        path = folder / name
        content = path.read_bytes()
        for turn in range(each + each // 5):
            at = draw.randrange(len(content))
            bad = bytearray(content) if turn < each else bytearray(content[:at])
            if turn < each:
                bad[at] ^= 1 << draw.randrange(8)
            path.write_bytes(bad)
            yield f"{name} at {at}"
        path.write_bytes(content)


def mutated(manifest: Any, draw: random.Random) -> bytes:
    """A manifest with another value in a place of its own, anywhere in it."""
    copy = json.loads(json.dumps(manifest))
    at = copy
    while True:
        key = draw.choice(list(at) if isinstance(at, dict) else range(len(at)))
        inner = at[key]
        if not inner or not isinstance(inner, dict | list) or draw.random() < 0.3:
            break
        at = inner
    if draw.random() < 0.2:
        del at[key]
    else:
        at[key] = draw.choice(NOT_THESE)
    return json.dumps(copy).encode()
