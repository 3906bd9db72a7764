"""The training loop.  Components decide when something is due; the trainer decides in which order it happens."""

from __future__ import annotations

import math
import time
from typing import Literal

from torch import Tensor

from core.engine.clock import Speed
from core.engine.non_finite import Number, bad_parameters
from core.engine.orders import Orders
from core.engine.parts import Finish, Parts
from core.engine.plateau import PlateauState
from core.engine.progress import progress_of
from core.engine.recovery import roll_back
from core.errors import NonFinite
from core.runs.events import BestChanged, Notice, StageBegan
from core.spec.budget import StagePlan
from core.spec.rate_factor import factor_at
from core.spec.schedules import Plateau
from core.spec.start import Fork
from core.spec.training import TrainingSpec

GLANCE_S = 0.05  # between two looks at the commands
FLUSH_S = 0.25  # between two writings of points
REPORT_S = 1.0


class Trainer:
    """Trains one model from where its state stands to the end of its budget, or until something ends it sooner."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.state = parts.state
        self.orders = Orders(self)
        self.speed = Speed()
        self.finish: Finish | None = None
        self.wake_step = 0
        self.wake_time = self.flush_time = self.report_time = 0.0
        self.began_s = parts.clock.seconds()

    @property
    def training(self) -> TrainingSpec:
        """What the spec says of training, with the changes made so far."""
        return self.parts.plan.training

    def train(self) -> Finish:
        """Train, and say why it ended.  Raises NonFinite, WriteError and whatever else goes wrong."""
        self.start_cadences()
        self.finish = self.finish_reached()
        while self.finish is None:
            try:
                self.train_stage()
            except NonFinite as error:
                if self.training.on_non_finite != "roll_back":
                    raise
                roll_back(self, error)
        return self.finish

    def finish_reached(self) -> Finish | None:
        """Say why there is no step left to make: the worker before died between the last one and the run's last word.

        What a fork was given is not its own, so it makes a step before it stops early.
        """
        counters, patience, start = self.state.counters, self.training.early_stopping.patience, self.parts.spec.start
        if counters.step >= self.parts.stages[-1].to_step:
            return Finish("completed", "budget")
        began = start.step if isinstance(start, Fork) else 0
        if patience and counters.patience.waited >= patience and counters.step > began:
            return self.early_stop()
        return None

    def train_stage(self) -> None:
        """Make the steps of the stage that the run stands in, up to its end or to a change of what there is to do."""
        self.orders.replay()
        stage = self.enter_stage()
        parts, state, counters = self.parts, self.state, self.state.counters
        gradients, guard, points, ruler = parts.gradients, parts.guard, parts.recorder.points, parts.ruler
        clip, clock, average, scale = self.training.clip_norm, parts.clock, state.average, state.precision.scale
        for inputs, targets in parts.batches.stream(*ruler.place_at(counters.step)):
            step = counters.step + 1
            rate = self.rate()
            loss = gradients(inputs, targets)
            parts.strategy.reduce(gradients.gradient)
            seen = guard.inspect(loss, gradients.gradient)
            if seen.update:
                if clip:
                    clip_gradient(gradients.gradient, seen.norm, clip)
                state.optimizer.update(gradients.gradient, rate, seen.skip)
                if average is not None:
                    average.update(step)
            now = time.perf_counter()
            full = points.add(step, ruler.examples_at(step), now - clock.zero, seen.loss, rate, seen.norm)
            if seen.skip is not None or not seen.update:
                self.leave_out(seen.skip)
            if scale is not None and seen.skip is not None:
                scale.update(seen.skip)
            counters.step = step
            if step >= self.wake_step or now >= self.wake_time or full:
                self.look_around(flush=full)
                if self.finish is not None or step >= stage.to_step or stage is not self.current_stage():
                    return

    def look_around(self, *, flush: bool = False) -> None:
        """Do what is due between two steps, in this order."""
        parts, step, now = self.parts, self.state.counters.step, time.perf_counter()
        evaluate, save = parts.evaluation.due(step, now), parts.saving.due(step, now)
        if flush or evaluate or save or now >= self.flush_time or step >= parts.stages[-1].to_step:
            self.write_points()
            self.flush_time = now + FLUSH_S
        if evaluate:
            self.evaluate()
        if save:
            parts.saver.save(step, "schedule", parts.recorder.latest)
            parts.saving.start(step, time.perf_counter())  # what it cost decides when the next one is due
        parts.saver.pump()
        self.orders.replay()
        self.orders.obey()
        if self.finish is None and step >= parts.stages[-1].to_step:
            self.finish = Finish("completed", "budget")
        if now >= self.report_time or self.finish is not None:
            parts.events.write(progress_of(self))
            self.report_time = now + REPORT_S
        self.set_alarm()

    def start_cadences(self) -> None:
        """Look for what is due after the step that the state stands at."""
        now = time.perf_counter()
        self.parts.evaluation.start(self.state.counters.step, now)
        self.parts.saving.start(self.state.counters.step, now)
        self.wake_step = 0

    def set_alarm(self) -> None:
        """Say at which step or time, whichever comes first, there will be something to do between two steps."""
        parts, last = self.parts, self.current_stage().to_step
        replay = parts.replays[0].change.step if parts.replays else last
        self.wake_step = min(parts.evaluation.next_step, parts.saving.next_step, replay, last)
        clock_bound = min(parts.evaluation.next_time, parts.saving.next_time)
        self.wake_time = min(time.perf_counter() + GLANCE_S, clock_bound)

    def current_stage(self) -> StagePlan:
        """Return the stage whose optimizer is in place."""
        return self.parts.stages[self.state.counters.stage]

    def enter_stage(self) -> StagePlan:
        """Return the stage that the next step belongs to; when it is a new one, prepare and announce it."""
        parts, counters = self.parts, self.state.counters
        stage = next(stage for stage in parts.stages if counters.step < stage.to_step)
        if stage.number != counters.stage:
            counters.stage, counters.plateau = stage.number, PlateauState()
            self.state.optimizer = parts.next_optimizer(stage.number)
        if counters.step == stage.from_step:
            parts.events.write(StageBegan(step=counters.step, stage=stage.number, name=stage.stage.name))
        return stage

    def rate(self) -> float:
        """Return the learning rate of the next step."""
        counters, stage = self.state.counters, self.current_stage()
        assert stage.stage.schedule is not None
        assert stage.stage.optimizer is not None
        factor = factor_at(stage.stage.schedule, stage.progress(counters.step))
        return stage.stage.optimizer.learning_rate * factor * counters.plateau.factor * counters.rate_factor

    def write_points(self) -> None:
        """Write the points of the steps so far.  Raises NonFinite when one of them must not be gone beyond."""
        recorder = self.parts.recorder
        losses, norms = recorder.points.fetch()
        fatal, left_out = self.parts.judge.judge(losses, norms)
        for place in left_out:
            step = recorder.points.step(place)
            self.note(f"Step {step:,} was left out: its loss or gradient was not finite.", "warning", step)
        if fatal is None:
            recorder.flush(self.state.counters)
            return
        step, loss = recorder.points.step(fatal), losses[fatal]
        recorder.points.cut(fatal + 1)  # the steps after it changed nothing
        recorder.flush(self.state.counters)
        self.state.counters.step = step - 1
        raise self.not_finite(step, loss)

    def leave_out(self, skip: Tensor | None) -> None:
        """React to an update that was not made, or that `skip` may have called off on the device.

        Raises NonFinite here and now when the CPU saw it and such steps are not left out.
        """
        if self.training.on_non_finite == "skip":
            self.parts.gradients.undo(skip)
        elif skip is None:
            self.write_points()

    def not_finite(self, step: int, loss: float) -> NonFinite:
        """Word what happened at `step`; weights and checkpoints are those of the step before."""
        what = "The gradient" if math.isfinite(loss) else f"The loss was {loss}, or its gradient"
        names: list[str] = []
        if self.state.device.type == "cpu":
            names = bad_parameters(self.state.parameters, self.parts.gradients.gradient)
        of = f" of {', '.join(names)}" if names else ""
        return NonFinite(
            f"{what}{of} was not finite at step {step:,}; the update was not made.",
            step=step,
            where="training",
            remedy="Lower training.optimizer.learning_rate, set training.clip_norm, or look at the data of this step.",
        )

    def evaluate(self) -> None:
        """Measure the validation split and act on the monitored value: best, rate, early stop."""
        parts, counters, training = self.parts, self.state.counters, self.training
        values, confusion = parts.evaluator.measure("valid", self.state)
        step = counters.step
        parts.recorder.write(step, parts.ruler.examples_at(step), parts.clock.seconds(), values)
        mean = counters.loss_sum / counters.loss_count if counters.loss_count else math.nan
        counters.loss_sum, counters.loss_count = 0.0, 0
        value = mean if training.monitor == "train/loss" else values.get(training.monitor)
        if value is None:
            return
        is_best = counters.best.note(step, value, parts.higher_is_better)
        schedule = self.current_stage().stage.schedule
        waited = f"{training.monitor} has not improved for"
        if isinstance(schedule, Plateau) and counters.plateau.note(value, schedule, parts.higher_is_better):
            self.note(f"{waited} {schedule.patience} evaluations: the rate falls to {self.rate():g}.", "note", step)
        if counters.patience.note(value, training.early_stopping, parts.higher_is_better):
            self.finish = self.early_stop()
        if is_best:
            parts.events.write(BestChanged(metric=training.monitor, step=step, value=value))
        parts.confusions.evaluated(step, confusion, is_best=is_best)
        if is_best and training.select == "best":
            # For train/loss this is the mean since the last evaluation, not the last batch's.
            parts.saver.save_best(step, parts.recorder.latest | {training.monitor: value})

    def early_stop(self) -> Finish:
        """Return the end of a run whose patience is used up."""
        monitor, patience = self.training.monitor, self.training.early_stopping.patience
        return Finish("completed", "early_stop", f"{monitor} has not improved for {patience} evaluations.")

    def note(self, message: str, level: Literal["note", "warning"] = "note", step: int | None = None) -> None:
        """Tell the user something."""
        self.parts.events.write(Notice(level=level, message=message, step=step))


def clip_gradient(gradient: Tensor, norm: Number, limit: float) -> None:
    """Shorten `gradient` (n,), whose norm is known, to a norm of at most `limit`."""
    if isinstance(norm, Tensor):
        gradient.mul_((limit / norm.clamp(min=1e-12)).clamp(max=1.0))
    elif norm > limit:
        gradient.mul_(limit / norm)
