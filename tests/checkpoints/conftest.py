"""A small training state to save: weights, optimizer slots, random generators, and types that NumPy cannot name."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoints.format import write_checkpoint
from core.checkpoints.writing import Written


@dataclass
class Sample:
    """What one checkpoint is made of."""

    tensors: dict[str, np.ndarray[Any, Any]]
    state: dict[str, Any]
    dtypes: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> Written:
        """Write it to `path`."""
        return write_checkpoint(path, self.tensors, self.state, self.dtypes)


def make_sample(seed: int = 0, width: int = 96) -> Sample:
    """Return a sample whose numbers follow from `seed`."""
    random = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray[Any, Any]] = {}
    for layer in range(3):
        for group in ("model/{}", "optimizer/{}/exp_avg", "optimizer/{}/exp_avg_sq"):
            weight = random.normal(size=(width, width)).astype(np.float32)
            tensors[group.format(f"{layer}.weight")] = weight
    tensors["model/bn.num_batches_tracked"] = np.array(7)
    tensors["model/bf16"] = np.arange(6, dtype=np.uint16).reshape(2, 3)
    tensors["rng/torch"] = random.integers(0, 255, 5056, dtype=np.uint8)
    state = {"step": seed, "loss": math.nan, "rng": [3, [2**100, 1], None], "clock": {"saved": 1.5}}
    return Sample(tensors, state, {"model/bf16": "bfloat16"})


@pytest.fixture
def sample() -> Sample:
    """One sample."""
    return make_sample()
