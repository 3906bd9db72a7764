"""How long a run is: budgets turned into steps, and steps into examples, by pure arithmetic.

An epoch of n examples in batches of b has ceil(n / b) steps; the last batch is smaller and is kept.  So the number
of examples seen is a function of the step alone, whatever was stopped, resumed or skipped in between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.runs.events import StageRow
from core.spec.training import Budget, Stage


@dataclass(frozen=True)
class Ruler:
    """Converts between steps, examples and epochs for a training split and a (global) batch size."""

    train_examples: int
    batch_size: int
    virtual_epoch: int  # examples

    @property
    def steps_per_epoch(self) -> int:
        """Return the number of batches in an epoch, the smaller last one included."""
        return -(-self.train_examples // self.batch_size)

    def examples_at(self, step: int) -> int:
        """Return how many examples have been seen after `step` steps."""
        epochs, rest = divmod(step, self.steps_per_epoch)
        return epochs * self.train_examples + min(rest * self.batch_size, self.train_examples)

    def place_at(self, step: int) -> tuple[int, int]:
        """Return the epoch, from 0, and the position in it (examples) at which step number `step` + 1 begins."""
        epoch, rest = divmod(step, self.steps_per_epoch)
        return epoch, rest * self.batch_size

    def step_at(self, examples: float) -> int:
        """Return the first step at which at least `examples` have been seen."""
        epochs = math.floor(examples / self.train_examples)
        rest = examples - epochs * self.train_examples
        return epochs * self.steps_per_epoch + math.ceil(rest / self.batch_size - 1e-9)

    def examples_in(self, unit: str) -> float:
        """Return how many examples one `examples`, `epochs` or `virtual_epochs` is."""
        return {"examples": 1, "epochs": self.train_examples, "virtual_epochs": self.virtual_epoch}[unit]

    def end_of(self, budget: Budget, from_step: int = 0) -> int:
        """Return the step at which a budget that begins at `from_step` is spent; at least one step later."""
        if budget.unit == "steps":
            return from_step + max(1, math.ceil(budget.stop_point - 1e-9))
        wanted = budget.stop_point * self.examples_in(budget.unit)
        return max(from_step + 1, self.step_at(self.examples_at(from_step) + wanted))


@dataclass(frozen=True)
class StagePlan:
    """One stage with its place in the run: it makes the steps from_step + 1 to to_step."""

    number: int  # from 0
    stage: Stage
    from_step: int
    to_step: int

    def progress(self, step: int) -> float:
        """Return the share of the stage that lies behind after `step` steps."""
        return (step - self.from_step) / (self.to_step - self.from_step)

    def row(self) -> StageRow:
        """Return the stage as the run's events state it."""
        return StageRow(name=self.stage.name, from_step=self.from_step, to_step=self.to_step)


def lay_out(stages: Sequence[Stage], ruler: Ruler) -> tuple[StagePlan, ...]:
    """Return the stages one after the other, each with its first and last step."""
    plans: list[StagePlan] = []
    step = 0
    for number, stage in enumerate(stages):
        end = ruler.end_of(stage.budget, step)
        plans.append(StagePlan(number, stage, step, end))
        step = end
    return tuple(plans)


def spread(count: int, total_steps: int, ruler: Ruler) -> tuple[int, ...]:
    """Return `count` steps spread evenly over the run, measured in examples; the last one is its end."""
    total = ruler.examples_at(total_steps)
    steps = {min(total_steps, ruler.step_at(total * number / count)) for number in range(1, count + 1)}
    return tuple(sorted(steps))
