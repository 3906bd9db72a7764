"""Columns of float64 in JSON: NaN and infinity survive, and long columns are packed.

A short column is a JSON list in which the non-finite values are the strings "NaN", "Infinity" and "-Infinity".
A column of 16 values or more is one string, read without a Python loop: `=first,by,n` where the values are whole
numbers evenly spaced (steps mostly are), `f` and base64 of little-endian float32 where that loses nothing (losses
mostly are), else plain base64 of little-endian float64.
"""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Column = list[float | str] | str
Values = NDArray[np.float64]
PACK_FROM = 16
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_WHOLE = 2.0**53
_MOST = 100_000_000  # values in one column; more is not something a run says at once


def to_column(values: Sequence[float] | Values) -> Column:
    """Encode float64 values of shape (n,)."""
    if len(values) < PACK_FROM:
        return [_to_word(float(value)) for value in values]
    array = np.ascontiguousarray(values, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        by = array[1] - array[0]
        last = array[0] + by * (len(array) - 1)
        single = array.astype("<f4")
    if array[-1] == last and abs(last) < _WHOLE and by == np.floor(by) and array[0] == np.floor(array[0]):
        first = int(array[0])
        if np.array_equal(array, _evenly(first, int(by), len(array))):
            return f"={first},{int(by)},{len(array)}"
    if np.array_equal(single, array, equal_nan=True):
        return "f" + b2a_base64(single.tobytes(), newline=False).decode("ascii")
    return b2a_base64(array.astype("<f8", copy=False).tobytes(), newline=False).decode("ascii")


def from_column(column: Column) -> Values:
    """Decode a column to float64 of shape (n,).  Raises ValueError when it is not one."""
    if isinstance(column, str):
        if column.startswith("="):
            first, by, count = map(int, column[1:].split(","))
            if not 0 <= count <= _MOST:
                raise ValueError(f"a column cannot have {count} values")
            return _evenly(first, by, count)
        if len(column) % 4 == 1 and column[0] == "f":  # base64 comes in fours: the letter stands in front
            return np.frombuffer(_unpacked(column[1:]), dtype="<f4").astype(np.float64)
        return np.frombuffer(_unpacked(column), dtype="<f8")
    try:
        return np.array([_WORDS[value] if isinstance(value, str) else value for value in column], dtype=np.float64)
    except KeyError as error:
        raise ValueError(f"a column cannot hold {error.args[0]!r}") from error


def first_of(columns: dict[str, Column]) -> dict[str, float]:
    """Decode columns of one value each to plain numbers by name; empty columns are left out."""
    decoded = {name: from_column(column) for name, column in columns.items()}
    return {name: float(values[0]) for name, values in decoded.items() if len(values)}


def columns_of_one(values: Iterable[tuple[str, float]]) -> dict[str, Column]:
    """Encode named numbers as columns of one value each."""
    return {name: to_column([value]) for name, value in values}


def _evenly(first: int, by: int, count: int) -> Values:
    return np.arange(first, first + by * count, by, dtype=np.float64) if by else np.full(count, float(first))


def _unpacked(text: str) -> bytes:
    return msgspec.convert(text, bytes)  # decodes base64 several times faster than the standard library


def _to_word(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
