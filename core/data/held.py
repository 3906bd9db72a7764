"""Examples held in memory, encoded and standardised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class HeldExamples:
    """All examples as two arrays.

    Inputs are float32 (n, *input_shape); targets int64 class numbers (n,) or float32 values (n, outputs).
    """

    all_inputs: NDArray[np.float32]
    all_targets: NDArray[np.int64] | NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.all_inputs)

    def inputs(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return a copy of some inputs, shape (n, *input_shape)."""
        return self.all_inputs[indices]

    def targets(self, indices: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.float32]:
        """Return a copy of some targets, shape (n,) or (n, outputs)."""
        return self.all_targets[indices]
