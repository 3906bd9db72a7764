"""What a run says of itself once a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs.columns import columns_of_one
from core.runs.events import Progress

if TYPE_CHECKING:
    from core.engine.trainer import Trainer


def progress_of(trainer: Trainer) -> Progress:
    """Return how far the run is, how fast, and what it waits for."""
    parts, counters = trainer.parts, trainer.state.counters
    seconds, step = parts.clock.seconds(), counters.step
    examples = parts.ruler.examples_at(step)
    trainer.speed.note(seconds, step, examples)
    steps_per_s, examples_per_s = trainer.speed.per_second()
    total = parts.stages[-1].to_step
    trained_s = max(seconds - trainer.began_s, 1e-9)
    return Progress(
        step=step,
        examples=examples,
        total_steps=total,
        examples_per_second=examples_per_s,
        seconds_left=(total - step) / steps_per_s if steps_per_s > 0 else None,
        latest=columns_of_one(parts.recorder.latest.items()),
        best_step=counters.best.step,
        best_value=counters.best.value,
        data_wait=min(1.0, parts.batches.waited_s / trained_s),
        checkpoint_cost=min(1.0, parts.saver.stalled_s / trained_s),
    )
