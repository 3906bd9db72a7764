"""The selected runs side by side, below their curves: what they reached, and in what their specs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.compare.runs_rows import KINDS, RUNS, heads, rows_of
from app.icons import bind_icon
from app.parts import Parts
from app.theme import set_role, theme
from core.comparison.runs import RunsComparison, Side, compare_sides

CALM_MS = 400  # between two comparisons while runs grow
_POINTED_MS = 40  # between two while the crosshair moves
_MOST_STEPS = 2_000_000_000
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_RULE = (
    "Columns after the metric are the fields in which the specs differ, names, notes and tags apart. Runs that differ "
    "in nothing but the seed stand under their mean ± sample standard deviation. The best of each column is bold."
)


class RunsTable(QWidget):
    """Follows the selected runs while it is shown.  A chosen row holds the lines of its runs up in the curves."""

    held_up = Signal(list)  # ids of runs
    run_chosen = Signal(str)
    back_wanted = Signal()

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs_compared")
        self._parts = parts
        self._specs: dict[str, Mapping[str, Any]] = {}  # by run; a spec never changes
        self._asked: set[str] = set()
        self._chosen: list[str] = []
        self._sorted: tuple[int, Qt.SortOrder] | None = None  # column and order, once the user chose
        self.found: RunsComparison | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.compare)
        self._make()
        self._lay_out()
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.back_wanted)
        model = parts.model
        model.selection.changed.connect(self._renew)
        model.run_updated.connect(self._renew_calmly)
        theme().theme_changed.connect(self._renew)

    def _make(self) -> None:
        self.metrics = QComboBox()
        self.metrics.setObjectName("runs_compared.metric")
        self.metrics.setAccessibleName("Metric that is compared")
        self.metrics.setToolTip("The metric of the columns best, last and at step")
        self.metrics.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.metrics.activated.connect(lambda _: self.compare())
        self.step = QSpinBox()
        self.step.setObjectName("runs_compared.step")
        self.step.setAccessibleName("Step that is compared at")
        self.step.setToolTip("Compare at this step, an optimizer update. It follows the crosshair of the curves")
        self.step.setRange(0, _MOST_STEPS)
        self.step.setGroupSeparatorShown(True)
        self.step.setKeyboardTracking(False)
        self.step.setFixedWidth(theme().space(14))
        self.step.valueChanged.connect(lambda _: self._soon(_POINTED_MS))
        self.back = QToolButton()
        self.back.setObjectName("runs_compared.back")
        self.back.setText("Checkpoints")
        self.back.setAccessibleName("Back to the checkpoints")
        self.back.setToolTip("Back to the checkpoints of the current run (Esc)")
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_role(self.back, "quiet")
        bind_icon(self.back, "back")
        self.back.clicked.connect(self.back_wanted)
        self.tree = QTreeWidget()
        self.tree.setObjectName("runs_compared.tree")
        self.tree.setAccessibleName("Compared runs")
        self.tree.setUniformRowHeights(True)
        self.tree.setAllColumnsShowFocus(True)
        self.tree.header().setSectionsClickable(True)
        self.tree.header().sectionClicked.connect(self._sort)
        self.tree.currentItemChanged.connect(lambda item, _: self._choose(item))
        self.tree.itemActivated.connect(lambda item, _: self._make_current(item))
        self.tree.itemClicked.connect(lambda item, _: self._make_current(item))
        self.empty = QLabel("Select two runs or more on the left, with Ctrl or Shift, to see them side by side.")
        self.empty.setObjectName("runs_compared.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        set_role(self.empty, "muted")

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        unit = theme().space(1)
        bar.setContentsMargins(unit, unit // 2, unit, unit // 2)
        bar.setSpacing(unit)
        title, at = QLabel("Compare runs"), QLabel("at step")
        title.setToolTip(_RULE)
        for label in (title, at):
            set_role(label, "muted")
        bar.addWidget(self.back)
        bar.addWidget(title)
        bar.addStretch(1)
        bar.addWidget(self.metrics)
        bar.addWidget(at)
        bar.addWidget(self.step)
        held = QWidget()
        self._stack = QStackedLayout(held)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.tree)
        self.words = QLabel(_RULE)
        self.words.setObjectName("runs_compared.words")
        self.words.setWordWrap(True)
        self.words.setContentsMargins(unit, 0, unit, unit // 2)
        set_role(self.words, "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.words)
        column.addWidget(held, 1)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.compare()

    def hideEvent(self, event: object) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
        self.held_up.emit([])

    def point_at(self, step: int | None) -> None:
        """Compare at the step of the crosshair; when it is gone, the step stays."""
        if step is not None and self.isVisible():
            self.step.setValue(step)

    def compare(self) -> None:
        """Compare the selected runs as they stand; specs that are not known yet are read beside the GUI thread."""
        if not self.isVisible():
            return
        self._timer.stop()
        model = self._parts.model
        # By colour: an order that does not change when another of them becomes the current one.
        runs = sorted(model.selection.runs, key=lambda run: model.selection.colour_of(run) or 0)
        known = [run for run in runs if model.state(run) is not None and run in model.summaries]
        self._stack.setCurrentIndex(1 if len(known) > 1 else 0)
        if len(known) < 2 or not self._have_specs(known):
            return
        sides = []
        for run in known:
            summary, state = model.summaries[run], model.state(run)
            assert state is not None
            sides.append(Side(run, summary.name, summary.status, self._specs[run], state))
        self._show_steps(max(side.state.step for side in sides))
        self.found = compare_sides(sides, self.step.value())
        self._show(self.found)

    def _have_specs(self, runs: Sequence[str]) -> bool:
        missing = [run for run in runs if run not in self._specs]
        for run in missing:
            if run not in self._asked:
                self._asked.add(run)
                self._read_spec(run)
        return not missing

    def _read_spec(self, run: str) -> None:
        notices = self._parts.notices

        def take(spec: Mapping[str, Any]) -> None:
            self._specs[run] = spec
            self._soon(0)

        self._parts.background.run(
            self._parts.model.run(run).raw_spec,
            take,
            lambda error: notices.fail("The runs cannot be compared", error, run=run),
        )

    def _show_steps(self, last: int) -> None:
        """Begin at the end; afterwards the step is the user's."""
        if self.found is None:
            self.step.blockSignals(True)
            self.step.setValue(last)
            self.step.blockSignals(False)

    def _show(self, found: RunsComparison) -> None:
        metric = self._show_metrics(found)
        colours = [theme().series(self._parts.model.selection.colour_of(run.id) or 0) for run in found.runs]
        names, tips = heads(found)
        header = self.tree.header()
        self.tree.blockSignals(True)
        self.tree.clear()
        head = QTreeWidgetItem(names)
        for column, tip in enumerate(tips):
            head.setToolTip(column, tip)
            if column:
                head.setTextAlignment(column, _RIGHT)
        self.tree.setColumnCount(len(names))
        self.tree.setHeaderItem(head)
        self.tree.addTopLevelItems(rows_of(found, metric, colours))
        if self._sorted is not None and self._sorted[0] < len(names):
            self.tree.sortItems(*self._sorted)
        self.tree.expandAll()
        for column in range(len(names)):
            self.tree.resizeColumnToContents(column)
        if self.tree.columnCount() == 1 + len(KINDS):
            header.setStretchLastSection(False)
        self._choose_again()
        self.tree.blockSignals(False)

    def _show_metrics(self, found: RunsComparison) -> str:
        """Offer the metrics there are; the monitored one of the current run is the first choice."""
        names = [one.name for one in found.metrics]
        before = self.metrics.currentText()
        if [self.metrics.itemText(place) for place in range(self.metrics.count())] != names:
            state = self._parts.model.state(self._parts.model.selection.current or "")
            monitor = state.prepared.monitor if state is not None and state.prepared is not None else ""
            wanted = before if before in names else monitor
            self.metrics.clear()
            self.metrics.addItems(names)
            self.metrics.setCurrentIndex(max(0, names.index(wanted) if wanted in names else 0))
        return self.metrics.currentText()

    def _sort(self, column: int) -> None:
        """Sort by a column; by the same one again the other way round."""
        down = Qt.SortOrder.DescendingOrder
        self._sorted = (column, Qt.SortOrder.AscendingOrder if self._sorted == (column, down) else down)
        self.tree.header().setSortIndicator(*self._sorted)
        self.tree.header().setSortIndicatorShown(True)
        self.tree.sortItems(*self._sorted)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        self._chosen = list(item.data(0, RUNS)) if item is not None else []
        self.held_up.emit(self._chosen)

    def _choose_again(self) -> None:
        """Choose the row that was chosen before the table was filled anew."""
        for item in self._items():
            if self._chosen and item.data(0, RUNS) == self._chosen:
                self.tree.setCurrentItem(item)

    def _items(self) -> list[QTreeWidgetItem]:
        tops = [item for place in range(self.tree.topLevelItemCount()) if (item := self.tree.topLevelItem(place))]
        return [one for top in tops for one in (top, *(top.child(place) for place in range(top.childCount())))]

    def _make_current(self, item: QTreeWidgetItem) -> None:
        runs = item.data(0, RUNS)
        if len(runs) == 1:
            self.run_chosen.emit(runs[0])

    def _renew(self) -> None:
        self._soon(0)

    def _renew_calmly(self, *_: object) -> None:
        self._soon(CALM_MS)

    def _soon(self, wait_ms: int) -> None:
        if self.isVisible() and (not self._timer.isActive() or self._timer.remainingTime() > wait_ms):
            self._timer.start(wait_ms)
