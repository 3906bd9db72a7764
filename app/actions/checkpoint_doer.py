"""Actions on the selected checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.actions.run_doer import RunDoer, use_spec_of
from app.parts import Parts
from app.theme import set_role
from core.runs.events import CommandDone
from core.runs.state import CheckpointRow

FILTERS = "safetensors (*.safetensors);;PyTorch (*.pt)"


class CheckpointDoer:
    """What the rows `checkpoints.*` of the table do."""

    def __init__(self, parts: Parts, window: QWidget, runs: RunDoer) -> None:
        self._parts, self._window, self._runs = parts, window, runs

    def resume(self) -> None:
        """Continue the same run from the checkpoint; what came after it fades but stays."""
        chosen = self._parts.model.selection.checkpoint
        run = self._parts.current()
        if chosen is None or run is None:
            return
        newest = max((row.step for row in self._rows() if row.live), default=chosen[1])
        if chosen[1] >= newest:
            self._runs.resume_ended(run, chosen[1])
            return
        box = QMessageBox(self._window)
        box.setObjectName("resume_from")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Resume from checkpoint")
        box.setText(f"Go back to step {chosen[1]:,}?")
        box.setInformativeText(
            f"“{run.name}” continues from there. The curve after that step stays, faded; nothing is deleted."
        )
        go = box.addButton("Resume from here", QMessageBox.ButtonRole.AcceptRole)
        go.setObjectName("resume_from_here")
        set_role(go, "primary")
        box.addButton(QMessageBox.StandardButton.Cancel)
        go.clicked.connect(lambda: self._runs.resume_ended(run, chosen[1]))
        box.open()

    def restore(self) -> None:
        """Put the spec that was in force at the checkpoint into the draft."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is not None:
            state = self._parts.model.state(chosen[0])
            use_spec_of(self._parts, chosen[0], rates_at(state.commands if state else [], chosen[1]))
            words = f"The spec as at step {chosen[1]:,} is in the draft. Train starts a new run from the beginning."
            self._parts.notices.say("note", words, run=chosen[0])

    def export(self) -> None:
        """Write the weights to a file of the user's choice, in a process of its own."""
        chosen = self._parts.model.selection.checkpoint
        run = self._parts.current()
        if chosen is None or run is None:
            return
        proposal = Path.home() / f"{run.name}-{chosen[1]}.safetensors"
        target, picked = QFileDialog.getSaveFileName(self._window, "Export weights", str(proposal), FILTERS)
        if target:
            path = Path(target)
            if path.suffix not in (".safetensors", ".pt"):
                path = path.with_name(path.name + (".pt" if picked.startswith("PyTorch") else ".safetensors"))
            self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write the selected checkpoint's weights to a .safetensors or .pt file, beside the window."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is None:
            return
        workspace = self._parts.model.workspace.path

        def work() -> None:
            from app.command import epochal

            epochal("-w", str(workspace), "export", f"{chosen[0]}@{chosen[1]}", str(path))

        self._parts.background.run(
            work,
            lambda _: self._parts.notices.say("success", f"The weights are in {path}.", run=chosen[0]),
            lambda error: self._parts.notices.fail("The weights could not be exported", error, run=chosen[0]),
        )

    def reveal(self) -> None:
        """Show the checkpoint's folder in the file browser."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is not None:
            folder = self._parts.model.run(chosen[0]).checkpoints_path
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _rows(self) -> list[CheckpointRow]:
        state = self._parts.model.state(self._parts.model.selection.current or "")
        return state.checkpoints if state else []


def rates_at(commands: Sequence[CommandDone], step: int) -> dict[str, float]:
    """Return the learning rates that had been set by command when a checkpoint was saved, by their path in the spec."""
    return {
        str(done.arguments["path"]): float(done.arguments["value"])
        for done in commands
        if done.name == "set" and done.outcome == "applied" and done.step < step
    }
