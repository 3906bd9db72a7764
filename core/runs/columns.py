"""Columns of float64 in JSON: NaN and infinity survive, and long columns are packed.

A short column is a JSON list in which the non-finite values are the strings "NaN", "Infinity" and "-Infinity";
a column of 16 values or more is one base64 string of little-endian float64, read without a Python loop.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Column = list[float | str] | str
PACK_FROM = 16
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_column(values: Sequence[float] | NDArray[np.float64]) -> Column:
    """Encode float64 values of shape (n,)."""
    if len(values) >= PACK_FROM:
        return base64.b64encode(np.asarray(values, dtype="<f8").tobytes()).decode("ascii")
    return [_to_word(float(value)) for value in values]


def from_column(column: Column) -> NDArray[np.float64]:
    """Decode a column to float64 of shape (n,).  Raises ValueError when it is not one."""
    if isinstance(column, str):
        return np.frombuffer(base64.b64decode(column, validate=True), dtype="<f8")
    return np.array([_WORDS[value] if isinstance(value, str) else value for value in column], dtype=np.float64)


def first_of(columns: dict[str, Column]) -> dict[str, float]:
    """Decode columns of one value each to plain numbers by name."""
    return {name: float(from_column(column)[0]) for name, column in columns.items()}


def columns_of_one(values: Iterable[tuple[str, float]]) -> dict[str, Column]:
    """Encode named numbers as columns of one value each."""
    return {name: to_column([value]) for name, value in values}


def _to_word(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
