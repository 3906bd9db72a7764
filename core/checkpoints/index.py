"""The index: one row per tensor, sorted by name, with type, shape, place and checksum; readable without HDF5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.dtypes import stored_as
from core.checkpoints.seal import SIZE, Span
from core.errors import CheckpointError

Widths = tuple[int, int, int]


class TensorRow(NamedTuple):
    """One tensor as the index names it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    span: Span
    xxh3: int


def row_kind(widths: Sequence[int]) -> np.dtype[Any]:
    """Return the type of a row whose name, type and shape take up to `widths` bytes, with the NUL at their end."""
    texts = [(field, f"S{width}") for field, width in zip(("name", "dtype", "shape"), widths, strict=True)]
    return np.dtype([*texts, ("offset", "<u8"), ("bytes", "<u8"), ("xxh3", "<u8")])


def make_rows(tensors: Sequence[tuple[str, str, tuple[int, ...], Span]]) -> NDArray[Any]:
    """Return the rows of tensors given as name, type, shape and place, with every checksum 0."""
    texts = [(name.encode("utf-8"), dtype, "x".join(map(str, shape))) for name, dtype, shape, _ in tensors]
    widths = [max([len(text[column]) for text in texts], default=0) + 1 for column in range(3)]  # and a NUL
    values = [(*text, *tensor[3], 0) for text, tensor in zip(texts, tensors, strict=True)]
    return np.array(values, dtype=row_kind(widths))


def decode_row(name: bytes, dtype: bytes, shape: bytes, offset: int, length: int, xxh3: int) -> TensorRow:
    """Decode one row.  Raises CheckpointError when its size does not follow from type and shape."""
    sizes = tuple(int(part) for part in shape.decode("ascii").split("x") if part)
    row = TensorRow(name.decode("utf-8"), dtype.decode("ascii"), sizes, Span(offset, length), xxh3)
    if stored_as(row.dtype).itemsize * prod(sizes) != length:
        raise CheckpointError(f"Tensor {row.name} is damaged: its size does not fit its shape.")
    return row


def gaps_between(spans: Iterable[Span], total: int) -> tuple[Span, ...]:
    """Return what `spans` leave uncovered of the file after the seal.  Raises CheckpointError when two overlap."""
    gaps, position = [], SIZE
    for span in sorted(span for span in spans if span.length):
        if span.offset < position or span.end > total:
            raise CheckpointError("The file's structure is damaged: its parts overlap.")
        if span.offset > position:
            gaps.append(Span(position, span.offset - position))
        position = span.end
    if position < total:
        gaps.append(Span(position, total - position))
    return tuple(gaps)
