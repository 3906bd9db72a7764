"""Parts that several model families are made of: activations, normalisation, and the words for their options."""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn
from torch.nn import functional

from core.spec.fields import about

ActivationName = Literal["relu", "gelu", "silu", "tanh"]
NormalisationName = Literal["none", "batch", "layer"]

Activation = Annotated[ActivationName, about("Activation", "The curve between two layers.")]
Dropout = Annotated[float, about("Dropout", "Share of values set to zero while training.", ge=0, lt=1)]
Width = Annotated[int, about("Size", "How many values.", ge=1, le=65_536)]

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


def activation(name: ActivationName) -> nn.Module:
    """Return the activation called `name`."""
    return _ACTIVATIONS[name]()


class BatchNorm1d(nn.BatchNorm1d):
    """Batch normalisation of (n, width) that survives a last batch of one example.

    One example has no deviation; torch refuses it in the middle of training.  Here it is normalised as in
    evaluation, and the running statistics stay as they are.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised input, same shape."""
        if self.training and input.shape[0] == 1:
            return functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
            )
        return super().forward(input)


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation of (n, channels, height, width) that survives one example of one pixel."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised input, same shape."""
        if self.training and input.shape[0] * input.shape[2] * input.shape[3] == 1:
            return functional.batch_norm(
                input, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
            )
        return super().forward(input)


def convolution(channels_in: int, channels_out: int, kernel: int, *, stride: int = 1, bias: bool = False) -> nn.Conv2d:
    """Return a convolution that keeps the image's size (divided by `stride`, rounded up); `kernel` is odd."""
    return nn.Conv2d(channels_in, channels_out, kernel, stride=stride, padding=kernel // 2, bias=bias)
