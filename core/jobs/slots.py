"""How many runs train at a time on each device."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def gpu_count() -> int:
    """Return the number of visible CUDA devices, without asking torch or the driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip() not in ("", "-1")])
    devices = Path("/dev")
    return sum(1 for path in devices.glob("nvidia*") if re.fullmatch(r"nvidia[0-9]+", path.name))


def device_of(spec: Mapping[str, Any]) -> str:
    """Return the device that a run will train on, as a slot's name: cpu, mps, cuda:0, ...

    `spec` is spec.toml as it stands; anything odd in it counts as auto, for the worker to complain about.
    """
    compute = spec.get("compute")
    device = compute.get("device", "auto") if isinstance(compute, Mapping) else "auto"
    if device == "auto":
        return "cuda:0" if gpu_count() else ("mps" if sys.platform == "darwin" else "cpu")
    return "cuda:0" if device == "cuda" else str(device)


class Slots:
    """The limits: one run at a time on each device, unless workspace.toml says otherwise."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = {"cuda:0" if name == "cuda" else name: max(1, limit) for name, limit in limits.items()}

    def has_room(self, device: str, taken: Iterable[str]) -> bool:
        """Tell whether one more run may train on `device` while others train on `taken`."""
        return Counter(taken)[device] < self._limits.get(device, 1)
