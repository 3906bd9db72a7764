"""Carrying out what a running job is told, between two steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from core.engine.devices import lent_back
from core.engine.parts import Finish
from core.engine.steering import checked_rate
from core.errors import CommandRefused
from core.runs.commands import AnyCommand, Kill, Pause, Resume, SaveCheckpoint, SetValue, Stop
from core.runs.events import Continued, Paused

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
        """Make again, at their own steps, the changes that came after the checkpoint this run goes on from."""
        waiting = self._parts.replays
        while waiting and waiting[0].step <= self._step:
            change = waiting.pop(0)
            self._trainer.state.counters.rates[change.path] = change.value
            self._parts.applied.append(change.command_id)
            again = f"{change.path} is {change.value:g} again from here on, as it was before the run was resumed."
            self._trainer.note(again, step=self._step)

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
                self._set_rate(command)

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

    def _set_rate(self, command: SetValue) -> None:
        """Change the full learning rate; a checkpoint of just before is saved."""
        trainer, counters = self._trainer, self._trainer.state.counters
        path, value = checked_rate(command, trainer.training, trainer.current_stage().number)
        before = trainer.rate()
        self._save("before_steer")
        counters.rates[path] = value
        self._parts.applied.append(command.id)
        message = f"The learning rate is {trainer.rate():g}, was {before:g}."
        self._parts.steering.applied(command, counters.step, message, path=path, value=value)

    def _resident(self) -> list[torch.Tensor]:
        """Return the tensors that hold device memory for as long as the run lasts."""
        state, parts = self._trainer.state, self._parts
        tensors = [state.parameters.weights, state.parameters.gradient]
        tensors += [*state.model.parameters(), *state.model.buffers()]
        tensors += [slot.vector for slot in state.optimizer.slots]
        tensors += [state.average.average] if state.average else []
        return tensors + parts.batches.resident() + parts.evaluator.resident()
