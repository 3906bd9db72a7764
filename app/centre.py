"""The middle of the window: welcome, nothing selected, or the selected runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.icons import pixmap
from app.parts import Parts
from app.theme import set_role, theme
from app.welcome import Welcome


class Centre(QStackedWidget):
    """Shows the welcome page while there is no run, or when it is asked for; a selected run takes it away.

    The page of runs is made by `make_run_page` when it is first needed: plots cost start-up time.
    """

    own_data = Signal()
    sample_chosen = Signal(object)
    sample_trained = Signal(object)
    file_dropped = Signal(Path)
    workspace_wanted = Signal()
    recent_chosen = Signal(Path)

    def __init__(self, parts: Parts, make_run_page: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("centre")
        self._parts, self._make_run_page = parts, make_run_page
        self._asked = False
        self._first_start = not parts.settings.recent()
        self._welcome: Welcome | None = None
        self._runs: QWidget | None = None
        self._over: QWidget | None = None  # shown instead of the page of runs
        self._over_runs: frozenset[str] = frozenset()
        self._nothing = NothingSelected(self)
        self.addWidget(self._nothing)
        parts.model.runs_changed.connect(self._choose)
        parts.model.selection.changed.connect(self._selected)

    def show_welcome(self) -> None:
        """Show the welcome page until a run is selected."""
        self._asked = True
        self._parts.model.selection.select_runs([])
        self._choose()

    def show_over(self, page: QWidget) -> None:
        """Show a page in the place of the runs, until other runs are selected or `show_runs` is called."""
        self._over, self._over_runs = page, frozenset(self._parts.model.selection.runs)
        if self.indexOf(page) < 0:
            self.addWidget(page)
        self._choose()

    def show_runs(self) -> None:
        """Show the page of runs again."""
        self._over = None
        self._choose()
        if self._runs is not None and self.currentWidget() is self._runs:
            self._runs.setFocus()

    def _selected(self) -> None:
        if frozenset(self._parts.model.selection.runs) != self._over_runs:
            self._over = None
        if self._parts.model.selection.current is not None:
            self._asked = False
        self._choose()

    def _choose(self) -> None:
        model = self._parts.model
        if model.selection.current is not None:
            if self._runs is None:
                self._runs = self._make_run_page()
                self.addWidget(self._runs)
            self.setCurrentWidget(self._over or self._runs)
        elif self._asked or (model.loaded and not model.summaries):
            self.setCurrentWidget(self._welcome_page())
        else:
            self.setCurrentWidget(self._nothing)

    def _welcome_page(self) -> Welcome:
        if self._welcome is None:
            from app.samples import samples

            others = [path for path in self._parts.settings.recent() if path != self._parts.model.workspace.path]
            self._welcome = Welcome(samples(), others, self)
            self._welcome.own_data.connect(self.own_data)
            self._welcome.sample_chosen.connect(self.sample_chosen)
            self._welcome.sample_trained.connect(self.sample_trained)
            self._welcome.file_dropped.connect(self.file_dropped)
            self._welcome.workspace_wanted.connect(self.workspace_wanted)
            self._welcome.recent_chosen.connect(self.recent_chosen)
            self.addWidget(self._welcome)
        self._welcome.greet(first=self._first_start)
        return self._welcome


class NothingSelected(QWidget):
    """What the middle says when there are runs and none is selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nothing_selected")
        self._drawn = QLabel(self)
        self._drawn.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        title = QLabel("No run is selected", self)
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        set_role(title, "heading")
        words = QLabel(
            "Select a run on the left to see its curves; several with Ctrl or Shift to lay them over each other.\n"
            "Train starts the draft on the right.",
            self,
        )
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setWordWrap(True)
        set_role(words, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme().space(4)] * 4)
        layout.setSpacing(theme().space())
        layout.addStretch(2)
        for widget in (self._drawn, title, words):
            layout.addWidget(widget)
        layout.addStretch(3)
        theme().theme_changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self._drawn.setPixmap(pixmap("curves", "text_faint", 48, self.devicePixelRatioF()))
