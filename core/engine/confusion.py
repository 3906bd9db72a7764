"""When a run says how its classes are confused.

- At each new best of the monitored metric: on valid, from the outputs that the evaluation had anyway; not when there
  are more than `MOST_AT_BEST` classes.
- At the end, for the checkpoint that is the model: on valid, unless that is what was said last.  The counts of the
  best and of the newest evaluation are remembered.  Where the model is neither, or an earlier process evaluated it, a
  completed run measures valid once more, unless the spec turns evaluation off.  On test, when the run is complete,
  from the pass that gives the test metrics.
- With more than `MOST` classes, and for numbers: never.
"""

from __future__ import annotations

from typing import Literal

from core.engine.metrics import Ints
from core.runs.events import Confusion
from core.runs.journal import EventWriter

MOST_AT_BEST = 100
MOST = 1000  # a million counts, one line of some megabytes


class Confusions:
    """Remembers what an end may need, and writes the events.  `classes` is 0 for numbers.

    Nothing of this is part of a run's state: no generator is asked and no checkpoint holds it.
    """

    def __init__(self, events: EventWriter, classes: int) -> None:
        self._events, self._wanted = events, 0 < classes <= MOST
        self._at_best = classes <= MOST_AT_BEST
        self._known: dict[int, Ints] = {}  # on valid, by step: the best and the newest evaluation
        self._best = self._told = -1  # steps

    def evaluated(self, step: int, counts: Ints | None, *, is_best: bool) -> None:
        """Take note of an evaluation of valid at `step`; say it when it is a new best."""
        if is_best:
            self._best = step
        self._known = {at: known for at, known in self._known.items() if at == self._best != step}
        if counts is not None and self._wanted:
            self._known[step] = counts
            if is_best and self._at_best:
                self.tell("valid", step, counts)

    def owes(self, model_step: int) -> bool:
        """Say what is remembered of the model on valid; return whether valid must be measured to say it."""
        if self._told != model_step and model_step in self._known:
            self.tell("valid", model_step, self._known[model_step])
        return self._wanted and self._told != model_step

    def tell(self, split: Literal["valid", "test"], step: int, counts: Ints | None) -> None:
        """Write the event of counts (k, k); nothing for None."""
        if counts is None or not self._wanted:
            return
        if split == "valid":
            self._told = step
        self._events.write(Confusion(step=step, split=split, counts=counts.tolist()))

    def forget_after(self, step: int) -> None:
        """The run went back to `step`."""
        self._known = {at: counts for at, counts in self._known.items() if at <= step}
        self._best, self._told = (at if at <= step else -1 for at in (self._best, self._told))
