"""Deleting checkpoints by hand: only what nothing needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.checkpoints.store import CheckpointStore, file_name
from core.errors import WorkspaceError
from core.runs import liveness
from core.runs.choosing import choose_model
from core.runs.events import CheckpointSaved, Ended
from core.runs.journal import EventWriter
from core.runs.reader import EventReader
from core.runs.removing import remove_checkpoints, why_not_removed
from core.runs.run_folder import RunFolder
from core.runs.state import RunState
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict


@pytest.fixture
def ended(tmp_path: Path) -> tuple[Workspace, RunFolder]:
    """A run that is not alive, with checkpoints of 10 bytes at steps 10, 20 and 30."""
    workspace = Workspace.open(tmp_path / "workspace")
    run = workspace.create_run(spec_from_dict({"name": "parent"}))
    with EventWriter(run.events_path) as events:
        for step in (10, 20, 30):
            (run.checkpoints_path / file_name(step)).write_bytes(b"checkpoint")
            events.write(
                CheckpointSaved(
                    step=step,
                    examples=step,
                    file=f"checkpoints/{file_name(step)}",
                    bytes=10,
                    state_sha256="",
                    metrics={},
                    reason="schedule",
                )
            )
    return workspace, run


def _told(run: RunFolder) -> list[int]:
    return [row.step for row in RunState.of(EventReader(run.events_path).poll()).checkpoints]


def test_that_deleted_checkpoints_are_gone_and_written_down(ended: tuple[Workspace, RunFolder]) -> None:
    workspace, run = ended
    assert why_not_removed(workspace, run, {10, 30}) == ""
    assert remove_checkpoints(workspace, run, {10, 30}) == 20
    assert CheckpointStore(run.checkpoints_path).steps() == [20]
    assert _told(run) == [20]
    assert not run.is_alive()


def test_that_a_pinned_checkpoint_stays(ended: tuple[Workspace, RunFolder]) -> None:
    workspace, run = ended
    CheckpointStore(run.checkpoints_path).pin(20)
    assert "step 20 is pinned" in why_not_removed(workspace, run, {10, 20})
    with pytest.raises(WorkspaceError, match="pinned"):
        remove_checkpoints(workspace, run, {10, 20})
    assert _told(run) == [10, 20, 30]


def test_that_a_checkpoint_that_another_run_came_from_stays(ended: tuple[Workspace, RunFolder]) -> None:
    workspace, run = ended
    start = {"kind": "fork", "run": run.id, "step": 20}
    child = workspace.create_run(spec_from_dict({"name": "child", "start": start}))
    assert f"child ({child.id}) came from the checkpoint of step 20" in why_not_removed(workspace, run, {20})
    assert why_not_removed(workspace, run, {10}) == ""


def test_that_the_model_stays_until_another_one_is(ended: tuple[Workspace, RunFolder]) -> None:
    workspace, run = ended
    with EventWriter(run.events_path) as events:
        events.write(Ended(outcome="completed", reason="budget", step=30, examples=30, model_step=20))
    assert "is the model" in why_not_removed(workspace, run, {10, 20})
    assert why_not_removed(workspace, run, {10, 30}) == ""
    choose_model(workspace, run, 30, "me")
    assert why_not_removed(workspace, run, {20}) == ""
    assert "step 30 is the model" in why_not_removed(workspace, run, {30})


def test_that_nothing_is_deleted_beside_a_worker(ended: tuple[Workspace, RunFolder]) -> None:
    workspace, run = ended
    descriptor = liveness.take(run.lock_path)
    try:
        assert "running" in why_not_removed(workspace, run, {10})
        with pytest.raises(WorkspaceError):
            remove_checkpoints(workspace, run, {10})
    finally:
        os.close(descriptor)
    assert CheckpointStore(run.checkpoints_path).steps() == [10, 20, 30]


def test_that_a_file_that_is_gone_already_is_only_written_down(ended: tuple[Workspace, RunFolder]) -> None:
    workspace, run = ended
    (run.checkpoints_path / file_name(10)).unlink()
    assert remove_checkpoints(workspace, run, {10}) == 0
    assert _told(run) == [20, 30]
