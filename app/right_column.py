"""The right column: the draft of the next run, and the selected run as it was asked, read-only."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QTabWidget, QWidget

from app.panels.catalog_provider import CatalogProvider
from app.panels.draft_panel import DraftPanel
from app.parts import Parts
from app.theme import set_role


class RightColumn(QTabWidget):
    """Tabs for draft and run.  The draft is compared with the current run: what differs is marked."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("right_column")
        self.setAccessibleName("Draft and details")
        self.tabBar().setObjectName("right_tab_bar")
        self.tabBar().setAccessibleName("Draft and details")
        self.setDocumentMode(True)
        set_role(self, "surface")
        self._parts = parts
        self._compared = ""
        self.provider = CatalogProvider(parts.model.workspace.path, parts.background, self)
        self.draft = DraftPanel(parts.draft, self.provider, self)
        self.addTab(self.draft, "Draft")
        self.draft.train_requested.connect(self._train)
        self.draft.command_copied.connect(lambda _: parts.notices.say("note", "The command line is on the clipboard."))
        self.provider.failed.connect(lambda text: parts.notices.say("error", f"Components: {text}"))
        parts.model.selection.changed.connect(self._compare)
        parts.model.runs_changed.connect(self._compare)

    def _train(self, given: dict[str, Any]) -> None:
        from core.spec.read import spec_from_dict

        catalog = self._parts.draft.catalog
        self._parts.control.train(lambda: spec_from_dict(given, catalog))

    def _compare(self) -> None:
        """Mark in the draft what differs from the current run, as soon as its spec is read."""
        run = self._parts.current()
        wanted = run.id if run else ""
        if wanted == self._compared:
            return
        self._compared = wanted
        if run is None:
            self._parts.draft.compare_with(None)
            return
        name = run.name

        def read(given: dict[str, Any]) -> None:
            if self._compared == wanted:
                self._parts.draft.compare_with(given, name)

        self._parts.background.run(
            self._parts.model.run(wanted).raw_spec,
            read,
            lambda error: self._parts.notices.say("warning", str(error), run=wanted),
        )
