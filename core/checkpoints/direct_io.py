"""Writing past the page cache, in chunks, by threads that hold no interpreter lock.

O_DIRECT wants page-aligned memory, offsets and lengths; checkpoint files consist of whole pages.  A filesystem
that refuses it (some network and memory filesystems do) is written through the page cache instead.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.durable import reach

CHUNK = 4 << 20
_DIRECT = getattr(os, "O_DIRECT", 0)  # Linux only
_REFUSED = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)


def open_to_write(path: Path, length: int) -> int:
    """Create `path` with room for `length` bytes and return its descriptor.  Raises OSError, ENOSPC among them."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        descriptor = os.open(path, flags | _DIRECT, 0o644)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        descriptor = os.open(path, flags, 0o644)
    try:
        _reserve(descriptor, length)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def write_chunk(descriptor: int, image: NDArray[np.uint8], start: int, end: int) -> None:
    """Write bytes `start` to `end` of the image at the same place of the file.  Raises OSError."""
    reach("checkpoint.write")
    while start < end:
        start += os.pwrite(descriptor, image[start:end].data, start)


def _reserve(descriptor: int, length: int) -> None:
    """Take the room now, so that a full disk shows before anything is written."""
    reach("checkpoint.reserve")
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    try:
        os.posix_fallocate(descriptor, 0, length)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
