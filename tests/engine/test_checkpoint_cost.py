"""What checkpoints cost: how large they will be, how many, and how long training stands still for them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from core.checkpoints.store import CheckpointStore
from core.engine.spacing import LEAST_S, SHARE, Spacing
from core.runs.events import CheckpointSaved
from core.spec.checkpoint_cost import Sizes, expected_cost, in_words, warning
from core.spec.read import spec_from_dict

pytestmark = pytest.mark.torch

MODELS: list[dict[str, Any]] = [
    {"model": {"kind": "mlp", "hidden": [512, 512]}},
    {"model": {"kind": "cnn", "channels": [16, 32]}, "training": {"optimizer": {"kind": "muon"}}},
    {"model": {"kind": "resnet"}, "training": {"optimizer": {"kind": "sgd", "momentum": 0.9}}},
    {"model": {"kind": "transformer"}, "training": {"ema": 0.9}},
]


@pytest.mark.parametrize("changes", MODELS, ids=["mlp", "cnn-muon", "resnet-sgd", "transformer-ema"])
def test_that_the_size_is_known_before_to_a_few_percent(bench: Any, changes: dict[str, Any]) -> None:
    from core.data.prepare import prepare
    from core.engine.weighing import sizes_of_draft

    run = bench.run(**changes, checkpoints={"num_checkpoints": 1})
    spec = run.spec()
    changed = {"budget": {"unit": "steps", "stop_point": 1}}
    run = bench.run(**{**changes, "training": {**changes.get("training", {}), **changed}})
    parameters, sizes = sizes_of_draft(spec, prepare(spec.data, bench.workspace.path).shape, bench.workspace.path)
    bench.train(run)
    state = bench.state(run)
    written = CheckpointStore(run.checkpoints_path).path(1).stat().st_size
    assert sizes.whole == pytest.approx(written, rel=0.05)
    assert sizes.weights < sizes.whole
    assert state.prepared is not None
    assert (state.prepared.parameters, state.prepared.checkpoint_bytes) == (parameters, sizes.whole)


def expected(checkpoints: dict[str, Any], select: str = "last") -> Any:
    """Return the cost of a run of 100 steps of 10 examples, 100 to the epoch, measured each epoch; 10 bytes each."""
    spec = spec_from_dict(
        {
            "training": {
                "batch_size": 10,
                "select": select,
                "budget": {"unit": "steps", "stop_point": 100},
                "evaluate": {"unit": "epochs", "interval": 1},
            },
            "checkpoints": checkpoints,
        }
    )
    return expected_cost(spec, 100, Sizes(10, 4))


def test_that_the_count_follows_the_policy() -> None:
    assert expected({"num_checkpoints": 5}).kept == 6
    assert expected({"num_checkpoints": 5, "every": {"unit": "steps", "interval": 10}}).kept == 16
    assert expected({"num_checkpoints": 5}, "best").kept == 17
    few = {"num_checkpoints": 50, "keep_last": 2, "keep_best": 3}
    assert expected(few).kept == 6
    assert expected(few).total == 60
    assert expected({**few, "keep_phases": True}).kept == 19
    thin = expected({**few, "thin": True})
    assert (thin.kept, thin.thinned, thin.total) == (6, 45, 60 + 45 * 4)
    assert expected({"every": {"unit": "auto"}}).by_clock
    assert not expected({"every": {"unit": "auto"}, "keep_last": 3}).by_clock


def test_that_one_is_warned_before_the_disk_is_full() -> None:
    cost = expected({"num_checkpoints": 9})
    assert warning(cost, 1000) == ""
    assert "Not even one" in warning(cost, 5)
    assert "only 50 B are free" in warning(cost, 50)
    assert "keep_last" in warning(cost, 150)
    assert in_words(cost, 1000) == "10 B each, at most 10, 100 B; 1 kB free"


def test_that_a_run_warns_at_its_beginning(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    usage = shutil.disk_usage(bench.workspace.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100_000))
    run = bench.run()
    bench.train(run)
    assert any("All checkpoints may take" in notice.message for notice in bench.state(run).notices)


def test_that_automatic_saving_keeps_its_share_whatever_a_save_costs() -> None:
    for cost in (0.001, 0.2, 3.0):
        now, spent, saves, next_s = 0.0, 0.0, 0, 0.0
        last: float | None = None
        spacing = Spacing(1.0, int(cost * 200e6), lambda: spent, lambda: last, lambda: now)  # noqa: B023
        next_s = spacing()
        assert next_s >= LEAST_S
        while now < 3600:
            now = max(now, next_s)
            now, spent, last, saves = now + cost, spent + cost, cost, saves + 1
            next_s = now + spacing()
            assert spent / now <= 0.035, f"after {saves} saves of {cost} s"
        assert saves > 0.8 * min(3600 / (LEAST_S + cost), 3600 * SHARE / cost)


def test_that_automatic_saving_does_not_touch_the_weights(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.spacing.LEAST_S", 0.0)
    runs = [bench.run(checkpoints={"every": {"unit": unit, "interval": 1e-3}}) for unit in ("off", "auto")]
    for run in runs:
        assert bench.train(run).outcome == "completed"
    few, many = (len(bench.state(run).checkpoints) for run in runs)
    assert many > few
    assert bench.final(runs[0]) == bench.final(runs[1])


def test_that_the_meter_adds_up_what_the_events_say(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    bench.train(run, resume_from=30)
    saved = [event for event in bench.events(run) if isinstance(event, CheckpointSaved)]
    meter = bench.state(run).saving
    assert meter.saves == len(saved) > 4
    assert math.isclose(meter.stall_s, sum(event.stall_s for event in saved))
    assert 0 < meter.share < 1
    assert f"{meter.saves} checkpoints were saved" in meter.in_words()
