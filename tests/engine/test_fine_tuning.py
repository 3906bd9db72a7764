"""Fine-tuning begins gently from a checkpoint, and what it forgot is measured as the runs themselves measured."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import BadInput
from core.forgetting import measure
from core.runs.fine_tuning import gentle_overrides, recommended_of
from core.runs.forking import Point, warm_start_outlook

pytestmark = pytest.mark.torch

FRESH = ["data.augment.noise=0.5", "data.split.valid=0.3"]


def test_that_forgetting_is_measured_on_what_each_run_held_out(bench: Any) -> None:
    parent = bench.run(training={"schedule": {"kind": "cosine"}})
    bench.train(parent)
    found = recommended_of(bench.state(parent))
    assert found is not None
    point = Point.of(parent, found.step)
    spec = warm_start_outlook(point, [*gentle_overrides(point.plan.training, epochs=1.0), *FRESH]).spec
    training = spec.training
    assert (training.budget.unit, training.budget.stop_point) == ("epochs", 1.0)
    assert training.schedule.__class__.__name__ == "Constant"
    assert training.optimizer.learning_rate == pytest.approx(0.0001)
    child = bench.workspace.create_run(spec)
    ended = bench.train(child)
    said: list[Any] = []
    report = measure(child, said.append)
    assert (report.parent, report.parent_step, report.step) == (parent.id, found.step, ended.model_step)
    recorded = {row.step: row.metrics for row in bench.state(parent).checkpoints}[found.step]
    assert report.old_before.metrics["accuracy"] == recorded["valid/accuracy"]
    assert report.old_before.metrics["loss"] == pytest.approx(recorded["valid/loss"])
    own = {row.step: row.metrics for row in bench.state(child).checkpoints}[ended.model_step]
    assert report.new_after.metrics["accuracy"] == own["valid/accuracy"]
    assert report.new_before.examples > report.old_before.examples
    assert (child.artifacts_path / "forgetting.json").exists()
    assert said[-1].fraction == pytest.approx(1.0)


def test_that_a_run_from_nothing_has_forgotten_nothing(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    with pytest.raises(BadInput, match="started from nothing"):
        measure(run, lambda _: None)


def test_that_no_time_and_no_rate_are_no_fine_tuning(bench: Any) -> None:
    with pytest.raises(BadInput, match="above 0"):
        gentle_overrides(bench.run().spec().training, epochs=0)
