"""How far weights moved, and their histograms."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from core.comparison.histograms import histogram
from core.comparison.line import barrier, blend
from core.comparison.result import as_float
from core.comparison.weights import between, moved

pytestmark = pytest.mark.torch


def test_that_a_checkpoint_does_not_differ_from_itself(compare: Any) -> None:
    found = compare("first", "first")
    assert found.layers
    assert all(row.changes == [0.0, 0.0] and row.distances == [0.0, 0.0] for row in found.layers)
    assert all(cosine in (1.0, None) for row in found.layers for cosine in row.cosines)
    assert found.similarity[0].by_layer == [1.0] * len(found.similarity[0].rows)
    assert found.flipped[0].count == 0
    assert found.line[0].barrier_train == found.line[0].barrier_valid == 0
    assert len(set(found.line[0].valid)) == 1
    assert all(row.differences[1] == 0 for row in found.metrics)
    assert found.spec == []
    assert "hold the same weights" in " ".join(found.notes)


def test_that_change_from_zero_is_infinite_and_of_zero_to_zero_none() -> None:
    zero, some = torch.zeros(4), torch.tensor([3.0, 0.0, 4.0, 0.0])
    assert moved(between(zero, some)) == (5.0, "Infinity", 5.0, None)
    assert moved(between(zero, zero)) == (0.0, 0.0, 0.0, None)
    assert moved(between(some, zero)) == (0.0, 1.0, 5.0, None)
    assert moved(between(some, 2 * some)) == (10.0, 1.0, 5.0, 1.0)
    assert moved(between(some, -some)).cosine == -1.0


def test_that_weights_that_are_not_numbers_are_said_to_be_none() -> None:
    found = moved(between(torch.ones(2), torch.tensor([1.0, math.nan])))
    assert found == ("NaN", "NaN", "NaN", "NaN")


def test_that_parts_add_up_to_the_whole_and_buffers_stand_apart(compare: Any) -> None:
    rows = compare("first@15", "first").layers
    model, layers = rows[0], [row for row in rows if row.kind == "layer"]
    assert model.kind == "model"
    assert model.elements == sum(row.elements for row in layers)
    assert model.elements == sum(row.elements for row in rows if row.kind == "parameter")
    squares = sum(as_float(row.distances[1]) ** 2 for row in layers)
    assert as_float(model.distances[1]) == pytest.approx(math.sqrt(squares))
    assert {row.name.rpartition(".")[2] for row in rows if row.kind == "buffer"} >= {"running_mean", "running_var"}
    assert not any(row.trainable for row in rows if row.kind == "buffer")


def test_that_layers_stand_in_the_order_they_are_carried_out_and_modules_before_them(compare: Any) -> None:
    rows = compare("cnn@15", "cnn").layers
    order = [row.name for row in rows if row.kind == "layer"]
    run = [name for name in compare("cnn@15", "cnn").similarity[0].rows if name in order]
    assert order == run
    assert rows[1].kind == "module"
    assert rows[2].name.startswith(f"{rows[1].name}.")
    assert rows[2].depth == rows[1].depth + 1


def test_that_models_of_other_families_are_not_compared_layer_by_layer(compare: Any) -> None:
    found = compare("first", "cnn")
    assert all(row.changes[1] is None and row.cosines[1] is None for row in found.layers)
    assert found.line == []
    assert {one.part for one in found.absent if one.other == 1} == {"layers", "line"}
    assert found.similarity[0].columns != found.similarity[0].rows
    assert found.flipped[0].count == len(found.flipped[0].listed) > 0
    assert [one.same_architecture for one in found.checkpoints] == [True, False]


def test_that_every_weight_is_counted_once_on_bins_that_checkpoints_share(compare: Any) -> None:
    found = compare("first@15", "first")
    sizes = {row.name: row.elements for row in found.layers if row.kind == "parameter"}
    assert {one.name for one in found.weights} == set(sizes)
    for one in found.weights:
        assert [sum(counts) for counts in one.counts] == [sizes[one.name]] * 2
        assert one.edges == sorted(one.edges)
        assert len(one.edges) == len(one.counts[0]) + 1


def test_that_numbers_that_are_not_finite_are_counted_apart() -> None:
    values = [torch.tensor([0.0, 1.0, math.nan, math.inf]), None, torch.tensor([2.0])]
    found = histogram("weight", values, 4)
    assert (found.edges[0], found.edges[-1]) == (0.0, 2.0)
    assert found.counts == [[1, 0, 1, 0], None, [0, 0, 0, 1]]
    assert found.not_finite == [2, 0, 0]


def test_that_one_value_gets_bins_around_it() -> None:
    found = histogram("bias", [torch.zeros(5)], 4)
    assert sum(found.counts[0] or []) == 5
    assert found.edges[0] < 0 < found.edges[-1]


def test_that_the_ends_of_a_line_are_exactly_the_checkpoints() -> None:
    first = {"weight": torch.rand(5), "count": torch.tensor(3)}
    other = {"weight": torch.rand(5), "count": torch.tensor(9)}
    for position, end in ((0.0, first), (1.0, other)):
        assert all(torch.equal(tensor, end[name]) for name, tensor in blend(first, other, position).items())
    middle = blend(first, other, 0.5)
    torch.testing.assert_close(middle["weight"], (first["weight"] + other["weight"]) / 2)
    assert middle["count"] == 9


def test_that_a_barrier_is_what_rises_above_the_straight_line_between_the_ends() -> None:
    assert barrier([0.0, 0.5, 1.0], [1.0, 2.0, 2.0]) == 0.5
    assert barrier([0.0, 0.5, 1.0], [1.0, 0.0, 2.0]) == 0.0
    assert barrier([0.0, 0.5, 1.0], [1.0, "NaN", 2.0]) == "NaN"


def test_that_tensors_that_a_module_owns_itself_stand_behind_it_and_layers_hold_no_others(compare: Any) -> None:
    rows = compare("cnn@15", "cnn").layers
    layers = [row.name for row in rows if row.kind == "layer"]
    assert not any(other.startswith(f"{name}.") for name in layers for other in layers)
    for place, row in enumerate(rows):
        if row.kind in ("parameter", "buffer"):
            owner = next(above for above in reversed(rows[:place]) if above.kind not in ("parameter", "buffer"))
            assert row.name.rpartition(".")[0] == owner.name
