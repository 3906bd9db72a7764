"""The lineage of the current run, as a tab."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QWidget

from app.bottom.empty import empty_words
from app.lineage.family import Branch, family_of
from app.lineage.lineage_tree import LineageTree
from app.live.workspace_model import WorkspaceModel


class LineageTab(QWidget):
    """Shows the family of the current run; a click on a line makes its run the current one."""

    def __init__(self, model: WorkspaceModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._shown: tuple[str, list[Branch]] = ("", [])
        self.tree = LineageTree(model.selection.colour_of, self)
        self.tree.run_chosen.connect(lambda run: model.selection.select_runs([run]))
        scroll = QScrollArea(self)
        scroll.setObjectName("lineage_scroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.tree)
        self._empty = empty_words(
            "lineage_empty",
            "This run came from no other, and none came from it. Fork a checkpoint, or begin warm with its weights, "
            "and the tree of runs is drawn here.",
        )
        self._pages = QStackedLayout(self)
        self._pages.addWidget(scroll)
        self._pages.addWidget(self._empty)
        model.runs_changed.connect(self.refresh)
        model.selection.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the family as it is now."""
        current = self._model.selection.current or ""
        branches = family_of(self._model.summaries, current)
        if (current, branches) == self._shown:
            return
        self._shown = (current, branches)
        self._pages.setCurrentIndex(0 if len(branches) > 1 else 1)
        self.tree.show_family(branches, current)
