"""A small residual network (He, Zhang, Ren and Sun, 2016)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated

from torch import Tensor, nn

from core.data.prepared import DataShape
from core.errors import SpecError
from core.models.parts import Activation, ActivationName, BatchNorm2d, Dropout, activation, convolution
from core.spec.fields import Section, about

TITLE = "Residual network"
SUMMARY = "Blocks that add to what they are given; stays trainable when deep. Good for images."
ACCEPTS = ("image",)


class Options(Section, frozen=True):
    """What a residual network lets one choose."""

    channels: Annotated[
        tuple[Annotated[int, about("Channels", "How many feature maps.", ge=1, le=4096)], ...],
        about(
            "Channels",
            "Feature maps of each stage; every stage after the first halves the image.",
            min_length=1,
            max_length=8,
        ),
    ] = (16, 32, 64)
    blocks: Annotated[int, about("Blocks", "Residual blocks of two convolutions in each stage.", ge=1, le=64)] = 2
    activation: Activation = "relu"
    dropout: Dropout = 0.0


class Block(nn.Module):
    """Two convolutions, added to the input; where the shape changes, the input passes a 1 x 1 convolution."""

    def __init__(self, channels_in: int, channels_out: int, stride: int, curve: ActivationName) -> None:
        super().__init__()
        self.conv1 = convolution(channels_in, channels_out, 3, stride=stride)
        self.norm1 = BatchNorm2d(channels_out)
        self.activation1 = activation(curve)
        self.conv2 = convolution(channels_out, channels_out, 3)
        self.norm2 = BatchNorm2d(channels_out)
        self.shortcut: nn.Module | None = None
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                OrderedDict(
                    conv=convolution(channels_in, channels_out, 1, stride=stride), norm=BatchNorm2d(channels_out)
                )
            )
        self.activation2 = activation(curve)

    def forward(self, images: Tensor) -> Tensor:
        """Map (n, channels_in, h, w) to (n, channels_out, h / stride, w / stride), rounded up."""
        added = self.norm2(self.conv2(self.activation1(self.norm1(self.conv1(images)))))
        kept = images if self.shortcut is None else self.shortcut(images)
        total: Tensor = self.activation2(kept + added)
        return total


def build(options: Options, shape: DataShape) -> nn.Module:
    """Return a model from images (n, channels, height, width) to outputs (n, outputs).

    Raises SpecError when a stage would halve an image that is one pixel already.
    """
    channels, height, width = shape.input_shape
    _check_size(len(options.channels), height, width)
    first = options.channels[0]
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["stem"] = nn.Sequential(
        OrderedDict(
            conv=convolution(channels, first, 3), norm=BatchNorm2d(first), activation=activation(options.activation)
        )
    )
    channels = first
    for number, wide in enumerate(options.channels, start=1):
        stage: OrderedDict[str, nn.Module] = OrderedDict()
        for block in range(1, options.blocks + 1):
            stride = 2 if number > 1 and block == 1 else 1
            stage[f"block{block}"] = Block(channels, wide, stride, options.activation)
            channels = wide
        layers[f"stage{number}"] = nn.Sequential(stage)
    layers["average"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    if options.dropout:
        layers["dropout"] = nn.Dropout(options.dropout)
    layers["head"] = nn.Linear(channels, shape.outputs)
    return nn.Sequential(layers)


def _check_size(stages: int, height: int, width: int) -> None:
    most = min(height, width).bit_length()
    if stages > most:
        raise SpecError(
            f"{stages} stages halve the image {stages - 1} times, but it has only {height} x {width} pixels.",
            where="model.channels",
            remedy=f"Give at most {most} stage{'s' if most > 1 else ''}.",
        )
