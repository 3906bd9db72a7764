"""What each step measured, kept in columns and written a few times a second.

A point costs the training thread well under a microsecond: numbers go into preallocated columns, and where they still
are on the device they stay there until they are fetched together.
"""

from __future__ import annotations

import math
from array import array

import numpy as np
import torch
from torch import Tensor

from core.engine.non_finite import Number
from core.engine.train_state import Counters
from core.runs.columns import columns_of_one, to_column
from core.runs.events import Metrics
from core.runs.journal import EventWriter

CAPACITY = 4096


class Points:
    """The points of the training steps not yet written: step, examples, wall, train/loss, learning rate, norm."""

    def __init__(self) -> None:
        self._steps, self._examples, self._walls, self._rates = (array("d", bytes(8 * CAPACITY)) for _ in range(4))
        self._losses: list[Number] = []
        self._norms: list[Number] = []

    def __len__(self) -> int:
        return len(self._losses)

    def add(self, step: int, examples: int, wall: float, loss: Number, rate: float, norm: Number) -> bool:
        """Take one step's point; tensors () are fetched later.  Return True when there is room for no more."""
        place = len(self._losses)
        self._steps[place] = step
        self._examples[place] = examples
        self._walls[place] = wall
        self._rates[place] = rate
        self._losses.append(loss)
        self._norms.append(norm)
        return place + 2 > CAPACITY

    def fetch(self) -> tuple[list[float], list[float]]:
        """Return losses and norms as numbers, waiting for the device where they are still there."""
        self._losses, self._norms = _numbers(self._losses), _numbers(self._norms)
        return self._losses, self._norms  # type: ignore[return-value]

    def step(self, place: int) -> int:
        """Return the step of the point at `place`."""
        return int(self._steps[place])

    def rate(self, place: int) -> float:
        """Return the learning rate of the point at `place`, counted from the end when negative."""
        return self._rates[place % len(self._losses)]

    def cut(self, count: int) -> None:
        """Forget all points but the first `count`."""
        del self._losses[count:], self._norms[count:]

    def clear(self) -> None:
        """Forget all points."""
        self.cut(0)

    def event(self) -> Metrics:
        """Return the fetched points as an event."""
        count = len(self._losses)
        losses, norms = self.fetch()
        return Metrics(
            step=_column(self._steps, count),
            examples=_column(self._examples, count),
            wall=_column(self._walls, count),
            values={
                "train/loss": to_column(np.array(losses)),
                "train/learning_rate": _column(self._rates, count),
                "train/grad_norm": to_column(np.array(norms)),
            },
        )


class Recorder:
    """Writes points; remembers the latest value of every metric."""

    def __init__(self, events: EventWriter) -> None:
        self.points = Points()
        self.latest: dict[str, float] = {}
        self._events = events

    def flush(self, counters: Counters) -> None:
        """Write the points of the training steps, and add their losses up for the mean since the last evaluation."""
        if len(self.points) == 0:
            return
        losses, norms = self.points.fetch()
        # One by one, not by `sum`, which compensates: when points happen to be written must make no difference.
        for loss in losses:
            if math.isfinite(loss):
                counters.loss_sum += loss
                counters.loss_count += 1
        self.latest |= {
            "train/loss": losses[-1],
            "train/learning_rate": self.points.rate(-1),
            "train/grad_norm": norms[-1],
        }
        event = self.points.event()
        self.points.clear()
        self._events.write(event)

    def write(self, step: int, examples: int, wall: float, values: dict[str, float]) -> None:
        """Write one point of several metrics, such as an evaluation's."""
        if values:
            self.latest |= values
            columns = columns_of_one(values.items())
            place = (to_column([step]), to_column([examples]), to_column([wall]))
            self._events.write(Metrics(step=place[0], examples=place[1], wall=place[2], values=columns))


def _column(values: array[float], count: int) -> str | list[float | str]:
    return to_column(np.frombuffer(values)[:count])


def _numbers(values: list[Number]) -> list[Number]:
    """Fetch what is still on a device, all in one transfer."""
    if not values or not isinstance(values[-1], Tensor):
        return values
    tensors = [value for value in values if isinstance(value, Tensor)]
    fetched = iter(torch.stack(tensors).float().tolist())
    return [next(fetched) if isinstance(value, Tensor) else value for value in values]
