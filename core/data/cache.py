"""Converted copies of data that does not fit into memory, kept in the platform's cache folder.

A copy belongs to one version of one file and one choice of options; making a new one for the same file removes the
old.  Anything in the folder may be deleted at any time.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from core.errors import DataError

READY = "ready.json"  # written last


def folder() -> Path:
    """Return the folder all copies lie in."""
    return Path(platformdirs.user_cache_dir("epochal", appauthor=False)) / "data"


def find(path: Path, options: str) -> Path | None:
    """Return the folder of the copy of `path` made with `options`, or None when there is none."""
    place = _place(path, options)
    return place if (place / READY).is_file() else None


def make(path: Path, options: str, needed_bytes: int, fill: Callable[[Path], str]) -> Path:
    """Make a copy and return its folder.

    `fill(folder)` writes the files and returns what READY shall hold.  Raises DataError when the disk is too small.
    """
    place = _place(path, options)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(place.parent).free
        if needed_bytes > free:
            raise _too_small(path, needed_bytes, free, place)
        making = place.with_name(f"{place.name}-{uuid.uuid4().hex[:8]}.part")
        making.mkdir()
        try:
            ready = fill(making)
            (making / READY).write_text(ready, encoding="utf-8")
            for file in making.iterdir():
                _sync(file)
            if not (place / READY).is_file():  # another process may have been faster
                shutil.rmtree(place, ignore_errors=True)
                making.replace(place)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _too_small(path, needed_bytes, shutil.disk_usage(place.parent).free, place) from error
        raise
    for other in place.parent.iterdir():
        if other.name != place.name and not other.name.endswith(".part"):
            shutil.rmtree(other, ignore_errors=True)
    return place


def new_array(path: Path, shape: tuple[int, ...], dtype: Any = np.float64) -> NDArray[Any]:
    """Return a writable array in a new .npy file.  Raises OSError when the disk is full.

    The room is taken at once: writing to a map of a file with holes ends the process when the disk is full.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with path.open("r+b") as file:
        size = path.stat().st_size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.seek(array.offset)
            for start in range(array.offset, size, 1 << 20):
                file.write(bytes(min(1 << 20, size - start)))
    return array


def _place(path: Path, options: str) -> Path:
    status = path.stat()
    of_file = hashlib.sha256(str(path.resolve()).encode(errors="surrogateescape")).hexdigest()[:16]
    version = hashlib.sha256(f"{status.st_size}\0{status.st_mtime_ns}\0{options}".encode()).hexdigest()[:16]
    return folder() / of_file / version


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _too_small(path: Path, needed: int, free: int, place: Path) -> DataError:
    return DataError(
        f"its converted copy needs {needed / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB free.",
        where=str(path),
        remedy=f"Make room where {str(place.parent)!r} lies, or raise data.memory_limit.",
    )
