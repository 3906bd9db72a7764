"""A confusion matrix as it is kept and read."""

from __future__ import annotations

import numpy as np

from core.runs.confusion import ConfusionMatrix, confusion_matrices
from core.runs.events import Confusion, Environment, Started
from core.runs.state import CONFUSIONS, RunState

ENVIRONMENT = Environment(torch="2.13", python="3.11", platform="x86_64", device="cpu", threads=1)
COUNTS = [[8, 2, 0], [1, 5, 0], [0, 0, 0]]


def started(seq: int, resumed_from: int | None = None) -> Started:
    return Started(seq=seq, segment=0, pid=1, environment=ENVIRONMENT, resumed_from=resumed_from)


def told(seq: int, step: int, split: str = "valid", counts: list[list[int]] = COUNTS) -> Confusion:
    return Confusion(seq=seq, step=step, split=split, counts=counts)  # type: ignore[arg-type]


def steps(state: RunState) -> dict[str, int]:
    return {split: event.step for split, event in state.confusions.items()}


def test_that_the_newest_of_each_split_is_kept() -> None:
    state = RunState.of([started(1), told(2, 10), told(3, 20), told(4, 10, "test"), told(5, 10)])
    assert list(state.confusions) == ["valid", "test"]
    assert steps(state) == {"valid": 10, "test": 10}


def test_that_what_lies_after_the_point_resumed_from_is_dropped() -> None:
    state = RunState.of([started(1), told(2, 10), told(3, 20), told(4, 20, "test"), started(5, resumed_from=15)])
    assert steps(state) == {"valid": 10}
    state.apply(started(6))
    assert state.confusions == {}


def test_that_a_run_with_many_bests_keeps_few_of_them() -> None:
    state = RunState.of([started(1), *(told(seq, seq) for seq in range(2, 200))])
    assert steps(state) == {"valid": 199}
    state.apply(started(200, resumed_from=199 - CONFUSIONS + 1))
    assert steps(state) == {"valid": 199 - CONFUSIONS + 1}


def test_that_a_matrix_that_is_not_square_becomes_a_notice() -> None:
    state = RunState.of([started(1), told(2, 10, counts=[[1, 2], [3]])])
    assert state.confusions == {}
    assert "not square" in state.notices[0].message


def test_that_shares_are_of_the_true_class_also_of_one_without_examples() -> None:
    matrix = ConfusionMatrix.of(told(1, 10), ["a", "b"])
    assert matrix.classes == ("a", "b", "2")
    assert matrix.shares.tolist() == [[0.8, 0.2, 0.0], [1 / 6, 5 / 6, 0.0], [0.0, 0.0, 0.0]]
    assert (matrix.hits, matrix.examples) == (13, 16)
    assert matrix.recall(0) == (8, 10)
    assert matrix.precision(0) == (8, 9)


def test_that_the_most_frequent_mistake_is_found() -> None:
    assert ConfusionMatrix.of(told(1, 10)).worst() == (0, 1)
    assert ConfusionMatrix.of(told(1, 10, counts=[[2, 0], [0, 3]])).worst() is None


def test_that_an_empty_matrix_is_harmless() -> None:
    (matrix,) = confusion_matrices(RunState.of([started(1), told(2, 10, counts=[])]))
    assert (matrix.counts.size, matrix.examples, matrix.worst()) == (0, 0, None)
    assert np.array_equal(matrix.shares, matrix.counts)
