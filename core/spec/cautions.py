"""What a spec may do, but not without being told what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from core.spec.schedules import Plateau
from core.spec.spec import Spec


def cautions(spec: Spec) -> Iterator[str]:
    """Give a sentence or two for each thing that works and is not what one may take for granted."""
    yield from _timed_decisions(spec)
    yield from _timed_returns(spec)


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


def _timed_returns(spec: Spec) -> Iterator[str]:
    """A save only looks and changes nothing; but where a roll-back goes to depends on what was saved by then."""
    if spec.training.on_non_finite == "roll_back" and spec.checkpoints.every.unit in ("seconds", "auto"):
        yield (
            "Checkpoints are saved by the clock, and a step that is not finite goes back to the newest of them: if that"
            " happens, a resumed or repeated run may not end with the same bits. For an exact resume, count "
            "checkpoints.every.unit in steps or epochs."
        )
