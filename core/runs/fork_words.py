"""What a fork or warm start takes over, begins anew and leaves behind, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from core.runs.fork_spec import changes_held
from core.runs.state import RunState
from core.spec.diff import Difference
from core.spec.field import plain
from core.spec.plan import Plan
from core.spec.spec import Spec
from core.spec.start import WarmStart
from core.spec.toml import inline
from core.spec.training import Change

State = Mapping[str, Any]


def restored(state: State, plan: Plan, said: RunState, *, restarts: bool = False) -> Iterator[str]:
    """Give what a fork goes on with: everything that the checkpoint holds, but a schedule that `restarts`."""
    counters, sampler = state["counters"], state["sampler"]
    step = counters["step"]
    stage = plan.stages[min(counters["stage"], len(plan.stages) - 1)]
    kind = plan.optimizer(stage.number).__struct_config__.tag
    yield _weights(said)
    yield f"The optimizer's memory: {kind}, {state['optimizer']['updates']:,.0f} updates."
    yield f"The counters: step {step:,}, {state['examples']:,} examples, {state['virtual_epoch']:,} in a virtual epoch."
    dealt = f"{sampler['position']:,} of {sampler['examples']:,} dealt"
    yield f"The order of examples: epoch {sampler['epoch'] + 1:,}, {dealt}."
    yield "The random generators of Python, NumPy and PyTorch, as they stood."
    if not restarts:
        yield f"The schedule: {stage.progress(step):.1%} of stage {stage.stage.name} lies behind."
    best = counters["best"]
    if best["step"] is not None:
        yield f"The best so far: {best['value']:.6g} at step {best['step']:,}, and the patience of early stopping."
    if counters["rate_factor"] != 1:
        yield f"The rate's factor: {plain(counters['rate_factor'])}, as roll-backs left it."
    for change in changes_held(counters):
        yield f"A change made after step {change.step:,}: {change.field} is {plain(change.value)}."


def kept(state: State, said: RunState, spec: Spec, head: Literal["keep", "new"]) -> Iterator[str]:
    """Give what a warm start takes over."""
    yield _weights(said)
    layer = head_of(said)
    if head == "new":
        yield f"All layers but the head (layer {layer}), which is drawn anew with seed {spec.seed}."
    else:
        outputs = said.prepared.outputs if said.prepared else 0
        yield f"The head (layer {layer}) too, where the data has {outputs} outputs as before; else it is drawn anew."


def begins_anew(state: State, parent: Spec, spec: Spec) -> Iterator[str]:
    """Give what a new run begins by itself."""
    training, before = spec.training, parent.training
    if isinstance(spec.start, WarmStart):
        yield "The optimizer's memory is empty."
        yield "The schedule is at its beginning, and steps and examples count from 0."
        yield f"The order of examples and the random generators are those of seed {spec.seed}."
        yield "Nothing is best yet, and the patience of early stopping is whole."
        if training.ema:
            yield "The averaged weights begin with the weights."
        if spec.data != parent.data and spec.data.standardise:
            yield "Inputs are standardised by the new data's own mean and deviation."
        return
    if training.ema and not before.ema:
        yield "The averaged weights begin with the weights."
    if training.monitor != before.monitor:
        yield f"The best and the patience of early stopping: {training.monitor} is watched now, not {before.monitor}."
    elif _is_exhausted(state, spec):
        yield "The patience of early stopping, which was used up."


def ignored_by_resume(said: RunState, step: int) -> Iterator[str]:
    """Give what a run that goes back leaves behind."""
    if said.step > step:
        yield f"The curve from step {step:,} to {said.step:,} stays, faded; what was learned there is not used."
    later = [row.step for row in said.checkpoints if row.live and row.step > step]
    if later:
        many = f"{len(later)} later checkpoints lie" if len(later) > 1 else f"The checkpoint of step {later[0]:,} lies"
        yield f"{many} on an abandoned branch then: to be forked, no longer to be resumed."
    for done in said.changes.values():
        if done.step >= step:
            path, value = done.arguments["path"], done.arguments["value"]
            yield f"The change of {path} to {plain(value)} after step {done.step:,}: it is not made again."


def ignored_by_fork(
    said: RunState, parent: Spec, state: State, step: int, changed: Iterable[Difference]
) -> Iterator[str]:
    """Give what a fork leaves behind."""
    if said.step > step:
        yield f"What the run did after step {step:,}, up to step {said.step:,}; it stays with that run."
    held = changes_held(state["counters"])
    for done in said.commands:
        if done.name == "set" and done.outcome == "applied" and done.step >= step:
            path, value = done.arguments["path"], done.arguments["value"]
            if Change(step=done.step, field=path, value=float(value)) not in held:
                yield f"The change of {path} to {plain(value)} after step {done.step:,}: it is not made again."
    if parent.training.ema and any(one.path == "training.ema" and not one.right for one in changed):
        yield "The averaged weights: averaging is switched off."
    if any(one.path.startswith("training.budget.") for one in changed) and parent.training.stages:
        yield "The budgets of the stages that lie ahead: the new length replaces them."


def ignored_by_warm_start(state: State, parent: Spec) -> Iterator[str]:
    """Give what a warm start leaves behind."""
    counters = state["counters"]
    yield "Optimizer memory, schedule position, counters, order of examples, random generators, best and patience."
    if parent.training.ema:
        yield "The averaged weights: the weights themselves are taken."
    for change in changes_held(counters):
        if change not in parent.training.changes:
            yield f"The change of {change.field} to {plain(change.value)}, made while the run went on."


def value_in_words(value: object) -> str:
    """Return a value of a spec on one line; stages by their names and lengths."""
    if value is None or value == [] or value == ():
        return "none"
    if isinstance(value, list | tuple) and all(isinstance(item, Mapping) and "budget" in item for item in value):
        return ", ".join(_stage_in_words(stage) for stage in value)
    return inline(value)


def _stage_in_words(stage: Mapping[str, Any]) -> str:
    budget = stage["budget"]
    schedule = f", {stage['schedule']['kind']}" if stage.get("schedule") else ""
    return f"{stage['name'] or 'a stage'} ({plain(budget['stop_point'])} {budget['unit'].replace('_', ' ')}{schedule})"


def head_of(said: RunState) -> str:
    """Return the name of the last layer that has parameters."""
    layers = said.prepared.layers if said.prepared else []
    return next((layer.name for layer in reversed(layers) if layer.parameters), "the last layer")


def _weights(said: RunState) -> str:
    count = said.prepared.parameters if said.prepared else 0
    return f"The weights, {count:,} parameters, and the model's buffers."


def _is_exhausted(state: State, spec: Spec) -> bool:
    limit = spec.training.early_stopping.patience
    return bool(limit) and int(state["counters"]["patience"]["waited"]) >= limit
