"""Keeping and deleting checkpoints by hand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMessageBox, QWidget

from app.panels.checkpoints_model import size_words
from app.parts import Parts
from app.theme import set_role
from core.runs.removing import remove_checkpoints, why_not_removed
from core.runs.state import CheckpointRow


class CheckpointKeeper:
    """What the rows `keeping.*` of the table do: with the current checkpoint, or with all selected ones of its run."""

    def __init__(self, parts: Parts, window: QWidget) -> None:
        self._parts, self._window = parts, window

    def pin(self) -> None:
        """Pin the current checkpoint, or let it go if it is pinned."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is None:
            return
        run_id, step = chosen
        pins = self._parts.model.pins
        pins.pin(
            run_id,
            step,
            step not in pins.of(run_id),
            lambda error: self._parts.notices.fail("The checkpoint could not be pinned", error, run=run_id),
        )

    def delete(self) -> None:
        """Delete the selected checkpoints of the current one's run: say why one must stay, else ask."""
        chosen = self._parts.model.selection.checkpoint
        if chosen is None:
            return
        run_id = chosen[0]
        steps = {step for run, step in self._parts.model.selection.checkpoints if run == run_id}
        state = self._parts.model.state(run_id)
        rows = [row for row in state.checkpoints if row.step in steps] if state else []
        workspace, run = self._parts.model.workspace, self._parts.model.run(run_id)

        def ask(reason: str) -> None:
            if reason:
                self._parts.notices.say("error", f"Not deleted. {reason}", run=run_id)
            elif rows:
                self._ask(run_id, rows)

        self._parts.background.run(
            lambda: why_not_removed(workspace, run, steps),
            ask,
            lambda error: self._parts.notices.fail("Not deleted", error, run=run_id),
        )

    def _ask(self, run_id: str, rows: Sequence[CheckpointRow]) -> None:
        summary = self._parts.model.summaries.get(run_id)
        name = summary.name if summary is not None else run_id
        what = f"the checkpoint of step {rows[0].step:,}" if len(rows) == 1 else f"{len(rows):,} checkpoints"
        box = QMessageBox(self._window)
        box.setObjectName("delete_checkpoints")
        box.setWindowTitle("Delete checkpoints")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(f"Delete {what} of “{name}”?")
        box.setInformativeText(" ".join([*self._losses(run_id, rows), "This cannot be undone."]))
        go = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        go.setObjectName("delete_checkpoints_confirm")
        set_role(go, "danger")
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        go.clicked.connect(lambda: self._delete(run_id, [row.step for row in rows]))
        box.open()

    def _losses(self, run_id: str, rows: Sequence[CheckpointRow]) -> list[str]:
        """Say what deleting frees and what goes with it."""
        state, steps = self._parts.model.state(run_id), {row.step for row in rows}
        words = [f"This frees {size_words(sum(row.bytes for row in rows))}."]
        if state is None:
            return words
        if state.best is not None and state.best.step in steps:
            words.append(f"The best by {state.best.metric} is among them.")
        left = [row.step for row in state.checkpoints if row.step not in steps and row.live]
        newest = max((row.step for row in state.checkpoints if row.live), default=None)
        if newest in steps:
            words.append(
                f"Resume will then go on from step {max(left):,}." if left else "The run can then not be resumed."
            )
        return words

    def _delete(self, run_id: str, steps: Sequence[int]) -> None:
        workspace, run = self._parts.model.workspace, self._parts.model.run(run_id)
        many = f"{len(steps):,} checkpoints are" if len(steps) > 1 else "The checkpoint is"

        def deleted(freed: int) -> None:
            self._parts.notices.say("note", f"{many} deleted: {size_words(freed)} are free.", run=run_id)
            self._parts.model.look_soon()

        self._parts.background.run(
            lambda: remove_checkpoints(workspace, run, steps),
            deleted,
            lambda error: self._parts.notices.fail("Not deleted", error, run=run_id),
        )
