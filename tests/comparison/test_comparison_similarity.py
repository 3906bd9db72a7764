"""Linear CKA against its definition, and what must leave it as it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.comparison.similarity import centred_gram

pytestmark = pytest.mark.torch


def _cka(left: torch.Tensor, right: torch.Tensor) -> float:
    a, b = centred_gram(left), centred_gram(right)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def _hsic(k: NDArray[Any], other: NDArray[Any]) -> float:
    """The unbiased estimator as Song et al. (2012) write it."""
    n = len(k)
    k, other = k.copy(), other.copy()
    np.fill_diagonal(k, 0)
    np.fill_diagonal(other, 0)
    one = np.ones(n)
    total = np.trace(k @ other) + (one @ k @ one) * (one @ other @ one) / ((n - 1) * (n - 2))
    return float((total - 2 / (n - 2) * (one @ k @ other @ one)) / (n * (n - 3)))


def test_that_the_inner_product_of_centred_gram_matrices_is_the_unbiased_estimator() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(20, 5, generator=generator), torch.rand(20, 9, generator=generator)
    expected = _hsic((x @ x.T).double().numpy(), (y @ y.T).double().numpy())
    assert float(centred_gram(x) @ centred_gram(y)) == pytest.approx(expected, rel=1e-5)


def test_that_rotating_scaling_and_shifting_leave_similarity_at_one() -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(64, 10, generator=generator)
    rotation = torch.linalg.qr(torch.randn(10, 10, generator=generator))[0]
    assert _cka(x, 3 * x @ rotation + 5) == pytest.approx(1, abs=1e-5)


def test_that_independent_noise_is_not_similar_even_with_many_features() -> None:
    generator = torch.Generator().manual_seed(2)
    x, y = (torch.randn(64, 1000, generator=generator) for _ in range(2))
    assert abs(_cka(x, y)) < 0.1  # the plain, biased CKA would be about 0.94


def test_that_a_layer_that_does_not_vary_has_no_similarity() -> None:
    assert not centred_gram(torch.full((8, 3), 0.1)).any()


def test_that_the_matrix_has_the_layers_of_both_and_its_diagonal_is_by_layer(compare: Any) -> None:
    (found,) = compare("first@15", "first").similarity
    assert found.rows == found.columns
    assert [found.matrix[place][place] for place in range(len(found.rows))] == found.by_layer
    assert all(-0.5 < value <= 1 + 1e-6 for row in found.matrix for value in row)


def test_that_what_was_drawn_is_stated(compare: Any) -> None:
    (found,) = compare("first@15", "first").similarity
    assert (found.examples.split, found.examples.count) == ("valid", 100)
    assert found.examples.of > 100
    assert "random" in found.examples.chosen


def test_that_early_layers_are_more_alike_than_late_ones_as_training_goes_on(compare: Any) -> None:
    (found,) = compare("first@15", "first").similarity
    assert found.by_layer[0] == pytest.approx(1)
    assert all(left >= right - 0.1 for left, right in pairwise(found.by_layer))
