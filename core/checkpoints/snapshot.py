"""One page-aligned host buffer, touched once and then reused.

Fresh memory is what makes a snapshot slow: the kernel clears each page at its first touch.
"""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import CheckpointError


class Arena:
    """A buffer that only ever grows.  Not thread-safe: whoever fills it owns it."""

    def __init__(self) -> None:
        self._bytes: NDArray[np.uint8] = np.empty(0, np.uint8)

    def fit(self, size: int) -> NDArray[np.uint8]:
        """Return uint8 of shape (size,), page-aligned and prefaulted; its contents are arbitrary.

        What an earlier call returned is no longer to be used.  Raises CheckpointError when memory does not suffice.
        """
        if len(self._bytes) < size:
            self._bytes = np.empty(0, np.uint8)  # give the old one back before asking for the new one
            self._bytes = aligned(size)
            self._bytes[:: mmap.PAGESIZE] = 0
        return self._bytes[:size]


def aligned(size: int) -> NDArray[np.uint8]:
    """Return fresh memory of `size` bytes, aligned to pages and, from 2 MB on, in huge pages where the system has them.

    Raises CheckpointError when there is not so much memory.
    """
    try:
        memory = mmap.mmap(-1, max(size, mmap.PAGESIZE))
    except (OSError, ValueError, OverflowError) as error:
        raise CheckpointError(f"There is not enough memory for {size / 1e6:,.0f} MB of a checkpoint.") from error
    _prefer_huge_pages(memory)
    return np.frombuffer(memory, np.uint8)[:size]


def _prefer_huge_pages(memory: Any) -> None:
    advice = getattr(mmap, "MADV_HUGEPAGE", None)  # Linux only
    if advice is not None:
        try:
            memory.madvise(advice)
        except OSError:  # a kernel without them works as well, with smaller pages
            return
