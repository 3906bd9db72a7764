"""The multilayer perceptron."""

from __future__ import annotations

from collections import OrderedDict
from math import prod
from typing import Annotated

from torch import nn

from core.data.prepared import DataShape
from core.models.parts import Activation, BatchNorm1d, Dropout, NormalisationName, Width, activation
from core.spec.fields import Section, about

TITLE = "Multilayer perceptron"
SUMMARY = "Fully connected layers. Good for tables and for small images."
ACCEPTS = ("image", "table")


class Options(Section, frozen=True):
    """What a multilayer perceptron lets one choose."""

    hidden: Annotated[
        tuple[Width, ...],
        about("Hidden layers", "The width of each hidden layer; none makes the model linear.", max_length=64),
    ] = (128, 128)
    activation: Activation = "relu"
    dropout: Dropout = 0.0
    normalisation: Annotated[
        NormalisationName, about("Normalisation", "Keeps the scale of each layer's values steady.")
    ] = "none"


def build(options: Options, shape: DataShape) -> nn.Module:
    """Return a model from inputs (n, *input_shape) to outputs (n, outputs); images are flattened."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if shape.kind == "image":
        layers["flatten"] = nn.Flatten()
    width = prod(shape.input_shape)
    for number, hidden in enumerate(options.hidden, start=1):
        layers[f"linear{number}"] = nn.Linear(width, hidden)
        if options.normalisation != "none":
            layers[f"norm{number}"] = BatchNorm1d(hidden) if options.normalisation == "batch" else nn.LayerNorm(hidden)
        layers[f"activation{number}"] = activation(options.activation)
        if options.dropout:
            layers[f"dropout{number}"] = nn.Dropout(options.dropout)
        width = hidden
    layers["head"] = nn.Linear(width, shape.outputs)
    return nn.Sequential(layers)
