"""Going back to the last good checkpoint, with half the rate, after a step that was not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.capture import counters_of, restore
from core.errors import NonFinite
from core.spec.plan import Plan

if TYPE_CHECKING:
    from core.engine.trainer import Trainer

_MOST = 10


def roll_back(trainer: Trainer, error: NonFinite) -> None:
    """Put the newest good checkpoint before the failed step back and halve the rate from there on.

    Raises `error` again when there is no such checkpoint, or when this has been done ten times already.
    """
    parts, state = trainer.parts, trainer.state
    failed = state.counters
    if failed.roll_backs >= _MOST:
        raise NonFinite(f"{error.message} The run went back {_MOST} times already.", step=error.step) from error
    checkpoint = parts.go_back(error.step - 1)
    if checkpoint is None:
        raise error
    counters = counters_of(checkpoint.state)
    counters.rate_factor = failed.rate_factor * 0.5
    counters.roll_backs = failed.roll_backs + 1
    state.counters = counters
    parts.restart(Plan.of(parts.spec.training, parts.ruler.train_examples, counters.changes))
    restore(state, checkpoint.tensors, checkpoint.state)
    parts.confusions.forget_after(counters.step)
    parts.guard.reset()
    trainer.speed.forget()
    trainer.start_cadences()
    trainer.note(
        f"{error.message} The run went back to step {counters.step:,}; the rate is {counters.rate_factor:g} of what "
        "the spec says from there on.",
        "warning",
        counters.step,
    )
