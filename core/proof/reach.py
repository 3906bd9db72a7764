"""How far to go on from a checkpoint, so that a proof says something and does not take for ever."""

from __future__ import annotations

from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import is_thinned
from core.proof.continuation import Plan
from core.proof.record import Record
from core.runs.run_folder import RunFolder
from core.spec.spec import Spec

WORTH_S = 60.0  # of training, by the run's own speed, to get to the next state that was saved
ELSE_S = 20.0
BEYOND_S = 5.0  # where it is made two or three times
LEAST = 20  # steps, where there are so many


def plan_along(record: Record, spec: Spec, steps: int, threads: int) -> Plan:
    """Return a plan that follows what was recorded: `steps` far, or (0) to a state saved later if that is in reach."""
    to_step = min(record.step + (steps or _far(record)), record.last_step)
    on_the_way = sorted(step for step in record.saved if step <= to_step)
    if spec.training.on_non_finite != "roll_back":  # which needs every checkpoint that there was
        on_the_way = [*on_the_way[:1], *on_the_way[-1:]]
    return Plan(
        from_step=record.step,
        to_step=to_step,
        save_at=tuple(sorted({*on_the_way, to_step})),
        evaluate_at=evaluated(record, spec, to_step),
        threads=threads,
    )


def plan_beyond(record: Record, spec: Spec, steps: int, threads: int) -> Plan:
    """Return a plan from a checkpoint that nothing was recorded after."""
    to_step = record.step + (steps or max(LEAST, _in(BEYOND_S, record)))
    if record.step < record.state.total_steps:
        to_step = min(to_step, record.state.total_steps)
    return Plan(record.step, to_step, (to_step,), evaluated(record, spec, to_step), threads=threads)


def before(run: RunFolder, record: Record) -> int | None:
    """Return the checkpoint before that of the record, on its branch, when going on from there is worth the while."""
    store = CheckpointStore(run.checkpoints_path)
    there = {step for step in store.steps() if step < record.step and not is_thinned(store.path(step))}
    rows = [row.step for row in record.state.checkpoints if row.live and row.step in there]
    newest = max(rows, default=None)
    if newest is None or (record.step - newest) * record.seconds_per_step > WORTH_S:
        return None
    return newest


def evaluated(record: Record, spec: Spec, to_step: int) -> tuple[int, ...] | None:
    """Return the steps at which validation was measured, where the clock decided that; None where the spec says."""
    if spec.training.evaluate.unit != "seconds":
        return None
    return tuple(int(step) for step in record.points("valid/loss")[0] if step <= to_step)


def _far(record: Record) -> int:
    saved = min((step for step in record.saved if step >= record.step + LEAST), default=record.last_step)
    if (saved - record.step) * record.seconds_per_step <= WORTH_S:
        return saved - record.step
    return max(LEAST, _in(ELSE_S, record))


def _in(seconds: float, record: Record) -> int:
    """Return how many steps the run makes in so many seconds; 1,000 when its speed is not known."""
    return int(seconds / record.seconds_per_step) if record.seconds_per_step > 0 else 1000
