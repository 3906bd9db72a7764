"""Going on with fresh data: from which checkpoint, how gently, and what comes of it on old and on new data."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.curves.phases import Phase
from core.curves.recommending import Recommendation, recommend
from core.errors import BadInput
from core.runs.phases import phases_of
from core.runs.state import RunState
from core.spec.training import TrainingSpec

EPOCHS = 3.0
RATE_SHARE = 0.1  # of the full rate of the run it starts from


class Cell(msgspec.Struct, kw_only=True, frozen=True):
    """How one model does on one set of examples: metrics by their short names, such as loss and accuracy."""

    examples: int
    metrics: dict[str, float]


class Forgetting(msgspec.Struct, kw_only=True, frozen=True):
    """What fine-tuning gained on the new data and lost on the old: before is the checkpoint it started from.

    `old_split` and `new_split` say which examples were used, never those trained on where others were held out.
    """

    parent: str
    parent_step: int
    run: str
    step: int
    old_split: str
    new_split: str
    old_before: Cell
    old_after: Cell
    new_before: Cell
    new_after: Cell
    notes: list[str] = []


def recommended_of(state: RunState, phases: Sequence[Phase] | None = None) -> Recommendation | None:
    """Return the checkpoint to fine-tune from and why; None for a run without checkpoints.

    `phases` are those of the run where they are known already.
    """
    prepared = state.prepared
    if prepared is None:
        return None
    kept = {row.step: row.metrics.get(prepared.monitor) for row in state.checkpoints if row.live}
    judged = phases_of(state) if phases is None else phases
    return recommend(judged, kept, metric=prepared.monitor, higher_is_better=prepared.higher_is_better)


def gentle_overrides(training: TrainingSpec, epochs: float = EPOCHS, share: float = RATE_SHARE) -> list[str]:
    """Return what makes a training a fine-tuning: a few epochs in one stage, at a low and constant rate.

    Raises BadInput when epochs or share are not above 0.
    """
    if not (epochs > 0 and share > 0):
        raise BadInput("Epochs and the share of the rate must be above 0.")
    optimizer = training.plan()[-1].optimizer
    assert optimizer is not None  # a plan leaves nothing open
    rates = [name for name in ("learning_rate", "adamw_learning_rate") if hasattr(optimizer, name)]
    return [
        "training.stages=",
        "training.changes=",
        "training.schedule=",
        "training.schedule.kind=constant",
        "training.schedule.warmup=0",
        "training.early_stopping=",
        "training.budget.unit=epochs",
        f"training.budget.stop_point={epochs!r}",
        *(f"training.optimizer.{name}={getattr(optimizer, name) * share!r}" for name in rates),
    ]
