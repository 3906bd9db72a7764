"""What the command line's words mean: RUN, RUN@STEP."""

from __future__ import annotations

from pathlib import Path

from core.checkpoints.store import CheckpointStore
from core.errors import BadInput
from core.runs.run_folder import RunFolder
from core.runs.state import state_of_run
from core.runs.workspace import Workspace


def find_checkpoint(workspace: Workspace, text: str) -> tuple[RunFolder, int]:
    """Return the run and step that RUN@STEP, RUN@best or RUN@last names; RUN alone is its model.

    Raises WorkspaceError when there is no such run, BadInput when there is no such checkpoint.
    """
    name, _, which = text.partition("@")
    run = workspace.find(name)
    return run, step_of(run, which)


def step_of(run: RunFolder, which: str) -> int:
    """Return the step of "best", "last", a number, or (empty) the model.  Raises BadInput."""
    steps = CheckpointStore(run.checkpoints_path).steps()
    if not steps:
        raise BadInput(f"Run {run.id} has no checkpoint yet.", remedy=f"`epochal checkpoint {run.id}` saves one.")
    if which == "last":
        return steps[-1]
    if which in ("best", ""):
        return _best_step(run, which, steps)
    if not which.isdecimal():
        raise BadInput(f"{which!r} names no checkpoint.", remedy="Give a step, best or last after the @.")
    if int(which) not in steps:
        known = ", ".join(map(str, steps if len(steps) <= 12 else [*steps[:4], "...", *steps[-4:]]))
        raise BadInput(f"Run {run.id} has no checkpoint of step {which}.", remedy=f"There are: {known}.")
    return int(which)


def _best_step(run: RunFolder, which: str, steps: list[int]) -> int:
    state = state_of_run(run)
    if which == "" and state.ended is not None and state.ended.model_step in steps:
        return state.ended.model_step
    if state.best is not None and state.best.step in steps:
        return state.best.step
    if which == "":
        return steps[-1]
    raise BadInput(
        f"Run {run.id} has no checkpoint at its best value.", remedy=f"`epochal checkpoints {run.id}` lists them."
    )


def path_or_run(text: str) -> bool:
    """Tell whether a word names a spec file rather than a run."""
    return text.endswith(".toml") or "/" in text or Path(text).is_file()
