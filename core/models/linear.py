"""One linear layer."""

from __future__ import annotations

from collections import OrderedDict
from math import prod

from torch import nn

from core.data.prepared import DataShape
from core.spec.fields import Section

TITLE = "Linear"
SUMMARY = "One linear layer: logistic regression for classes, linear regression for numbers. The yardstick."
ACCEPTS = ("image", "table")


class Options(Section, frozen=True):
    """A linear model has nothing to choose."""


def build(options: Options, shape: DataShape) -> nn.Module:
    """Return a model from inputs (n, *input_shape) to outputs (n, outputs)."""
    head = nn.Linear(prod(shape.input_shape), shape.outputs)
    return nn.Sequential(OrderedDict(flatten=nn.Flatten(), head=head))
