"""The image of a checkpoint file in memory: filled tensor by tensor, then sealed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.digest import state_digest
from core.checkpoints.dtypes import Array, dtype_of, stored_as
from core.checkpoints.layout import PAGE, Layout, Signature, plan
from core.checkpoints.seal import SIZE, Seal, Span, checksum, encode_seal
from core.checkpoints.snapshot import Arena
from core.checkpoints.state_text import StateText


class Image:
    """The bytes of one file for one set of tensors.  `put` fills, `seal` completes; both may be repeated.

    `put` and the reading of `bytes` may happen in different threads as long as they touch different slots.
    """

    def __init__(self, tensors: Mapping[str, Array], dtypes: Mapping[str, str], capacity: int, folder: Path) -> None:
        """Plan the file (see `layout.plan` for the errors); memory is only taken by `attach`."""
        signatures = [Signature(name, dtype_of(name, array, dtypes), array.shape) for name, array in tensors.items()]
        self.layout: Layout = plan(signatures, -(-capacity // PAGE) * PAGE, folder)
        self._kinds = [array.dtype for array in tensors.values()]
        self._names = list(tensors)
        self._dtypes = dict(dtypes)

    def attach(self, arena: Arena) -> None:
        """Take memory from `arena` and write into it what is the same in every save."""
        self.bytes: NDArray[np.uint8] = arena.fit(self.layout.total)
        self.targets: list[Array] = [
            self._part(slot.span).view(stored_as(slot.dtype)).reshape(slot.shape) for slot in self.layout.slots
        ]
        position = 0
        for gap in self.layout.gaps:
            piece = np.frombuffer(self.layout.structure, np.uint8, gap.length, position)
            self._part(gap)[:] = piece
            position += gap.length

    def fits(self, tensors: Mapping[str, Array], dtypes: Mapping[str, str], state_bytes: int) -> bool:
        """Tell whether this plan can hold these tensors and a state of so many bytes."""
        if len(tensors) != len(self._names) or state_bytes > self.layout.state.length or dtypes != self._dtypes:
            return False
        if any(tensors.get(name) is None for name in self._names):
            return False
        if any(tensors[name].dtype != kind for name, kind in zip(self._names, self._kinds, strict=True)):
            return False
        return all(tensors[slot.name].shape == slot.shape for slot in self.layout.slots)

    def checksum_of(self, number: int) -> int:
        """Return the checksum of slot `number` as it is now."""
        return checksum(self._part(self.layout.slots[number].span))

    def seal(self, checksums: list[int], state: StateText) -> str:
        """Write index, state and seal.  `checksums` are by slot.  Returns the state's SHA-256."""
        layout = self.layout
        rows = layout.rows.copy()
        rows["xxh3"][[slot.row for slot in layout.slots]] = np.array(checksums, dtype=np.uint64)
        digest = state_digest(rows, state.scalars)
        index, text = rows.tobytes(), state.text(digest).ljust(layout.state.length, b"\0")
        self._part(layout.index)[:] = np.frombuffer(index, np.uint8)
        self._part(layout.state)[:] = np.frombuffer(text, np.uint8)
        seal = Seal(
            total=layout.total,
            index=layout.index,
            index_xxh3=checksum(index),
            index_widths=tuple(rows.dtype[field].itemsize for field in ("name", "dtype", "shape")),
            state=layout.state,
            state_xxh3=checksum(text),
            structure_xxh3=checksum(layout.structure),
            state_sha256=digest,
        )
        self.bytes[:SIZE] = np.frombuffer(encode_seal(seal), np.uint8)
        return digest

    def _part(self, span: Span) -> NDArray[Any]:
        return self.bytes[span.offset : span.end]
