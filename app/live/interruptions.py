"""Runs whose worker died are offered for resume when the workspace is opened."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from app.banner import Banner
from app.live.workspace_model import ENDED
from app.parts import Parts
from core.runs.summary import RunSummary

DISMISSED_KEPT = 500


class Interruptions(QObject):
    """Looks when the workspace is opened and whenever a run ends; fills the banner if there is something to offer."""

    def __init__(self, parts: Parts, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._parts, self._banner, self._window = parts, banner, window
        self._looked = False
        self._shown: list[str] = []
        parts.model.runs_changed.connect(self._look)
        parts.model.run_ended.connect(self._ended)

    def _look(self) -> None:
        model = self._parts.model
        if self._looked or not model.loaded or self._parts.read_only:
            return
        self._looked = True
        dismissed = set(self._parts.settings.words_of("dismissed"))
        died = [run for run in model.summaries.values() if run.status in ENDED and self._can_go_on(run)]
        found = [run for run in died if run.id not in dismissed]
        if found:
            self._offer(sorted(found, key=lambda run: -run.created))

    def _ended(self, run_id: str) -> None:
        """Offer a run that has just died, together with those that are still offered."""
        known = self._parts.model.summaries
        if not self._can_go_on(known[run_id]) or self._parts.read_only:
            return
        offered = [] if self._banner.isHidden() else [other for other in self._shown if other != run_id]
        self._offer([known[other] for other in (run_id, *offered) if other in known and known[other].died])

    def _can_go_on(self, run: RunSummary) -> bool:
        """A run whose own code crashed before its first checkpoint would only begin anew, and crash again."""
        if not run.died:
            return False
        return not run.crashed or any(self._parts.model.run(run.id).checkpoints_path.glob("step-*.h5"))

    def _offer(self, runs: list[RunSummary]) -> None:
        self._shown = [run.id for run in runs]
        names = ", ".join(run.name for run in runs[:3]) + (f" and {len(runs) - 3} more" if len(runs) > 3 else "")
        one = len(runs) == 1
        text = f"{'A run was' if one else f'{len(runs)} runs were'} interrupted: {names}."
        offers: list[tuple[str, str, Callable[[], None]]] = [
            ("resume_all", "Resume" if one else "Resume all", lambda: self._resume([run.id for run in runs]))
        ]
        choose = "Show" if one else "Choose"
        offers.append(("resume_choose", choose, lambda: self._parts.model.selection.select_runs([r.id for r in runs])))
        self._banner.offer(text, offers, dismissed=lambda: self._dismiss([run.id for run in runs]))

    def _dismiss(self, run_ids: list[str]) -> None:
        """Do not offer these again; they stay in the list and can be resumed there."""
        before = self._parts.settings.words_of("dismissed")
        self._parts.settings.put("dismissed", [*before, *run_ids][-DISMISSED_KEPT:])

    def _resume(self, run_ids: list[str]) -> None:
        """Resume all; those whose environment differs only after asking, once for all of them."""
        folders = [self._parts.model.run(run_id) for run_id in run_ids]

        def find() -> dict[str, list[str]]:
            from core.jobs import client

            return {folder.id: client.environment_differences(folder) for folder in folders}

        def found(differences: dict[str, list[str]]) -> None:
            for run_id, words in differences.items():
                if not words:
                    self._parts.control.resume(run_id)
            differing = {run_id: words for run_id, words in differences.items() if words}
            if differing:
                self._ask(differing)

        self._parts.background.run(
            find, found, lambda error: self._parts.notices.fail("The runs could not be resumed", error)
        )

    def _ask(self, differing: dict[str, list[str]]) -> None:
        box = QMessageBox(self._window)
        box.setObjectName("resume_differs")
        box.setWindowTitle("Resume")
        box.setIcon(QMessageBox.Icon.Question)
        many = f"{len(differing)} runs were" if len(differing) > 1 else "A run was"
        box.setText(f"{many} trained in another environment.")
        lines = [f"{self._name(run_id)}: {' '.join(words)}" for run_id, words in differing.items()]
        box.setInformativeText("\n".join((*lines, "", "It can go on, but not bit for bit the same.")))
        go = box.addButton("Resume anyway", QMessageBox.ButtonRole.AcceptRole)
        go.setObjectName("resume_anyway")
        box.addButton(QMessageBox.StandardButton.Cancel)

        def resume() -> None:
            for run_id in differing:
                self._parts.control.resume(run_id, accept=True)

        go.clicked.connect(resume)
        box.open()

    def _name(self, run_id: str) -> str:
        run = self._parts.model.summaries.get(run_id)
        return run.name if run else run_id
