"""Every write to disk goes through here: atomic replacement, appended lines, and points at which a test can interrupt.

A write that must survive a power cut is: temporary name, fsync, rename, fsync of the folder.  A write that grows is:
append whole lines, fdatasync; a line that was torn by a crash is cut by the next writer.

Crash points are armed through the environment variable EPOCHAL_FAULT, for example
`kill@checkpoint.before_rename:2` (the second time the point is reached the process kills itself) or
`enospc@events.append:5+` (from the fifth time on the disk is full).  Several are separated by commas.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.errors import WriteError

_BLOCK = 65536
_ERRORS = {"enospc": errno.ENOSPC, "eio": errno.EIO, "erofs": errno.EROFS, "eacces": errno.EACCES}
_WORDS = {
    errno.ENOSPC: ("the disk is full", "Free some space, then go on."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space, then go on."),
    errno.EROFS: ("the folder is read-only", "Choose a folder that can be written to."),
    errno.EACCES: ("permission is denied", "Choose a folder that you may write to."),
    errno.EPERM: ("permission is denied", "Choose a folder that you may write to."),
    errno.ENOENT: ("the folder is gone", "Was it moved or deleted?"),
}


@dataclass(frozen=True)
class Fault:
    """What happens at a crash point: `action` at the `nth` time, or from then on when `lasting`."""

    action: str
    nth: int
    lasting: bool


_faults: dict[str, Fault] = {}
_reached: Counter[str] = Counter()


def arm(faults: str) -> None:
    """Arm crash points given as in EPOCHAL_FAULT; an empty text disarms all.  Raises ValueError when malformed."""
    _faults.clear()
    _reached.clear()
    for text in filter(None, faults.split(",")):
        action, _, rest = text.strip().partition("@")
        point, _, number = rest.partition(":")
        if action not in ("kill", *_ERRORS) or not point:
            raise ValueError(f"EPOCHAL_FAULT: {text!r} is not of the form action@point:number")
        _faults[point] = Fault(action, int((number or "1").rstrip("+")), number.endswith("+"))


def reach(point: str) -> None:
    """Say that a crash point is reached.  Does nothing unless a test armed it; may kill or raise OSError."""
    if not _faults or point not in _faults:
        return
    _reached[point] += 1
    fault = _faults[point]
    if _reached[point] == fault.nth or (fault.lasting and _reached[point] > fault.nth):
        if fault.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        code = _ERRORS[fault.action]
        raise OSError(code, os.strerror(code), point)


def explained(error: OSError, path: Path) -> WriteError:
    """Word a failed write to `path` as one clear sentence with a remedy."""
    words, remedy = _WORDS.get(error.errno or 0, (error.strerror or str(error), ""))
    return WriteError(f"{path.name} could not be written: {words}.", where=str(path.parent), remedy=remedy)


def write_atomically(path: Path, data: bytes, *, point: str = "file") -> None:
    """Replace `path` so that any reader, at any moment and after any crash, sees the old bytes or the new ones.

    Crash points: `<point>.before_write`, `.before_rename`, `.after_rename`.  Raises WriteError; the old file stays.
    """
    with replacing(path, point=point) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, point: str = "file") -> Iterator[IO[bytes]]:
    """Like `write_atomically`, for what is written piece by piece; whatever is raised inside leaves the old file."""
    temporary = ""
    try:
        reach(f"{point}.before_write")
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o644)
            yield file
            file.flush()
            os.fsync(descriptor)
        rename_durably(Path(temporary), path, point=point)
        temporary = ""
    except OSError as error:
        raise explained(error, path) from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def rename_durably(temporary: Path, path: Path, *, point: str = "file") -> None:
    """Give a complete, synced file its name.  Crash points `<point>.before_rename`, `.after_rename`; OSError."""
    reach(f"{point}.before_rename")
    os.replace(temporary, path)
    reach(f"{point}.after_rename")
    sync_folder(path.parent)


def link_or_copy(source: Path, target: Path, *, point: str = "file") -> None:
    """Give a complete, immutable file a second name; where the file system has no links, copy its bytes durably.

    Crash point: `<point>.before_link`.  Raises OSError; FileNotFoundError when there is no `source`.
    """
    reach(f"{point}.before_link")
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        with source.open("rb") as reading, target.open("xb") as writing:
            shutil.copyfileobj(reading, writing, 16 << 20)
            writing.flush()
            os.fsync(writing.fileno())
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_data(descriptor: int) -> None:
    """Make a file's bytes and length durable."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:  # macOS
        os.fsync(descriptor)


def append_line(descriptor: int, line: bytes, *, point: str = "append") -> None:
    """Append `line`, which ends in a newline, as a whole or not at all.  The caller is the only writer meanwhile.

    Raises OSError after taking back what a full disk let through.  Crash points: `<point>`, `<point>.torn`.
    """
    length = os.fstat(descriptor).st_size
    try:
        reach(point)
        if f"{point}.torn" in _faults:
            _write_all(descriptor, line[: len(line) // 2])
            reach(f"{point}.torn")
            line = line[len(line) // 2 :]
        _write_all(descriptor, line)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, length)
        raise


def cut_torn_line(descriptor: int) -> int:
    """Cut what follows the last newline of a file opened for reading and writing.  Returns the number of bytes cut."""
    length = os.fstat(descriptor).st_size
    end = length
    while end > 0:
        start = max(0, end - _BLOCK)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < length:
        os.ftruncate(descriptor, end)
    return length - end


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


arm(os.environ.get("EPOCHAL_FAULT", ""))
