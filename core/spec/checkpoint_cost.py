"""What the checkpoints of a run will take on disk: told before it starts, by arithmetic alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.spec.budget import Ruler, spread
from core.spec.checkpoints import SaveEvery
from core.spec.plan import Plan
from core.spec.spec import Spec
from core.spec.training import Every

PHASES = 3
STRETCH = 1.5  # while phase I lasts one checkpoint is kept of each stretch that is so many times as long as the last
_TIGHT = 0.5  # of the free disk


@dataclass(frozen=True)
class Sizes:
    """Bytes of one checkpoint file, and of one that holds the weights alone."""

    whole: int
    weights: int


@dataclass(frozen=True)
class CheckpointCost:
    """How many checkpoints a run will have at most at one time, and what they take.

    `planned` are those whose steps the spec fixes, `bests` how many new bests there may be in between.  `by_clock`
    says that more come whose number only the run's speed decides, none of them counted; they count if few are kept.
    """

    sizes: Sizes
    planned: int
    bests: int
    kept: int
    thinned: int
    by_clock: bool

    @property
    def total(self) -> int:
        """Bytes of all of them."""
        return self.kept * self.sizes.whole + self.thinned * self.sizes.weights

    @property
    def is_bounded(self) -> bool:
        """Whether the total holds whatever the run's speed."""
        return not self.by_clock


def expected_cost(spec: Spec, train_examples: int, sizes: Sizes) -> CheckpointCost:
    """Return what the checkpoints of a run on so many training examples take at most.  Raises SpecError."""
    checkpoints, plan = spec.checkpoints, Plan.of(spec.training, max(1, train_examples))
    ruler, total = plan.ruler, plan.total_steps
    spread_out = len(spread(checkpoints.num_checkpoints, total, ruler))
    planned = min(total, spread_out + times(checkpoints.every, ruler, total) + 1)
    evaluations = times(spec.training.evaluate, ruler, total) + 1
    bests = min(evaluations, total - planned) if spec.training.select == "best" else 0
    kept, by_clock = planned + bests, checkpoints.every.unit in ("auto", "seconds")
    if checkpoints.keep_last:
        of_phases = PHASES + math.ceil(math.log(planned + bests + 1, STRETCH)) if checkpoints.keep_phases else 0
        most = checkpoints.keep_last + checkpoints.keep_best + of_phases
        kept = most + 1 if by_clock else min(kept, most + 1)  # one more while it is being written
        by_clock = by_clock and checkpoints.thin
    thinned = planned + bests - kept if checkpoints.thin and checkpoints.keep_last else 0
    return CheckpointCost(sizes, planned, bests, kept, max(0, thinned), by_clock)


def times(every: Every | SaveEvery, ruler: Ruler, total_steps: int) -> int:
    """Return how often something happens in so many steps; 0 where it goes by the clock."""
    if every.unit in ("off", "auto", "seconds"):
        return 0
    if every.unit == "steps":
        return int(total_steps / max(1.0, every.interval))
    return min(total_steps, int(ruler.examples_at(total_steps) / (every.interval * ruler.examples_in(every.unit))))


def in_words(cost: CheckpointCost, free: int) -> str:
    """Say the size of one, how many, what all take, and what is free."""
    of_them = f" ({cost.bests:,} of them only if each evaluation is a new best)" if cost.bests else ""
    fewer = f"{cost.kept:,} whole and {cost.thinned:,} thinned" if cost.thinned else f"{cost.kept:,}{of_them}"
    count = f"at most {fewer}, {size(cost.total)}"
    clock = "; those that go by the clock come on top" if cost.by_clock else ""
    return f"{size(cost.sizes.whole)} each, {count}{clock}; {size(free)} free"


def warning(cost: CheckpointCost, free: int) -> str:
    """Return what to be warned of before the run starts; nothing when there is room enough."""
    if cost.sizes.whole > free:
        return f"Not even one checkpoint of {size(cost.sizes.whole)} fits on the disk: {size(free)} are free."
    remedy = "Keep fewer: set checkpoints.keep_last, or lower checkpoints.num_checkpoints."
    if cost.total > free:
        return f"All checkpoints may take {size(cost.total)}, and only {size(free)} are free. {remedy}"
    if cost.total > _TIGHT * free:
        return f"All checkpoints may take {size(cost.total)} of the {size(free)} that are free. {remedy}"
    return ""


def size(count: float) -> str:
    """Return bytes as 310 kB, 1.27 GB."""
    for limit, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= limit:
            return f"{count / limit:.3g} {unit}"
    return f"{count:.0f} B"
