"""Optimizers over one flat vector of weights.

Each update is one fused operation where torch has one.  An update can be called off on the device itself by `skip`,
a float32 tensor of shape () holding 1 (leave everything as it is) or 0, so that nobody has to wait for the device to
learn whether a gradient was finite.  The memory of an optimizer is a few vectors as long as the weights (`slots`)
and a count of updates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from core.engine.flat import FlatParameters, Place
from core.spec.optimizers import SGD, Adam, AdamW, Muon, OptimizerSpec, RMSprop


@dataclass(frozen=True)
class Slot:
    """One kind of memory, such as exp_avg: a vector as long as the weights, in use where `places` lie."""

    name: str
    vector: Tensor
    places: Sequence[Place]


class Optimizer(Protocol):
    """What the trainer asks of an optimizer."""

    slots: list[Slot]
    count: Tensor  # float32 (), updates made; on the weights' device

    def update(self, gradient: Tensor, rate: float, skip: Tensor | None = None) -> None:
        """Change the weights by one step of size `rate` along `gradient`, shape (n,)."""
        ...

    def adopt(self, spec: OptimizerSpec) -> None:
        """Take over the rates and the weight decay of `spec`, which is of the same kind; the memory stays."""
        ...


def build_optimizer(spec: OptimizerSpec, parameters: FlatParameters) -> Optimizer:
    """Return the optimizer of `spec` for `parameters`, with an empty memory."""
    match spec:
        case Adam() | AdamW():
            return AdamOptimizer(spec, parameters)
        case SGD():
            return SGDOptimizer(spec, parameters)
        case RMSprop():
            return RMSpropOptimizer(spec, parameters)
        case Muon():
            return MuonOptimizer(spec, parameters)


class AdamOptimizer:
    """Adam and AdamW, fused, for all parameters or for those at `places`."""

    def __init__(self, spec: Adam | AdamW, parameters: FlatParameters, places: Sequence[Place] | None = None) -> None:
        weights = parameters.weights
        self.count = torch.zeros((), device=weights.device)
        self.slots = [
            Slot(name, torch.zeros_like(weights), places or parameters.places) for name in ("exp_avg", "exp_avg_sq")
        ]
        self._parts = None if places is None else [slice(at.start, at.start + at.size) for at in places]
        self._weights = self._cut(weights)
        self._memory = [self._cut(slot.vector) for slot in self.slots]
        self._counts = [self.count] * len(self._weights)
        self._fused = torch._fused_adamw_ if isinstance(spec, AdamW) else torch._fused_adam_
        self._settings: dict[str, Any] = {
            "beta1": spec.beta1,
            "beta2": spec.beta2,
            "weight_decay": spec.weight_decay,
            "eps": spec.epsilon,
            "amsgrad": False,
            "maximize": False,
        }

    def update(self, gradient: Tensor, rate: float, skip: Tensor | None = None) -> None:
        """Change the weights by one step."""
        self.count.add_(1 if skip is None else 1 - skip)
        self._fused(
            self._weights,
            self._cut(gradient),
            self._memory[0],
            self._memory[1],
            [],
            self._counts,
            lr=rate,
            found_inf=skip,
            **self._settings,
        )

    def adopt(self, spec: OptimizerSpec) -> None:
        """Take over the weight decay of `spec`."""
        self._settings["weight_decay"] = spec.weight_decay

    def _cut(self, vector: Tensor) -> list[Tensor]:
        return [vector] if self._parts is None else [vector[part] for part in self._parts]


class SGDOptimizer:
    """Stochastic gradient descent, fused.  The first momentum is the first gradient, as memory begins with zeros."""

    def __init__(self, spec: SGD, parameters: FlatParameters) -> None:
        weights = parameters.weights
        self.count = torch.zeros((), device=weights.device)
        self.slots = (
            [Slot("momentum_buffer", torch.zeros_like(weights), parameters.places)] if spec.momentum > 0 else []
        )
        self._weights = [weights]
        self._memory = [slot.vector for slot in self.slots]
        self._settings: dict[str, Any] = {
            "momentum": spec.momentum,
            "nesterov": spec.nesterov and spec.momentum > 0,
            "weight_decay": spec.weight_decay,
            "dampening": 0.0,
            "maximize": False,
            "is_first_step": False,
        }

    def update(self, gradient: Tensor, rate: float, skip: Tensor | None = None) -> None:
        """Change the weights by one step."""
        self.count.add_(1 if skip is None else 1 - skip)
        torch._fused_sgd_(self._weights, [gradient], self._memory, lr=rate, found_inf=skip, **self._settings)

    def adopt(self, spec: OptimizerSpec) -> None:
        """Take over the weight decay of `spec`."""
        self._settings["weight_decay"] = spec.weight_decay


class _Undoable:
    """An optimizer that cannot leave out an update on the device: it makes it, then takes it back where it must."""

    slots: list[Slot]
    count: Tensor
    _weights: Tensor

    def update(self, gradient: Tensor, rate: float, skip: Tensor | None = None) -> None:
        """Change the weights by one step."""
        if skip is None:
            self._step(gradient, rate)
            return
        touched = [self._weights, self.count, *(slot.vector for slot in self.slots)]
        before = [tensor.clone() for tensor in touched]
        self._step(gradient, rate)
        for tensor, old in zip(touched, before, strict=True):
            torch.where(skip > 0, old, tensor, out=tensor)

    def _step(self, gradient: Tensor, rate: float) -> None:
        raise NotImplementedError


class RMSpropOptimizer(_Undoable):
    """RMSprop as torch defines it: epsilon outside the root, weight decay added to the gradient."""

    def __init__(self, spec: RMSprop, parameters: FlatParameters) -> None:
        self._spec, self._weight_decay = spec, spec.weight_decay
        self._weights = parameters.weights
        self.count = torch.zeros((), device=self._weights.device)
        names = ["square_avg", "momentum_buffer"] if spec.momentum > 0 else ["square_avg"]
        self.slots = [Slot(name, torch.zeros_like(self._weights), parameters.places) for name in names]

    def _step(self, gradient: Tensor, rate: float) -> None:
        spec = self._spec
        self.count.add_(1)
        if self._weight_decay > 0:
            gradient = gradient.add(self._weights, alpha=self._weight_decay)
        square = self.slots[0].vector.mul_(spec.alpha).addcmul_(gradient, gradient, value=1 - spec.alpha)
        scale = square.sqrt().add_(spec.epsilon)
        if spec.momentum > 0:
            velocity = self.slots[1].vector.mul_(spec.momentum).addcdiv_(gradient, scale)
            self._weights.add_(velocity, alpha=-rate)
        else:
            self._weights.addcdiv_(gradient, scale, value=-rate)

    def adopt(self, spec: OptimizerSpec) -> None:
        """Take over the weight decay of `spec`."""
        self._weight_decay = spec.weight_decay


class MuonOptimizer(_Undoable):
    """Muon for every matrix, AdamW for the rest; both follow the schedule, each from its own full rate."""

    def __init__(self, spec: Muon, parameters: FlatParameters) -> None:
        self._weights = parameters.weights
        self._ratio = spec.adamw_learning_rate / spec.learning_rate
        self._matrices = [place for place in parameters.places if len(place.shape) == 2]
        others = [place for place in parameters.places if len(place.shape) != 2]
        momentum = Slot("momentum_buffer", torch.zeros_like(self._weights), self._matrices)
        adamw = AdamW(learning_rate=spec.adamw_learning_rate, weight_decay=spec.weight_decay)
        self._adamw = AdamOptimizer(adamw, parameters, others) if others else None
        self._views = [nn.Parameter(place.of(self._weights), requires_grad=False) for place in self._matrices]
        self._muon = _build_muon(spec, self._views) if self._views else None
        for view, place in zip(self._views, self._matrices, strict=True):
            self._muon.state[view]["momentum_buffer"] = place.of(momentum.vector)  # type: ignore[union-attr]
        self.slots = [momentum, *(self._adamw.slots if self._adamw else [])]
        self.count = self._adamw.count if self._adamw else torch.zeros((), device=self._weights.device)

    def adopt(self, spec: OptimizerSpec) -> None:
        """Take over the weight decay of `spec`, and how its two rates stand to each other."""
        assert isinstance(spec, Muon)
        self._ratio = spec.adamw_learning_rate / spec.learning_rate
        if self._adamw is not None:
            self._adamw.adopt(spec)
        if self._muon is not None:
            self._muon.param_groups[0]["weight_decay"] = spec.weight_decay

    def _step(self, gradient: Tensor, rate: float) -> None:
        if self._adamw is not None:
            self._adamw.update(gradient, rate * self._ratio)
        else:
            self.count.add_(1)
        if self._muon is not None:
            for view, place in zip(self._views, self._matrices, strict=True):
                view.grad = place.of(gradient)
            self._muon.param_groups[0]["lr"] = rate
            self._muon.step()  # type: ignore[no-untyped-call]


def _build_muon(spec: Muon, matrices: list[nn.Parameter]) -> torch.optim.Muon:
    return torch.optim.Muon(
        matrices,
        lr=spec.learning_rate,
        momentum=spec.momentum,
        nesterov=spec.nesterov,
        weight_decay=spec.weight_decay,
    )
