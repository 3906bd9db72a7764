"""Deleting checkpoints by hand: only what nothing needs, and never beside a worker."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from core.checkpoints.store import CheckpointStore
from core.durable import explained, sync_folder
from core.errors import WorkspaceError
from core.runs.events import CheckpointRemoved, Ended, ModelChosen, Started
from core.runs.journal import EventWriter
from core.runs.liveness import hold
from core.runs.queue import is_in_queue
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace


def why_not_removed(workspace: Workspace, run: RunFolder, steps: Collection[int]) -> str:
    """Return in one sentence why these checkpoints of a run must stay; nothing when they may go.

    Raises WorkspaceError and CheckpointError for what cannot be read.
    """
    if run.is_alive():
        return f"Run {run.id} is running and needs its checkpoints: stop it first."
    return _needed(workspace, run, steps)


def remove_checkpoints(workspace: Workspace, run: RunFolder, steps: Collection[int]) -> int:
    """Delete checkpoints of a run that has ended, and write it down in its events; return the bytes they had.

    The event comes first: a crash in between leaves a file too many, never a checkpoint that is told of and gone.
    Raises WorkspaceError when one must stay or a worker has the run, CheckpointError, WriteError.
    """
    freed = 0
    with hold(run.lock_path):
        if reason := _needed(workspace, run, steps):
            raise WorkspaceError(reason)
        store = CheckpointStore(run.checkpoints_path)
        with EventWriter(run.events_path) as events:
            for step in sorted(steps):
                events.write(CheckpointRemoved(step=step, reason="deleted by hand"), durable=True)
                freed += _unlink(store.path(step))
        sync_folder(run.checkpoints_path)
    return freed


def _needed(workspace: Workspace, run: RunFolder, steps: Collection[int]) -> str:
    if is_in_queue(workspace, run.id):
        return f"Run {run.id} waits and needs its checkpoints: cancel it first."
    if (model := _model_step(run)) in steps:
        return f"The checkpoint of step {model:,} is the model of run {run.id}: make another one the model first."
    pinned = CheckpointStore(run.checkpoints_path).pins() & set(steps)
    if pinned:
        return f"The checkpoint of step {min(pinned):,} is pinned: unpin it first."
    for other in workspace.runs():
        try:
            record = other.record()
        except WorkspaceError:
            continue
        if record.parent == run.id and record.parent_step in steps:
            return f"Run {record.name} ({other.id}) came from the checkpoint of step {record.parent_step:,}."
    return ""


def _model_step(run: RunFolder) -> int | None:
    """Return the step of the model of an ended run, by its rule or by choice; None without one."""
    reader = EventReader(run.events_path, only=frozenset({"started", "ended", "model_chosen"}))
    step: int | None = None
    for event in reader.poll():
        if isinstance(event, Ended):
            step = event.model_step
        elif isinstance(event, ModelChosen):
            step = event.step
        elif isinstance(event, Started):
            step = None
    reader.close()
    return step


def _unlink(path: Path) -> int:
    """Delete a file if it is there, and return its bytes.  Raises WriteError."""
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise explained(error, path) from error
    return size
