"""What tells two versions of a data set apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONTENT_LIMIT = 512 << 20  # above this many bytes, names, sizes and times stand for the content


def of_arrays(*arrays: NDArray[Any]) -> str:
    """Return a SHA-256 over types, shapes and contents."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def of_files(paths: Iterable[Path], root: Path) -> str:
    """Return a SHA-256 over the names below `root` and contents, or names, sizes and times when they are too large."""
    files = [(path, path.stat()) for path in paths]
    by_content = sum(status.st_size for _, status in files) <= CONTENT_LIMIT
    digest = hashlib.sha256()
    for path, status in files:
        digest.update(f"{path.relative_to(root).as_posix()}\0{status.st_size}\0".encode(errors="surrogateescape"))
        if by_content:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        else:
            digest.update(str(status.st_mtime_ns).encode())
    return digest.hexdigest()


def of_file(path: Path) -> str:
    """Return a SHA-256 over the content of one file whatever its name, or over its name, size and time when large."""
    status = path.stat()
    if status.st_size <= CONTENT_LIMIT:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()
