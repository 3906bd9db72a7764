"""What fine-tuning gained and lost: `python -m core.forgetting WORKSPACE RUN`, a throw-away process that measures it.

The checkpoint a run started from and the run's own model are both measured on examples that the parent held out (old
data) and on examples that the run held out (new data).  Standard output gets lines of JSON (`core.jobs.throwaway`);
the answer is a `core.runs.fine_tuning.Forgetting`, kept as artifacts/forgetting.json of the run.
"""

from __future__ import annotations

import sys
import traceback
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.comparison.forward import data_of, pass_examples
from core.comparison.opening import DataSets, Opened, device_for, open_checkpoint
from core.durable import write_atomically
from core.engine.metrics import split_metrics
from core.errors import BadInput, CheckpointError, EpochalError
from core.jobs.throwaway import Done, Failed, Progress, Say, private_channel
from core.runs.fine_tuning import Cell, Forgetting
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.start import Scratch


def main(arguments: list[str] | None = None) -> int:
    """Measure one run and return the exit code."""
    workspace, name = sys.argv[1:] if arguments is None else arguments
    say = private_channel()
    try:
        found = measure(Workspace(Path(workspace)).find(name), say)
    except EpochalError as error:
        say(Failed(error=type(error).__name__, message=error.message, where=error.where, remedy=error.remedy))
        return 2 if isinstance(error, BadInput | CheckpointError) else 1
    except Exception as error:
        say(Failed(error="RunError", message=f"{type(error).__name__}: {error}", traceback=traceback.format_exc()))
        return 1
    say(Done(answer=msgspec.to_builtins(found)))
    return 0


def measure(run: RunFolder, say: Say) -> Forgetting:
    """Measure before and after, on old and on new data.

    Raises BadInput for a run that started from nothing or has no model yet, for data whose classes or shape are others,
    and for data that cannot be read any more.
    """
    before, after = _opened(run, say)
    old_split, old = _held_out(before)
    new_split, new = _held_out(after)
    parts = (len(old), len(old), len(new), len(new))
    done = 0

    def cell(data: Opened, model: Opened, indices: NDArray[np.int64]) -> Cell:
        def took(count: int) -> None:
            nonlocal done
            done += count
            say(Progress(fraction=done / sum(parts), doing="Passing examples through both models"))

        # The data, the loss and the layout of one; the weights of the other.
        return _cell(replace(data, model=model.model), indices, took)

    found = Forgetting(
        parent=before.run.id,
        parent_step=before.step,
        run=run.id,
        step=after.step,
        old_split=old_split,
        new_split=new_split,
        old_before=cell(before, before, old),
        old_after=cell(before, after, old),
        new_before=cell(after, before, new),
        new_after=cell(after, after, new),
        notes=_notes(before, after),
    )
    write_atomically(run.artifacts_path / "forgetting.json", msgspec.json.encode(found), point="artifact")
    return found


def _opened(run: RunFolder, say: Say) -> tuple[Opened, Opened]:
    """Return the checkpoint that a run started from and the run's model, opened with their data."""
    start = run.spec().start
    if isinstance(start, Scratch):
        raise BadInput(f"Run {run.id} started from nothing, so there is nothing that it can have forgotten.")
    workspace = Workspace(run.workspace_path)
    parent, data_sets = workspace.run(start.run), DataSets(run.workspace_path, lambda text: say(_doing(text)))
    if not parent.path.is_dir():
        raise BadInput(f"Run {start.run}, whose data is the old data, was deleted.")
    say(_doing("Loading the old data"))
    before = open_checkpoint(parent, start.step, data_sets, device_for(run))
    state_step = _model_step(run)
    say(_doing("Loading the new data"))
    after = open_checkpoint(run, state_step, data_sets, device_for(run))
    for one in (before, after):
        if one.data is None:
            raise BadInput(f"The data of run {one.run.id} cannot be read: {one.why_no_data}")
    classes = [list(data_of(one).classes) for one in (before, after)]
    if not before.is_like(after) or classes[0] != classes[1]:
        raise BadInput(
            "Old and new data have other classes or another shape, so neither model can be asked about both.",
            where=run.id,
        )
    return before, after


def _model_step(run: RunFolder) -> int:
    from core.runs.state import state_of_run

    state = state_of_run(run)
    if state.ended is None or state.ended.model_step is None:
        raise BadInput(f"Run {run.id} has no model yet.", remedy="Wait until it has ended.")
    return state.ended.model_step


def _held_out(opened: Opened) -> tuple[str, NDArray[np.int64]]:
    """Return examples that were not trained on, and of which split they are."""
    data = data_of(opened)
    for name, indices in (("test", data.test), ("valid", data.valid)):
        if len(indices):
            return name, indices
    raise BadInput(f"Run {opened.run.id} holds no examples out to measure with.", remedy="Hold some out in data.split.")


def _cell(opened: Opened, indices: NDArray[np.int64], took: object) -> Cell:
    passed = pass_examples(opened, indices, took)  # type: ignore[arg-type]
    data = data_of(opened)
    measured = split_metrics("held", passed.outputs, passed.targets, data.shape.task, data.target_scale)
    metrics = {"loss": passed.loss} | {name.partition("/")[2]: value for name, value in measured.values.items()}
    return Cell(examples=len(indices), metrics=metrics)


def _notes(before: Opened, after: Opened) -> list[str]:
    if before.spec.data == after.spec.data:
        return ["Old and new data are the same."]
    if after.spec.data.standardise:
        return ["The new data is standardised by its own mean and deviation, for both models."]
    return []


def _doing(text: str) -> Progress:
    return Progress(fraction=0.0, doing=text)


if __name__ == "__main__":
    sys.exit(main())
