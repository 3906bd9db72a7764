"""Arithmetic of the forward pass: float32, or mixed with bfloat16 or float16; weights stay float32."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from core.errors import SpecError

_GROWTH, _BACKOFF, _INTERVAL = 2.0, 0.5, 2000


class LossScale:
    """Keeps float16 gradients from vanishing: the loss is multiplied by `scale`, gradients are divided by it.

    `scale` halves when a gradient overflowed and doubles after 2,000 updates without one, all on the device.
    """

    def __init__(self, device: torch.device) -> None:
        self.scale = torch.full((), 65536.0, device=device)
        self._since = torch.zeros((), dtype=torch.int32, device=device)

    def update(self, overflowed: Tensor) -> None:
        """Adapt the scale; `overflowed` is float32 (), 1 when the gradient was not finite."""
        torch._amp_update_scale_(self.scale, self._since, overflowed, _GROWTH, _BACKOFF, _INTERVAL)

    def state(self) -> dict[str, float]:
        """Return what a checkpoint keeps; waits for the device."""
        return {"scale": self.scale.item(), "since": self._since.item()}

    def restore(self, state: dict[str, float]) -> None:
        """Go on where `state` was taken."""
        self.scale.fill_(state["scale"])
        self._since.fill_(int(state["since"]))


class Precision:
    """What the forward pass computes in.  `autocast` is None for float32, `scale` is None but for float16."""

    def __init__(self, kind: Literal["fp32", "bf16", "fp16"], device: torch.device) -> None:
        """Raise SpecError when the device cannot compute in `kind`."""
        self.autocast: Any = None
        self.scale: LossScale | None = None
        if kind == "fp32":
            return
        if kind == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
            raise SpecError(
                f"{torch.cuda.get_device_name(device)} cannot compute in bfloat16.",
                where="compute.precision",
                remedy="Choose fp16 or fp32.",
            )
        dtype = torch.bfloat16 if kind == "bf16" else torch.float16
        self.autocast = torch.autocast(device.type, dtype=dtype)
        if kind == "fp16":
            self.scale = LossScale(device)
