"""Actions on the current run or the selected ones."""

from __future__ import annotations

import shlex
from typing import Any, Literal

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from app.draft import with_value
from app.parts import Parts
from app.theme import set_role
from core.runs.present_plan import values_at
from core.runs.summary import RunSummary
from core.spec.spec import Spec

LIVE_STATUSES = ("starting", "running", "paused")


class RunDoer:
    """What the rows `runs.*` of the table do."""

    def __init__(self, parts: Parts, window: QWidget) -> None:
        self._parts, self._window = parts, window
        self._deleted: list[list[str]] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a deletion to undo."""
        return bool(self._deleted)

    def pause(self) -> None:
        self._each("run.pause", "pause", "paused", ("running",))

    def stop(self) -> None:
        self._each("run.stop", "stop", "stopping", LIVE_STATUSES)

    def checkpoint(self) -> None:
        self._each("run.checkpoint", "checkpoint", "checkpoint saved", LIVE_STATUSES)

    def kill(self) -> None:
        runs = [run for run in self._parts.selected() if run.status in LIVE_STATUSES]
        if not runs:
            return
        name = f"“{runs[0].name}”" if len(runs) == 1 else f"{len(runs)} runs"
        box = QMessageBox(self._window)
        box.setObjectName("kill")
        box.setWindowTitle("Kill")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(f"Kill {name}?")
        box.setInformativeText("It ends at once. What was learned since its newest checkpoint is lost.")
        kill = box.addButton("Kill", QMessageBox.ButtonRole.DestructiveRole)
        kill.setObjectName("kill_confirm")
        set_role(kill, "danger")
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        kill.clicked.connect(lambda: self._each("run.kill", "kill", "killed", LIVE_STATUSES))
        box.open()

    def resume(self) -> None:
        for run in self._parts.selected():
            if run.status == "paused":
                self._parts.control.resume(run.id)
            elif run.status in ("stopped", "failed", "killed", "interrupted"):
                self.resume_ended(run)

    def resume_ended(self, run: RunSummary, step: int | None = None) -> None:
        """Queue an ended run to continue; if its environment differs, say how and ask first."""
        resume_from: int | Literal["newest"] = "newest" if step is None else step

        def ask(differences: list[str]) -> None:
            if not differences:
                self._parts.control.resume(run.id, resume_from)
                return
            box = QMessageBox(self._window)
            box.setObjectName("resume_differs")
            box.setWindowTitle("Resume")
            box.setIcon(QMessageBox.Icon.Question)
            box.setText(f"The environment of “{run.name}” has changed.")
            box.setInformativeText("\n".join((*differences, "", "It can go on, but not bit for bit the same.")))
            go = box.addButton("Resume anyway", QMessageBox.ButtonRole.AcceptRole)
            go.setObjectName("resume_anyway")
            set_role(go, "primary")
            box.addButton(QMessageBox.StandardButton.Cancel)
            go.clicked.connect(lambda: self._parts.control.resume(run.id, resume_from, accept=True))
            box.open()

        self._parts.control.differences(run.id, ask)

    def use_as_draft(self) -> None:
        run = self._parts.current()
        if run is not None:
            use_spec_of(self._parts, run.id)

    def replay(self) -> None:
        """Put the run into the draft with every change made to it, so that it trains to the same weights."""
        from core.runs.replay import replay_spec
        from core.spec.read import to_dict

        run = self._parts.current()
        if run is None:
            return
        folder = self._parts.model.run(run.id)

        def use(spec: Spec) -> None:
            changes = len(spec.training.changes)
            self._parts.draft.use(to_dict(spec), folder.spec_path)
            many = f"{changes} change{'s' if changes > 1 else ''}" if changes else "no change, as none was made"
            self._parts.notices.say("note", f"“{run.name}” is in the draft, with {many}.", run=run.id)

        self._parts.background.run(
            lambda: replay_spec(folder),
            use,
            lambda error: self._parts.notices.fail("The spec could not be read", error, run=run.id),
        )

    def copy_command(self) -> None:
        run = self._parts.current()
        if run is None:
            return
        path = self._parts.model.run(run.id).spec_path
        QGuiApplication.clipboard().setText(
            shlex.join(["epochal", "-w", str(self._parts.model.workspace.path), "train", str(path)])
        )
        self._parts.notices.say("note", "The command line is on the clipboard.")

    def copy_id(self) -> None:
        run = self._parts.current()
        if run is not None:
            QGuiApplication.clipboard().setText(run.id)
            self._parts.notices.say("note", f"{run.id} is on the clipboard.")

    def describe(self) -> None:
        from app.dialogs.describe_run import DescribeRun

        run = self._parts.current()
        if run is None:
            return
        folder = self._parts.model.run(run.id)
        record = folder.record()
        dialog = DescribeRun(record.name, record.notes, record.tags, self._window)

        def save() -> None:
            import msgspec

            name, notes, tags = dialog.name.text().strip(), dialog.notes.toPlainText(), dialog.tags
            self._parts.background.run(
                lambda: folder.write_record(
                    msgspec.structs.replace(folder.record(), name=name, notes=notes, tags=tags)
                ),
                lambda _: self._parts.model.look_soon(),
                lambda error: self._parts.notices.fail("The changes could not be saved", error, run=run.id),
            )

        dialog.accepted.connect(save)
        dialog.open()

    def reveal(self) -> None:
        run = self._parts.current()
        if run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._parts.model.run(run.id).path)))

    def delete(self) -> None:
        runs = [run.id for run in self._parts.selected()]

        def deleted(moved: list[str]) -> None:
            self._deleted.append(moved)
            many = f"{len(moved)} runs are" if len(moved) > 1 else "The run is"
            self._parts.notices.say("note", f"{many} in the trash. Undo with Ctrl+Z.")
            self._parts.model.look_soon()

        self._parts.background.run(
            lambda: self._parts.trash.put(runs),
            deleted,
            lambda error: self._parts.notices.fail("Not deleted", error),
        )

    def undo_delete(self) -> None:
        if not self._deleted:
            return
        runs = self._deleted.pop()
        self._parts.background.run(
            lambda: self._parts.trash.bring_back(runs),
            lambda _: self._brought_back(runs),
            lambda error: self._parts.notices.fail("Not brought back", error),
        )

    def _brought_back(self, run_ids: list[str]) -> None:
        """Select the runs again: what comes back is what one wants to see."""
        self._parts.model.look_soon()
        self._parts.model.selection.select_runs(run_ids)

    def _each(self, action: str, name: str, what: str, statuses: tuple[str, ...]) -> None:
        for run in self._parts.selected():
            if run.status in statuses:
                self._send(action, run, name, what)

    def _send(self, action: str, run: RunSummary, name: str, what: str) -> None:
        self._parts.control.send(action, run.id, name, what)


def use_spec_of(parts: Parts, run_id: str, step: int | None = None) -> None:
    """Put a run's frozen spec into the draft; with `step`, with the values that were in force at that checkpoint."""
    folder, state = parts.model.run(run_id), parts.model.state(run_id)

    def read() -> dict[str, Any]:
        spec: dict[str, Any] = folder.raw_spec()
        if step is None or state is None:
            return spec
        spec = with_value(spec, ["training", "changes"], [])
        for path, value in values_at(folder.spec(), state, step).items():
            spec = with_value(spec, path.split("."), value)
        return spec

    parts.background.run(
        read,
        lambda spec: parts.draft.use(spec, folder.spec_path),
        lambda error: parts.notices.fail("The spec could not be read", error, run=run_id),
    )
