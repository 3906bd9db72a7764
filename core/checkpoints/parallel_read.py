"""Reading many pieces of one file at once: several chunks in flight, each scattered to where its bytes belong.

Chunks go through a small page-aligned buffer per thread, so the destination may be any array; the copy out of
a buffer that is still in the processor's cache costs little beside the disk.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.direct_io import open_to_read, read_chunk
from core.checkpoints.seal import Span, checksum
from core.checkpoints.snapshot import aligned

THREADS = 4
CHUNK = 1 << 20  # small enough to stay in the cache; the buffers are fresh memory, so their size costs, too
_SMALL = 8 << 20  # bytes; below, starting threads costs more than it brings


class Piece(NamedTuple):
    """Bytes `span` of the file, wanted in `target` (uint8 of that length); checked unless `xxh3` is None."""

    span: Span
    target: NDArray[np.uint8]
    what: str
    xxh3: int | None


def read_pieces(path: Path, pieces: Sequence[Piece], damaged: Callable[[Piece], None]) -> None:
    """Fill the target of every piece and call `damaged` for each that does not match its checksum.

    Pieces must not overlap.  Raises OSError and EOFError, and what `damaged` raises.
    """
    ordered = sorted((piece for piece in pieces if piece.span.length), key=lambda piece: piece.span)
    if not ordered:
        return
    chunks = _chunks(ordered)
    descriptor = open_to_read(path, direct=True)
    try:
        reader = _Reader(descriptor, os.fstat(descriptor).st_size, ordered)
        if sum(chunk.length for chunk in chunks) <= _SMALL:
            for chunk in chunks:
                reader.read(chunk)
            _check(ordered, damaged)
        else:
            with ThreadPoolExecutor(THREADS, "checkpoint-read") as pool:
                _read_in_parallel(pool, reader, chunks, ordered, damaged)
    finally:
        os.close(descriptor)


def _read_in_parallel(
    pool: ThreadPoolExecutor,
    reader: _Reader,
    chunks: Sequence[Span],
    pieces: Sequence[Piece],
    damaged: Callable[[Piece], None],
) -> None:
    """Check each piece as soon as its chunks have arrived, while later ones are still being read."""
    futures = [pool.submit(reader.read, chunk) for chunk in chunks]
    try:
        arrived = 0
        for piece in pieces:
            while arrived < len(chunks) and chunks[arrived].offset < piece.span.end:
                futures[arrived].result()
                arrived += 1
            _check([piece], damaged)
    finally:
        _abandon(futures)


def _abandon(futures: Sequence[Future[None]]) -> None:
    for future in futures:
        future.cancel()


def _check(pieces: Sequence[Piece], damaged: Callable[[Piece], None]) -> None:
    for piece in pieces:
        if piece.xxh3 is not None and checksum(piece.target) != piece.xxh3:
            damaged(piece)


def _chunks(pieces: Sequence[Piece]) -> list[Span]:
    """Cover the pieces with chunks of a fixed grid; grid cells that hold nothing wanted are left out."""
    cells = {cell for piece in pieces for cell in range(piece.span.offset // CHUNK, (piece.span.end - 1) // CHUNK + 1)}
    return [Span(cell * CHUNK, CHUNK) for cell in sorted(cells)]


class _Reader:
    """Reads chunks in any thread."""

    def __init__(self, descriptor: int, size: int, pieces: Sequence[Piece]) -> None:
        self._descriptor, self._size, self._pieces = descriptor, size, pieces
        self._ends = [piece.span.end for piece in pieces]
        self._local = threading.local()

    def read(self, chunk: Span) -> None:
        """Read one chunk and copy its bytes to the pieces they belong to."""
        buffer = self._buffer()[: min(chunk.length, self._size - chunk.offset)]
        read_chunk(self._descriptor, buffer, chunk.offset)
        end = chunk.offset + len(buffer)
        for number in range(bisect_right(self._ends, chunk.offset), len(self._pieces)):
            piece = self._pieces[number]
            if piece.span.offset >= end:
                break
            first, last = max(piece.span.offset, chunk.offset), min(piece.span.end, end)
            wanted = buffer[first - chunk.offset : last - chunk.offset]
            piece.target[first - piece.span.offset : last - piece.span.offset] = wanted

    def _buffer(self) -> NDArray[np.uint8]:
        if not hasattr(self._local, "buffer"):
            self._local.buffer = aligned(CHUNK)
        buffer: NDArray[np.uint8] = self._local.buffer
        return buffer
