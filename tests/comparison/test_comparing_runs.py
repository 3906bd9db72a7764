"""Runs side by side: what differs, best, last and at a step, and the spread over seeds.  No torch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from core.comparison.recorded import spec_rows
from core.comparison.result import as_float
from core.comparison.runs import Point, Side, compare_sides
from core.errors import BadInput
from core.runs.columns import to_column
from core.runs.events import Metrics
from core.runs.state import RunState


def _side(name: str, values: list[float], *, seed: int = 0, width: int = 8, metric: str = "valid/loss") -> Side:
    steps = np.arange(10.0, 10.0 * len(values) + 1, 10.0)
    event = Metrics(
        step=to_column(steps),
        examples=to_column(steps),
        wall=to_column(steps),
        values={metric: to_column(values), "train/learning_rate": to_column(steps)},
    )
    spec: dict[str, Any] = {"name": name, "seed": seed, "model": {"kind": "mlp", "hidden": [width]}}
    return Side(name, name, "completed", spec, RunState.of([event]))


def test_that_only_what_differs_is_shown_and_names_do_not_count() -> None:
    found = compare_sides([_side("a", [1]), _side("b", [1], width=9), _side("c", [1], seed=4)])
    assert [(row.path, row.values) for row in found.spec] == [
        ("seed", [0, 0, 4]),
        ("model.hidden", [[8], [9], [8]]),
    ]


def test_that_a_field_that_one_spec_lacks_is_none() -> None:
    rows = spec_rows([{"model": {"kind": "mlp"}}, {"model": {"kind": "cnn", "kernel": 3}}])
    assert [(row.path, row.values) for row in rows] == [
        ("model.kind", ["mlp", "cnn"]),
        ("model.kernel", [None, 3]),
    ]


def test_that_true_is_not_one() -> None:
    assert [row.path for row in spec_rows([{"a": True}, {"a": 1}])] == ["a"]


def test_that_best_last_and_at_a_step_come_from_the_live_curve() -> None:
    found = compare_sides([_side("a", [3, 1, 2]), _side("b", [4, 4, 5, 6])], at_step=25)
    (loss, rate) = found.metrics
    assert loss.best == [Point(step=20, value=1.0), Point(step=10, value=4.0)]
    assert loss.last == [Point(step=30, value=2.0), Point(step=40, value=6.0)]
    assert loss.at == [Point(step=20, value=1.0), Point(step=20, value=4.0)]
    assert rate.name == "train/learning_rate"
    assert rate.best == [None, None]


def test_that_higher_is_better_where_it_is() -> None:
    (accuracy, _) = compare_sides([_side("a", [0.1, 0.9, 0.5], metric="valid/accuracy")]).metrics
    assert accuracy.higher_is_better
    assert accuracy.best == [Point(step=20, value=0.9)]


def test_that_a_run_that_broke_has_its_best_before_and_its_last_as_it_is() -> None:
    (loss, _) = compare_sides([_side("a", [2, 1, math.nan]), _side("b", [math.nan])]).metrics
    assert loss.best == [Point(step=20, value=1.0), Point(step=10, value="NaN")]
    assert loss.last[0] == Point(step=30, value="NaN")


def test_that_runs_that_differ_in_the_seed_alone_form_a_group_with_mean_and_spread() -> None:
    sides = [_side("a", [1.0]), _side("b", [2.0], seed=1), _side("c", [9.0], width=9), _side("d", [3.0], seed=2)]
    found = compare_sides(sides)
    assert [group.runs for group in found.groups] == [[0, 1, 3], [2]]
    assert [run.group for run in found.runs] == [0, 0, 1, 0]
    spread = found.groups[0].metrics[0].last
    assert spread is not None
    assert (spread.count, spread.mean, spread.deviation, spread.low, spread.high) == (3, 2.0, 1.0, 1.0, 3.0)
    alone = found.groups[1].metrics[0].last
    assert alone is not None
    assert alone.deviation is None


def test_that_the_same_seed_twice_counts_once() -> None:
    found = compare_sides([_side("a", [1.0]), _side("again", [1.0, 0.5]), _side("b", [2.5], seed=1)])
    (group,) = found.groups
    assert group.counted == [1, 2]
    assert group.metrics[0].last is not None
    assert as_float(group.metrics[0].last.mean) == 1.5


def test_that_no_run_is_bad_input() -> None:
    with pytest.raises(BadInput):
        compare_sides([])
