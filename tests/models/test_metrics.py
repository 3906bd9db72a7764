"""Rules of core/engine/metrics.py, against scikit-learn's values."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics as reference

from core.engine.metrics import roc_auc, split_metrics
from core.errors import SpecError
from core.spec.metric_names import METRICS, OF_TASK, higher_is_better, metric_named

pytestmark = pytest.mark.torch


def values_of(*given: Any) -> dict[str, float]:
    return split_metrics(*given).values


def sample(classes: int, examples: int, seed: int, repeated: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (n, k) that know something of the labels (n,); `repeated` rows make many ties."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(classes, (examples,), generator=generator)
    targets[:classes] = torch.arange(classes)
    outputs = torch.randn(examples, classes, generator=generator)
    outputs[torch.arange(examples), targets] += 0.8
    if repeated:
        outputs = outputs[torch.randint(max(2, examples // 3), (examples,), generator=generator)]
    return outputs, targets


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize(("classes", "examples"), [(2, 50), (2, 2), (3, 90), (10, 360), (10, 12)])
def test_that_class_metrics_equal_scikit_learn(classes: int, examples: int, repeated: bool) -> None:
    outputs, targets = sample(classes, examples, seed=classes * examples, repeated=repeated)
    found = values_of("valid", outputs, targets, "classification")
    predicted = outputs.argmax(dim=1)
    average = "binary" if classes == 2 else "macro"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = [
            score(targets, predicted, average=average, zero_division=0)
            for score in (reference.precision_score, reference.recall_score, reference.f1_score)
        ]
    probabilities = outputs.double().softmax(dim=1)
    area = (
        reference.roc_auc_score(targets, probabilities[:, 1])
        if classes == 2
        else reference.roc_auc_score(targets, probabilities, multi_class="ovr")
    )
    expected = [reference.accuracy_score(targets, predicted), *scores, area]
    names = [f"valid/{name}" for name in ("accuracy", "precision", "recall", "f1", "roc_auc")]
    assert list(found) == names
    assert list(found.values()) == pytest.approx(expected, abs=1e-12)


def test_that_macro_means_leave_out_classes_that_do_not_occur() -> None:
    outputs = torch.eye(5)[torch.tensor([0, 1, 1, 0])] * 3
    targets = torch.tensor([0, 1, 0, 0])
    found = values_of("test", outputs, targets, "classification")
    predicted = outputs.argmax(dim=1)
    assert found["test/f1"] == pytest.approx(reference.f1_score(targets, predicted, average="macro"))
    assert found["test/recall"] == pytest.approx(reference.recall_score(targets, predicted, average="macro"))


def test_that_the_confusion_matrix_equals_scikit_learn() -> None:
    outputs, targets = sample(4, 100, seed=3)
    expected = reference.confusion_matrix(targets, outputs.argmax(dim=1))
    found = split_metrics("valid", outputs, targets, "classification").confusion
    assert found is not None
    assert found.dtype == np.int64
    assert (found == expected).all()


def test_that_ties_count_half_in_the_roc_curve() -> None:
    assert roc_auc(np.zeros(6), np.array([True, False, True, False, False, True])) == 0.5


def test_that_the_roc_curve_of_one_class_is_not_a_number() -> None:
    outputs, _ = sample(2, 10, seed=1)
    found = values_of("valid", outputs, torch.zeros(10, dtype=torch.int64), "classification")
    assert math.isnan(found["valid/roc_auc"])
    assert not math.isnan(found["valid/accuracy"])


def test_that_saturated_outputs_still_rank() -> None:
    outputs = torch.tensor([[0.0, 200.0], [0.0, 300.0], [0.0, 250.0], [0.0, 260.0]])
    targets = torch.tensor([0, 1, 0, 1])
    assert values_of("valid", outputs, targets, "classification")["valid/roc_auc"] == 1.0


def test_that_number_metrics_equal_scikit_learn_in_original_units() -> None:
    generator = torch.Generator().manual_seed(5)
    mean, deviation = 152.0, 77.0
    targets = torch.randn(80, 1, generator=generator)
    outputs = targets + 0.3 * torch.randn(80, 1, generator=generator)
    found = values_of("valid", outputs, targets, "regression", (mean, deviation))
    true, guess = targets.double() * deviation + mean, outputs.double() * deviation + mean
    assert found == pytest.approx(
        {
            "valid/mae": reference.mean_absolute_error(true, guess),
            "valid/rmse": reference.root_mean_squared_error(true, guess),
            "valid/r2": reference.r2_score(true, guess),
        }
    )


def test_that_several_targets_are_averaged_as_scikit_learn_does() -> None:
    generator = torch.Generator().manual_seed(6)
    targets, outputs = torch.randn(40, 3, generator=generator), torch.randn(40, 3, generator=generator)
    found = values_of("valid", outputs, targets, "regression")
    assert found["valid/rmse"] == pytest.approx(reference.root_mean_squared_error(targets, outputs), rel=1e-6)
    assert found["valid/r2"] == pytest.approx(reference.r2_score(targets, outputs), rel=1e-6)


def test_that_a_constant_target_has_no_r2() -> None:
    found = values_of("valid", torch.randn(4, 1), torch.ones(4, 1), "regression")
    assert math.isnan(found["valid/r2"])
    assert math.isfinite(found["valid/rmse"])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_that_one_output_that_is_not_finite_is_never_hidden(task: str, bad: float) -> None:
    outputs = torch.randn(6, 3)
    outputs[2, 1] = bad
    targets = torch.tensor([0, 1, 2, 0, 1, 2]) if task == "classification" else torch.randn(6, 3)
    found = split_metrics("valid", outputs, targets, task)  # type: ignore[arg-type]
    assert found.values
    assert all(math.isnan(value) for value in found.values.values())
    assert found.confusion is None


def test_that_an_empty_split_has_no_metrics() -> None:
    assert values_of("test", torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64), "classification") == {}


def test_that_every_metric_computed_has_a_name_and_a_direction() -> None:
    outputs, targets = sample(3, 30, seed=2)
    found = list(values_of("valid", outputs, targets, "classification"))
    found += list(values_of("valid", torch.randn(5, 1), torch.randn(5, 1), "regression"))
    named = {name for names in OF_TASK.values() for name in names} - {"loss"}
    assert {name.removeprefix("valid/") for name in found} == named
    assert {name for name in METRICS if higher_is_better(f"valid/{name}")} == {
        "accuracy", "precision", "recall", "f1", "roc_auc", "r2",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "near"), [("valid/acuracy", "accuracy"), ("vald/loss", "valid"), ("x/y", "train")])
def test_that_an_unknown_metric_is_refused_with_the_nearest_name(name: str, near: str) -> None:
    with pytest.raises(SpecError, match=near) as caught:
        metric_named(name)
    assert caught.value.where == "training.monitor"
