"""When a run says how its classes are confused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.curves.early_stopping import Best
from core.engine import confusion
from core.engine.confusion import Confusions
from core.engine.evaluation import Evaluator
from core.runs.events import AnyEvent, BestChanged, Confusion
from core.runs.journal import EventWriter
from core.runs.reader import EventReader

pytestmark = pytest.mark.torch
TEST_SPLIT = {"data": {"kind": "digits", "split": {"test": 0.2}}}


def told(events: list[AnyEvent], split: str = "valid") -> list[Confusion]:
    return [event for event in events if isinstance(event, Confusion) and event.split == split]


def accuracy(event: Confusion) -> float:
    counts = np.array(event.counts)
    return float(counts.diagonal().sum() / counts.sum())


def test_that_each_new_best_is_told_with_its_confusion(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    events, state = bench.events(run), bench.state(run)
    bests = [event.step for event in events if isinstance(event, BestChanged)]
    assert bests
    assert [event.step for event in told(events)] == bests
    measured = state.metrics["valid/accuracy"]
    at_step = dict(zip(measured.step.tolist(), measured.value.tolist(), strict=True))
    for event in told(events):
        assert np.array(event.counts).shape == (10, 10)
        assert accuracy(event) == pytest.approx(at_step[event.step])


def test_that_the_model_is_told_on_test_too(bench: Any) -> None:
    run = bench.run(**TEST_SPLIT)
    ended = bench.train(run)
    state = bench.state(run)
    assert {split: event.step for split, event in state.confusions.items()} == {
        "valid": ended.model_step,
        "test": ended.model_step,
    }
    assert accuracy(state.confusions["test"]) == pytest.approx(state.metrics["test/accuracy"].value[-1])


def test_that_numbers_have_no_confusion(bench: Any) -> None:
    run = bench.run(data={"kind": "diabetes", "split": {"test": 0.2}})
    bench.train(run)
    assert bench.state(run).confusions == {}
    assert bench.state(run).metrics["test/rmse"].value.size


def test_that_a_last_model_that_was_evaluated_is_told_without_another_pass(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    measure = Evaluator.measure

    def counted(self: Evaluator, split: str, state: Any) -> Any:
        steps.append(state.counters.step)
        return measure(self, split, state)

    monkeypatch.setattr(Evaluator, "measure", counted)
    run = bench.run(training={"select": "last", "monitor": "valid/accuracy"})
    bench.train(run)
    assert len(steps) == len(set(steps))
    assert bench.state(run).confusions["valid"].step == 60


def test_that_a_model_of_an_earlier_process_is_measured_once_more(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Best.note
    monkeypatch.setattr(Best, "note", lambda self, *given: self.step is None and note(self, *given))
    run = bench.run()
    bench.train(run)
    (first,) = told(bench.events(run))
    ended = bench.train(run, resume_from=45)
    assert ended.model_step == first.step < 45
    _, again = told(bench.events(run))
    assert (again.step, again.counts) == (first.step, first.counts)


def test_that_many_classes_are_told_at_the_end_only(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confusion, "MOST_AT_BEST", 9)
    run = bench.run()
    ended = bench.train(run)
    events = bench.events(run)
    (only,) = told(events)
    assert only.step == ended.model_step
    assert events[-2] is only


def test_that_telling_changes_no_state(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    telling, silent = bench.run(**TEST_SPLIT), bench.run(**TEST_SPLIT)
    bench.train(telling)
    monkeypatch.setattr(confusion, "MOST", 0)
    bench.train(silent)
    assert told(bench.events(telling))
    assert not told(bench.events(silent))
    digests = [[row.state_sha256 for row in bench.state(run).checkpoints] for run in (telling, silent)]
    assert digests[0] == digests[1]


def test_that_what_lies_after_a_point_gone_back_to_is_forgotten(tmp_path: Path) -> None:
    counts = np.eye(2, dtype=np.int64)
    with EventWriter(tmp_path / "events.jsonl") as events:
        confusions = Confusions(events, 2)
        confusions.evaluated(10, counts, is_best=True)
        confusions.evaluated(20, counts, is_best=True)
        confusions.evaluated(30, counts, is_best=False)
        confusions.forget_after(10)
        assert confusions.owes(20)
        assert confusions.owes(30)
        confusions.evaluated(20, counts, is_best=True)
        confusions.evaluated(30, counts, is_best=False)
        assert not confusions.owes(20)
        assert not confusions.owes(30)
        assert confusions.owes(10)
    reader = EventReader(tmp_path / "events.jsonl")
    assert [event.step for event in told(reader.poll())] == [10, 20, 20, 30]
    reader.close()
