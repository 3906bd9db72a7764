"""What a spec may do, but not without being told what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from core.spec.schedules import Plateau
from core.spec.spec import Spec


def cautions(spec: Spec) -> Iterator[str]:
    """Give a sentence or two for each thing that works and is not what one may take for granted."""
    yield from _timed_decisions(spec)


def _timed_decisions(spec: Spec) -> Iterator[str]:
    """Evaluations timed by the clock fall on other steps each time, and so does what is decided by them."""
    training = spec.training
    if training.evaluate.unit != "seconds":
        return
    deciders = []
    if training.early_stopping.patience:
        deciders.append("early stopping")
    if any(isinstance(stage.schedule, Plateau) for stage in training.plan()):
        deciders.append("the plateau schedule")
    if deciders:
        decide = f"{' and '.join(deciders)} decide{'s' if len(deciders) == 1 else ''}"
        yield (
            f"Evaluation is timed in seconds and {decide} by it: on which step depends on the "
            "machine's speed, so a resumed or repeated run may not end with the same bits. For an exact resume, count "
            "training.evaluate.unit in steps or epochs."
        )
