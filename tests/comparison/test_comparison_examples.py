"""What is compared example by example: losses, confusion, flipped predictions, residuals."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.checkpoints.format import read_checkpoint, write_checkpoint
from core.checkpoints.store import CheckpointStore
from core.comparison.request import Request
from core.comparison.result import as_array, as_float, decode
from core.comparison.shown import show
from core.runs.state import state_of_run
from core.spec.data import DataSpec

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", ["first", "averaged", "cnn", "numbers"])
def test_that_what_is_measured_now_is_what_the_run_recorded(name: str, gym: Any, compare: Any) -> None:
    found = compare(f"{name}@15", name)
    state = state_of_run(gym[name])
    for place, step in enumerate((15, gym.steps)):
        for row in (row for row in found.metrics if row.measured):
            steps, _, _, values = state.series(row.name).live_points()
            assert row.values[place] == values[steps == step][0], row.name
    assert not any("recorded" in note for note in found.notes)


@pytest.mark.parametrize("name", ["first", "averaged", "numbers"])
def test_that_the_ends_of_the_line_are_the_losses_of_its_checkpoints(name: str, gym: Any, compare: Any) -> None:
    found = compare(f"{name}@15", name)
    loss = next(row for row in found.metrics if row.name == "valid/loss")
    assert [found.line[0].valid[0], found.line[0].valid[-1]] == loss.values
    assert len(found.line[0].positions) == gym.few.points
    assert found.line[0].train_examples.count == 100


def test_that_averaged_weights_are_meant_where_evaluation_uses_them(compare: Any) -> None:
    found = compare("first", "averaged")
    assert [one.weights for one in found.checkpoints] == ["plain", "averaged"]
    assert any("EMA" in note for note in found.notes)


def test_that_every_flipped_prediction_is_counted_and_the_largest_change_comes_first(compare: Any) -> None:
    found = compare("first@15", "seed")
    (flipped,) = found.flipped
    assert flipped.count == len(flipped.listed) == flipped.gained + flipped.lost + flipped.changed > 0
    changes = np.abs(as_array([one.change for one in flipped.listed]))
    assert (np.diff(changes) <= 0).all()
    for one in flipped.listed:
        assert one.before != one.after
        assert one.change == pytest.approx(as_float(one.of_truth_after) - as_float(one.of_truth_before))
    right = [one for one in flipped.listed if one.after == one.truth]
    assert len(right) == flipped.gained
    before, after = (np.array(counts) for counts in found.confusion.counts)
    assert flipped.gained - flipped.lost == after.trace() - before.trace()


def test_that_the_list_may_be_short_but_the_count_is_whole(gym: Any, compare: Any) -> None:
    (all_of_them,) = compare("first@15", "seed").flipped
    (few,) = compare("first@15", "seed", choice=msgspec.structs.replace(gym.few, listed=3)).flipped
    assert few.count == all_of_them.count
    assert [one.index for one in few.listed] == [one.index for one in all_of_them.listed[:3]]


def test_that_confusion_is_over_the_whole_split_and_differences_are_from_the_first(compare: Any) -> None:
    found = compare("first@15", "seed")
    before, after = (np.array(counts) for counts in found.confusion.counts)
    assert before.sum() == after.sum() == found.confusion.examples.count == found.confusion.examples.of
    assert (np.array(found.confusion.differences[1]) == after - before).all()


def test_that_flipped_images_come_as_pictures_of_their_pixels(gym: Any, compare: Any) -> None:
    one = compare("first@15", "seed").flipped[0].listed[0]
    picture = Image.open(io.BytesIO(base64.b64decode(one.picture.png)))
    assert picture.size == (one.picture.width, one.picture.height) == (8, 8)
    assert picture.mode == "L"
    assert np.asarray(picture).max() > 200


def test_that_rows_are_shown_in_their_own_units_and_categories(tmp_path: Path) -> None:
    lines = [f"{0.1 * row:.1f},{'red' if row % 3 else 'blue'},{row % 2}" for row in range(30)]
    (tmp_path / "own.csv").write_text("\n".join(["size,colour,target", *lines, "", ""]))
    data = DataSpec(kind="csv", options={"path": str(tmp_path / "own.csv"), "target": "target"})
    shown = show(data, tmp_path, np.array([3, 4]))
    assert shown.columns == ["size", "colour"]
    assert shown.rows == [[0.3, "blue"], [0.4, "red"]]


def test_that_runs_on_other_data_are_compared_by_metrics_alone_and_it_is_said_why(compare: Any) -> None:
    found = compare("first", "wine", "seed")
    assert [one.same_data for one in found.checkpoints] == [True, False, True]
    assert {one.part for one in found.absent if one.other == 1} >= {"flipped", "similarity", "confusion", "activations"}
    assert all("different data" in one.why for one in found.absent if one.part == "flipped")
    assert [one.other for one in found.flipped] == [one.other for one in found.similarity] == [2]
    accuracy = next(row for row in found.metrics if row.name == "valid/accuracy")
    assert accuracy.values[1] is not None
    assert accuracy.differences[1] is None
    assert found.confusion.counts[1] is None


def test_that_runs_that_split_alike_data_differently_are_compared_on_what_both_hold_out(compare: Any) -> None:
    found = compare("first", "split")
    assert found.checkpoints[1].same_data
    examples = found.flipped[0].examples
    assert 0 < examples.count < examples.of
    assert any("split the data differently" in note for note in found.notes)
    assert np.array(found.confusion.counts[0]).sum() == examples.count


def test_that_residuals_are_in_the_unit_of_the_target(compare: Any) -> None:
    found = compare("numbers@15", "numbers")
    rmse = next(row for row in found.metrics if row.name == "valid/rmse")
    for place in range(2):
        mean, deviation = (as_float(values[place]) for values in (found.residuals.mean, found.residuals.deviation))
        assert np.hypot(mean, deviation) == pytest.approx(as_float(rmse.values[place]), rel=1e-5)
    assert as_float(found.residuals.correlation[0]) == pytest.approx(1)
    assert found.confusion is None
    (moved,) = found.flipped
    assert moved.count == moved.gained + moved.lost + moved.changed
    one = moved.listed[0]
    assert as_float(one.truth) == int(as_float(one.truth))  # whole numbers of the data
    assert len(one.row) == len(moved.columns) == 10


def test_that_every_activation_is_counted_for_every_checkpoint(compare: Any) -> None:
    found = compare("first@15", "first")
    assert [one.name for one in found.activations] == found.similarity[0].rows
    head = found.activations[-1]
    assert [sum(counts) for counts in head.counts] == [found.activation_examples.count * 10] * 2


def test_that_a_model_whose_outputs_are_not_numbers_predicts_nothing_and_it_is_said(gym: Any, compare: Any) -> None:
    run = gym["first"]
    whole = read_checkpoint(CheckpointStore(run.checkpoints_path).path(15))
    broken = {**whole.tensors, "model/head.bias": np.full(10, np.nan, np.float32)}
    path = CheckpointStore(run.checkpoints_path).path(16)
    write_checkpoint(path, broken, whole.state)
    try:
        found = compare("first", "first@16")
    finally:
        path.unlink()
    assert found.metrics[0].values[1] == "NaN"
    assert found.flipped == []
    assert found.confusion.counts[1] is None
    assert any(one.part == "flipped" and "not finite" in one.why for one in found.absent)
    head = next(row for row in found.layers if row.name == "head.bias")
    assert head.changes[1] == "NaN"
    assert found.line[0].valid[-1] == "NaN"
    assert found.weights[-1].not_finite[1] == 10


def test_that_without_its_data_only_weights_and_what_was_recorded_are_compared(gym: Any, tmp_path: Path) -> None:
    from core.comparison.comparing import compare

    rows = [f"{row / 10},{row % 7},{row * 2}" for row in range(60)]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["a,b,target", *rows, ""]))
    run = gym.train(
        {
            "data": {"kind": "csv", "path": str(path), "target": "target"},
            "model": {"kind": "mlp", "hidden": [4]},
            "training": {"budget": {"unit": "steps", "stop_point": 4}},
            "checkpoints": {"num_checkpoints": 2},
            "compute": {"device": "cpu", "threads": 1},
        }
    )
    request = Request(workspace=str(gym.workspace.path), checkpoints=[(run.id, 2), (run.id, 4)], choice=gym.few)
    assert compare(request, lambda progress: None).flipped
    path.write_text("\n".join(["a,b,target", *rows[:-1], ""]))
    assert any("has changed" in note for note in compare(request, lambda progress: None).notes)
    path.unlink()
    found = compare(request, lambda progress: None)
    assert found.layers[0].changes[1] > 0
    assert found.weights
    assert not found.flipped
    assert not found.line
    assert all("cannot be read" in one.why for one in found.absent)
    assert not any(row.measured for row in found.metrics)
    assert next(row for row in found.metrics if row.name == "train/loss").differences[1] is not None


def test_that_a_result_is_the_same_after_writing_and_reading(compare: Any) -> None:
    found = compare("first", "wine", "seed")
    assert decode(msgspec.json.encode(found)) == found
