"""Actions on the selected checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from app.actions.run_doer import use_spec_of
from app.actions.situation import reason_against
from app.actions.situation_of import situation_of
from app.live.proofs import is_of
from app.parts import Parts
from core.runs.state import CheckpointRow
from core.runs.summary import RunSummary

if TYPE_CHECKING:
    from core.runs.forking import Kind

FILTERS = "safetensors (*.safetensors);;PyTorch (*.pt)"


class CheckpointDoer:
    """What the rows `checkpoints.*` of the table do."""

    def __init__(self, parts: Parts, window: QWidget) -> None:
        self._parts, self._window = parts, window

    def resume(self) -> None:
        """Continue the same run from the checkpoint; what came after it fades but stays."""
        self._go_back("resume")

    def fork(self) -> None:
        """Begin a new run with the full state of the checkpoint."""
        self._go_back("fork")

    def warm_start(self) -> None:
        """Begin a new run with the weights of the checkpoint."""
        self._go_back("warm_start")

    def longer(self) -> None:
        """Begin a new run that goes on from the last checkpoint to twice the length."""
        run = self._parts.current()
        newest = max((row.step for row in self._rows() if row.live), default=None)
        if run is not None and newest is not None:
            self._ask(run, newest, "fork", longer=True)

    def _go_back(self, kind: Kind) -> None:
        chosen, run = self._parts.model.selection.checkpoint, self._parts.current()
        if chosen is not None and run is not None:
            self._ask(run, chosen[1], kind)

    def _ask(self, run: RunSummary, step: int, kind: Kind, *, longer: bool = False) -> None:
        """Show what going back will do, and do it when it is accepted."""
        from app.dialogs.going_back import GoingBack, Place

        parts = self._parts
        row = next((row for row in self._rows() if row.step == step), None)
        situation = situation_of(parts, can_undo=False)
        here = replace(situation, checkpoint=True, checkpoint_live=row is None or row.live)
        reason = reason_against("restore", here)
        if not reason and run.status == "completed" and step >= run.step:
            reason = "The run is complete here, so nothing is left to train: fork it, with a new length."
        place = Place(parts.model.run(run.id), run.name, step, reason)
        dialog = GoingBack(place, kind, parts.background, parts.draft.catalog, self._window, longer=longer)

        def go() -> None:
            outlook = dialog.outlook
            if outlook is None:
                return
            if outlook.kind == "resume":
                parts.control.resume(run.id, step, accept=bool(dialog.differences))
            else:
                parts.control.train(lambda: outlook.spec)

        def change_more() -> None:
            if dialog.outlook is not None:
                parts.draft.use(dialog.outlook.spec)
                words = f"The draft starts from step {step:,} of “{run.name}”. Train begins the new run."
                parts.notices.say("note", words, run=run.id)

        dialog.accepted.connect(go)
        dialog.draft_wanted.connect(change_more)
        dialog.open()

    def restore(self) -> None:
        """Put the spec that was in force at the checkpoint into the draft."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is not None:
            use_spec_of(self._parts, chosen[0], chosen[1])
            words = f"The spec as at step {chosen[1]:,} is in the draft. Train starts a new run from the beginning."
            self._parts.notices.say("note", words, run=chosen[0])

    def choose(self) -> None:
        """Make the selected checkpoint the model of its run."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is not None:
            self._parts.control.choose("checkpoint.choose", *chosen)

    def by_rule(self) -> None:
        """Let the run's own rule say again which checkpoint is the model."""
        run = self._parts.current()
        if run is not None:
            self._parts.control.choose("checkpoint.by_rule", run.id, None)

    def verify(self) -> None:
        """Show the proof of resume of the checkpoint, or make one."""
        from app.dialogs.proof import Place, ProofDialog

        chosen, run = self._parts.model.selection.checkpoint, self._parts.current()
        if chosen is None or run is None:
            return
        proofs = self._parts.model.proofs
        row = next((row for row in self._rows() if row.step == chosen[1]), None)
        known = proofs.of(run.id).get(chosen[1])
        place = Place(self._parts.model.run(run.id), run.name, chosen[1], known if row and is_of(known, row) else None)
        dialog = ProofDialog(place, self._window)
        dialog.proved.connect(lambda _: proofs.look(run.id))
        dialog.show()

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
