"""Targets and split labels that come as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.source import Target, TaskChoice
from core.data.split import codes_of
from core.errors import DataError


def target_of(array: NDArray[Any], rows: int, name: str, task: TaskChoice, where: str) -> Target:
    """Return the target in an array of numbers (n,) or (n, outputs), or of words (n,).  Raises DataError."""
    if len(array) != rows:
        raise DataError(
            f"{name!r} has {len(array):,} rows where the inputs have {rows:,}.",
            where=where,
            remedy="Choose another array.",
        )
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim > 2:
        raise DataError(
            f"{name!r} has shape {array.shape}; a target has one number, or a few, for each row.",
            where=where,
            remedy="Choose another array.",
        )
    if array.dtype.kind in "biuf":
        return Target(array.astype(np.float64), name, task=task, where=where)
    words = words_of(array)
    if words is None or array.ndim > 1:
        raise DataError(f"{name!r} holds {array.dtype}, not numbers or words.", where=where, remedy="Choose another.")
    categories, codes = np.unique(words, return_inverse=True)
    return Target(codes.astype(np.int64), name, tuple(str(word) for word in categories), task, where)


def split_of(array: NDArray[Any], rows: int, name: str) -> NDArray[np.int8]:
    """Return 0, 1 or 2 for each row, from an array of words or of these numbers.  Raises DataError."""
    where = "data.split.column"
    words = words_of(array) if array.dtype.kind not in "biuf" else array.astype(np.float64).astype(str)
    if words is None or array.shape != (rows,):
        raise DataError(
            f"{name!r} has shape {array.shape}; it must have one word for each of {rows:,} rows.",
            where=where,
            remedy="Choose another array.",
        )
    return codes_of(words, where)


def words_of(array: NDArray[Any]) -> NDArray[np.str_] | None:
    """Return an array of text or bytes as text; None when it is neither."""
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind not in "SO":
        return None
    words = [
        item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in array.reshape(-1).tolist()
    ]
    return np.array(words, np.str_).reshape(array.shape) if all(isinstance(word, str) for word in words) else None
