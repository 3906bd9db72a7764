"""The beginning of a fork or a warm start: a checkpoint of another run becomes what this run goes on from.

A fork takes the state over as if it were its own: the counters count on, and the changes that stand in its spec up to
that step have been made.  A warm start takes weights and buffers into a state that stands at the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import msgspec
import torch

from core.checkpoints.dtypes import Array
from core.checkpoints.reading import Checkpoint, read_checkpoint
from core.engine.capture import counters_of, put_tensor
from core.engine.plateau import PlateauState
from core.engine.train_state import Counters, TrainState
from core.errors import CheckpointError, SpecError
from core.runs.events import Layer
from core.runs.run_folder import RunFolder
from core.spec.plan import Plan
from core.spec.schedules import Plateau
from core.spec.spec import Spec

_MODEL = "model/"


def read_start(run: RunFolder) -> Checkpoint:
    """Return the checkpoint that a fork or warm start was given, every byte checked.  Raises CheckpointError."""
    try:
        return read_checkpoint(run.start_path)
    except CheckpointError as error:
        remedy = "Start again from another checkpoint of the run it came from."
        raise CheckpointError(error.message, where=error.where, remedy=remedy) from error


def as_own(checkpoint: Checkpoint, spec: Spec, spec_sha256: str) -> Checkpoint:
    """Return another run's checkpoint as one of a fork with `spec`.  Raises SpecError when its budget is spent."""
    state = checkpoint.state
    clock = dict(state["clock"])
    counters = counters_of({"counters": dict(state["counters"]) | clock.pop("measured", {})})
    counters.changes = [change for change in spec.training.changes if change.step <= counters.step]
    plan = Plan.of(spec.training, state["sampler"]["examples"], counters.changes)
    if plan.ruler.examples_at(counters.step) != state["examples"]:
        raise SpecError(
            f"{counters.step:,} steps were {state['examples']:,} examples, which this batch size does not make.",
            where="training.batch_size",
            remedy="Use `epochal fork`, which changes it from the fork on, or put it into training.changes.",
        )
    if plan.total_steps <= counters.step:
        raise SpecError(
            f"The budget is spent at step {plan.total_steps:,}, and the fork begins at step {counters.step:,}.",
            where="training.budget.stop_point",
            remedy="Raise it: it counts from the first run's beginning.",
        )
    _fit(counters, plan, spec, str(clock.get("monitor", spec.training.monitor)))
    own = {"counters": msgspec.to_builtins(counters), "clock": clock | {"spec_sha256": spec_sha256, "segment": 0}}
    return replace(checkpoint, state={**state, **own})


def _fit(counters: Counters, plan: Plan, spec: Spec, monitor: str) -> None:
    """Let the counters go with the fork's own stages and with what it watches."""
    stage = next((stage for stage in reversed(plan.stages) if stage.from_step < counters.step), plan.stages[0])
    counters.stage = stage.number
    if not isinstance(stage.stage.schedule, Plateau):
        counters.plateau = PlateauState()
    new, patience = Counters(), spec.training.early_stopping.patience
    if monitor != spec.training.monitor:
        counters.best, counters.patience = new.best, new.patience
        counters.plateau = PlateauState(factor=counters.plateau.factor)
    elif patience and counters.patience.waited >= patience:
        counters.patience = new.patience  # it is asked to go on, so it may hope again


def take_weights(
    state: TrainState, tensors: Mapping[str, Array], layers: Sequence[Layer], head: Literal["keep", "new"]
) -> str:
    """Put weights and buffers of another run into a state at its beginning; return what became of the head, in words.

    The head is the last layer with parameters.  Raises SpecError that names every other tensor that does not fit.
    """
    wanted = {f"{_MODEL}{name}": tensor for name, tensor in state.model.state_dict(keep_vars=True).items()}
    given = {name: array for name, array in tensors.items() if name.startswith(_MODEL)}
    layer = next((layer.name for layer in reversed(layers) if layer.parameters), "")
    of_head = {name for name in wanted.keys() | given.keys() if _is_of(layer, name)}
    odd = {
        name: words
        for name in sorted(wanted.keys() | given.keys())
        if (words := _oddness(wanted.get(name), given.get(name))) is not None
    }
    redrawn = head == "new" or (bool(odd) and odd.keys() <= of_head)
    if misfits := {name: words for name, words in odd.items() if not (redrawn and name in of_head)}:
        raise _misfit(misfits)
    with torch.no_grad():
        for name, tensor in wanted.items():
            if not (redrawn and name in of_head):
                put_tensor(tensor, given[name])
        if state.average is not None:
            state.average.average.copy_(state.parameters.weights)
    if not redrawn:
        return f"The weights of all {len(wanted):,} tensors were taken over, the head (layer {layer}) among them."
    why = "as asked" if head == "new" else f"because it does not fit: {'; '.join(odd.values())}"
    return f"The head (layer {layer}) was drawn anew, {why}. Every other tensor was taken over."


def _is_of(layer: str, tensor: str) -> bool:
    return layer == "model" or tensor.startswith(f"{_MODEL}{layer}.")


def _oddness(wanted: torch.Tensor | None, given: Array | None) -> str | None:
    """Say why a tensor does not fit; None when it does."""
    if wanted is None:
        return "the model has no such tensor"
    if given is None:
        return "the checkpoint has no such tensor"
    if tuple(wanted.shape) != given.shape:
        return f"{list(given.shape)} in the checkpoint, {list(wanted.shape)} in the model"
    return None


def _misfit(odd: Mapping[str, str]) -> SpecError:
    names = "; ".join(f"{name.removeprefix(_MODEL)} ({words})" for name, words in odd.items())
    return SpecError(
        f"The checkpoint's weights do not fit this model: {names}.",
        where="start",
        remedy="Give [model] the shape it had, or start from scratch; only the head can be drawn anew.",
    )
