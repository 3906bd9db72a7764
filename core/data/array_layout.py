"""Arrays of numbers as inputs: rows first, images with their channels first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from core.data.loading import Loading
from core.data.prepared import Kind
from core.data.source import TaskChoice
from core.errors import DataError
from core.spec.fields import about

Layout = Literal["auto", "channels_first", "channels_last"]
LayoutField = Annotated[
    Layout, about("Channels", "Where images of shape (n, ?, ?, ?) have their channels; auto takes the small axis.")
]
TaskField = Annotated[TaskChoice, about("Task", "Classes or numbers; auto decides by the target's values and says so.")]


@dataclass(frozen=True)
class Arrangement:
    """How stored rows become inputs; `view` turns arrays of stored rows, and memory maps, without copying."""

    kind: Kind
    input_shape: tuple[int, ...]
    divisor: float
    view: Callable[[Any], Any]


def arrange(shape: tuple[int, ...], dtype: np.dtype[Any], layout: Layout, where: str, loading: Loading) -> Arrangement:
    """Decide what an array of `shape` (rows first) and `dtype` is: a table or images.  Raises DataError."""
    if dtype.kind not in "biuf":
        raise DataError(f"the inputs are of type {dtype}, not numbers.", where=where, remedy="Choose another array.")
    divisor = 255.0 if dtype == np.uint8 and len(shape) > 2 else 1.0
    if not shape or shape[0] == 0 or 0 in shape:
        raise DataError(f"the inputs are empty: shape {shape}.", where=where, remedy="Choose another array.")
    if len(shape) == 1:
        return Arrangement("table", (1,), divisor, lambda rows: rows[:, None])
    if len(shape) == 2:
        return Arrangement("table", shape[1:], divisor, lambda rows: rows)
    if len(shape) == 3:
        return Arrangement("image", (1, *shape[1:]), divisor, lambda rows: rows[:, None])
    if len(shape) != 4:
        raise DataError(
            f"inputs of shape {shape} are neither a table (n, columns) nor images (n, channels, height, width).",
            where=where,
            remedy="Reshape the array.",
        )
    last = layout == "channels_last" or (layout == "auto" and shape[3] <= 4 < shape[1])
    if not last:
        return Arrangement("image", shape[1:], divisor, lambda rows: rows)
    if layout == "auto":
        loading.notice(f"Images of shape {shape[1:]} are taken to have their {shape[3]} channels last.")
    return Arrangement("image", (shape[3], *shape[1:3]), divisor, lambda rows: rows.transpose(0, 3, 1, 2))
