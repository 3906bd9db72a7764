"""How alike the layers of two models represent the same examples: linear CKA.

Kornblith, Norouzi, Lee, Hinton, "Similarity of neural network representations revisited" (ICML 2019), with the unbiased
estimator of HSIC (Song et al. 2012), whose value does not depend on how many examples there are, summed over small
batches (Nguyen, Raghu, Kornblith, ICLR 2021), so that memory is bounded however many examples and layers there are.
In terms of U-centred Gram matrices (Székely and Rizzo 2014) the estimator is an inner product, so all pairs of layers
of a batch are one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.comparison.forward import WATCHED, Ints, LayerOutputs, Took, batches, widest
from core.comparison.opening import Opened
from core.comparison.result import Examples, Number, Similarity, as_number

LEAST = 4  # examples in a batch for the estimator to exist
_BATCH = 256
_BYTES = 256 << 20  # of one layer's output for a batch
_CONSTANT = 1e-6  # outputs that vary less, relative to their size, do not vary: float32 has seven digits
METHOD = (
    "Linear CKA (Kornblith et al. 2019) with the unbiased HSIC estimator, summed over random batches (Nguyen "
    "et al. 2021), {count} of about {size} examples. 1: the same up to rotation and scale. 0: nothing in common; "
    "chance may bring it a little below. An output of several dimensions counts as one row of numbers for each example."
)
Floats = NDArray[np.float64]


def similarities(checkpoints: Sequence[Opened], indices: Ints, examples: Examples, took: Took) -> list[Similarity]:
    """Return the CKA of the first checkpoint with each of the others, on the examples `indices` (n,) in random order.

    All must have the same data.  n must be at least `LEAST`.  Entry i of the answer is for checkpoint i + 1.
    """
    first, others = checkpoints[0], checkpoints[1:]
    parts = _parts(indices, max(widest(one.layers) for one in checkpoints))
    sums = [_Sums(len(first.layers), len(other.layers)) for other in others]
    for part in parts:
        mine = _grams(first, part, took)
        for other, total in zip(others, sums, strict=True):
            total.add(mine, _grams(other, part, took))
    method = METHOD.format(count=len(parts), size=len(parts[0]))
    return [
        _similarity(number + 1, first, other, total.values(), examples, method)
        for number, (other, total) in enumerate(zip(others, sums, strict=True))
    ]


def centred_gram(output: Tensor) -> Floats:
    """Return the U-centred Gram matrix of a layer's output (n, ...) as n * n numbers, scaled for the estimator.

    The inner product of two of them is the unbiased estimate of HSIC.  All zeros for an output that does not vary.
    """
    count = len(output)
    rows = output.reshape(count, -1).float()
    largest = float(rows.abs().max())
    rows = rows - rows.mean(dim=0)  # changes nothing but the rounding errors
    size = float(rows.abs().max())
    if size <= _CONSTANT * largest:
        return np.zeros(count * count)
    rows /= size  # squares of large numbers do not fit float32
    gram = (rows @ rows.T).cpu().double().numpy() * size**2
    np.fill_diagonal(gram, 0.0)
    means = gram.sum(axis=0) / (count - 2)
    gram = gram - means[:, None] - means[None, :] + gram.sum() / ((count - 1) * (count - 2))
    np.fill_diagonal(gram, 0.0)
    scaled: Floats = gram.reshape(-1) / np.sqrt(count * (count - 3))
    return scaled


class _Sums:
    """Estimates of HSIC summed over batches: of each pair of layers, and of each layer with itself."""

    def __init__(self, rows: int, columns: int) -> None:
        self.pairs = np.zeros((rows, columns))
        self.first, self.other = np.zeros(rows), np.zeros(columns)

    def add(self, first: Floats, other: Floats) -> None:
        """Take in a batch: centred Gram matrices (layers, n * n)."""
        self.pairs += first @ other.T
        self.first += np.einsum("ij,ij->i", first, first)
        self.other += np.einsum("ij,ij->i", other, other)

    def values(self) -> list[list[Number | None]]:
        """Return the CKA of each pair; None where a layer does not vary or was not seen."""
        norms = np.sqrt(np.outer(self.first, self.other))
        return [
            [None if norm == 0 else _rounded(pair / norm) for pair, norm in zip(*row, strict=True)]
            for row in zip(self.pairs.tolist(), norms.tolist(), strict=True)
        ]


def _grams(opened: Opened, part: Ints, took: Took) -> Floats:
    """Return the centred Gram matrix of every layer for a batch, (layers, n * n); zeros for one that is not seen."""
    places = {row.name: place for place, row in enumerate(opened.layers)}
    grams = np.zeros((len(places), len(part) ** 2))

    def see(name: str, output: Tensor) -> None:
        grams[places[name]] = centred_gram(output)

    watching = LayerOutputs(opened, see)
    for inputs, _ in batches(opened, part, len(part)):
        watching.call(inputs)
    took(WATCHED * len(part))
    return grams


def _parts(indices: Ints, width: int) -> list[Ints]:
    """Cut examples into batches of nearly one size, none smaller than `LEAST`."""
    size = max(2 * LEAST, min(_BATCH, _BYTES // (4 * width)))
    return list(np.array_split(indices, max(1, -(-len(indices) // size))))


def _similarity(
    number: int, first: Opened, other: Opened, matrix: list[list[Number | None]], examples: Examples, method: str
) -> Similarity:
    rows, columns = [row.name for row in first.layers], [row.name for row in other.layers]
    place = {name: column for column, name in enumerate(columns)}
    return Similarity(
        other=number,
        rows=rows,
        columns=columns,
        matrix=matrix,
        by_layer=[matrix[row][place[name]] if name in place else None for row, name in enumerate(rows)],
        examples=examples,
        method=method,
    )


def _rounded(value: float) -> Number:
    return as_number(round(value, 6) if np.isfinite(value) else value)
