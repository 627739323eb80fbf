"""How the kernel is compiled, and the types of what it takes.

Numba's cache knows a kernel by its own file and by its signature. So whatever else is said in other modules reaches it
as an argument, in a `RECORD`, and what is said here is part of the signature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numba import float32, float64, from_dtype, int64, njit, types, uint32, uint64
from numpy.typing import NDArray

ASCII = 128
KINDS, STEPS = 9, 5  # of shape, and the most steps of one

RECORD = np.dtype(
    [
        *((name, np.uint32) for name in ("code", "word", "upper", "styled", "latin", "drop", "vowel")),  # of an entry
        ("rare", np.uint32),  # flags of what is not folded here
        ("hump", np.int64),  # letters of a word that may be several
        ("run", np.int64),  # of one sign
        ("longest_run", np.int64),  # of what disguises are made of
        ("ascii", np.uint8, ASCII),
        *((name, np.uint32) for name in ("char_shift", "char_base", "letters")),
        ("char_mix", np.uint32, 8),
        *((name, np.uint64) for name in ("word_shift", "word_base", "word_mix", "blur_mix", "pair_mix")),
        *((name, np.int64) for name in ("shortest", "longest", "blurred", "words_from", "shapes_from", "dead")),
        *((name, np.int64) for name in ("gap", "long_number")),
        ("first", np.int64, KINDS),
        ("limits", np.float64, (KINDS, STEPS)),
    ],
    align=True,
)

Entries: TypeAlias = NDArray[np.uint32]
Hashes: TypeAlias = NDArray[np.uint64]
Columns: TypeAlias = NDArray[np.int32]
Weights: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.float64]

RAW = types.Array(uint32, 1, "C", readonly=True)
_WEIGHTS = types.Array(float32, 2, "C", readonly=True)
SIGNATURE = (from_dtype(RECORD)[::1], types.UniTuple(uint64[::1], 3), _WEIGHTS, float64[:, ::1], int64)


def compiled(signature: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function now, or take it from numba's cache; where no cache can be written, compile it in memory."""

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            made: Callable[..., Any] = njit(signature, cache=True, error_model="numpy")(function)
        except (OSError, RuntimeError):  # numba finds no folder that it may write to, or a full one
            made = njit(signature, error_model="numpy")(function)
        return made

    return decorated
