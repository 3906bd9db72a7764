"""A tab widget that folds to its tab bar, so that the curves get the room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QTabWidget, QToolButton, QWidget

from app.icons import bind_icon
from app.theme import set_role

NO_LIMIT = 16_777_215  # Qt's own "no maximum"


class FoldingTabs(QTabWidget):
    """Folded, a click on any tab unfolds; a click on the open tab folds again."""

    folded_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folded = False
        self._toggle = QToolButton(self)
        self._toggle.setObjectName("bottom_fold")
        self._toggle.setIconSize(QSize(16, 16))
        self._toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_role(self._toggle, "quiet")
        self._toggle.clicked.connect(lambda: self.fold(not self._folded))
        self.setCornerWidget(self._toggle)
        self.tabBarClicked.connect(self._clicked)
        self._word()

    @property
    def folded(self) -> bool:
        """Whether only the tab bar is seen."""
        return self._folded

    def fold(self, folded: bool) -> None:
        """Fold or unfold."""
        if folded == self._folded:
            return
        self._folded = folded
        self.setMaximumHeight(self.tabBar().sizeHint().height() + 2 if folded else NO_LIMIT)
        self._word()
        self.folded_changed.emit(folded)

    def _clicked(self, index: int) -> None:
        if index >= 0:
            self.fold(not self._folded and index == self.currentIndex())

    def _word(self) -> None:
        text = "Unfold" if self._folded else "Fold"
        self._toggle.setAccessibleName(f"{text} queue, log and notices")
        self._toggle.setToolTip(f"{text} (Ctrl+3)")
        bind_icon(self._toggle, "chevron-up" if self._folded else "chevron-down", "text_muted")
