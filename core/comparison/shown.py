"""Examples as a person sees them: images as pictures, rows in the data's own units and categories.  No torch here."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.comparison.result import Cell, Picture
from core.data.prepare import load_source, open_loading
from core.data.source import Column, Source
from core.spec.data import DataSpec

MOST_COLUMNS = 100
_LARGEST = 96  # pixels on a side
Ints = NDArray[np.int64]


class Shown(NamedTuple):
    """What the inputs of some examples look like: pictures, or rows with a cell for each of `columns`."""

    pictures: list[Picture]
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""


def show(data: DataSpec, base: Path, indices: Ints) -> Shown:
    """Return what examples `indices` (n,) look like, as their source gives them.  Raises DataError."""
    source = load_source(data, open_loading(data, base))
    raw = source.rows.take(indices)
    if source.kind == "image":
        return Shown([_picture(image) for image in _as_bytes(raw)], [], [])
    columns = source.columns or tuple(Column(name, "number") for name in _names(source))
    note = ""
    if len(columns) > MOST_COLUMNS:
        note = f"Of flipped examples the first {MOST_COLUMNS} of {len(columns):,} columns are shown."
    kept = columns[:MOST_COLUMNS]
    digits = 7 if raw.dtype == np.float32 else 15  # 38.3, not 38.29999923706055
    rows = [[_cell(value, column, digits) for value, column in zip(row, kept, strict=False)] for row in raw.tolist()]
    return Shown([], [column.name for column in kept], rows, note)


def _names(source: Source) -> tuple[str, ...]:
    return source.input_names or tuple(f"column {number + 1}" for number in range(source.rows.shape[1]))


def _cell(value: float, column: Column, digits: int) -> Cell:
    if value != value:
        return None
    if column.type == "category":
        return column.categories[int(value)]
    return bool(value) if column.type == "boolean" else float(f"{value:.{digits}g}")


def _as_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Return images (n, channels, height, width) as 0 to 255; what is not within 0 to 1 is stretched over all of it."""
    if images.dtype == np.uint8 or not images.size:
        return images.astype(np.uint8)
    numbers = np.nan_to_num(images.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0 or high > 1:
        numbers = (numbers - low) / ((high - low) or 1.0)
    return np.rint(numbers * 255).astype(np.uint8)


def _picture(image: NDArray[np.uint8]) -> Picture:
    from PIL import Image

    colours = np.ascontiguousarray(image.transpose(1, 2, 0)[:, :, : 3 if len(image) >= 3 else 1])
    picture = Image.fromarray(colours[:, :, 0] if colours.shape[2] == 1 else colours)
    picture.thumbnail((_LARGEST, _LARGEST))
    file = io.BytesIO()
    picture.save(file, "PNG")
    png = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(width=picture.width, height=picture.height, png=png)
