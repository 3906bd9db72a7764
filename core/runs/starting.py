"""What a run is given to begin with, as its spec's `[start]` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import refuse_thinned
from core.durable import link_or_copy
from core.errors import WorkspaceError
from core.runs.run_folder import RunFolder
from core.spec.start import Fork, Scratch, StartSpec

if TYPE_CHECKING:
    from core.runs.workspace import Workspace

Kind = Literal["train", "fork", "warm_start"]


def kind_of(start: StartSpec) -> Kind:
    """Return what run.json calls a run that starts so."""
    if isinstance(start, Scratch):
        return "train"
    return "fork" if isinstance(start, Fork) else "warm_start"


def parent_of(start: StartSpec) -> tuple[str | None, int | None]:
    """Return the run and the step that a run which starts so comes from; None and None from scratch."""
    return (None, None) if isinstance(start, Scratch) else (start.run, start.step)


def give_start(workspace: Workspace, start: StartSpec, run: RunFolder) -> None:
    """Give a run its own name for the checkpoint it starts from.  Raises WorkspaceError when there is none, OSError."""
    if isinstance(start, Scratch):
        return
    parent = workspace.run(start.run)
    if not parent.path.is_dir():
        raise WorkspaceError(
            f"There is no run {start.run!r} in {workspace.path}.",
            where="start.run",
            remedy="`epochal runs` lists the runs; a whole id is needed here.",
        )
    store = CheckpointStore(parent.checkpoints_path)
    if isinstance(start, Fork):
        refuse_thinned(store, start.step)
    try:
        link_or_copy(store.path(start.step), run.start_path, point="start")
    except FileNotFoundError:
        known = ", ".join(f"{step:,}" for step in store.steps()[-8:]) or "none at all"
        raise WorkspaceError(
            f"Run {start.run} has no checkpoint of step {start.step:,}.",
            where="start.step",
            remedy=f"There are: {known}.",
        ) from None
