"""From a batch to its loss and its flat gradient: in parts where memory is short, compiled where that is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.engine.flat import FlatParameters
from core.engine.precision import Precision
from core.engine.seeds import undisturbed
from core.errors import RunError

Loss = Callable[[Tensor, Tensor], Tensor]
_ENGINE = torch.autograd.Variable._execution_engine


class Gradients:
    """Computes losses and gradients.  After a call `gradient` (n,) is that of the mean loss over the whole batch.

    With `undoable`, what a call changed besides (the running statistics of normalisation) can be taken back.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        parameters: FlatParameters,
        precision: Precision,
        accumulate: int = 1,
        *,
        undoable: bool = False,
    ) -> None:
        self.gradient = parameters.gradient
        self._one_of_loss = torch.ones((), device=parameters.weights.device)
        self._statistics = list(model.buffers()) if undoable else []
        self._before = [buffer.clone() for buffer in self._statistics]
        self._model = model
        self._loss = loss
        self._autocast = precision.autocast
        self._scale = precision.scale
        self._accumulate = accumulate

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of a batch, detached, shape ()."""
        self._keep()
        self.gradient.zero_()
        loss = self._one(inputs, targets) if self._accumulate == 1 else self._in_parts(inputs, targets)
        if self._scale is not None:
            self.gradient.div_(self._scale.scale)
        return loss

    def undo(self, skip: Tensor | None = None) -> None:
        """Take back what the last call changed besides; on the device itself where `skip`, float32 (), is 1."""
        for buffer, before in zip(self._statistics, self._before, strict=True):
            buffer.copy_(before if skip is None else torch.where(skip > 0, before, buffer))

    def _keep(self) -> None:
        for buffer, before in zip(self._statistics, self._before, strict=True):
            before.copy_(buffer)

    def _one(self, inputs: Tensor, targets: Tensor, share: float = 1.0) -> Tensor:
        """Add the gradient of a part of the batch that is `share` of it; return the part's loss times `share`."""
        if self._autocast is None:
            loss = self._loss(self._model(inputs), targets)
        else:
            with self._autocast:
                loss = self._loss(self._model(inputs), targets)
        if share != 1.0:
            loss = loss * share
        self._backward(loss if self._scale is None else loss * self._scale.scale)
        return loss.detach()

    def _backward(self, loss: Tensor) -> None:
        """Add the gradient of `loss`, shape (), to the flat gradient.

        What `loss.backward()` does; but on a small model its checks in Python cost a tenth of the step.
        """
        if loss.dtype != self._one_of_loss.dtype:
            self._one_of_loss = torch.ones_like(loss)
        _ENGINE.run_backward(
            (loss,), (self._one_of_loss,), False, False, (), allow_unreachable=True, accumulate_grad=True
        )

    def _in_parts(self, inputs: Tensor, targets: Tensor) -> Tensor:
        whole = len(inputs)
        parts = zip(inputs.chunk(self._accumulate), targets.chunk(self._accumulate), strict=True)
        return torch.stack([self._one(x, y, len(x) / whole) for x, y in parts]).sum()


class CompiledGradients(Gradients):
    """The same, with forward and backward pass compiled into one function of the flat weights.

    Only whole batches are compiled: the smaller last one of an epoch would cost a second compilation.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        parameters: FlatParameters,
        precision: Precision,
        accumulate: int = 1,
        *,
        undoable: bool = False,
        batch_size: int,
    ) -> None:
        super().__init__(model, loss, parameters, precision, accumulate, undoable=undoable)
        self._own = parameters.gradient
        self._weights = parameters.weights
        self._buffers = dict(model.named_buffers())
        self._batch_size = batch_size
        whole = _as_function(model, loss, parameters, precision.autocast)
        self._is_new = True
        self._compiled = torch.compile(whole, fullgraph=True, dynamic=False, options=_options(parameters))

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of a batch, detached, shape ()."""
        if len(inputs) != self._batch_size or self._accumulate != 1:
            self.gradient = self._own
            return super().__call__(inputs, targets)
        self._keep()
        one = 1.0 if self._scale is None else self._scale.scale
        loss: Tensor
        if self._is_new:
            self._compile(inputs, targets, one)
        self.gradient, loss = self._compiled(self._weights, self._buffers, inputs, targets, one)
        if self._scale is None:
            return loss
        self.gradient.div_(self._scale.scale)
        return loss / self._scale.scale

    def _compile(self, inputs: Tensor, targets: Tensor, one: Tensor | float) -> None:
        """Compile by a first call whose effects are taken back.  Raises RunError when it cannot be done."""
        before = [buffer.clone() for buffer in self._buffers.values()]
        try:
            with undisturbed(inputs.device):
                self._compiled(self._weights, self._buffers, inputs, targets, one)
        except (torch._dynamo.exc.TorchDynamoException, torch.jit.Error, OSError) as error:
            reason = str(error).strip().splitlines()[0]
            raise RunError(
                f"The training step could not be compiled: {reason}",
                where="compute.compile",
                remedy="Set compute.compile to false, or see the log for what is missing.",
            ) from error
        for buffer, old in zip(self._buffers.values(), before, strict=True):
            buffer.copy_(old)
        self._is_new = False


def _options(parameters: FlatParameters) -> dict[str, Any]:
    """Return what makes a call of the compiled step cheap; together they save a third of a small model's step.

    Nothing is looked at before each call (guards): layout, type and mode of everything are the same in each of them.
    On the CPU kernels are called from C++, one after the other.
    """
    guards = {"guard_filter_fn": torch.compiler.skip_all_guards_unsafe}
    return guards | ({"cpp_wrapper": True} if parameters.weights.device.type == "cpu" else {})


def _as_function(
    model: nn.Module, loss: Loss, parameters: FlatParameters, autocast: Any
) -> Callable[..., tuple[Tensor, Tensor]]:
    """Return a function of flat weights (n,), buffers, inputs, targets and scale: gradient (n,) and scaled loss."""
    places = parameters.places
    context = autocast or contextlib.nullcontext()

    def value_of(
        weights: Tensor, buffers: Mapping[str, Tensor], inputs: Tensor, targets: Tensor, scale: Tensor | float
    ) -> Tensor:
        named = {place.name: place.of(weights) for place in places}
        with context:
            value = loss(torch.func.functional_call(model, (named, dict(buffers)), (inputs,)), targets)
        return value * scale

    gradient_and_value = torch.func.grad_and_value(value_of)

    # A function of our own around it: torch passes over its own files when it compiles.
    def whole(
        weights: Tensor, buffers: Mapping[str, Tensor], inputs: Tensor, targets: Tensor, scale: Tensor | float
    ) -> tuple[Tensor, Tensor]:
        gradient, value = gradient_and_value(weights, buffers, inputs, targets, scale)
        return gradient, value

    return whole
