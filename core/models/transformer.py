"""A transformer encoder over the columns of a table or the patches of an image (Vaswani et al., 2017)."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data.prepared import DataShape
from core.errors import SpecError
from core.models.parts import Activation, ActivationName, Dropout, activation
from core.spec.fields import Section, about

TITLE = "Transformer"
SUMMARY = "Attention between the columns of a table, or between the patches of an image."
ACCEPTS = ("image", "table")

MOST_TOKENS = 1024  # attention compares every token with every other: its cost grows with the square
GOOD_TOKENS = 64  # what the automatic patch size aims at


class Options(Section, frozen=True):
    """What a transformer lets one choose."""

    width: Annotated[int, about("Width", "Values that describe one token.", ge=1, le=8192)] = 64
    depth: Annotated[int, about("Depth", "Encoder blocks.", unit="blocks", ge=1, le=128)] = 2
    heads: Annotated[int, about("Heads", "Attention heads of each block; they divide the width.", ge=1, le=128)] = 4
    feed_forward: Annotated[int, about("Feed-forward", "Hidden width inside each block.", ge=1, le=65_536)] = 128
    patch_size: Annotated[
        int,
        about("Patch size", "Side of the squares an image is cut into; 0 chooses.", unit="pixels", ge=0, le=4096),
    ] = 0
    activation: Activation = "gelu"
    dropout: Dropout = 0.1


class Columns(nn.Module):
    """Turns each column of a table into a token: its value times a learned direction, plus a learned place."""

    def __init__(self, columns: int, width: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(width)
        self.direction = nn.Parameter(torch.empty(columns, width).uniform_(-bound, bound))
        self.place = nn.Parameter(torch.empty(columns, width).uniform_(-bound, bound))

    def forward(self, rows: Tensor) -> Tensor:
        """Map (n, columns) to (n, columns, width)."""
        return rows[:, :, None] * self.direction + self.place


class Patches(nn.Module):
    """Turns each square of an image into a token.  An image that the squares do not divide is padded with zeros."""

    def __init__(self, shape: tuple[int, ...], patch: int, width: int) -> None:
        super().__init__()
        channels, height, image_width = shape
        self.padding = (0, -image_width % patch, 0, -height % patch)
        self.project = nn.Conv2d(channels, width, patch, stride=patch)
        self.place = Places(math.ceil(height / patch) * math.ceil(image_width / patch), width)

    def forward(self, images: Tensor) -> Tensor:
        """Map (n, channels, height, width) to (n, tokens, width)."""
        if any(self.padding):
            images = functional.pad(images, self.padding)
        tokens: Tensor = self.place(self.project(images).flatten(2).transpose(1, 2))
        return tokens


class Places(nn.Module):
    """Adds a learned vector to each token, saying where it is."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(tokens, width).normal_(std=0.02))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, tokens, width), same shape."""
        return tokens + self.weight


class Attention(nn.Module):
    """Every token gathers from every other, in several heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, tokens, width), same shape."""
        n, count, width = tokens.shape
        parts = self.project_in(tokens).view(n, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind()
        gathered = functional.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.project_out(gathered.transpose(1, 2).reshape(n, count, width))
        return mixed


class Block(nn.Module):
    """Attention, then a small perceptron for each token; each adds to what it is given, normalised first."""

    def __init__(self, width: int, heads: int, feed_forward: int, curve: ActivationName, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.dropout1 = nn.Dropout(dropout)
        self.norm2 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, feed_forward)
        self.activation = activation(curve)
        self.linear2 = nn.Linear(feed_forward, width)
        self.dropout2 = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (n, tokens, width), same shape."""
        tokens = tokens + self.dropout1(self.attention(self.norm1(tokens)))
        deep: Tensor = self.dropout2(self.linear2(self.activation(self.linear1(self.norm2(tokens)))))
        return tokens + deep


class MeanOfTokens(nn.Module):
    """Averages over the tokens."""

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (n, tokens, width) to (n, width)."""
        return tokens.mean(dim=1)


def build(options: Options, shape: DataShape) -> nn.Module:
    """Return a model from inputs (n, *input_shape) to outputs (n, outputs).

    Raises SpecError when the heads do not divide the width, the patches do not divide the image, or there would be
    more than MOST_TOKENS tokens.
    """
    if options.width % options.heads:
        raise SpecError(
            f"{options.heads} heads cannot share a width of {options.width} evenly.",
            where="model.heads",
            remedy=f"Choose one of {_list(_divisors(options.width))} heads, or another width.",
        )
    blocks = OrderedDict[str, nn.Module]()
    for number in range(1, options.depth + 1):
        blocks[f"block{number}"] = Block(
            options.width, options.heads, options.feed_forward, options.activation, options.dropout
        )
    return nn.Sequential(
        OrderedDict(
            tokens=_tokens(options, shape),
            blocks=nn.Sequential(blocks),
            norm=nn.LayerNorm(options.width),
            mean=MeanOfTokens(),
            head=nn.Linear(options.width, shape.outputs),
        )
    )


def _tokens(options: Options, shape: DataShape) -> nn.Module:
    if shape.kind == "image":
        _, height, width = shape.input_shape
        patch = _given_patch(options.patch_size, height, width) if options.patch_size else good_patch(height, width)
        _check_tokens(_count(height, width, patch), "patches")
        return Patches(shape.input_shape, patch, options.width)
    (columns,) = shape.input_shape
    _check_tokens(columns, "columns")
    return Columns(columns, options.width)


def _check_tokens(count: int, of: str) -> None:
    if count > MOST_TOKENS:
        raise SpecError(
            f"A transformer compares every token with every other; the {count:,} {of} of this data are too many.",
            where="model.kind",
            remedy=f"Choose another family, or data with at most {MOST_TOKENS:,} {of}.",
        )


def good_patch(height: int, width: int) -> int:
    """Return a patch size that gives about GOOD_TOKENS tokens or fewer, one that divides both sides if any is near."""
    largest = min(height, width)
    fine = next(size for size in range(1, max(height, width) + 1) if _count(height, width, size) <= GOOD_TOKENS)
    smallest = min(largest, max(fine, 2 if largest >= 4 else 1))
    near = range(smallest, min(2 * smallest, largest) + 1)
    return next((size for size in near if height % size == 0 and width % size == 0), smallest)


def _given_patch(patch: int, height: int, width: int) -> int:
    divisors = [size for size in _divisors(math.gcd(height, width)) if _count(height, width, size) <= MOST_TOKENS]
    remedy = f"Choose one of {_list(divisors)}, or 0 to choose automatically." if divisors else "Choose 0."
    if patch > min(height, width):
        problem = f"A patch of {patch} x {patch} is larger than the image of {height} x {width} pixels."
    elif height % patch or width % patch:
        problem = f"Patches of {patch} x {patch} do not divide an image of {height} x {width} pixels."
    elif (count := _count(height, width, patch)) > MOST_TOKENS:
        problem = f"Patches of {patch} x {patch} make {count:,} tokens; more than {MOST_TOKENS:,} are too many."
    else:
        return patch
    raise SpecError(problem, where="model.patch_size", remedy=remedy)


def _count(height: int, width: int, patch: int) -> int:
    return math.ceil(height / patch) * math.ceil(width / patch)


def _divisors(number: int) -> list[int]:
    return [size for size in range(1, number + 1) if number % size == 0]


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
