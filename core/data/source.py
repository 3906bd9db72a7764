"""What a data source gives before anything is split, encoded or standardised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.prepared import Kind

TaskChoice = Literal["auto", "classification", "regression"]
ColumnType = Literal["number", "boolean", "category"]
BLOCK_BYTES = 32 << 20  # read at a time when all rows are passed over


@dataclass(frozen=True)
class Column:
    """A typed column of a table: its values are numbers, 0 and 1, or numbers into `categories`; NaN is missing."""

    name: str
    type: ColumnType
    categories: tuple[str, ...] = ()


class Rows(Protocol):
    """Raw inputs by row: an array, or something on disk that reads like one."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Return rows in the order asked for, shape (n, *shape[1:]), a new array of the stored type."""
        ...

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (first row, rows) over all rows in order."""
        ...


@dataclass(frozen=True)
class Target:
    """What is to be predicted: float64 values (n,) or (n, outputs), or int64 numbers (n,) into `categories`."""

    values: NDArray[np.float64] | NDArray[np.int64]
    name: str
    categories: tuple[str, ...] = ()
    task: TaskChoice = "auto"
    where: str = "data.target"  # the field to look at when it cannot be used


@dataclass(frozen=True)
class Source:
    """A data set as its file gives it.

    `columns` are the typed columns of a table, one for each column of `rows`; empty when the inputs are plain numbers,
    which are then divided by `divisor` (255 for 8-bit images).  `split` says 0 train, 1 valid, 2 test for each row
    when the source was asked for a split column.
    """

    rows: Rows
    kind: Kind
    target: Target
    fingerprint: str
    columns: tuple[Column, ...] = ()
    input_names: tuple[str, ...] = ()
    divisor: float = 1.0
    split: NDArray[np.int8] | None = None
    max_categories: int = 100
    where: str = "data"  # the file, for messages about values
    decoding_is_slow: bool = False  # a pass over all rows takes long, so statistics come from a stated sample


class ArrayRows:
    """Rows of an array in memory, or of a memory map."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows first."""
        return self.array.shape

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Return a copy of some rows."""
        taken: NDArray[Any] = np.asarray(self.array)[indices]
        return taken

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield views of consecutive rows, about 32 MB each."""
        row_bytes = max(1, int(np.prod(self.shape[1:])) * self.array.itemsize)
        size = max(1, BLOCK_BYTES // row_bytes)
        for first in range(0, len(self.array), size):
            yield first, np.asarray(self.array[first : first + size])
