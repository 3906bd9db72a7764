"""The row above the plots: what is shown and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from app.icons import bind_icon
from app.plots.x_axis import STEP, X_AXES, XAxis
from app.theme import set_role, theme

MOST_PLOTS = 4
_NOTCHES = 40
_SLIDER, _SHORT_SLIDER = 96, 64  # pixels
_DEFAULT_NOTCH = 24
_LARGEST_SHARE, _DECADES = 0.25, 3.0


class PlotToolbar(QWidget):
    """Widgets only: every choice is read from here, and `changed` tells that one was made."""

    changed = Signal()
    smoothing_changed = Signal()
    follow_wanted = Signal()
    export_wanted = Signal(str)  # png, svg, csv

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plot-toolbar")
        self.axis: XAxis = STEP
        self._run_steps = 0
        self.metrics = self._menu_button("plot-metrics", "Metrics", "Which metrics are shown, one plot each")
        self.x_axis = self._menu_button("plot-x-axis", "x: step", "What the x axis counts")
        self.log_x = self._toggle("plot-log-x", "log x", "Logarithmic x axis", "Shift+L")
        self.log_y = self._toggle("plot-log-y", "log y", "Logarithmic y axis for losses and errors", "L")
        self.smoothing = QSlider(Qt.Orientation.Horizontal, self)
        self.smoothing_text = QLabel(self)
        self.phases = self._toggle("plot-phases", "phases", "Show the phases of learning of the first run", "P")
        self.follow = self._toggle("plot-follow", "follow", "Show everything and follow the growing curve", "F")
        self.export = self._menu_button("plot-export", "", "Export the picture or the data")
        self._groups: list[str] = []
        self._build()

    def _build(self) -> None:
        bind_icon(self.export, "export")
        self.export.setAccessibleName("Export")
        menu = self._menu(self.export)
        for key, text in (("png", "Picture (PNG)…"), ("svg", "Picture (SVG)…"), ("csv", "Data, every point (CSV)…")):
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, key=key: self.export_wanted.emit(key))
        self._build_axis_menu()
        self.smoothing.setObjectName("plot-smoothing")
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.setToolTip(
            "How far the smoothed line looks back: an exponential mean, of logarithms on a log axis; the raw line stays"
        )
        self.smoothing.setRange(0, _NOTCHES)
        self.smoothing.setValue(_DEFAULT_NOTCH)
        self.smoothing.setFixedWidth(_SLIDER)
        self.smoothing.valueChanged.connect(self._on_smoothing)
        set_role(self.smoothing_text, "small")
        self.smoothing_text.setObjectName("plot-smoothing-text")
        self.smoothing_text.setFixedWidth(QFontMetrics(theme().font("small")).horizontalAdvance("88,888 steps"))
        self.log_y.setChecked(True)
        self.phases.setChecked(True)
        self.follow.setChecked(True)
        self.follow.clicked.connect(self._on_follow)
        self._label = QLabel("smoothing", self)
        set_role(self._label, "small")
        self._label.setBuddy(self.smoothing)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(theme().space(1), theme().space(0.5), theme().space(1), theme().space(0.5))
        row.setSpacing(theme().space(0.5))
        for widget in (self.metrics, self.x_axis, self.log_x, self.log_y):
            row.addWidget(widget)
        row.addSpacing(theme().space(0.5))
        smoothing: tuple[QWidget, ...] = (self._label, self.smoothing, self.smoothing_text)
        for part in smoothing:
            row.addSpacing(theme().space(0.5))
            row.addWidget(part)
        row.addStretch(1)
        for widget in (self.phases, self.follow, self.export):
            row.addWidget(widget)
        self._show_smoothing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where the row is too narrow, shorten the slider; then do without its word, its number, itself, log x, follow.

        What is left keeps its words, and what is gone its key.
        """
        droppable = (self._label, self.smoothing_text, self.smoothing, self.log_x, self.follow)
        self.smoothing.setFixedWidth(_SLIDER)
        for widget in droppable:
            widget.show()
        if self._row.sizeHint().width() > self.width():
            self.smoothing.setFixedWidth(_SHORT_SLIDER)
        for widget in droppable:
            if self._row.sizeHint().width() <= self.width():
                break
            widget.hide()

    def _build_axis_menu(self) -> None:
        menu = self._menu(self.x_axis)
        group = QActionGroup(self)
        for axis in X_AXES:
            action = menu.addAction(axis.title)
            action.setCheckable(True)
            action.setChecked(axis is self.axis)
            action.setData(axis.key)
            group.addAction(action)
            action.triggered.connect(lambda _=False, axis=axis: self.set_axis(axis))

    @property
    def smoothing_steps(self) -> float:
        """The smoothing length in steps; 0 is off.  The slider spans a quarter of the first run's length."""
        notch = self.smoothing.value()
        if notch == 0 or self._run_steps <= 0:
            return 0.0
        share = _LARGEST_SHARE * 10.0 ** (-_DECADES * (_NOTCHES - notch) / _NOTCHES)
        return float(f"{max(share * self._run_steps, 1.0):.2g}")

    def choices(self) -> dict[str, Any]:
        """Return the choices worth remembering, for `restore`."""
        return {
            "x_axis": self.axis.key,
            "log_x": self.log_x.isChecked(),
            "log_y": self.log_y.isChecked(),
            "smoothing": self.smoothing.value(),
            "phases": self.phases.isChecked(),
        }

    def restore(self, choices: dict[str, Any]) -> None:
        """Take choices back; what is missing or makes no sense is left as it is."""
        for button, key in ((self.log_x, "log_x"), (self.log_y, "log_y"), (self.phases, "phases")):
            if isinstance(choices.get(key), bool):
                button.setChecked(choices[key])
        if isinstance(choices.get("smoothing"), int):
            self.smoothing.setValue(choices["smoothing"])
        axis = next((axis for axis in X_AXES if axis.key == choices.get("x_axis")), None)
        if axis is not None:
            self.set_axis(axis)

    def set_run_steps(self, steps: int) -> None:
        """Tell how long the first run is, or will be."""
        if steps != self._run_steps:
            self._run_steps = steps
            self._show_smoothing()

    def set_axis(self, axis: XAxis) -> None:
        """Choose what x counts."""
        self.axis = axis
        self.x_axis.setText(f"x: {axis.title}")
        self._fit()
        for action in self.x_axis.menu().actions():
            action.setChecked(action.data() == axis.key)
        self.changed.emit()

    def set_axes_known(self, keys: Sequence[str]) -> None:
        """Enable only the axes that the shown runs know."""
        for action in self.x_axis.menu().actions():
            action.setEnabled(action.data() in keys)

    def show_groups(self, known: Sequence[str], shown: Sequence[str]) -> None:
        """List the metrics there are and tick the shown ones."""
        if list(known) != self._groups:
            self._groups = list(known)
            menu = self._menu(self.metrics)
            menu.clear()
            for name in known:
                action = menu.addAction(name)
                action.setCheckable(True)
                action.setData(name)
                action.toggled.connect(self._on_groups)
        for action in self._group_actions():
            action.blockSignals(True)
            action.setChecked(action.data() in shown)
            action.blockSignals(False)
        self._limit_groups()

    @property
    def groups(self) -> list[str]:
        """The ticked metrics in the order of the menu."""
        return [str(action.data()) for action in self._group_actions() if action.isChecked()]

    @property
    def known_groups(self) -> list[str]:
        """All metrics in the menu."""
        return self._groups

    def _group_actions(self) -> list[QAction]:
        return self._menu(self.metrics).actions()

    def _on_groups(self) -> None:
        self._limit_groups()
        self.changed.emit()

    def _limit_groups(self) -> None:
        """Keep one ticked at least and four at most: more would be too low to read."""
        ticked = len(self.groups)
        for action in self._group_actions():
            action.setEnabled(ticked > 1 if action.isChecked() else ticked < MOST_PLOTS)

    def _on_smoothing(self) -> None:
        self._show_smoothing()
        self.smoothing_changed.emit()

    def _show_smoothing(self) -> None:
        steps = self.smoothing_steps
        words = "off" if self.smoothing.value() == 0 else ""  # how many steps a notch means is known with the run
        if steps:
            words = "1 step" if round(steps) == 1 else f"{steps:,.0f} steps"
        self.smoothing_text.setText(words)
        self.smoothing.setAccessibleDescription(words)

    def _on_follow(self) -> None:
        """Following is switched on here, and off by zooming; a second click changes nothing."""
        self.follow.setChecked(True)
        self.follow_wanted.emit()

    def _toggle(self, name: str, text: str, tip: str, key: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(tip)
        button.setToolTip(f"{tip} ({key})")
        button.setCheckable(True)
        set_role(button, "quiet")
        if name != "plot-follow":
            button.toggled.connect(self.changed)
        return button

    def _menu_button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_role(button, "quiet")
        return button

    @staticmethod
    def _menu(button: QToolButton) -> QMenu:
        """Return a button's menu, made at its first use."""
        menu: object = button.menu()
        if isinstance(menu, QMenu):
            return menu
        made = QMenu(button)
        button.setMenu(made)
        return made
