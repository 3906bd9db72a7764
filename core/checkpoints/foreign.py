"""HDF5 files from elsewhere: looked at by a child process with limits, never by the caller.

A hostile HDF5 file can read or overwrite other files, declare terabytes, or hang the parser.  So a child walks it,
refuses what has no place in a file of weights, and writes the tensors as a checkpoint of ours; that one is read
without HDF5.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from core.checkpoints.child import run_module
from core.checkpoints.reading import Checkpoint, read_checkpoint
from core.checkpoints.seal import is_ours
from core.errors import CheckpointError

MAX_BYTES = 8 << 30
MAX_SECONDS = 120.0


def open_foreign(path: Path, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> Checkpoint:
    """Read the tensors of any HDF5 file by their paths in it, at most `max_bytes` of them.

    A checkpoint of ours is read as one, whoever wrote it: its reader is bounded by the file's length.
    Raises CheckpointError with the reason when the file is refused, damaged, too large or takes too long.
    """
    if is_ours(path):
        return read_checkpoint(path)
    with tempfile.TemporaryDirectory(prefix="epochal-") as folder:
        copy = Path(folder) / "tensors.h5"
        _convert(path, copy, max_bytes, max_seconds)
        return read_checkpoint(copy)


def _convert(path: Path, copy: Path, max_bytes: int, max_seconds: float) -> None:
    """Let the child walk `path` and write `copy`."""
    arguments = [str(path.absolute()), str(copy), str(max_bytes), str(max_seconds)]
    try:
        result = run_module("core.checkpoints.foreign_child", *arguments, timeout=max_seconds)
    except subprocess.TimeoutExpired as error:
        raise CheckpointError(f"It was not read within {max_seconds:.0f} s and is refused.", where=path.name) from error
    if result.returncode == 0:
        return
    reason = result.stdout.decode("utf-8", "replace").strip()
    raise CheckpointError(reason or "It made the HDF5 library fail and is refused.", where=path.name)
