"""Tensors that did not change are stored once, where the disk can share blocks between files (XFS, Btrfs and others).

Both checkpoints stay whole, ordinary files, each loadable whatever becomes of the other: the kernel compares the bytes
itself, lets equal blocks of two files be the same on disk, and parts them again should either be written to.  A disk
that cannot do so (ext4) holds every file in full: links from file to file would be the only other way, and a
checkpoint that needs another one to be loaded is none.
"""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

from core.checkpoints.layout import PAGE
from core.checkpoints.reading import list_tensors

_FIDEDUPERANGE = 0xC0189436  # linux/fs.h: _IOWR(0x94, 54, struct file_dedupe_range)
_RANGE, _TARGET = "<QQHHI", "<qQQiI"
_MOST = 16 << 20  # bytes in one call; Btrfs takes no more
_CANNOT = (errno.ENOTTY, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EXDEV, errno.EPERM)


class CannotShare(Exception):
    """The disk, or the system, does not share blocks between files."""


def share_unchanged(path: Path, before: Path) -> int:
    """Let `path` share with `before` the blocks of every tensor that is the same in both; return how many bytes.

    Tensors under two pages, and what is left over at the end of one, stay as they are.  Neither file's contents change.
    Raises CannotShare, OSError, CheckpointError.
    """
    older = {(row.name, row.xxh3, row.span.length): row.span for row in list_tensors(before)}
    pairs = [(older.get((row.name, row.xxh3, row.span.length)), row.span) for row in list_tensors(path)]
    same = [(old.offset, new.offset, new.length // PAGE * PAGE) for old, new in pairs if old is not None]
    same = [one for one in same if one[2] >= 2 * PAGE and one[0] % PAGE == one[1] % PAGE == 0]
    if not same:
        return 0
    source, target = os.open(before, os.O_RDONLY), os.open(path, os.O_RDWR)
    try:
        return sum(_share(source, target, *one) for one in same)
    finally:
        os.close(source)
        os.close(target)


def _share(source: int, target: int, start: int, goal: int, length: int) -> int:
    """Share a range of blocks; return the bytes shared, fewer where the kernel finds a difference."""
    from fcntl import ioctl  # not on every system

    shared = 0
    while shared < length:
        part = min(_MOST, length - shared)
        asked = struct.pack(_RANGE, start + shared, part, 1, 0, 0) + struct.pack(
            _TARGET, target, goal + shared, 0, 0, 0
        )
        try:
            answer = ioctl(source, _FIDEDUPERANGE, asked)
        except OSError as error:
            raise CannotShare(str(error)) if error.errno in _CANNOT else error from error
        _, _, done, status, _ = struct.unpack_from(_TARGET, answer, struct.calcsize(_RANGE))
        if status < 0:
            if -status in _CANNOT:
                raise CannotShare(os.strerror(-status))
            raise OSError(-status, os.strerror(-status))
        if status > 0 or done == 0:  # the bytes differ after all
            break
        shared += done
    return shared
