"""The right column: the draft of the next run, and the current run as it was asked, read-only."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QTabWidget, QWidget

from app.panels.catalog_provider import CatalogProvider
from app.panels.draft_panel import DraftPanel
from app.panels.run_details import RunDetails, RunFacts
from app.panels.steer_panel import SteerPanel
from app.parts import Parts
from app.theme import set_role

KEEP_MS = 1000  # after the last edit the draft is kept, in case the window is killed


class RightColumn(QTabWidget):
    """Tabs for draft and run.  The draft is compared with the current run: what differs is marked."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("right_column")
        self.setAccessibleName("Draft and details")
        self.tabBar().setObjectName("right_tab_bar")
        self.tabBar().setAccessibleName("Draft and details")
        self.setDocumentMode(True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "surface")
        self._parts = parts
        self._run = ""
        self._spec: dict[str, Any] = {}
        self.provider = CatalogProvider(parts.model.workspace.path, parts.background, self)
        self.draft = DraftPanel(parts.draft, self.provider, self)
        self.details = RunDetails(self)
        self.addTab(self.draft, "Draft")
        self.addTab(self.details, "Run")
        self.steer = SteerPanel(parts, self)
        self.addTab(self.steer, "Steer")
        self.draft.train_requested.connect(self._train)
        self.draft.command_copied.connect(lambda _: parts.notices.say("note", "The command line is on the clipboard."))
        self.provider.failed.connect(lambda text: parts.notices.say("error", f"Components: {text}"))
        parts.model.selection.changed.connect(self._follow)
        parts.model.runs_changed.connect(self._follow)
        parts.model.run_updated.connect(lambda _: self._show_details())
        self._restore()
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(KEEP_MS)
        self._keep.timeout.connect(self.remember)
        parts.draft.changed.connect(self._keep.start)
        parts.draft.taken_over.connect(lambda: self.setCurrentWidget(self.draft))
        if parts.read_only:
            self.draft.bar.block("The workspace is read-only.")

    def remember(self) -> None:
        """Keep draft and open sections for the next time."""
        self._parts.settings.put("draft", json.dumps(self._parts.draft.table))
        self._parts.settings.put("sections", self.draft.open_sections())

    def close_down(self) -> None:
        """End what runs beside: the window closes."""
        self._keep.stop()
        self.draft.close_down()

    def _restore(self) -> None:
        """Take the draft of the last time; a draft that cannot be read is as good as none."""
        try:
            table = json.loads(self._parts.settings.text_of("draft", "null"))
        except ValueError:
            return
        if isinstance(table, dict):
            self._parts.draft.use(table)
        self.draft.set_open_sections(self._parts.settings.words_of("sections"))

    def show_section(self, name: str) -> None:
        """Show the draft with this section open."""
        self.setCurrentWidget(self.draft)
        self.draft.sections[name].set_open(True)

    def show_steer(self) -> None:
        """Show what can be changed of the running job, the learning rate first."""
        self.setCurrentWidget(self.steer)
        self.steer.show_field("learning_rate")

    def _train(self, given: dict[str, Any]) -> None:
        from core.spec.read import spec_from_dict

        catalog = self._parts.draft.catalog
        self._parts.control.train(lambda: spec_from_dict(given, catalog))

    def _follow(self) -> None:
        """Read the current run's spec beside; then show it, and mark in the draft what differs from it."""
        run = self._parts.current()
        wanted = run.id if run else ""
        if wanted == self._run:
            self._show_details()
            return
        self._run, self._spec = wanted, {}
        if run is None:
            self._parts.draft.compare_with(None)
            self._show_details()
            return
        name, failed = run.name, run.status in ("failed", "killed")

        def read(given: dict[str, Any]) -> None:
            if self._run == wanted:
                self._spec = given
                self._parts.draft.compare_with(given, name)
                self._show_details()
                if failed:
                    self.setCurrentWidget(self.details)

        self._parts.background.run(
            self._parts.model.run(wanted).raw_spec,
            read,
            lambda error: self._parts.notices.say("warning", str(error), run=wanted),
        )

    def _show_details(self) -> None:
        run = self._parts.current()
        if run is None or run.id != self._run or not self._spec:
            self.details.show_run(None)
            return
        state = self._parts.model.state(run.id)
        parent = run.parent or ""
        self.details.show_run(RunFacts(run.id, run.name, run.status, self._spec, state, parent, run.parent_step))
