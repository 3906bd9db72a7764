"""What a run keeps of its checkpoints: thinned old ones, one of each phase, and whatever others need."""

from __future__ import annotations

from typing import Any

import pytest

from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import is_thinned
from core.curves.phases import phase_at
from core.errors import CheckpointError
from core.jobs import client
from core.runs.forking import Point, fork_outlook, resume_outlook, warm_start_outlook
from core.runs.phases import phases_of

pytestmark = pytest.mark.torch

THIN: dict[str, Any] = {
    "training": {"select": "last", "budget": {"unit": "steps", "stop_point": 60}},
    "checkpoints": {"num_checkpoints": 6, "keep_last": 2, "thin": True},
}


def thin_steps(run: Any) -> list[int]:
    store = CheckpointStore(run.checkpoints_path)
    return [step for step in store.steps() if is_thinned(store.path(step))]


def test_that_old_checkpoints_are_thinned_and_say_so(bench: Any) -> None:
    run = bench.run(**THIN)
    assert bench.train(run).outcome == "completed"
    rows = bench.state(run).checkpoints
    assert len(rows) == 6
    thinned = [row.step for row in rows if row.thinned]
    assert thinned == thin_steps(run)
    assert set(thinned) >= {10, 20, 30}
    assert not {row.step for row in rows[-2:]} & set(thinned)
    for row in rows:
        path = run.path / row.file
        assert row.bytes == path.stat().st_size
        assert row.state_sha256 == CheckpointStore(run.checkpoints_path).load(row.step).state_sha256


def test_that_a_thinned_checkpoint_can_only_be_warm_started_from(bench: Any) -> None:
    run = bench.run(**THIN)
    bench.train(run)
    point = Point.of(run, 10)
    for outlook in (resume_outlook, fork_outlook):
        with pytest.raises(CheckpointError, match="thinned"):
            outlook(point)
    with pytest.raises(CheckpointError, match="thinned"):
        client.resume(bench.workspace, run, 10)
    assert "thinned" in bench.train(run, resume_from=10).message
    child = bench.workspace.create_run(warm_start_outlook(point).spec)
    assert bench.train(child).outcome == "completed"


def test_that_resume_passes_thinned_checkpoints_over_without_calling_them_damaged(bench: Any) -> None:
    run = bench.run(**THIN)
    bench.train(run)
    expected, store = bench.final(run), CheckpointStore(run.checkpoints_path)
    whole = [step for step in store.steps() if step not in thin_steps(run)]
    store.path(60).unlink()
    assert bench.train(run, resume_from="newest").outcome == "completed"
    state = bench.state(run)
    assert state.segments[-1].resumed_from == max(step for step in whole if step < 60)
    assert not any("damaged" in notice.message for notice in state.notices)
    assert bench.final(run) == expected


def test_that_what_was_thinned_is_written_whole_when_the_run_comes_there_again(bench: Any) -> None:
    run = bench.run(**THIN, seed=3)
    bench.train(run)
    first_whole = min(step for step in CheckpointStore(run.checkpoints_path).steps() if step not in thin_steps(run))
    bench.train(run, resume_from=first_whole)
    assert 60 not in thin_steps(run)
    assert bench.state(run).checkpoints[-1].thinned is False


def test_that_a_fork_keeps_its_beginning_when_the_parent_is_thinned(bench: Any) -> None:
    parent = bench.run(**THIN)
    bench.train(parent)
    whole = [step for step in CheckpointStore(parent.checkpoints_path).steps() if step not in thin_steps(parent)]
    child = bench.workspace.create_run(fork_outlook(Point.of(parent, whole[0])).spec)
    bench.train(parent, resume_from=whole[0])
    assert whole[0] not in thin_steps(parent), "another run came from it"
    assert bench.train(child).outcome == "completed"


def test_that_one_checkpoint_of_each_phase_stays(bench: Any) -> None:
    run = bench.run(
        data={"kind": "digits", "split": {"method": "fraction", "valid": 0.2}},
        model={"kind": "mlp", "hidden": [64], "dropout": 0.0},
        training={
            "select": "last",
            "budget": {"unit": "steps", "stop_point": 1200},
            "evaluate": {"unit": "steps", "interval": 20},
        },
        checkpoints={"num_checkpoints": 40, "keep_last": 1, "keep_phases": True},
    )
    bench.train(run)
    state = bench.state(run)
    names = {phase.phase for phase in phases_of(state)}
    assert len(names) > 1, "the run is long enough to have learned"
    kept = {phase_at(phases_of(state), row.step) for row in state.checkpoints}
    assert kept >= names
    assert len(state.checkpoints) <= len(names) + 3
