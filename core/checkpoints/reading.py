"""From a file back to tensors and state, checked on the way.  Needs no HDF5: the index says where everything lies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.digest import state_digest
from core.checkpoints.dtypes import CARRIED, Array, stored_as
from core.checkpoints.index import TensorRow, decode_row, gaps_between, row_kind
from core.checkpoints.parallel_read import Piece, read_pieces
from core.checkpoints.seal import SIZE, Seal, Span, checksum, decode_seal
from core.checkpoints.snapshot import aligned
from core.checkpoints.state_json import State
from core.checkpoints.state_text import decode_state
from core.errors import CheckpointError

_ALIGNED = 64  # bytes: a cache line


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in memory.  `dtypes` names the types that NumPy cannot name, as `write_checkpoint` takes them."""

    path: Path
    tensors: dict[str, Array]
    dtypes: dict[str, str]
    state: State
    state_sha256: str


def read_checkpoint(
    path: Path,
    *,
    check: bool = True,
    only: Callable[[str], bool] | None = None,
    into: Mapping[str, Array] = {},
) -> Checkpoint:
    """Read a checkpoint; the arrays are fresh and writable, and lie side by side in one piece of memory.

    `only` chooses tensors by name.  Tensors named in `into` are read into the array given there (C-contiguous, same
    type and shape), which is faster than fresh memory; after an error these arrays hold anything.
    With `check`, every byte read is compared with its checksum.  Raises CheckpointError, which names the tensor.
    """
    with _named(path), _Opened(path) as opened:
        return opened.read(check, only, into)


def list_tensors(path: Path) -> list[TensorRow]:
    """Return name, type, shape and place of every tensor, sorted by name, without reading one.  CheckpointError."""
    with _named(path), _Opened(path) as opened:
        return opened.rows


def state_of(path: Path) -> State:
    """Return the scalar state alone.  Raises CheckpointError."""
    with _named(path), _Opened(path) as opened:
        return opened.state


def digest_of(path: Path) -> str:
    """Return `state_sha256`, computed anew from index and state.  Raises CheckpointError."""
    with _named(path), _Opened(path) as opened:
        return opened.seal.state_sha256


def check_file(path: Path) -> list[str]:
    """Check every byte and return what is wrong, one sentence each; empty when the file is good."""
    problems: list[str] = []
    try:
        with _Opened(path) as opened:
            opened.read(True, None, {}, problems.append)
    except (OSError, EOFError) as error:
        problems.append(f"It cannot be read: {error}.")
    except CheckpointError as error:
        problems.append(error.message)
    return problems


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say in every error which file it is about."""
    try:
        yield
    except (OSError, EOFError) as error:
        raise CheckpointError(f"It cannot be read: {error}.", where=path.name) from error
    except CheckpointError as error:
        raise CheckpointError(error.message, where=path.name, remedy=error.remedy) from error


class _Opened:
    """An open checkpoint whose seal, index and state are read and found intact."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Opened:
        self.descriptor = os.open(self.path, os.O_RDONLY)
        try:
            self.seal = self._read_seal()
            self.rows, index = self._read_index()
            self.state, scalars = decode_state(self._part(self.seal.state, self.seal.state_xxh3, "The state"))
            if state_digest(index, scalars) != self.seal.state_sha256:
                raise CheckpointError("The state is damaged: it does not match its SHA-256.")
        except BaseException:
            os.close(self.descriptor)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def read(
        self,
        check: bool,
        only: Callable[[str], bool] | None,
        into: Mapping[str, Array],
        report: Callable[[str], None] | None = None,
    ) -> Checkpoint:
        """Read tensors; damage is reported if there is someone to report to, else raised."""

        def damaged(piece: Piece) -> None:
            message = f"{piece.what} is damaged: it does not match its checksum."
            if report is None:
                raise CheckpointError(message)
            report(message)

        gaps = gaps_between([self.seal.index, self.seal.state, *(row.span for row in self.rows)], self.seal.total)
        rows = [row for row in self.rows if only is None or only(row.name)]
        tensors = {row.name: _fitting(row, into[row.name]) for row in rows if row.name in into}
        tensors |= _fresh([row for row in rows if row.name not in into])
        pieces = [
            Piece(row.span, _flat(tensors[row.name]), f"Tensor {row.name}", row.xxh3 if check else None) for row in rows
        ]
        structure = np.empty(sum(gap.length for gap in gaps), np.uint8)
        position = 0
        for gap in gaps if check else ():
            pieces.append(Piece(gap, structure[position : position + gap.length], "", None))
            position += gap.length
        read_pieces(self.descriptor, pieces, damaged)
        if check and checksum(structure) != self.seal.structure_xxh3:
            damaged(Piece(Span(0, 0), structure, "The file's structure", None))
        dtypes = {row.name: row.dtype for row in rows if row.dtype in CARRIED}
        return Checkpoint(self.path, tensors, dtypes, self.state, self.seal.state_sha256)

    def _read_seal(self) -> Seal:
        size = os.fstat(self.descriptor).st_size
        seal = decode_seal(os.pread(self.descriptor, SIZE, 0))
        if size != seal.total:
            raise CheckpointError(f"The file is cut short or grown: it has {size:,} bytes instead of {seal.total:,}.")
        return seal

    def _part(self, span: Span, xxh3: int, what: str) -> bytes:
        data = os.pread(self.descriptor, span.length, span.offset)
        if checksum(data) != xxh3:
            raise CheckpointError(f"{what} is damaged: it does not match its checksum.")
        return data

    def _read_index(self) -> tuple[list[TensorRow], NDArray[Any]]:
        data = self._part(self.seal.index, self.seal.index_xxh3, "The file's structure (its index)")
        rows = np.frombuffer(data, row_kind(self.seal.index_widths))
        return [decode_row(*row) for row in rows.tolist()], rows


def _fresh(rows: Sequence[TensorRow]) -> dict[str, Array]:
    """Return arrays for these tensors, side by side in one piece of memory.

    In huge pages: touching memory for the first time in small ones takes longer than reading it from a good disk.
    """
    starts = list(accumulate((-(-row.span.length // _ALIGNED) * _ALIGNED for row in rows), initial=0))
    memory = aligned(starts[-1])
    return {
        row.name: memory[start : start + row.span.length].view(stored_as(row.dtype)).reshape(row.shape)
        for row, start in zip(rows, starts, strict=False)
    }


def _fitting(row: TensorRow, array: Array) -> Array:
    if array.shape != row.shape or array.dtype != stored_as(row.dtype) or not array.flags.c_contiguous:
        expected = f"{row.dtype} of shape {row.shape}"
        raise CheckpointError(
            f"Tensor {row.name} is {expected} in the checkpoint but {array.dtype.name} of shape {array.shape} here."
        )
    return array


def _flat(array: Array) -> NDArray[np.uint8]:
    return array.reshape(-1).view(np.uint8)
