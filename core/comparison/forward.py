"""Passing examples through a checkpoint's model, exactly as its run evaluates.  In the child process."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.comparison.opening import Opened
from core.data.prepared import PreparedData
from core.engine.batches import Pair, split_batches
from core.engine.evaluation import batch_size_for
from core.engine.losses import build_loss

Ints = NDArray[np.int64]
Took = Callable[[int], None]  # told how much work was done, in examples that went through a model
WATCHED = 10  # times as long as a plain one takes an example whose layers are looked at, roughly


class Passed(NamedTuple):
    """Mean loss by the run's own loss, all outputs (n, k) and all targets, on the CPU."""

    loss: float
    outputs: Tensor
    targets: Tensor


def pass_examples(opened: Opened, indices: Ints, took: Took) -> Passed:
    """Return what the model makes of examples `indices` (n,) of its own data."""
    data = data_of(opened)
    loss_of = build_loss(opened.spec.training.loss, data).to(opened.device).forward
    outputs, targets, losses = [], [], []
    size = batch_size_for(data, opened.spec.training.batch_size)
    for inputs, wanted in batches(opened, indices, size):
        with torch.no_grad(), opened.precision.autocast or contextlib.nullcontext():
            found = opened.model(inputs)
            loss = loss_of(found, wanted)
        losses.append(loss.double() * len(wanted) if opened.device.type != "mps" else loss * len(wanted))
        half = found.dtype in (torch.bfloat16, torch.float16)
        outputs.append((found.float() if half else found).cpu())
        targets.append(wanted.cpu())
        took(len(wanted))
    mean = torch.stack(losses).sum().item() / len(indices)
    return Passed(mean, torch.cat(outputs), torch.cat(targets))


def batches(opened: Opened, indices: Ints, size: int) -> Iterator[Pair]:
    """Yield inputs and targets on the device, in the layout that the run computes in."""
    return split_batches(data_of(opened), indices, size, opened.device, channels_last=opened.channels_last)


def data_of(opened: Opened) -> PreparedData:
    """Return the data of a checkpoint that is known to have some."""
    assert opened.data is not None
    return opened.data


class LayerOutputs:
    """Sees the output of each layer of a model while it is called: of its first call, where it is called again.

    Only outputs with a row for each example are seen; `see(name, output)` is called in the order of the layers' ends.
    """

    def __init__(self, opened: Opened, see: Callable[[str, Tensor], None]) -> None:
        self._opened, self._see = opened, see
        self._seen: set[str] = set()

    def call(self, inputs: Tensor) -> None:
        """Pass inputs (n, *input_shape) through the model."""
        self._seen.clear()
        modules = dict(self._opened.model.named_modules())
        with contextlib.ExitStack() as stack:
            for row in self._opened.layers:
                module = modules.get(row.name, self._opened.model)
                stack.callback(module.register_forward_hook(self._hook(row.name, len(inputs))).remove)
            stack.enter_context(torch.no_grad())
            if self._opened.precision.autocast is not None:
                stack.enter_context(self._opened.precision.autocast)
            self._opened.model(inputs)

    def _hook(self, name: str, count: int) -> Callable[[nn.Module, Any, Any], None]:
        def on_leave(module: nn.Module, arguments: Any, output: Any) -> None:
            if isinstance(output, tuple):
                output = next((part for part in output if isinstance(part, Tensor)), None)
            fits = isinstance(output, Tensor) and output.dim() > 1 and len(output) == count
            if fits and output.is_floating_point() and name not in self._seen:
                self._seen.add(name)
                self._see(name, output.detach())

        return on_leave


def widest(layers: Sequence[Any]) -> int:
    """Return the most numbers that any layer gives for one example."""
    return max((math.prod(row.shape) for row in layers), default=1)
