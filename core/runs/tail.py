"""The end of a file of lines, read backwards: what a writer goes on from and what a summary needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

_BLOCK = 16384


def end_of_lines(descriptor: int) -> int:
    """Return the offset just after the last newline of a file, 0 when it has none.  Raises OSError."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def lines_backwards(descriptor: int, *, before: int | None = None) -> Iterator[bytes]:
    """Yield the complete lines of a file from the last to the first, without their newlines.

    Starts at byte offset `before`, by default at the end; what follows the last newline is left out.  The cost is that
    of the lines looked at, whatever the file's size.  Raises OSError.
    """
    end = os.fstat(descriptor).st_size if before is None else before
    block = _BLOCK
    rest = b""
    whole = False  # the bytes in `rest` end where a complete line ends
    while end > 0:
        start = max(0, end - block)
        rest = os.pread(descriptor, end - start, start) + rest
        end = start
        block = min(block * 2, 1 << 24)  # one line may be millions of points long
        lines = rest.split(b"\n")
        if not whole:
            if len(lines) == 1:
                continue
            lines.pop()  # torn, or empty after the last newline
            whole = True
        rest = lines[0]
        yield from reversed(lines[1:])
    if whole:
        yield rest
