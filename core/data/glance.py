"""What a source can show of itself without reading everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.prepared import Kind
from core.data.source import Source, Target

FIRST_ROWS, SAMPLE_ROWS, SLOW_ROWS, PLACES, THUMBNAILS, SHOWN_COLUMNS = 20, 2000, 32, 8, 24, 1000


@dataclass
class ColumnGlance:
    """One column as far as it was read.  `type`: number, boolean, category, date, text, other or empty."""

    name: str
    type: str
    role: str = "input"  # input, target, split, ignored
    missing: int = 0
    distinct: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    most_frequent: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Glance:
    """A look at a data set.

    `examples` is how many there are, exact or estimated; `read` says in words what everything below comes from.
    `first_rows` are cells as they stand; `images` are labels and uint8 arrays (height, width, channels).
    `target` holds the values that were read, None when they cannot be used.
    """

    kind: Kind
    examples: int
    exact: bool
    read: str
    input_shape: tuple[int, ...]
    columns: list[ColumnGlance] = field(default_factory=list)
    first_rows: list[Sequence[Any]] = field(default_factory=list)
    images: list[tuple[str, NDArray[np.uint8]]] = field(default_factory=list)
    target: Target | None = None
    target_name: str = ""


def glance_at(source: Source, total: int | None = None) -> Glance:
    """Look at a source.  `total` is how many rows there are when it holds only the first of them."""
    held = source.rows.shape[0]
    rows = total or held
    what = "images" if source.kind == "image" else "rows"
    chosen = _spread(held, SLOW_ROWS if source.decoding_is_slow else SAMPLE_ROWS)
    sample = source.rows.take(chosen)
    if rows > held:
        read = f"the first {held:,} of {rows:,} {what}"
    elif len(chosen) < held:
        read = f"all targets, and the inputs of {len(chosen):,} of {rows:,} {what}, spread over all"
    else:
        read = f"all {rows:,} {what}"
    shape = tuple(source.rows.shape[1:])
    glance = Glance(source.kind, rows, True, read, shape, target=source.target, target_name=source.target.name)
    if source.kind == "image":
        glance.images = thumbnails(source)
        glance.columns = [_measured("pixels", sample)]
    else:
        shown = sample[:, :SHOWN_COLUMNS]
        names = source.input_names or tuple(f"column {number + 1}" for number in range(shown.shape[1]))
        glance.columns = [_measured(name, shown[:, number]) for number, name in enumerate(names[: shown.shape[1]])]
        glance.first_rows = [
            [*(float(cell) for cell in row), _word(source.target, number)]
            for number, row in enumerate(source.rows.take(np.arange(min(FIRST_ROWS, held)))[:, :SHOWN_COLUMNS])
        ]
    glance.columns.append(_target_column(source.target))
    return glance


def thumbnails(source: Source) -> list[tuple[str, NDArray[np.uint8]]]:
    """Return some images of each class with their labels."""
    values = np.asarray(source.target.values)
    labels = values if values.ndim == 1 else np.zeros(len(values))
    distinct = np.unique(labels) if len(np.unique(labels[:10_000])) <= THUMBNAILS else np.array([])
    per_class = [np.flatnonzero(labels == value)[: max(1, THUMBNAILS // len(distinct))] for value in distinct]
    chosen = np.concatenate(per_class) if per_class else np.arange(min(THUMBNAILS, len(labels)))
    pixels = source.rows.take(chosen[:THUMBNAILS])
    if pixels.dtype != np.uint8:
        low, high = float(np.nanmin(pixels)), float(np.nanmax(pixels))
        pixels = (np.nan_to_num(pixels - low) * (255 / ((high - low) or 1))).astype(np.uint8)
    return [
        (
            _label(source.target, int(number)),
            np.ascontiguousarray(image.transpose(1, 2, 0)[:, :, : 3 if len(image) >= 3 else 1]),
        )
        for number, image in zip(chosen, pixels, strict=False)
    ]


def _spread(rows: int, wanted: int) -> NDArray[np.int64]:
    """Return the first rows and some stretches further down."""
    if rows <= wanted:
        return np.arange(rows)
    length = wanted // PLACES
    starts = np.linspace(0, rows - length, PLACES).astype(np.int64)
    return np.unique((starts[:, None] + np.arange(length)[None, :]).reshape(-1))


def _measured(name: str, values: NDArray[Any]) -> ColumnGlance:
    numbers = values.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    column = ColumnGlance(name, "number", missing=int(numbers.size - finite.size))
    if finite.size:
        column.minimum, column.maximum, column.mean = float(finite.min()), float(finite.max()), float(finite.mean())
    return column


def _target_column(target: Target) -> ColumnGlance:
    if target.categories:
        column = ColumnGlance(target.name, "category", "target", distinct=len(target.categories))
    else:
        column = _measured(target.name, np.asarray(target.values))
        column.role = "target"
    return column


def _label(target: Target, row: int) -> str:
    word = _word(target, row)
    return word if isinstance(word, str) else f"{word:g}"


def _word(target: Target, row: int) -> str | float:
    value = target.values[row]
    if target.categories:
        return target.categories[int(value)]
    return float(value) if np.ndim(value) == 0 else " ".join(f"{number:g}" for number in value)
