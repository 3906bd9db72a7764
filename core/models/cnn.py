"""A small convolutional network."""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated, Literal

from torch import nn

from core.data.prepared import DataShape
from core.errors import SpecError
from core.models.parts import Activation, ActivationName, BatchNorm2d, Dropout, activation, convolution
from core.spec.fields import Section, about

TITLE = "Convolutional network"
SUMMARY = (
    "Stages of convolutions, each halving the image, and a small perceptron on top. Good for images up to 64 x 64."
)
ACCEPTS = ("image",)


class Options(Section, frozen=True):
    """What a convolutional network lets one choose."""

    channels: Annotated[
        tuple[Annotated[int, about("Channels", "How many feature maps.", ge=1, le=4096)], ...],
        about("Channels", "Feature maps of each stage; every stage halves the image.", min_length=1, max_length=8),
    ] = (32, 64)
    convolutions: Annotated[int, about("Convolutions", "How many in each stage.", ge=1, le=8)] = 2
    kernel: Annotated[
        Literal[1, 3, 5, 7], about("Kernel", "Side of the window each convolution sees.", unit="pixels", rare=True)
    ] = 3
    activation: Activation = "relu"
    normalise: Annotated[bool, about("Batch normalisation", "Keeps the scale of each feature map steady.")] = True
    head: Annotated[
        Literal["flatten", "average"],
        about("Head sees", "Every pixel of the last feature maps, or their averages over the image.", rare=True),
    ] = "flatten"
    hidden: Annotated[int, about("Hidden", "Width of the layer before the last; 0 leaves it out.", ge=0, le=65_536)] = (
        128
    )
    dropout: Dropout = 0.25


def build(options: Options, shape: DataShape) -> nn.Module:
    """Return a model from images (n, channels, height, width) to outputs (n, outputs).

    Raises SpecError when the stages would halve the image to nothing.
    """
    channels, height, width = shape.input_shape
    _check_size(len(options.channels), height, width)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, wide in enumerate(options.channels, start=1):
        layers[f"stage{number}"] = _stage(channels, wide, options)
        channels, height, width = wide, height // 2, width // 2
    if options.head == "average":
        layers["average"] = nn.AdaptiveAvgPool2d(1)
        height = width = 1
    layers["flatten"] = nn.Flatten()
    features = channels * height * width
    if options.hidden:
        layers["hidden"] = nn.Linear(features, options.hidden)
        layers["activation"] = activation(options.activation)
        features = options.hidden
    if options.dropout:
        layers["dropout"] = nn.Dropout(options.dropout)
    layers["head"] = nn.Linear(features, shape.outputs)
    return nn.Sequential(layers)


def _stage(channels_in: int, channels_out: int, options: Options) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    curve: ActivationName = options.activation
    for number in range(1, options.convolutions + 1):
        # A bias would be taken away again by the normalisation.
        layers[f"conv{number}"] = convolution(channels_in, channels_out, options.kernel, bias=not options.normalise)
        if options.normalise:
            layers[f"norm{number}"] = BatchNorm2d(channels_out)
        layers[f"activation{number}"] = activation(curve)
        channels_in = channels_out
    layers["pool"] = nn.MaxPool2d(2)
    return nn.Sequential(layers)


def _check_size(stages: int, height: int, width: int) -> None:
    most = min(height, width).bit_length() - 1
    if stages > most:
        remedy = f"Give at most {most} stages." if most else "Choose mlp or linear for images this small."
        raise SpecError(
            f"{stages} stages halve the image {stages} times, but it has only {height} x {width} pixels.",
            where="model.channels",
            remedy=remedy,
        )
