"""How long a run is: budgets turned into steps, and steps into examples, by pure arithmetic.

An epoch of n examples in batches of b has ceil(n / b) steps; the last batch is smaller and is kept.  So the number
of examples seen is a function of the step alone, whatever was stopped, resumed or skipped in between.  A batch size
that is changed on the way leaves the order of examples as it is: the epoch goes on from where it stands in batches of
the new size, its last one again smaller, and the next epoch begins with its first example.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.spec.training import Budget, Stage


@dataclass(frozen=True)
class Ruler:
    """Converts between steps, examples and epochs for a training split and a (global) batch size.

    Batches have this size from step `since` on; up to there `before` holds.
    """

    train_examples: int
    batch_size: int
    virtual_epoch: int  # examples
    since: int = 0
    before: Ruler | None = None

    @property
    def steps_per_epoch(self) -> int:
        """Return the number of batches in a whole epoch, the smaller last one included."""
        return -(-self.train_examples // self.batch_size)

    def examples_at(self, step: int) -> int:
        """Return how many examples have been seen after `step` steps."""
        steps = step - self.since
        if steps < 0 and self.before is not None:
            return self.before.examples_at(step)
        seen, _, left, steps_left, per_epoch = self._begun
        if steps < steps_left:  # so that no batch is cut short: this is asked at each step
            return seen + steps * self.batch_size
        epochs, rest = divmod(steps - steps_left, per_epoch)
        return seen + left + epochs * self.train_examples + rest * self.batch_size

    def place_at(self, step: int) -> tuple[int, int]:
        """Return the epoch, from 0, and the position in it (examples) at which step number `step` + 1 begins."""
        if self.before is not None and step < self.since:
            return self.before.place_at(step)
        _, epoch, left, steps_left, per_epoch = self._begun
        steps = step - self.since
        if steps < steps_left:
            return epoch, self.train_examples - left + steps * self.batch_size
        epochs, rest = divmod(steps - steps_left, per_epoch)
        return epoch + 1 + epochs, rest * self.batch_size

    def step_at(self, examples: float) -> int:
        """Return the first step at which at least `examples` have been seen."""
        seen, _, left, steps_left, per_epoch = self._begun
        if self.before is not None and examples <= seen:
            return self.before.step_at(examples)
        if examples <= seen + left:
            return self.since + math.ceil((examples - seen) / self.batch_size - 1e-9)
        epochs = math.floor((examples - seen - left) / self.train_examples)
        rest = examples - seen - left - epochs * self.train_examples
        return self.since + steps_left + epochs * per_epoch + math.ceil(rest / self.batch_size - 1e-9)

    def examples_in(self, unit: str) -> float:
        """Return how many examples one `examples`, `epochs` or `virtual_epochs` is."""
        return {"examples": 1, "epochs": self.train_examples, "virtual_epochs": self.virtual_epoch}[unit]

    def end_of(self, budget: Budget, from_step: int = 0) -> int:
        """Return the step at which a budget that begins at `from_step` is spent; at least one step later."""
        if budget.unit == "steps":
            return from_step + max(1, math.ceil(budget.stop_point - 1e-9))
        wanted = budget.stop_point * self.examples_in(budget.unit)
        return max(from_step + 1, self.step_at(self.examples_at(from_step) + wanted))

    def spent(self, budget: Budget, from_step: int, step: int) -> float:
        """Return how much of a budget that began at `from_step` is spent after `step` steps, in its unit."""
        if budget.unit == "steps":
            return step - from_step
        return (self.examples_at(step) - self.examples_at(from_step)) / self.examples_in(budget.unit)

    @cached_property
    def _begun(self) -> tuple[int, int, int, int, int]:
        """Where batches of this size begin: examples seen, epoch, examples and steps left in it, steps of a whole."""
        seen, epoch, position = 0, 0, 0
        if self.before is not None:
            seen, (epoch, position) = self.before.examples_at(self.since), self.before.place_at(self.since)
        left = self.train_examples - position
        return seen, epoch, left, -(-left // self.batch_size), self.steps_per_epoch


@dataclass(frozen=True)
class StagePlan:
    """One stage with its place in the run: it makes the steps from_step + 1 to to_step.

    Where its end was moved on the way, after `bent_at` steps, the rest of its schedule is spread over what was left
    then: progress goes on from where it stood, so that the rate does not jump.
    """

    number: int  # from 0
    stage: Stage
    from_step: int
    to_step: int
    bent_at: int | None = None
    bent_progress: float = 0.0

    def progress(self, step: int) -> float:
        """Return the share of the stage, or of its schedule, that lies behind after `step` steps."""
        if self.bent_at is None:
            return (step - self.from_step) / (self.to_step - self.from_step)
        share = (step - self.bent_at) / (self.to_step - self.bent_at)
        return self.bent_progress + (1.0 - self.bent_progress) * share


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
