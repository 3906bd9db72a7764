"""What the user tells runs: done beside the GUI thread, pending until the run has answered, its outcome shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.live.background import Background
from app.live.notices import Notices
from app.live.workspace_model import WorkspaceModel
from core.runs.commands import CommandOutcome
from core.runs.events import ModelChosen
from core.runs.run_folder import RunFolder
from core.spec.spec import Spec

ENDING = ("stop", "kill")  # that a run ended is told when it has
BY = "window"
PATIENCE_MS = 2000  # a command that waits longer for the end of a step says so
ANSWER_S = 30.0  # a step may take long; after that the outcome is left to the events


class Control(QObject):
    """Tells runs what to do; never blocks."""

    pending_changed = Signal()
    started = Signal(str)  # a run that was created and queued

    def __init__(
        self, model: WorkspaceModel, background: Background, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._background, self._notices = model, background, notices
        self._pending: set[tuple[str, str]] = set()

    def pending_for(self, run_id: str | None) -> frozenset[str]:
        """Return the actions that a run has not answered yet."""
        return frozenset(action for run, action in self._pending if run == (run_id or ""))

    def close(self) -> None:
        """Wait for no answer any more: there is nobody left to be told."""
        self._pending.clear()

    def train(self, make: Callable[[], Spec]) -> None:
        """Create a run and queue it; `make` gives its spec and may raise."""
        workspace = self._model.workspace

        def work() -> str:
            from core.jobs import client

            run = workspace.create_run(make())
            client.submit(workspace, run)
            return run.id

        self._do("run.train", "", work, self._created, "The run could not be started")

    def send(self, action: str, run_id: str, name: str, what: str, **arguments: Any) -> None:
        """Send a command and wait, beside, for its outcome; `what` is what it does, in words."""
        workspace, run = self._model.workspace, self._model.run(run_id)

        def work() -> CommandOutcome | None:
            from core.jobs import client

            command = client.send(workspace, run, name, by=BY, **arguments)
            return client.wait_outcome(workspace, run, command, ANSWER_S)

        def done(outcome: CommandOutcome | None) -> None:
            label = self._label(run_id)
            if outcome is None:
                self._notices.say("warning", f"{label} has not answered yet: {what}.", run=run_id)
            elif outcome.outcome == "refused":
                self._notices.say("warning", f"{label}: {what} was refused. {outcome.message}".strip(), run=run_id)
            elif name not in ENDING:
                self._notices.say("note", f"{label}: {what} at step {outcome.step:,}.", run=run_id)

        self._do(action, run_id, work, done, f"{what.capitalize()} failed")
        QTimer.singleShot(PATIENCE_MS, self, lambda: self._say_it_waits(action, run_id, name))

    def _say_it_waits(self, action: str, run_id: str, name: str) -> None:
        if (run_id, action) in self._pending:
            self._notices.say("note", f"{self._label(run_id)} finishes its step first; then comes {name}.", run=run_id)

    def resume(
        self, run_id: str, resume_from: int | Literal["newest"] | None = "newest", *, accept: bool = False
    ) -> None:
        """Go on with a paused run, or queue an ended one to continue from a checkpoint."""
        workspace, run = self._model.workspace, self._model.run(run_id)
        summary = self._model.summaries.get(run_id)
        words = "goes on." if summary is not None and summary.status == "paused" else _queued_words(resume_from)

        def work() -> None:
            from core.jobs import client

            client.resume(workspace, run, resume_from=resume_from, accept_differences=accept)

        def done(_: None) -> None:
            self._notices.say("note", f"{self._label(run_id)} {words}", run=run_id)

        self._do("run.resume", run_id, work, done, "The run could not be resumed")

    def choose(self, action: str, run_id: str, step: int | None) -> None:
        """Make a checkpoint the model of a run that has ended; None for the one that its own rule gave."""
        workspace, run = self._model.workspace, self._model.run(run_id)

        def work() -> ModelChosen:
            from core.runs.choosing import choose_model

            return choose_model(workspace, run, step, BY)

        def done(chosen: ModelChosen) -> None:
            rule = f"{chosen.rule[:1].lower()}{chosen.rule[1:]}"
            self._notices.say("note", f"{self._label(run_id)}: the model is {rule}", run=run_id)

        self._do(action, run_id, work, done, "The model could not be chosen")

    def differences(self, run_id: str, then: Callable[[list[str]], None]) -> None:
        """Find how the environment differs from the run's, then call `then` with it in words."""
        run = self._model.run(run_id)

        def work() -> list[str]:
            from core.jobs import client

            return client.environment_differences(run)

        self._background.run(work, then, lambda error: self._notices.fail("The environment is not known", error))

    def move(self, run_id: str, by: int) -> None:
        """Move a waiting run up or down the queue by so many places."""
        workspace, run = self._model.workspace, self._model.run(run_id)
        places = [entry.run for entry in self._model.queue.waiting]
        to = max(0, min(len(places) - 1, places.index(run_id) + by)) if run_id in places else 0

        def work() -> None:
            from core.jobs import client

            client.move(workspace, run, to)

        self._do("queue.move", run_id, work, None, "The queue could not be changed")

    def cancel(self, run_id: str) -> None:
        """Take a waiting run out of the queue."""
        workspace, run = self._model.workspace, self._model.run(run_id)

        def work() -> None:
            from core.jobs import client

            client.cancel(workspace, run)

        def done(_: None) -> None:
            self._notices.say("note", f"{self._label(run_id)} will not start.", run=run_id)

        self._do("queue.cancel", run_id, work, done, "The run could not be taken out of the queue")

    def stop_all(self, then: Callable[[], None]) -> None:
        """Tell every running run to stop after saving and every waiting one not to start; then call `then`."""
        workspace = self._model.workspace
        live = [(self._model.run(run.id), run.status) for run in self._model.live_runs()]

        def work() -> list[str]:
            return [problem for run, status in live if (problem := _stop(run, status))]

        def stopped(problems: list[str]) -> None:
            for problem in problems:
                self._notices.say("error", problem)
            if not problems:
                then()

        def _stop(run: RunFolder, status: str) -> str:
            from core.errors import EpochalError
            from core.jobs import client

            try:
                client.cancel(workspace, run) if status == "queued" else client.send(workspace, run, "stop", by=BY)
            except EpochalError as error:
                return f"{run.id} could not be stopped: {error}"
            return ""

        self._do("run.stop_all", "", work, stopped, "The runs could not be stopped")

    def _created(self, run_id: str) -> None:
        self._model.look_soon()
        self.started.emit(run_id)

    def _label(self, run_id: str) -> str:
        summary = self._model.summaries.get(run_id)
        return summary.name if summary else run_id

    def _do(
        self, action: str, run_id: str, work: Callable[[], Any], done: Callable[[Any], None] | None, failing: str
    ) -> None:
        key = (run_id, action)
        if key in self._pending:
            return
        self._pending.add(key)
        self.pending_changed.emit()

        def over() -> None:
            self._pending.discard(key)
            self._model.look_soon()
            self.pending_changed.emit()

        def finished(result: Any) -> None:
            over()
            if done is not None:
                done(result)

        def failed(error: Exception) -> None:
            over()
            self._notices.fail(failing, error, run=run_id)

        self._background.run(work, finished, failed)


def _queued_words(resume_from: int | Literal["newest"] | None) -> str:
    if resume_from is None:
        return "is in the queue, to begin anew."
    where = "its newest checkpoint" if resume_from == "newest" else f"step {resume_from:,}"
    return f"is in the queue, to go on from {where}."
