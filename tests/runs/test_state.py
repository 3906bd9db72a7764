"""Any prefix of a legal stream gives a legal state."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.runs.columns import to_column
from core.runs.events import Ended, Environment, Metrics, Notice, Progress, StageBegan, Started
from core.runs.journal import EventWriter
from core.runs.reader import EventReader
from core.runs.state import RunState, Status

ENVIRONMENT = Environment(torch="2.13", python="3.11", platform="x86_64", device="cpu", threads=1)


def check(state: RunState) -> None:
    """Assert everything that is true of a run at any moment."""
    assert state.status in get_args(Status)
    assert state.step >= 0
    assert state.examples >= 0
    assert 0 <= state.fraction <= 1
    assert state.missing == 0
    assert (state.ended is None) == (state.status in ("queued", "starting", "running", "paused"))
    assert [segment.number for segment in state.segments] == list(range(len(state.segments)))
    for row in state.checkpoints:
        assert row.kept_because
    if state.best is not None:
        assert np.isfinite(state.best.value)
    for split, confusion in state.confusions.items():
        assert confusion.split == split
        assert confusion.step <= state.step
    for series in state.metrics.values():
        check_series(series)


def check_series(series: Any) -> None:
    steps, *_ = series.live_points()
    assert np.all(np.diff(steps) > 0)
    assert np.array_equal(steps, series.step[series.live])
    covered = sorted([*series.live_ranges, *series.dead_tails])
    assert [start for start, _ in covered] == [0, *(stop for _, stop in covered)][: len(covered)]
    assert sum(stop - start for start, stop in covered) == len(series)
    for start, stop in series.dead_tails:
        assert np.all(np.diff(series.step[start:stop]) > 0)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_that_any_prefix_of_a_legal_stream_gives_a_legal_state(streams: Any, data: st.DataObject) -> None:
    state = RunState()
    check(state)
    for event in data.draw(streams):
        state.apply(event)
        check(state)


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_that_any_prefix_in_bytes_gives_a_legal_state(streams: Any, data: st.DataObject) -> None:
    events = data.draw(streams)
    content = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), min_size=1, max_size=8)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        reader, state = EventReader(path), RunState()
        for before, after in itertools.pairwise([0, *cuts, len(content)]):
            with path.open("ab") as file:
                file.write(content[before:after])
            for event in reader.poll():
                state.apply(event)
            check(state)
        reader.close()
    whole = RunState.of(events)
    assert state.last_seq == whole.last_seq == len(events)
    assert (state.status, state.step, len(state.checkpoints)) == (whole.status, whole.step, len(whole.checkpoints))


@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_that_numbering_goes_on_after_any_event(streams: Any, data: st.DataObject) -> None:
    events = data.draw(streams)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        for event in events[:10]:
            with EventWriter(path) as writer:
                writer.write(msgspec.structs.replace(event, seq=0))
        assert [event.seq for event in EventReader(path).poll()] == list(range(1, len(events[:10]) + 1))


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_that_an_event_taken_in_twice_changes_nothing(streams: Any, data: st.DataObject) -> None:
    events = data.draw(streams)
    once, twice = RunState.of(events), RunState.of([*events, *events])
    assert once.step == twice.step
    assert {name: len(series) for name, series in once.metrics.items()} == {
        name: len(series) for name, series in twice.metrics.items()
    }


def points(seq: int, first: int, last: int) -> Metrics:
    steps = np.arange(first, last + 1, dtype=np.float64)
    return Metrics(
        seq=seq,
        step=to_column(steps),
        examples=to_column(steps * 4),
        wall=to_column(steps),
        values={"train/loss": to_column(steps * 0.5)},
    )


def test_that_the_tail_after_the_point_resumed_from_is_dead_and_stays() -> None:
    state = RunState.of(
        [
            Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT),
            points(2, 1, 100),
            Started(seq=3, segment=1, pid=2, environment=ENVIRONMENT, resumed_from=60),
        ]
    )
    series = state.series("train/loss")
    assert series.live_points()[0][-1] == 60
    assert series.dead_tails == [(60, 100)]
    assert state.step == 60
    state.apply(points(4, 61, 80))
    assert len(series) == 120
    assert np.array_equal(series.live_points()[0], np.arange(1, 81))
    assert series.live_ranges == [(0, 60), (100, 120)]
    check_series(series)


def test_that_a_stage_that_begins_where_a_run_goes_on_stands_once() -> None:
    started = Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT)
    again = Started(seq=4, segment=1, pid=2, environment=ENVIRONMENT, resumed_from=60)
    places = ((2, 0, 0), (3, 60, 1), (5, 60, 1))
    stages = [StageBegan(seq=seq, step=step, stage=number, name="") for seq, step, number in places]
    state = RunState.of([started, *stages[:2], again, stages[2]])
    assert [(stage.step, stage.stage) for stage in state.stages] == [(0, 0), (60, 1)]


def test_that_a_roll_back_inside_a_segment_never_zigzags() -> None:
    state = RunState.of(
        [Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT), points(2, 1, 50), points(3, 31, 40)]
    )
    series = state.series("train/loss")
    assert np.array_equal(series.live_points()[0], np.arange(1, 41))
    assert series.dead_tails == [(30, 50)]
    assert series.version == 1


def test_that_damaged_columns_become_a_notice() -> None:
    event = points(2, 1, 20)
    event.values["train/loss"] = "AAAA"
    state = RunState.of([Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT), event])
    assert "damaged column" in state.notices[0].message
    assert state.last_seq == 2


def test_that_missing_sequence_numbers_are_counted() -> None:
    state = RunState.of([Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT), points(5, 1, 2)])
    assert state.missing == 3


def test_that_a_new_segment_takes_back_the_end_of_the_last_one() -> None:
    state = RunState.of(
        [
            Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT),
            Progress(seq=2, step=5, examples=20, total_steps=10, examples_per_second=1),
            Ended(seq=3, outcome="failed", reason="died", step=5),
        ]
    )
    assert (state.status, state.fraction) == ("failed", 0.5)
    state.apply(Started(seq=4, segment=1, pid=1, environment=ENVIRONMENT))
    assert (state.status, state.step, state.ended) == ("starting", 0, None)
    assert state.segments[0].ended is not None


def test_that_a_notice_without_a_number_counts_always() -> None:
    assert len(RunState.of([Notice(level="note", message="a"), Notice(level="note", message="b")]).notices) == 2
