"""What a run has to do, step by step: its spec and the changes made on the way, laid out along the steps.

A plan is a function of the training split's size, the spec and the changes alone.  So a run that is resumed, one whose
changes stand in its spec, and one that was told them while it ran follow the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.spec.budget import Ruler, StagePlan, lay_out
from core.spec.optimizers import OptimizerSpec
from core.spec.steerable import changed
from core.spec.training import Change, TrainingSpec


@dataclass(frozen=True)
class Plan:
    """The training as it is in force, with the ruler and the stages that follow from it."""

    training: TrainingSpec
    ruler: Ruler
    stages: tuple[StagePlan, ...]

    @classmethod
    def of(cls, training: TrainingSpec, train_examples: int, changes: Iterable[Change] = ()) -> Plan:
        """Return the plan of a training on so many examples once `changes` have been made.  Raises SpecError."""
        ruler = Ruler(train_examples, training.batch_size, training.virtual_epoch or train_examples)
        plan = cls(training, ruler, lay_out(training.plan(), ruler))
        for change in changes:
            plan = plan.after(change)
        return plan

    @property
    def total_steps(self) -> int:
        """Return the step at which the run ends."""
        return self.stages[-1].to_step

    def optimizer(self, stage: int) -> OptimizerSpec:
        """Return the optimizer of a stage (from 0) as it is in force."""
        optimizer = self.stages[stage].stage.optimizer
        assert optimizer is not None  # a laid out stage leaves nothing open
        return optimizer

    def stage_at(self, step: int) -> StagePlan:
        """Return the stage that the step after `step` steps belongs to; the last one when there is none."""
        return next((stage for stage in self.stages if step < stage.to_step), self.stages[-1])

    def after(self, change: Change) -> Plan:
        """Return the plan with one more change.  Raises SpecError when it is none that can be made."""
        training, ruler = changed(self.training, change.field, change.value), self.ruler
        if training.batch_size != ruler.batch_size:
            ruler = replace(ruler, batch_size=training.batch_size, since=change.step, before=ruler)
        stages = lay_out(training.plan(), ruler)
        bent = (_bent(old, new, change.step) for old, new in zip(self.stages, stages, strict=True))
        return Plan(training, ruler, tuple(bent))


def _bent(old: StagePlan, new: StagePlan, step: int) -> StagePlan:
    """Return a stage's new place, its schedule going on from where it stands when it is under way."""
    if old.to_step == new.to_step or step <= old.from_step or step > old.to_step:
        return replace(new, bent_at=old.bent_at, bent_progress=old.bent_progress)
    return replace(new, bent_at=step, bent_progress=old.progress(step))
