"""Which checkpoint of a run is the model: what the ways of choosing would keep, and saying that it is another one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.curves.choosing import Evaluations, Kept, compare_choices, usual_settings
from core.errors import CommandRefused
from core.runs import liveness
from core.runs.events import Ended, ModelChosen, Started
from core.runs.journal import EventWriter
from core.runs.queue import is_in_queue
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import CheckpointRow, RunState
from core.runs.workspace import Workspace
from core.spec.training import EarlyStopping

METRIC_OF_STEPS = "train/loss"  # measured at each step; it is monitored as its mean since the last evaluation


def evaluations_of(state: RunState) -> Evaluations | None:
    """Return the monitored values of a run, evaluation by evaluation; None when they are not recorded one by one."""
    prepared = state.prepared
    if prepared is None or prepared.monitor == METRIC_OF_STEPS or not len(state.series(prepared.monitor)):
        return None
    steps, _, seconds, values = state.series(prepared.monitor).live_points()
    return Evaluations(
        prepared.monitor,
        prepared.higher_is_better,
        np.asarray(steps, dtype=np.float64),
        np.asarray(seconds, dtype=np.float64),
        np.asarray(values, dtype=np.float64),
    )


def choices_of(state: RunState, own: EarlyStopping, settings: Iterable[EarlyStopping] | None = None) -> list[Kept]:
    """Return what early stopping, with `settings` or usual ones, and selection keep of a run; empty when unmeasured.

    `own` is the early stopping of the run itself.
    """
    evaluations = evaluations_of(state)
    if evaluations is None:
        return []
    on_disk = {row.step for row in state.checkpoints if row.live}
    wanted = usual_settings(own, len(evaluations.values)) if settings is None else settings
    return compare_choices(evaluations, on_disk, state.step, wanted)


def chosen_model(run: RunFolder) -> ModelChosen | None:
    """Return the choice that still holds: by a person, and of a checkpoint that the run did not go back before."""
    reader = EventReader(run.events_path, only=frozenset({"started", "model_chosen"}))
    chosen: ModelChosen | None = None
    for event in reader.poll():
        if isinstance(event, ModelChosen):
            chosen = None if event.by_rule else event
        elif isinstance(event, Started) and chosen is not None and (event.resumed_from or -1) < (chosen.step or 0):
            chosen = None
    reader.close()
    return chosen


def choose_model(workspace: Workspace, run: RunFolder, step: int | None, by: str) -> ModelChosen:
    """Say that the checkpoint of `step` is the model from now on, or, with None, the one that the run's rule gave.

    Raises CommandRefused for a run that goes on, waits, or has not ended; for a checkpoint that is not there or lies on
    a branch that the run went back before.  Raises WriteError.
    """
    if is_in_queue(workspace, run.id):
        raise CommandRefused(f"Run {run.id} waits or runs.", remedy="The model is chosen when it has ended.")
    try:
        with liveness.hold(run.lock_path), EventWriter(run.events_path) as events:
            chosen = _chosen(run, step, by)
            events.write(chosen, durable=True)
            return chosen
    except liveness.Held as error:
        raise CommandRefused(f"Run {run.id} goes on.", remedy="The model is chosen when it has ended.") from error


def _chosen(run: RunFolder, step: int | None, by: str) -> ModelChosen:
    reader = EventReader(run.events_path)
    history = reader.poll()
    reader.close()
    state = RunState.of(history)
    if state.ended is None:
        raise CommandRefused(f"Run {run.id} has not ended.", remedy="The model is chosen when it has.")
    if step is None:
        ended = next(event for event in reversed(history) if isinstance(event, Ended))
        return ModelChosen(step=ended.model_step, rule=ended.model_rule, by=by, by_rule=True)
    row = next((row for row in state.checkpoints if row.step == step), None)
    if row is None or not (run.path / row.file).exists():
        raise CommandRefused(f"Run {run.id} has no checkpoint of step {step:,}.")
    if not row.live:
        raise CommandRefused(
            f"The checkpoint of step {step:,} lies on a branch that run {run.id} went back before.",
            remedy="Fork it: then it begins a run of its own.",
        )
    return ModelChosen(step=step, rule=_rule(row, state), by=by)


def _rule(row: CheckpointRow, state: RunState) -> str:
    """Word the choice as the run words its own."""
    monitor = state.prepared.monitor if state.prepared else ""
    measured = f", {monitor} {row.metrics[monitor]:.6g}" if monitor in row.metrics else ""
    return f"The checkpoint of step {row.step:,}{measured}: chosen by you."
