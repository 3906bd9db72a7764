"""The guard between a gradient and the update: takes the norm, and lets nothing through that is not finite.

On the CPU the numbers are looked at in each step.  On an accelerator nobody waits for them: a flag on the device calls
the update off, this one and all after it, until the host fetches the numbers a little later and sees which step it was.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from core.engine.flat import FlatParameters
from core.engine.train_state import TrainState
from core.errors import NonFinite

Number = float | Tensor
_IN_A_ROW = 100  # steps left out before it is a failure all the same


class Reading(NamedTuple):
    """What the guard saw: loss and gradient norm (numbers, or tensors () not yet fetched), and what to do.

    `update` is False when the update must not be made; `skip` calls it off on the device.
    """

    loss: Number
    norm: Number
    update: bool
    skip: Tensor | None


class Guard(Protocol):
    """Looks at each gradient before it is used."""

    def inspect(self, loss: Tensor, gradient: Tensor) -> Reading:
        """Judge a loss () and a gradient (n,); nothing is changed."""
        ...

    def reset(self) -> None:
        """Let updates through again after a roll-back."""
        ...


class HostGuard:
    """Looks at the numbers at once: right where reading them costs nothing, on the CPU."""

    def inspect(self, loss: Tensor, gradient: Tensor) -> Reading:
        """Judge a loss and a gradient."""
        value = loss.item()
        squared = torch.dot(gradient, gradient).item()
        if not math.isfinite(squared):
            # The sum of squares may overflow where the gradient does not.
            squared = gradient.double().square().sum().item()
        return Reading(value, math.sqrt(squared) if squared >= 0 else math.nan, math.isfinite(squared + value), None)

    def reset(self) -> None:
        """Nothing to reset: each gradient is judged by itself."""


class DeviceGuard:
    """Judges on the device.  With `sticky` one bad step calls off all later ones too, until `reset`.

    With `scaled` (float16) a gradient that overflows is no failure, only one update left out.
    """

    def __init__(self, device: torch.device, *, sticky: bool, scaled: bool) -> None:
        self._bad = torch.zeros((), device=device)
        self._sticky = sticky
        self._scaled = scaled

    def inspect(self, loss: Tensor, gradient: Tensor) -> Reading:
        """Judge a loss and a gradient."""
        norm = torch.linalg.vector_norm(gradient)
        seen = loss if self._scaled else loss + norm
        bad = seen.isfinite().logical_not().to(self._bad.dtype)
        bad = torch.maximum(bad, self._bad, out=self._bad) if self._sticky else bad
        skip = torch.maximum(bad, norm.isfinite().logical_not().to(bad.dtype)) if self._scaled else bad
        return Reading(loss, norm, True, skip)

    def reset(self) -> None:
        """Let updates through again."""
        self._bad.zero_()


class Judge:
    """Says which of the fetched steps failed, by what the spec wants done about it.

    With `skip` a step that was not finite is left out, with `scaled` (float16) a gradient may overflow while the scale
    is being found; but neither without end.
    """

    def __init__(self, *, skip: bool, scaled: bool) -> None:
        self._skip = skip
        self._scaled = scaled
        self._in_a_row = 0

    def judge(self, losses: list[float], norms: list[float]) -> tuple[int | None, list[int]]:
        """Return the place of the step that ends training, or None, and the places of those left out before it."""
        left_out: list[int] = []
        for place, (loss, norm) in enumerate(zip(losses, norms, strict=True)):
            if math.isfinite(loss + norm):
                self._in_a_row = 0
                continue
            self._in_a_row += 1
            overflow = self._scaled and math.isfinite(loss)
            if self._in_a_row > _IN_A_ROW or not (overflow or self._skip):
                self._in_a_row = 0
                return place, left_out
            if not overflow:
                left_out.append(place)
        return None, left_out


def require_finite_statistics(state: TrainState) -> None:
    """Raise NonFinite when a buffer, such as a running variance, has overflowed although every gradient was finite."""
    for name, buffer in state.model.named_buffers():
        if buffer.is_floating_point() and not buffer.isfinite().all():
            step = state.counters.step
            raise NonFinite(
                f"{name} was not finite after step {step:,}; no checkpoint of it was saved.",
                step=step,
                where="training",
                remedy="Look at the data of this step, or lower training.optimizer.learning_rate.",
            )


def bad_parameters(parameters: FlatParameters, gradient: Tensor, most: int = 3) -> list[str]:
    """Return the names of the first parameters whose gradient is not finite."""
    named = parameters.named(gradient)
    return [name for name, part in named.items() if not part.isfinite().all()][:most]
