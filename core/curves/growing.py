"""A one-dimensional array that grows at its end at a constant cost per value."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

Number = TypeVar("Number", bound=np.generic)


class Growing(Generic[Number]):
    """Values of one type; `values` is a view of shape (n,) that stays valid but does not grow."""

    def __init__(self, dtype: DTypeLike, capacity: int = 64) -> None:
        self._buffer: NDArray[Number] = np.empty(capacity, dtype=dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> NDArray[Number]:
        """Everything so far, shape (n,), without a copy."""
        return self._buffer[: self._length]

    def replace_from(self, start: int, values: NDArray[Number]) -> None:
        """Put `values` at `start` (at most the length) and end after them."""
        stop = start + len(values)
        if stop > len(self._buffer):
            grown: NDArray[Number] = np.empty(max(stop, 2 * len(self._buffer)), dtype=self._buffer.dtype)
            grown[:start] = self._buffer[:start]
            self._buffer = grown
        self._buffer[start:stop] = values
        self._length = stop

    def extend(self, values: NDArray[Number]) -> None:
        """Add `values` of shape (m,) at the end."""
        self.replace_from(self._length, values)

    def clear(self) -> None:
        """Forget all values; the memory is kept."""
        self._length = 0
