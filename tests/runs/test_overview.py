"""Summaries agree with the whole story and cost what changed."""

from __future__ import annotations

import itertools
import shutil
import time
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.runs import liveness
from core.runs.events import Ended, Environment, Paused, Progress, Started
from core.runs.journal import EventWriter
from core.runs.overview import Overview
from core.runs.run_folder import RunFolder
from core.runs.state import ACTIVE, RunState
from core.runs.summary import summarise
from core.runs.workspace import Workspace
from core.spec.spec import Spec

STARTED = {"segment": 0, "pid": 1, "environment": Environment(torch="", python="", platform="", device="", threads=1)}


def progress(step: int) -> Progress:
    return Progress(step=step, examples=step, total_steps=10, examples_per_second=1.0, best_step=2, best_value=0.5)


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_that_a_summary_agrees_with_the_whole_story(streams: Any, run: RunFolder, data: st.DataObject) -> None:
    events = data.draw(streams)
    count = data.draw(st.integers(0, len(events)))
    run.events_path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events[:count]))
    state = RunState.of(events[:count])
    expected = "interrupted" if state.status in ACTIVE else state.status
    assert summarise(run).status == expected


def test_that_a_summary_knows_progress_best_and_end(run: RunFolder) -> None:
    assert summarise(run).status == "queued"
    with liveness.hold(run.lock_path), EventWriter(run.events_path) as events:
        events.write(Started(**STARTED))
        assert summarise(run).status == "starting"
        events.write(progress(4))
        row = summarise(run)
        assert (row.status, row.step, row.fraction, row.best_value) == ("running", 4, 0.4, 0.5)
        events.write(Paused(step=4))
        assert summarise(run).status == "paused"
    assert summarise(run).status == "interrupted"
    assert summarise(run).died
    with EventWriter(run.events_path) as events:
        events.write(Ended(outcome="failed", reason="error", step=5, message="Oh."))
    row = summarise(run)
    assert (row.status, row.reason, row.message, row.step, row.died) == ("failed", "error", "Oh.", 5, False)


def test_that_an_unreadable_run_is_a_row_that_says_so(run: RunFolder) -> None:
    run.record_path.write_text("garbage")
    row = summarise(run)
    assert (row.status, row.reason) == ("failed", "unreadable")
    assert "cannot be read" in row.message


def test_that_a_poll_returns_what_changed(workspace: Workspace) -> None:
    overview = Overview(workspace)
    assert not overview.poll()
    run, other = workspace.create_run(Spec()), workspace.create_run(Spec())
    assert {row.id for row in overview.poll().changed} == {run.id, other.id}
    assert not overview.poll()
    with EventWriter(run.events_path) as events:
        events.write(Started(**STARTED))
        with liveness.hold(run.lock_path):
            assert [(row.id, row.status) for row in overview.poll().changed] == [(run.id, "starting")]
            assert not overview.poll()
        assert [(row.id, row.status) for row in overview.poll().changed] == [(run.id, "interrupted")]
        assert not overview.poll()
        with liveness.hold(run.lock_path):
            assert [(row.id, row.status) for row in overview.poll().changed] == [(run.id, "starting")]
    shutil.rmtree(other.path)
    assert overview.poll().removed == [other.id]


def test_that_a_finished_run_that_goes_on_is_noticed(workspace: Workspace, run: RunFolder) -> None:
    with EventWriter(run.events_path) as events:
        events.write(Started(**STARTED))
        events.write(Ended(outcome="stopped", reason="command"))
        overview = Overview(workspace)
        assert overview.poll().changed[0].status == "stopped"
        with liveness.hold(run.lock_path):
            events.write(Started(**STARTED))
            changed = list(itertools.chain(*(overview.poll().changed for _ in range(2))))
    assert changed[0].status == "starting"


def test_that_a_first_look_can_be_spread(workspace: Workspace) -> None:
    for _ in range(5):
        workspace.create_run(Spec())
    overview = Overview(workspace)
    polls = 0
    more = True
    while more:
        more = overview.poll(budget_s=0.0).more
        polls += 1
    assert len(overview.summaries) == 5
    assert polls == 5


@pytest.mark.slow
def test_that_ten_thousand_runs_cost_what_changes(workspace: Workspace, run: RunFolder) -> None:
    with EventWriter(run.events_path) as events:
        events.write(Started(**STARTED))
        events.write(progress(10))
        events.write(Ended(outcome="completed", reason="budget", step=10))
    record, content = run.record(), run.events_path.read_bytes()
    for number in range(10_000):
        folder = RunFolder(workspace.runs_path / f"r{number:07d}")
        folder.path.mkdir()
        folder.record_path.write_bytes(msgspec.json.encode(msgspec.structs.replace(record, id=folder.id)))
        folder.events_path.write_bytes(content)
    overview = Overview(workspace)
    while overview.poll(budget_s=0.05).more:
        pass
    begun = time.process_time()
    for _ in range(10):
        assert not overview.poll()
    assert (time.process_time() - begun) / 10 < 0.03  # about 3 ms on a quiet machine
    assert len(overview.summaries) == 10_001
