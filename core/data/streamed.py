"""Examples read from disk when they are asked for; only targets are held in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.source import Rows
from core.data.transform import Transform


@dataclass(frozen=True)
class StreamedExamples:
    """Raw rows on disk, turned into inputs by a fitted transform; targets as in HeldExamples."""

    rows: Rows
    transform: Transform
    all_targets: NDArray[np.int64] | NDArray[np.float32]

    def __len__(self) -> int:
        return self.rows.shape[0]

    def inputs(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read some inputs, shape (n, *input_shape)."""
        return self.transform(self.rows.take(indices))

    def targets(self, indices: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.float32]:
        """Return a copy of some targets, shape (n,) or (n, outputs)."""
        return self.all_targets[indices]
