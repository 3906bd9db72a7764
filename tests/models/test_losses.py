"""Rules of core/engine/losses.py."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.data.prepared import DataShape, PreparedData
from core.engine.losses import build_loss
from core.errors import SpecError
from core.spec.losses import MAE, MSE, Auto, CrossEntropy, Huber, LossSpec

pytestmark = pytest.mark.torch


def data_of(targets: np.ndarray[Any, Any], outputs: int, train: int | None = None) -> PreparedData:
    """Prepared data of which only the targets matter; the first `train` are the training split."""
    task = "classification" if targets.dtype == np.int64 else "regression"
    count = len(targets) if train is None else train
    examples = SimpleNamespace(targets=lambda indices: targets[indices])
    return PreparedData(
        shape=DataShape("table", (3,), outputs, task),  # type: ignore[arg-type]
        examples=cast(Any, examples),
        train=np.arange(count),
        valid=np.arange(count, len(targets)),
        test=np.arange(0),
        classes=tuple("abcdefgh"[:outputs]) if task == "classification" else (),
        input_names=(),
        target_scale=(0.0, 1.0),
        in_memory=True,
        fingerprint="",
    )


CLASSES = data_of(np.array([0, 0, 0, 1, 2, 2], dtype=np.int64), 3)
NUMBERS = data_of(np.linspace(-1, 1, 8, dtype=np.float32).reshape(4, 2), 2)
LOGITS = torch.tensor(
    [[2.0, -1.0, 0.5], [0.1, 0.2, 0.3], [5.0, 0.0, -5.0], [0.0, 1.0, 0.0], [1.0, 1.0, 2.0], [3, 0, 0]]
)
LABELS = torch.tensor([0, 0, 0, 1, 2, 2])


def test_that_auto_is_cross_entropy_for_classes_and_squared_error_for_numbers() -> None:
    assert torch.equal(build_loss(Auto(), CLASSES)(LOGITS, LABELS), functional.cross_entropy(LOGITS, LABELS))
    outputs, targets = torch.randn(4, 2), torch.randn(4, 2)
    assert torch.equal(build_loss(Auto(), NUMBERS)(outputs, targets), functional.mse_loss(outputs, targets))


def test_that_label_smoothing_is_torchs_own() -> None:
    expected = functional.cross_entropy(LOGITS, LABELS, label_smoothing=0.1)
    assert torch.equal(build_loss(CrossEntropy(label_smoothing=0.1), CLASSES)(LOGITS, LABELS), expected)


def test_that_balanced_weights_give_every_class_the_same_share() -> None:
    loss = build_loss(CrossEntropy(balance="balanced"), CLASSES)
    torch.testing.assert_close(loss.weights, torch.tensor([6 / 9, 6 / 3, 6 / 6]))
    losses = functional.cross_entropy(LOGITS, LABELS, reduction="none")
    shares = torch.stack([losses[number == LABELS].mean() for number in range(3)])
    torch.testing.assert_close(loss(LOGITS, LABELS), shares.mean())


def test_that_balanced_weights_come_from_the_training_split_alone() -> None:
    targets = np.array([0, 1, 0, 1, 1, 1, 1, 1], dtype=np.int64)
    loss = build_loss(CrossEntropy(balance="balanced"), data_of(targets, 2, train=4))
    torch.testing.assert_close(loss.weights, torch.ones(2))


def test_that_a_class_absent_from_training_gets_a_finite_weight() -> None:
    loss = build_loss(CrossEntropy(balance="balanced"), data_of(np.array([0, 0, 1], dtype=np.int64), 3))
    assert isinstance(loss.weights, torch.Tensor)
    assert torch.isfinite(loss.weights).all()


def test_that_given_weights_count_relative_to_each_other() -> None:
    one = build_loss(CrossEntropy(balance="given", weights=(1, 2, 4)), CLASSES)(LOGITS, LABELS)
    ten = build_loss(CrossEntropy(balance="given", weights=(10, 20, 40)), CLASSES)(LOGITS, LABELS)
    torch.testing.assert_close(one, ten)
    # Over the whole training split it is the usual weighted mean.
    usual = functional.cross_entropy(LOGITS, LABELS, weight=torch.tensor([1.0, 2.0, 4.0]))
    torch.testing.assert_close(one, usual)


def test_that_the_weighted_loss_of_a_batch_is_the_mean_of_its_parts() -> None:
    loss = build_loss(CrossEntropy(balance="given", weights=(1, 2, 4), label_smoothing=0.2), CLASSES)
    parts = (loss(LOGITS[:3], LABELS[:3]) + loss(LOGITS[3:], LABELS[3:])) / 2
    torch.testing.assert_close(loss(LOGITS, LABELS), parts)


@pytest.mark.parametrize(
    ("spec", "reference"),
    [
        (MSE(), functional.mse_loss),
        (MAE(), functional.l1_loss),
        (Huber(delta=0.3), lambda a, b: functional.huber_loss(a, b, delta=0.3)),
    ],
)
def test_that_losses_of_numbers_are_torchs_own(spec: LossSpec, reference: Any) -> None:
    outputs, targets = torch.randn(5, 2), torch.randn(5, 2)
    assert torch.equal(build_loss(spec, NUMBERS)(outputs, targets), reference(outputs, targets))


@pytest.mark.parametrize("spec", [CrossEntropy(balance="balanced"), CrossEntropy(label_smoothing=0.1)])
def test_that_losses_work_in_double_and_in_half_precision(spec: LossSpec) -> None:
    loss = build_loss(spec, CLASSES)
    assert loss(LOGITS.double(), LABELS).dtype == torch.float64
    assert loss(LOGITS.bfloat16(), LABELS).dtype == torch.float32


@pytest.mark.parametrize(
    ("spec", "data", "where", "says"),
    [
        (CrossEntropy(), NUMBERS, "training.loss.kind", "numbers"),
        (MSE(), CLASSES, "training.loss.kind", "classes"),
        (Huber(), CLASSES, "training.loss.kind", "classes"),
        (CrossEntropy(balance="given", weights=(1.0,)), CLASSES, "training.loss.weights", "3 classes"),
        (CrossEntropy(balance="given", weights=(1.0, -1.0, 1.0)), CLASSES, "training.loss.weights.1", "-1"),
        (CrossEntropy(balance="given", weights=(1.0, math.nan, 1.0)), CLASSES, "training.loss.weights.1", "nan"),
        (CrossEntropy(balance="given", weights=(0.0, 0.0, 0.0)), CLASSES, "training.loss.weights", "zero"),
    ],
)
def test_that_a_loss_that_does_not_suit_the_data_is_refused(
    spec: LossSpec, data: PreparedData, where: str, says: str
) -> None:
    with pytest.raises(SpecError, match=says) as caught:
        build_loss(spec, data)
    assert caught.value.where == where
    assert caught.value.remedy
