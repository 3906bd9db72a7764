"""Where everything lies in a checkpoint: planned once per set of tensors, reused for every save.

HDF5's own structures (groups, object headers, links) depend on names, types and shapes alone.  So h5py writes them
once, into a sparse file without any tensor bytes; we keep these structures and the offset of every data set.  Each
save then fills an image of the file in memory and writes it in one go, without calling HDF5 at all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t
from numpy.typing import NDArray

from core.checkpoints.dtypes import CARRIED, stored_as
from core.checkpoints.index import gaps_between, make_rows
from core.checkpoints.seal import SIZE, Span
from core.errors import CheckpointError

PAGE = 4096
FORMAT, VERSION = "epochal checkpoint", 1
INDEX, STATE = "index", "state"


class Signature(NamedTuple):
    """What the layout depends on, of one tensor."""

    name: str
    dtype: str
    shape: tuple[int, ...]


class Slot(NamedTuple):
    """One tensor's place in the file; `row` is its number in the index, which is sorted by name."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    span: Span
    row: int


@dataclass(frozen=True)
class Layout:
    """A planned file.  `slots` are in the order of the file, `gaps` are all bytes not in a slot, index or state."""

    slots: tuple[Slot, ...]
    rows: NDArray[Any]  # the index with every checksum 0
    index: Span
    state: Span
    total: int
    gaps: tuple[Span, ...]
    structure: bytes  # the bytes of all gaps, one after the other


def plan(signatures: Sequence[Signature], state_capacity: int, folder: Path) -> Layout:
    """Plan a file for these tensors and a state of up to so many bytes, by a sparse temporary file in `folder`.

    Raises CheckpointError for names that HDF5 cannot hold, OSError when the temporary file cannot be written.
    """
    _check_names([signature.name for signature in signatures])
    descriptor, name = tempfile.mkstemp(prefix=".layout.", suffix=".tmp", dir=folder)
    try:
        os.close(descriptor)
        ordered = sorted(signatures)
        spans, index, state, rows = _create(name, signatures, ordered, state_capacity)
        return _finish(name, ordered, spans, index, state, rows)
    finally:
        os.unlink(name)


def _check_names(names: Sequence[str]) -> None:
    known = set(names)
    for name in names:
        parts = name.split("/")
        if "\0" in name or any(part in ("", ".", "..") for part in parts) or parts[0] in (INDEX, STATE):
            raise CheckpointError(f"A tensor of a checkpoint cannot be called {name!r}.")
        for count in range(1, len(parts)):
            if (parent := "/".join(parts[:count])) in known:
                raise CheckpointError(f"A checkpoint cannot hold both a tensor {parent} and a tensor {name}.")


def _create(
    name: str, signatures: Sequence[Signature], ordered: Sequence[Signature], state_capacity: int
) -> tuple[dict[str, Span], Span, Span, NDArray[Any]]:
    """Let h5py create every data set without writing its bytes; return where each lies."""
    creation = h5p.create(h5p.FILE_CREATE)
    creation.set_userblock(SIZE)
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_alignment(2 * PAGE, PAGE)  # what is smaller is packed
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    with h5py.File(h5f.create(os.fsencode(name), h5f.ACC_TRUNC, creation, access)) as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        spans = {}
        for signature in signatures:
            dataset = _dataset(file, signature.name, h5t.py_create(stored_as(signature.dtype), True), signature.shape)
            if signature.dtype in CARRIED:
                h5py.Dataset(dataset).attrs["dtype"] = signature.dtype
            spans[signature.name] = _span(dataset)
        rows = make_rows([(*signature, spans[signature.name]) for signature in ordered])
        index = _span(_dataset(file, INDEX, _row_type(rows.dtype), rows.shape))
        state = _span(_dataset(file, STATE, _text_type(state_capacity), ()))
    return spans, index, state, rows


def _dataset(file: h5py.File, name: str, kind: Any, shape: tuple[int, ...]) -> Any:
    plist = h5p.create(h5p.DATASET_CREATE)
    plist.set_layout(h5d.CONTIGUOUS)
    plist.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5d.FILL_TIME_NEVER)
    plist.set_obj_track_times(False)
    links = h5p.create(h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    links.set_char_encoding(h5t.CSET_UTF8)
    space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
    return h5d.create(file.id, name.encode("utf-8"), kind, space, plist, links)


def _text_type(size: int) -> Any:
    """Return UTF-8 text that ends at its first NUL, at most `size` bytes with it."""
    kind = h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(h5t.STR_NULLTERM)
    kind.set_cset(h5t.CSET_UTF8)
    return kind


def _row_type(rows: np.dtype[Any]) -> Any:
    """Return the index's type as HDF5 tools show it best."""
    kind = h5t.create(h5t.COMPOUND, rows.itemsize)
    for field, (dtype, offset, *_) in (rows.fields or {}).items():
        member = _text_type(dtype.itemsize) if dtype.kind == "S" else h5t.py_create(dtype, True)
        kind.insert(field.encode("ascii"), offset, member)
    return kind


def _span(dataset: Any) -> Span:
    length = dataset.get_type().get_size() * dataset.get_space().get_simple_extent_npoints()
    return Span(dataset.get_offset(), length) if length else Span(0, 0)


def _finish(
    name: str, ordered: Sequence[Signature], spans: dict[str, Span], index: Span, state: Span, rows: NDArray[Any]
) -> Layout:
    """Read back what HDF5 wrote around the data sets."""
    slots = [Slot(*signature, spans[signature.name], row) for row, signature in enumerate(ordered)]
    slots.sort(key=lambda slot: (slot.span, slot.row))
    with open(name, "rb") as file:
        total = -(-os.fstat(file.fileno()).st_size // PAGE) * PAGE  # whole pages, as O_DIRECT wants them
        gaps = gaps_between([index, state, *(slot.span for slot in slots)], total)
        pieces = [os.pread(file.fileno(), gap.length, gap.offset).ljust(gap.length, b"\0") for gap in gaps]
    return Layout(tuple(slots), rows, index, state, total, gaps, b"".join(pieces))
