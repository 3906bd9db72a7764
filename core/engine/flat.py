"""All trainable parameters in one vector, so that an update is one operation instead of one per parameter.

The model keeps its own parameters; their storage is a part of the vector, and so is the storage of their gradients.
Names stay with the parameters: whatever lies flat here (weights, gradients, an optimizer's memory, averages) can be
looked at as named tensors of the parameters' own shapes, without copying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.errors import ComponentError

_ALIGN = 16  # elements; a parameter that starts on a cache line multiplies faster


@dataclass(frozen=True)
class Place:
    """Where one parameter lies in the vector."""

    name: str
    shape: torch.Size
    start: int
    size: int
    channels_last: bool

    def of(self, vector: Tensor) -> Tensor:
        """Return this parameter's part of a vector of shape (n,), in the parameter's own shape."""
        part = vector[self.start : self.start + self.size]
        if self.channels_last:
            out_channels, in_channels, height, width = self.shape
            return part.view(out_channels, height, width, in_channels).permute(0, 3, 1, 2)
        return part.view(self.shape)


class FlatParameters:
    """The trainable parameters of a model, laid end to end in `weights`, their gradients in `gradient`, both (n,).

    Gaps between parameters hold zeros and stay zero.  `gradient` is added to by `backward`; clear it before.
    A parameter that takes no part in the loss has a gradient of zero, so weight decay still applies to it.
    """

    def __init__(self, named: Sequence[tuple[str, nn.Parameter]], *, channels_last: bool = False) -> None:
        """Move the storage of `named` parameters into one vector.

        Raises ComponentError when there is none, or when they differ in number type or device.
        """
        if not named:
            raise ComponentError("The model has no trainable parameter.", where="model")
        first = named[0][1]
        for name, parameter in named:
            if parameter.dtype != first.dtype or parameter.device != first.device:
                raise ComponentError(
                    f"Parameter {name} is {parameter.dtype} on {parameter.device}, others are {first.dtype} on "
                    f"{first.device}.",
                    where="model",
                    remedy="Let all trainable parameters have one number type and one device.",
                )
        self.places = _lay_out(named, channels_last)
        last = self.places[-1]
        length = _aligned(last.start + last.size)
        self.weights = torch.zeros(length, dtype=first.dtype, device=first.device)
        self.gradient = torch.zeros_like(self.weights)
        with torch.no_grad():
            for place, (_, parameter) in zip(self.places, named, strict=True):
                place.of(self.weights).copy_(parameter)
                parameter.data = place.of(self.weights)
                parameter.grad = place.of(self.gradient)

    def __len__(self) -> int:
        return len(self.weights)

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector of shape (n,) as named views in the parameters' shapes."""
        return {place.name: place.of(vector) for place in self.places}


def _lay_out(named: Sequence[tuple[str, nn.Parameter]], channels_last: bool) -> tuple[Place, ...]:
    places: list[Place] = []
    start = 0
    for name, parameter in named:
        permuted = channels_last and parameter.dim() == 4
        places.append(Place(name, parameter.shape, start, parameter.numel(), permuted))
        start = _aligned(start + parameter.numel())
    return tuple(places)


def _aligned(length: int) -> int:
    return -(-length // _ALIGN) * _ALIGN
