"""A model of your own: copy this file into the components folder of a workspace, trust it, and choose "Two towers".

`input_shape` and `outputs` are given from the data.  Every other argument becomes a field of the form, with the limits
and the help that `about` declares.
"""

from __future__ import annotations

from math import prod
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from core.spec.fields import about


class TwoTowers(nn.Module):
    """A straight tower for what is linear and a deep one for the rest, added with a learned balance."""

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        width: Annotated[int, about("Width", "Values in each layer of the deep tower.", ge=1, le=4096)] = 128,
        depth: Annotated[int, about("Depth", "Layers of the deep tower.", unit="layers", ge=1, le=16)] = 2,
        activation: Literal["relu", "tanh", "gelu"] = "relu",
        dropout: Annotated[float, about("Dropout", "Share of values set to zero while training.", ge=0, lt=1)] = 0.0,
    ) -> None:
        super().__init__()
        curve = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}[activation]
        inputs = prod(input_shape)
        self.flatten = nn.Flatten()
        self.straight = nn.Linear(inputs, outputs)
        layers: list[nn.Module] = []
        for _ in range(depth):
            layers += [nn.Linear(inputs, width), curve(), nn.Dropout(dropout)]
            inputs = width
        self.deep = nn.Sequential(*layers, nn.Linear(inputs, outputs))
        self.balance = nn.Parameter(torch.zeros(outputs))

    def forward(self, examples: Tensor) -> Tensor:
        """Map (n, *input_shape) to (n, outputs)."""
        flat = self.flatten(examples)
        share = torch.sigmoid(self.balance)
        return share * self.straight(flat) + (1 - share) * self.deep(flat)
