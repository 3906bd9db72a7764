"""Going back to a checkpoint: what will be so and what will not, told before anything starts.

Resume goes on with the same run; a fork or a warm start is a new one, whose spec is made here.

Nothing is written here and the parent is only read.  `Workspace.create_run` makes the run once the outlook is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np

from core.checkpoints.reading import state_of
from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import require_whole
from core.errors import BadInput, CheckpointError
from core.runs.fork_spec import OWN, changes_held, fork_spec
from core.runs.fork_words import (
    begins_anew,
    ignored_by_fork,
    ignored_by_resume,
    ignored_by_warm_start,
    kept,
    restored,
)
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState
from core.spec.catalog import Catalog
from core.spec.diff import Difference, differences
from core.spec.lengthening import Choice
from core.spec.overrides import apply_overrides
from core.spec.plan import Plan
from core.spec.rate_curve import RateCurve, rate_curve
from core.spec.read import spec_from_dict, to_dict
from core.spec.spec import Spec
from core.spec.start import Fork, Scratch, WarmStart

Kind = Literal["resume", "fork", "warm_start"]
Head = Literal["keep", "new"]


@dataclass(frozen=True)
class Point:
    """A checkpoint to start from: what its run was asked and said, and its scalar state."""

    run: RunFolder
    step: int
    spec: Spec
    said: RunState
    state: Mapping[str, Any]

    @classmethod
    def of(cls, run: RunFolder, step: int) -> Point:
        """Look at a checkpoint.  Raises BadInput when there is none, CheckpointError when it is damaged."""
        path = CheckpointStore(run.checkpoints_path).path(step)
        if not path.exists():
            raise BadInput(f"Run {run.id} has no checkpoint of step {step:,}.")
        reader = EventReader(run.events_path)
        try:
            said = RunState.of(reader.poll())
        finally:
            reader.close()
        if said.train_examples == 0:
            raise CheckpointError("Its run never said how many examples it trains on.", where=run.id)
        state = state_of(path)
        counters = dict(state["counters"]) | state["clock"].get("measured", {})
        return cls(run, step, run.spec(), said, {**state, "counters": counters})

    @property
    def is_live(self) -> bool:
        """Whether the run is still on the branch that the checkpoint lies on, so that it can be resumed from it."""
        return any(row.step == self.step and row.live for row in self.said.checkpoints)

    @property
    def plan(self) -> Plan:
        """What the run had to do, the changes that the checkpoint holds included."""
        return Plan.of(self.spec.training, self.said.train_examples, changes_held(self.state["counters"]))

    def foresee(self, plan: Plan) -> RateCurve:
        """Return the rates of a plan that goes on from here, with what roll-backs and a plateau have left of them."""
        counters = self.state["counters"]
        return rate_curve(plan, self.step, float(counters["rate_factor"]), float(counters["plateau"]["factor"]))


@dataclass(frozen=True)
class Outlook:
    """What going back will do.  Every sentence stands for one thing.

    `spec` is that of the new run; of a resumed one it is its own.  `changed` are the fields that differ from the
    parent's spec.  `old_rate` is what the parent did and would have done, `new_rate` what the new run will have done.
    `choice` is None where neither length nor schedule changes.
    """

    kind: Kind
    parent: str
    step: int
    spec: Spec
    restored: tuple[str, ...]
    anew: tuple[str, ...]
    ignored: tuple[str, ...]
    changed: tuple[Difference, ...]
    old_rate: RateCurve
    new_rate: RateCurve
    old_end: int
    new_end: int | None  # None where other data decides it
    choice: Choice | None = None
    recommended: Choice | None = None
    because: str = ""
    options: tuple[Choice, ...] = ()


def resume_outlook(point: Point) -> Outlook:
    """Return what going on with the same run will be.  Raises CheckpointError for a thinned checkpoint."""
    require_whole(point.state, point.step)
    rate = _recorded(point).joined(point.foresee(point.plan))
    return Outlook(
        kind="resume",
        parent=point.run.id,
        step=point.step,
        spec=point.spec,
        restored=tuple(restored(point.state, point.plan, point.said)),
        anew=(),
        ignored=tuple(ignored_by_resume(point.said, point.step)),
        changed=(),
        old_rate=rate,
        new_rate=rate,
        old_end=point.plan.total_steps,
        new_end=point.plan.total_steps,
    )


def fork_outlook(
    point: Point, overrides: Iterable[str] = (), choice: Choice | None = None, catalog: Catalog | None = None
) -> Outlook:
    """Return what a fork of a checkpoint will be.

    Raises SpecError for a change that a full state cannot take, CheckpointError for a thinned checkpoint.
    """
    require_whole(point.state, point.step)
    held = changes_held(point.state["counters"])
    parent = msgspec.structs.replace(point.spec, start=Scratch(), name=_name(point, overrides))
    made = fork_spec(parent, held, point.said.train_examples, point.step, overrides, choice, catalog)
    spec = msgspec.structs.replace(made.spec, start=Fork(run=point.run.id, step=point.step))
    past = _recorded(point)
    restarts = made.choice == "restart"
    restarted = ["The schedule: it begins again, with a warm-up where it has one."] if restarts else []
    return Outlook(
        kind="fork",
        parent=point.run.id,
        step=point.step,
        spec=spec,
        restored=tuple(restored(point.state, point.plan, point.said, restarts=restarts)),
        anew=(*restarted, *begins_anew(point.state, point.spec, spec)),
        ignored=tuple(ignored_by_fork(point.said, point.spec, point.state, point.step, made.changed)),
        changed=_changed(point.spec, spec),
        old_rate=past.joined(point.foresee(point.plan)),
        new_rate=past.joined(point.foresee(made.plan)),
        old_end=point.plan.total_steps,
        new_end=made.plan.total_steps,
        choice=made.choice,
        recommended=made.recommended,
        because=made.because,
        options=made.options,
    )


def warm_start_outlook(
    point: Point, overrides: Iterable[str] = (), head: Head = "keep", catalog: Catalog | None = None
) -> Outlook:
    """Return what a warm start from a checkpoint will be.  Raises SpecError for a spec that cannot be trained."""
    start = WarmStart(run=point.run.id, step=point.step, head=head)
    before = to_dict(msgspec.structs.replace(point.spec, start=start, name=_name(point, overrides)))
    spec = spec_from_dict(apply_overrides(before, overrides), catalog)
    same_data = spec.data == point.spec.data
    plan = Plan.of(spec.training, point.said.train_examples, (one for one in spec.training.changes if one.step == 0))
    return Outlook(
        kind="warm_start",
        parent=point.run.id,
        step=point.step,
        spec=spec,
        restored=tuple(kept(point.state, point.said, spec, head)),
        anew=tuple(begins_anew(point.state, point.spec, spec)),
        ignored=tuple(ignored_by_warm_start(point.state, point.spec)),
        changed=_changed(point.spec, spec),
        old_rate=_recorded(point).joined(point.foresee(point.plan)),
        new_rate=rate_curve(plan),
        old_end=point.plan.total_steps,
        new_end=plan.total_steps if same_data or plan.training.budget.unit == "steps" else None,
    )


def _changed(parent: Spec, child: Spec) -> tuple[Difference, ...]:
    return tuple(one for one in differences(parent, child) if one.path.partition(".")[0] not in OWN)


def _name(point: Point, overrides: Iterable[str]) -> str:
    """Return the parent's name with the step; an override of the name comes later and wins."""
    base = point.spec.name.partition(" @ ")[0]
    return f"{base[:100]} @ {point.step:,}"


def _recorded(point: Point) -> RateCurve:
    """Return the rates that the run did train with up to the checkpoint: `rate[i]` of the step after `step[i]`."""
    step, _, _, rate = point.said.series("train/learning_rate").live_points()
    upto = int(np.searchsorted(step, point.step, "right"))
    return RateCurve(step[:upto] - 1, rate[:upto].copy())
