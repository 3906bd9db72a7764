"""What a run goes by now: its frozen spec and the changes made to it so far."""

from __future__ import annotations

from core.runs.changes import made_changes
from core.runs.state import RunState
from core.spec.plan import Plan
from core.spec.spec import Spec
from core.spec.steerable import Number, after, steerable


def values_at(spec: Spec, state: RunState, step: int) -> dict[str, Number]:
    """Return the values, by path, that were others than the spec's when the checkpoint of `step` was saved."""
    made = [change for change in made_changes(spec.training.changes, state) if change.step < step]
    asked = {one.path: one.value for one in steerable(spec.training)}
    return {one.path: one.value for one in steerable(after(spec.training, made)) if one.value != asked[one.path]}


def present_plan(spec: Spec, state: RunState) -> Plan | None:
    """Return the plan that a run with this spec follows where it stands; None before its data is loaded."""
    if state.prepared is None:
        return None
    return Plan.of(spec.training, state.prepared.train_examples, made_changes(spec.training.changes, state))
