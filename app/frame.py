"""Where things stand in the window: runs, middle and right column side by side, tabs below; sizes are remembered."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.bottom.bottom_tabs import BottomTabs
from app.runs_view.filter_bar import arrangement_of
from app.runs_view.runs_panel import RunsPanel
from app.settings import Settings

RUNS_WIDTH, TABLE_WIDTH, RIGHT_WIDTH, BOTTOM_HEIGHT = 256, 620, 344, 176


class Frame(QWidget):
    """The body of the window."""

    shown_changed = Signal()

    def __init__(
        self, banner: QWidget, runs: RunsPanel, centre: QWidget, right: QWidget, bottom: BottomTabs, settings: Settings
    ) -> None:
        super().__init__()
        self._settings = settings
        self._bottom_height = BOTTOM_HEIGHT
        self.runs, self.right, self.bottom = runs, right, bottom
        self._columns = QSplitter(Qt.Orientation.Horizontal, self)
        self._columns.setObjectName("columns")
        for widget in (runs, centre, right):
            self._columns.addWidget(widget)
        self._columns.setStretchFactor(1, 1)
        self._rows = QSplitter(Qt.Orientation.Vertical, self)
        self._rows.setObjectName("rows")
        self._rows.addWidget(self._columns)
        self._rows.addWidget(bottom)
        self._rows.setStretchFactor(0, 1)
        for splitter in (self._columns, self._rows):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        runs.setMinimumWidth(200)
        right.setMinimumWidth(300)
        centre.setMinimumWidth(360)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(banner)
        layout.addWidget(self._rows, 1)
        bottom.folded_changed.connect(self._folded)
        runs.arranged.connect(self._arranged)

    def show_runs(self, shown: bool) -> None:
        """Show or hide the list of runs."""
        self.runs.setVisible(shown)
        self.shown_changed.emit()

    def show_right(self, shown: bool) -> None:
        """Show or hide the right column."""
        self.right.setVisible(shown)
        self.shown_changed.emit()

    def restore(self) -> None:
        """Take the sizes of the last time, or the first ones."""
        columns, rows = self._settings.bytes_of("columns"), self._settings.bytes_of("rows")
        if columns is None or not self._columns.restoreState(columns):
            self._columns.setSizes([RUNS_WIDTH, 10_000, RIGHT_WIDTH])
        if rows is None or not self._rows.restoreState(rows):
            self._rows.setSizes([10_000, BOTTOM_HEIGHT])
        self.runs.setVisible(self._settings.flag("runs_shown", True))
        self.right.setVisible(self._settings.flag("right_shown", True))
        self._bottom_height = max(BOTTOM_HEIGHT // 2, self._rows.sizes()[1])
        self.runs.arrange(arrangement_of(self._settings.text_of("arrangement", "list")))
        self.bottom.fold(self._settings.flag("bottom_folded", True))
        if self.bottom.folded:
            self._folded(True)

    def _arranged(self, arrangement: str) -> None:
        """Give a table the room for its columns, and take it back."""
        self._settings.put("arrangement", arrangement)
        runs, centre, right = self._columns.sizes()
        table = min(TABLE_WIDTH, self.width() * 2 // 5)
        wanted = max(runs, table) if arrangement == "table" else min(runs, RUNS_WIDTH)
        if self.isVisible() and wanted != runs:
            self._columns.setSizes([wanted, centre + runs - wanted, right])

    def remember(self) -> None:
        """Keep the sizes for the next time."""
        self._settings.put("columns", self._columns.saveState())
        if not self.bottom.folded:
            self._settings.put("rows", self._rows.saveState())
        self._settings.put("runs_shown", not self.runs.isHidden())
        self._settings.put("right_shown", not self.right.isHidden())
        self._settings.put("bottom_folded", self.bottom.folded)

    def _folded(self, folded: bool) -> None:
        wanted = self.bottom.maximumHeight() if folded else self._bottom_height
        self._rows.setSizes([max(1, self._rows.height() - wanted), wanted])
        self.shown_changed.emit()
