"""What a manifest may say. Digests find damage; what somebody made on purpose has good ones, and is found here.

A manifest that passes makes a classifier of bounded size whose every score is a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast

from model import ATTRIBUTES

BITS: Final = (8, 22)
"""Of the columns of characters, and of those of words."""

LENGTHS: Final = (1, 8)
"""Characters of an n-gram."""

WEIGHTINGS_MOST: Final = 64
LANGUAGES_MOST: Final = 300
FARTHEST: Final = 1e6
"""The largest slope or intercept."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}")
_WEIGHTING: Final = re.compile(r"[a-z][a-z_]{0,49}")
_LANGUAGE: Final = re.compile(r"\*|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def plain(content: bytes) -> Any:
    """Values from JSON. Raises `ValueError` for what is none, nests too deeply, or has numbers that are none."""
    try:
        return json.loads(content, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def check(manifest: Any, needed: frozenset[str], allowed: frozenset[str]) -> None:
    """Raise `ValueError` where a manifest is not what `Classifier` and the gate can work with; it says why.

    `needed` and `allowed` are names of files: no other is read, sent or written, whatever a manifest says.
    """
    said = _object(manifest, "the manifest")
    files = _object(said.get("files"), "files")
    _must(needed <= set(files) <= allowed, f"files are {', '.join(sorted(allowed))}")
    _must(all(_fits(_DIGEST, one) for one in files.values()), "a file's digest is 64 hexadecimal digits")
    _must(_fits(_VERSION, said.get("version")), "version is up to 100 letters, digits and .+_-")
    _check_features(said.get("features"))
    attributes = _names(said.get("attributes"), "attributes")
    _must(set(attributes) <= set(ATTRIBUTES), f"attributes are some of {', '.join(ATTRIBUTES)}")
    weightings = _names(said.get("weightings"), "weightings")
    thresholds = _object(said.get("thresholds"), "thresholds")
    _must(set(thresholds) == set(attributes), "thresholds have one for each attribute")
    _must(all(_number(one, 0, 1) for one in thresholds.values()), "a threshold is from 0 to 1")
    _check_lines(said.get("calibration"), said.get("served_by"), attributes, weightings)
    _check_sources(said)


def _check_features(features: Any) -> None:
    said = _object(features, "features")
    names = {"char_bits": BITS, "word_bits": BITS, "shortest": LENGTHS, "longest": LENGTHS}
    _must(set(said) == set(names), f"features are {', '.join(names)}")
    for name, (least, most) in names.items():
        whole = isinstance(said[name], int) and _number(said[name], least, most)
        _must(whole, f"{name} is a whole number from {least} to {most}")
    _must(said["shortest"] <= said["longest"], "shortest is more than longest")


def _check_lines(calibration: Any, served_by: Any, attributes: tuple[str, ...], weightings: tuple[str, ...]) -> None:
    """Each language's slopes and intercepts, and which weighting they belong to."""
    rows, served = _object(calibration, "calibration"), _object(served_by, "served_by")
    _must("*" in rows and len(rows) <= LANGUAGES_MOST, f"calibration is of * and at most {LANGUAGES_MOST} languages")
    _must(all(_fits(_LANGUAGE, code) for code in (*rows, *served)), "a language is a code such as en")
    for code, row in rows.items():
        by = _object(served.get(code, {}), "served_by")
        for attribute, line in _object(row, "a calibration").items():
            _must(attribute in attributes, "a calibration is of an attribute that is none")
            pair = isinstance(line, list) and len(line) == len(("slope", "intercept"))
            _must(pair and all(_number(one, -FARTHEST, FARTHEST) for one in line), "a calibration is no two numbers")
            _must(by.get(attribute, attribute) in weightings, f"{attribute} has no weighting")
    for by in served.values():
        names = _object(by, "served_by").values()
        _must(all(isinstance(one, str) and one in weightings for one in names), "served_by names no weighting")


def _check_sources(said: Mapping[str, Any]) -> None:
    """What the gate counts."""
    sources = said.get("sources")
    _must(isinstance(sources, list), "sources is no list")
    for one in cast("list[Any]", sources):
        _must(_count(_object(one, "a source").get("comments")), "a source has a number of comments")
    if said.get("adapted") is not None:
        adapted = _object(said["adapted"], "adapted")
        _must(_count(adapted.get("decisions")), "adapted has a number of decisions")


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is no object")  # noqa: TRY004  # to who reads it, it is a wrong value like any other
    return value


def _names(value: Any, name: str) -> tuple[str, ...]:
    fits = (
        isinstance(value, list) and 0 < len(value) <= WEIGHTINGS_MOST and all(_fits(_WEIGHTING, one) for one in value)
    )
    _must(fits and len(set(value)) == len(value), f"{name} are 1 to {WEIGHTINGS_MOST} different names")
    return tuple(value)


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _count(value: Any) -> bool:
    return isinstance(value, int) and _number(value, 0, 1e12)


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
