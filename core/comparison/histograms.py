"""Histograms of weights, and of what layers put out, on bins that all checkpoints share.  Nothing needs a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.comparison.forward import WATCHED, Ints, LayerOutputs, Took, batches, widest
from core.comparison.opening import Opened
from core.comparison.result import Histogram

_NUMBERS = 1 << 24  # of one layer's output at a time
Floats = NDArray[np.float64]


class Range:
    """The smallest and the largest finite number seen."""

    def __init__(self) -> None:
        self.low, self.high = np.inf, -np.inf

    def see(self, values: Tensor) -> None:
        """Take in numbers of any shape."""
        finite = _finite(values)
        if finite.numel():
            low, high = torch.aminmax(finite)
            self.low, self.high = min(self.low, float(low)), max(self.high, float(high))

    def edges(self, bins: int) -> Floats:
        """Return the edges (bins + 1,) of bins of one width; around a single value they are as wide as it is large."""
        low, high = (self.low, self.high) if self.low <= self.high else (0.0, 0.0)
        if not high - low > 1e-12 * max(abs(low), abs(high)):
            half = abs(low) / 2 or 0.5
            low, high = low - half, high + half
        return np.linspace(low, high, bins + 1)


class Counting:
    """Counts of one checkpoint on given edges."""

    def __init__(self, edges: Floats) -> None:
        self._edges = edges
        self.counts = np.zeros(len(edges) - 1, np.int64)
        self.not_finite = 0

    def see(self, values: Tensor) -> None:
        """Count numbers of any shape; none is lost at the outer edges."""
        finite = _finite(values)
        self.not_finite += values.numel() - finite.numel()
        low, high = float(self._edges[0]), float(self._edges[-1])
        counts = torch.histc(finite.clamp(low, high), len(self.counts), low, high)
        self.counts += counts.to(torch.int64).numpy()


def _finite(values: Tensor) -> Tensor:
    """Return the finite numbers, as float64, in which counts and edges are exact."""
    finite = torch.isfinite(values)
    return (values if bool(finite.all()) else values[finite]).double()


def weight_histograms(checkpoints: Sequence[Opened], bins: int) -> list[Histogram]:
    """Return a histogram for each parameter that any of the checkpoints has, in the order of the first."""
    names = dict.fromkeys(name for one in checkpoints for name in one.parameters)
    found = []
    for name in names:
        tensors = [one.weights.get(name) for one in checkpoints]
        values = [None if one is None else one.detach().flatten().float() for one in tensors]
        found.append(histogram(name, values, bins))
    return found


def histogram(name: str, values: Sequence[Tensor | None], bins: int) -> Histogram:
    """Return the histogram of one tensor for each checkpoint, None where it has none."""
    reach = Range()
    for one in values:
        if one is not None:
            reach.see(one)
    edges = reach.edges(bins)
    counted = [None if one is None else Counting(edges) for one in values]
    for counting, one in zip(counted, values, strict=True):
        if counting is not None and one is not None:
            counting.see(one)
    return _together(name, edges, counted)


def activation_histograms(
    checkpoints: Sequence[Opened | None], indices: Ints, bins: int, took: Took
) -> list[Histogram]:
    """Return a histogram for each layer over all numbers it puts out for the examples `indices` (n,).

    The examples pass twice: once to find the bins, once to count.  A checkpoint of other data is None.
    """
    known = [one for one in checkpoints if one is not None]
    names = dict.fromkeys(row.name for one in known for row in one.layers)
    reach = {name: Range() for name in names}
    for opened in known:
        _watch(opened, indices, lambda name, output: reach[name].see(output), took)
    edges = {name: one.edges(bins) for name, one in reach.items()}
    counted: list[dict[str, Counting]] = []
    for one in checkpoints:
        mine: dict[str, Counting] = {}
        if one is not None:
            _watch(one, indices, _count_into(mine, edges), took)
        counted.append(mine)
    return [_together(name, edges[name], [mine.get(name) for mine in counted]) for name in names]


def _count_into(mine: dict[str, Counting], edges: dict[str, Floats]) -> Callable[[str, Tensor], None]:
    def see(name: str, output: Tensor) -> None:
        mine.setdefault(name, Counting(edges[name])).see(output)

    return see


def _watch(opened: Opened, indices: Ints, see: Callable[[str, Tensor], None], took: Took) -> None:
    watching = LayerOutputs(opened, lambda name, output: see(name, output.float().cpu()))
    size = max(1, min(1024, _NUMBERS // widest(opened.layers)))
    for inputs, _ in batches(opened, indices, size):
        watching.call(inputs)
        took(WATCHED * len(inputs))


def _together(name: str, edges: Floats, counted: Iterable[Counting | None]) -> Histogram:
    counted = list(counted)
    return Histogram(
        name=name,
        edges=edges.tolist(),
        counts=[None if one is None else one.counts.tolist() for one in counted],
        not_finite=[0 if one is None else one.not_finite for one in counted],
    )
