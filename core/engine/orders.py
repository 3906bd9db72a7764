"""Carrying out what a running job is told, between two steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from core.engine.devices import lent_back
from core.engine.parts import Finish
from core.engine.steering import Replay, own_change, stage_rows
from core.errors import CommandRefused, SpecError
from core.runs.commands import AnyCommand, Kill, Pause, Resume, SaveCheckpoint, SetValue, Stop
from core.runs.events import Continued, Paused, Replanned, StageRow
from core.spec.field import plain
from core.spec.plan import Plan
from core.spec.steerable import find
from core.spec.steering import steered
from core.spec.training import Change

if TYPE_CHECKING:
    from core.engine.trainer import Trainer

_LISTEN_S = 0.02  # between two looks at the commands while the run is paused


class Orders:
    """The commands of one run, obeyed at step boundaries."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._parts = trainer.parts
        self._paused = False

    def obey(self) -> None:
        """Carry out the commands that have come in; while the run is paused, wait for more."""
        trainer, strategy = self._trainer, self._parts.strategy
        while True:
            for command in strategy.agree(self._parts.steering.poll() if strategy.is_chief else []):
                try:
                    self._carry_out(command)
                except CommandRefused as reason:
                    self._parts.steering.refused(command, self._step, reason)
            if strategy.agree(self._parts.is_killed()):
                self._end(Finish("killed", "command", "The run was told to end at once."))
            if not self._paused or trainer.finish is not None:
                return
            time.sleep(_LISTEN_S)

    def replay(self) -> None:
        """Make the changes whose step has come: the spec's, and those after the checkpoint this run goes on from."""
        waiting = self._parts.replays
        while waiting and waiting[0].change.step <= self._step:
            self._make(waiting.pop(0))

    @property
    def _step(self) -> int:
        return self._trainer.state.counters.step

    def _end(self, finish: Finish) -> None:
        if self._trainer.finish is None:
            self._trainer.finish = finish
        self._paused = False

    def _carry_out(self, command: AnyCommand) -> None:
        """Carry out one command, or raise CommandRefused."""
        if self._trainer.finish is not None:
            raise CommandRefused("The run is ending already.")
        match command:
            case Pause():
                self._pause(command)
            case Resume():
                if not self._paused:
                    raise CommandRefused("The run is not paused.")
                self._paused = False
                self._parts.steering.applied(command, self._step)
            case Stop():
                self._end(Finish("stopped", "command"))
                self._parts.steering.applied(command, self._step)
            case Kill():
                self._end(Finish("killed", "command"))
                self._parts.steering.applied(command, self._step)
            case SaveCheckpoint():
                fresh = self._save("command")
                message = "" if fresh else "There is a checkpoint of this step already."
                self._parts.steering.applied(command, self._step, message)
            case SetValue():
                self._set(command)

    def _save(self, reason: str, *, wait: bool = False) -> bool:
        """Save a checkpoint of this step.  While the run is paused there is one, and no device memory to save."""
        if self._paused:
            return False
        self._trainer.write_points()
        return self._parts.saver.save(self._step, reason, self._parts.recorder.latest, wait=wait)

    def _pause(self, command: Pause) -> None:
        """Save, give the device's memory back, and wait for what comes next."""
        if self._paused:
            raise CommandRefused("The run is paused already.")
        parts, step = self._parts, self._step
        self._save("command", wait=True)
        parts.steering.applied(command, step)
        parts.events.write(Paused(step=step), durable=True)
        parts.clock.stop()
        self._paused = True
        with lent_back(self._resident()):
            self.obey()
        self._paused = False
        parts.clock.go_on()
        self._trainer.speed.forget()
        if self._trainer.finish is None:
            parts.events.write(Continued(step=step))

    def _set(self, command: SetValue) -> None:
        """Change one value; a checkpoint of just before is saved."""
        change, plan = self._steered(command.path, command.value)
        self._save("before_steer")
        was, message = self._follow(change, plan)
        self._parts.steering.applied(command, self._step, message, path=change.field, value=change.value, was=was)

    def _make(self, replay: Replay) -> None:
        """Make a change that stands in the spec, or was made before the run was resumed."""
        parts, change = self._parts, replay.change
        if replay.told:
            self._follow(change, parts.plan.after(change))
            again = f"{change.field} is {plain(change.value)} again from here on, as it was before the run was resumed."
            self._trainer.note(again, step=self._step)
            return
        try:
            change, plan = self._steered(change.field, change.value)
        except CommandRefused as reason:
            parts.events.write(own_change(replay, self._step, "refused", str(reason)))
            self._trainer.note(f"A change that the spec asks for was not made: {reason}", "warning", self._step)
            return
        was, message = self._follow(change, plan)
        parts.events.write(own_change(replay, self._step, "applied", message, was=was))

    def _steered(self, name: str, value: object) -> tuple[Change, Plan]:
        """Return what setting a value now is, and the plan that follows.  Raises CommandRefused."""
        parts = self._parts
        has_validation = parts.evaluator.has("valid")
        try:
            return steered(
                parts.spec, parts.plan, self._step, name, value, task=parts.task, has_validation=has_validation
            )
        except SpecError as error:
            raise CommandRefused(error.message, where=error.where, remedy=error.remedy) from error

    def _follow(self, change: Change, plan: Plan) -> tuple[int | float, str]:
        """Go by another plan from here on; return what the value was, and what there is to say."""
        parts, before = self._parts, self._parts.plan
        old = find(before.training, change.field)
        self._trainer.state.counters.changes.append(change)
        parts.follow(plan)
        self._trainer.start_cadences()
        message = f"{old.field.title} is {plain(change.value)}, was {plain(old.value)}."
        if rows := _moved(before, plan):
            total = plan.total_steps
            examples = plan.ruler.examples_at(total)
            event = Replanned(step=self._step, total_steps=total, total_examples=examples, stages=rows)
            parts.events.write(event)
            message += f" The run ends at step {total:,}, was {before.total_steps:,}."
        waited = self._trainer.state.counters.patience.waited
        if old.name == "patience" and 0 < change.value <= waited:
            message += f" {waited} evaluations have passed without improvement: the next one that brings none ends it."
        return old.value, message

    def _resident(self) -> list[torch.Tensor]:
        """Return the tensors that hold device memory for as long as the run lasts."""
        state, parts = self._trainer.state, self._parts
        tensors = [state.parameters.weights, state.parameters.gradient]
        tensors += [*state.model.parameters(), *state.model.buffers()]
        tensors += [slot.vector for slot in state.optimizer.slots]
        tensors += [state.average.average] if state.average else []
        return tensors + parts.batches.resident() + parts.evaluator.resident()


def _moved(before: Plan, plan: Plan) -> list[StageRow]:
    """Return where the stages lie, if a change moved one."""
    rows = stage_rows(plan)
    return rows if rows != stage_rows(before) else []
