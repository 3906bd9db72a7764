"""Who is alive: a file lock held by the process, plus its pid and start time; never the pid alone.

The lock is the judge.  Pid and start time, written into the lock file, say whom to signal, and recognise a worker
that has been given a run but has not taken the lock yet.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

from core.errors import WorkspaceError

_SAME_START_S = 2.0  # psutil derives start times from the boot time, which the clock's corrections may move
_RETRY_S = 0.002


class Process(msgspec.Struct, frozen=True):
    """A process as it can be recognised later: pid and start time in seconds since 1970."""

    pid: int
    started: float

    def is_alive(self) -> bool:
        """Tell whether this very process still runs; a zombie does not."""
        started = started_at(self.pid)
        return started is not None and self.is_same(Process(self.pid, started))

    def is_same(self, other: Process | None) -> bool:
        """Tell whether two records mean one process."""
        return other is not None and other.pid == self.pid and abs(other.started - self.started) < _SAME_START_S


def started_at(pid: int) -> float | None:
    """Return when the process with this pid started, in seconds since 1970, or None when there is none."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


def this_process() -> Process:
    """Return the calling process."""
    return Process(os.getpid(), started_at(os.getpid()) or time.time())


class Held(WorkspaceError):
    """Another live process holds the lock."""


@contextmanager
def hold(path: Path, *, wait_s: float = 0.5) -> Iterator[None]:
    """Hold the lock file `path` and write this process into it.

    Waits up to `wait_s`, because someone who only asks holds the lock for an instant.  Raises Held when another process
    keeps it, and WorkspaceError when the file cannot be written.
    """
    descriptor = take(path, wait_s=wait_s)
    try:
        yield
    finally:
        os.close(descriptor)


def take(path: Path, *, wait_s: float = 0.5) -> int:
    """Take the lock and return the descriptor that keeps it until closed.  Raises as `hold`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise WorkspaceError(f"{path.name} cannot be written: {error.strerror}.", where=str(path.parent)) from error
    if not _lock(descriptor, fcntl.LOCK_EX, wait_s):
        os.close(descriptor)
        raise Held(f"{path.name} is held by another process.", where=str(path.parent))
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, msgspec.json.encode(this_process()), 0)
    return descriptor


def take_shared(path: Path) -> int:
    """Share the lock with others who share it and return the descriptor that keeps it.  Raises as `hold`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise WorkspaceError(f"{path.name} cannot be written: {error.strerror}.", where=str(path.parent)) from error
    if not _lock(descriptor, fcntl.LOCK_SH, 1.0):
        os.close(descriptor)
        raise Held(f"{path.name} is held by another process.", where=str(path.parent))
    return descriptor


def is_held(path: Path, *, even_shared: bool = False) -> bool:
    """Tell whether a live process holds the lock file; also one that shares it when `even_shared`.

    A missing file is not held.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _lock(descriptor, fcntl.LOCK_EX if even_shared else fcntl.LOCK_SH, 0.0)
    finally:
        os.close(descriptor)


def holder(path: Path) -> Process | None:
    """Return the process that last took the lock, alive or not; None when nobody did."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Process)
    except (OSError, msgspec.DecodeError):
        return None


def _lock(descriptor: int, mode: int, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_RETRY_S)
