"""Above the runs: heading and count, the filter, and how the runs are arranged."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import bind_icon
from app.runs_view.words import STATUS_WORDS
from app.theme import set_role, theme

Arrangement = Literal["list", "name", "lineage", "table"]
_ARRANGEMENTS: dict[Arrangement, tuple[str, str]] = {
    "list": ("list", "Newest first"),
    "name": ("tree", "Grouped by name"),
    "lineage": ("lineage", "By descent: forks below their parent"),
    "table": ("table", "Table with sortable columns"),
}


def arrangement_of(word: str) -> Arrangement:
    """Return a remembered arrangement, or the usual one."""
    return next((known for known in _ARRANGEMENTS if known == word), "list")


class FilterBar(QWidget):
    """Emits the filter text as it is typed, and the arrangement chosen."""

    text_changed = Signal(str)
    arrangement_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel("Runs", self)
        set_role(self._title, "heading")
        self._count = QLabel(self)
        set_role(self._count, "small")
        self.field = QLineEdit(self)
        self.field.setObjectName("runs_filter")
        self.field.setAccessibleName("Filter runs")
        self.field.setPlaceholderText("Filter: words, status:failed, tag:…")
        self.field.setToolTip("All words must match; status: and tag: narrow it down (Ctrl+F); Escape shows all again")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self.text_changed)
        clear = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.field)
        clear.setContext(Qt.ShortcutContext.WidgetShortcut)
        clear.activated.connect(self.field.clear)
        self._menu = QMenu(self)
        self._narrow = _quiet("filter", "runs_narrow", "Filter by status or tag", self)
        self._narrow.setMenu(self._menu)
        self._narrow.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._arrange = _quiet("list", "runs_arrange", "Arrange the runs", self)
        self._arrange.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._arrange.setMenu(self._arrangement_menu())
        self._tags: list[str] = []
        self._fill_menu()
        self._lay_out()

    def set_count(self, matching: int, total: int) -> None:
        """Say how many of how many are shown."""
        self._count.setText("" if total == 0 else str(total) if matching == total else f"{matching} of {total}")

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Show which arrangement is in force."""
        self._choices[arrangement].setChecked(True)
        bind_icon(self._arrange, _ARRANGEMENTS[arrangement][0], "text_muted")

    def offer_tags(self, tags: list[str]) -> None:
        """Offer these tags in the menu."""
        if tags != self._tags:
            self._tags = tags
            self._fill_menu()

    def _arrangement_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._choices: dict[str, QAction] = {}
        for arrangement in get_args(Arrangement):
            symbol, text = _ARRANGEMENTS[arrangement]
            action = menu.addAction(text)
            action.setCheckable(True)
            action.triggered.connect(lambda _, chosen=arrangement: self.arrangement_changed.emit(chosen))
            bind_icon(action, symbol, "text_muted")
            group.addAction(action)
            self._choices[arrangement] = action
        return menu

    def _fill_menu(self) -> None:
        self._menu.clear()
        for status in STATUS_WORDS:
            self._menu.addAction(status.capitalize(), lambda word=f"status:{status}": self._toggle(word))
        if self._tags:
            self._menu.addSeparator()
        for tag in self._tags[:20]:
            self._menu.addAction(f"#{tag}", lambda word=f"tag:{tag}": self._toggle(word))

    def _toggle(self, word: str) -> None:
        words = self.field.text().split()
        words.remove(word) if word in words else words.append(word)
        self.field.setText(" ".join(words))

    def _lay_out(self) -> None:
        upper = QHBoxLayout()
        upper.addWidget(self._title)
        upper.addWidget(self._count)
        upper.addStretch(1)
        upper.addWidget(self._narrow)
        upper.addWidget(self._arrange)
        upper.setSpacing(theme().space(0.5))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme().space(1.5), theme().space(), theme().space(), theme().space())
        layout.setSpacing(theme().space(0.5))
        layout.addLayout(upper)
        layout.addWidget(self.field)


def _quiet(symbol: str, name: str, text: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(text)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    set_role(button, "quiet")
    bind_icon(button, symbol, "text_muted")
    return button
