"""Rows of an HDF5 dataset: in memory, through a memory map, or chunk by chunk."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.array_layout import Arrangement
from core.data.loading import Loading
from core.data.source import BLOCK_BYTES, ArrayRows, Rows

KEPT_BYTES = 256 << 20  # of unpacked chunks


def rows_of(dataset: Any, path: Path, arrangement: Arrangement, loading: Loading) -> Rows:
    """Return the fastest way to a dataset's rows that fits into memory.  Raises OSError."""
    if dataset.nbytes <= loading.memory_limit:
        return ArrayRows(arrangement.view(dataset[:]))
    offset = dataset.id.get_offset()
    contiguous = offset is not None and dataset.chunks is None and not dataset.external and not dataset.is_virtual
    if contiguous and dataset.dtype.kind in "biuf":
        # A memory map at the dataset's place costs a twentieth of h5py's fancy indexing.
        return ArrayRows(arrangement.view(np.memmap(path, dataset.dtype, "r", offset, dataset.shape)))
    loading.notice(
        "The inputs do not fit into memory and are stored in chunks, so random batches are read slowly; "
        "written contiguous they would stream many times faster."
    )
    return ChunkRows(dataset, arrangement)


class ChunkRows:
    """Rows of a chunked dataset: each chunk that a batch touches is read whole, the last few are kept."""

    def __init__(self, dataset: Any, arrangement: Arrangement) -> None:
        self._dataset = dataset
        self._file = dataset.file  # an open file must outlive its datasets
        self._arrangement = arrangement
        row_bytes = max(1, dataset.nbytes // dataset.shape[0])
        rows = dataset.chunks[0] if dataset.chunks else max(1, (1 << 20) // row_bytes)
        self._block_rows = max(1, min(rows, max(1, BLOCK_BYTES // row_bytes)))
        self._keep = max(1, KEPT_BYTES // (self._block_rows * row_bytes))
        self._blocks: OrderedDict[int, NDArray[Any]] = OrderedDict()

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows first, as the model sees them."""
        return (self._dataset.shape[0], *self._arrangement.input_shape)

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Return rows in the order asked for; chunks are read in the order they lie on disk."""
        stored = np.empty((len(indices), *self._dataset.shape[1:]), self._dataset.dtype)
        order = np.argsort(indices, kind="stable")
        blocks = indices[order] // self._block_rows
        cuts = np.flatnonzero(np.diff(blocks)) + 1
        for part in np.split(order, cuts):
            if len(part):
                number = int(indices[part[0]]) // self._block_rows
                stored[part] = self._block(number)[indices[part] - number * self._block_rows]
        arranged: NDArray[Any] = self._arrangement.view(stored)
        return arranged

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield consecutive rows, about 32 MB each."""
        row_bytes = max(1, self._dataset.nbytes // self._dataset.shape[0])
        size = max(1, BLOCK_BYTES // row_bytes // self._block_rows) * self._block_rows
        for first in range(0, self._dataset.shape[0], size):
            yield first, self._arrangement.view(self._dataset[first : first + size])

    def _block(self, number: int) -> NDArray[Any]:
        block = self._blocks.get(number)
        if block is None:
            start = number * self._block_rows
            block = self._dataset[start : start + self._block_rows]
            self._blocks[number] = block
            if len(self._blocks) > self._keep:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(number)
        return block
