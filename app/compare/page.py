"""The page that compares the selected checkpoints, first the answer, then what is behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.compare.confusion_part import ConfusionPart
from app.compare.errors_part import ErrorsPart
from app.compare.flipped_part import FlippedPart
from app.compare.head import Head
from app.compare.histograms_part import HistogramsPart
from app.compare.line_part import LinePart
from app.compare.metrics_part import MetricsPart
from app.compare.part import PartView
from app.compare.question import Question
from app.compare.sides import Side, sides_of
from app.compare.similarity_part import SimilarityPart
from app.compare.weights_part import WeightsPart
from app.compare.wording import reasons, verdict, without_differences
from app.live.selection import Checkpoint
from app.parts import Parts
from app.theme import set_role, theme
from core.comparison.recorded import metric_rows, spec_rows
from core.comparison.request import Progress, Request
from core.comparison.result import Comparison, MetricRow, SpecRow

_OTHER_MEASURE = ("data.", "training.loss")  # where these differ, numbers may not be of one measure
_WAITING = "This is being worked out; it appears here when it is done."


class ComparePage(QWidget):
    """Follows the selection while it is shown.  What the runs recorded appears at once, the rest when it is made."""

    back_wanted = Signal()

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "surface")
        self._parts = parts
        self._asked: tuple[Checkpoint, ...] = ()
        self.found: Comparison | None = None
        self.sides: list[Side] = []
        self.other = 1
        self.question = Question(self)
        self.head = Head(self)
        self.metrics, self.confusion, self.errors = MetricsPart(), ConfusionPart(), ErrorsPart()
        self.flipped, self.weights, self.similarity = FlippedPart(), WeightsPart(), SimilarityPart()
        self.line, self.histograms = LinePart(), HistogramsPart()
        self.views: list[PartView] = [
            self.metrics, self.flipped, self.confusion, self.errors,
            self.weights, self.similarity, self.line, self.histograms,
        ]  # fmt: skip
        self.tabs = QTabWidget()
        self.tabs.setObjectName("compare.tabs")
        self.tabs.tabBar().setObjectName("compare.tab_bar")
        self.tabs.tabBar().setAccessibleName("Parts of the comparison")
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(True)
        set_role(self.tabs, "surface")
        for view in self.views:
            self.tabs.setTabToolTip(self.tabs.addTab(view, view.title), view.tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.tabs, 1)
        self._listen()

    def _listen(self) -> None:
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.back_wanted)
        self.head.back_wanted.connect(self.back_wanted)
        self.head.swap_wanted.connect(self._swap)
        self.head.again_wanted.connect(lambda: self.compare(self._asked, again=True))
        self.head.cancel_wanted.connect(self.question.cancel)
        self.head.other_chosen.connect(self._hold_against)
        self.question.progressed.connect(self.head.progress)
        self.question.answered.connect(self._show)
        self.question.failed.connect(self._fail)
        self.question.cancelled.connect(self._stop)
        # Later: where other runs are selected with it, this page goes, and there is nothing to ask.
        changed = self._parts.model.selection.checkpoint_changed
        changed.connect(self._follow, Qt.ConnectionType.QueuedConnection)
        theme().theme_changed.connect(self._dress)

    def compare(self, checkpoints: Sequence[Checkpoint], *, again: bool = False) -> None:
        """Compare these, the first being the reference; ones that are compared already stay as they are."""
        wanted = tuple(checkpoints)
        if wanted == self._asked and not again and (self.found is not None or self.question.waiting):
            return
        self._asked, self.found, self.other = wanted, None, 1
        self.sides = sides_of(self._parts.model, wanted)
        self.head.show_sides(self.sides, self.other)
        self.head.verdict.clear()
        for view in self.views:
            view.wait(_WAITING)
        self._show_tabs("classification")
        self._show_recorded(wanted)
        self.head.progress(Progress(fraction=0.0, doing="Looking for an earlier comparison"))
        workspace = str(Path(self._parts.model.workspace.path).resolve())
        self.question.ask(Request(workspace=workspace, checkpoints=list(wanted)))

    def close_down(self) -> None:
        """End what is being asked: the window closes."""
        self.question.close()

    def _show_recorded(self, wanted: tuple[Checkpoint, ...]) -> None:
        """Show metrics as recorded and the difference of specs, read beside the GUI thread, unless all is there."""
        model = self._parts.model
        values = []
        for run, step in wanted:
            state = model.state(run)
            rows = state.checkpoints if state is not None else []
            values.append(next((row.metrics for row in rows if row.step == step), {}))
        runs = [model.run(run) for run, _ in wanted]

        def read() -> list[SpecRow]:
            return spec_rows([run.raw_spec() for run in runs])

        def show(spec: list[SpecRow]) -> None:
            if self._asked == wanted and self.found is None:
                metrics = metric_rows(values, measured=False)
                if any(row.path.startswith(_OTHER_MEASURE) for row in spec):
                    self.metrics.show_recorded(without_differences(metrics), spec, self.sides)
                else:
                    self.metrics.show_recorded(metrics, spec, self.sides)
                    self._show_verdict(metrics)

        # What cannot be read is told by the comparison itself, in its own words.
        self._parts.background.run(read, show, lambda _: None)

    def _show(self, found: Comparison) -> None:
        self.found = found
        self.head.rest()
        self._show_tabs(found.task)
        self._show_verdict(found.metrics, reasons(found, "flipped", self.other))
        for view in self.views:
            view.show_comparison(found, self.sides, self.other)

    def _show_verdict(self, metrics: Sequence[MetricRow], why_not: Sequence[str] = ()) -> None:
        state = self._parts.model.state(self.sides[0].run)
        monitor = state.prepared.monitor if state is not None and state.prepared is not None else ""
        self.head.verdict.setText(verdict(metrics, [side.letter for side in self.sides], monitor, why_not))

    def _show_tabs(self, task: str) -> None:
        """Show what errors are like for the task: confusion of classes, or errors of numbers."""
        self.tabs.setTabVisible(self.views.index(self.confusion), task == "classification")
        self.tabs.setTabVisible(self.views.index(self.errors), task == "regression")

    def _fail(self, error: Exception) -> None:
        self.head.fail(error)
        self._give_up("The comparison could not be made; the reason stands above.")

    def _stop(self) -> None:
        self.head.stopped()
        self._give_up("The comparison was cancelled.")

    def _give_up(self, words: str) -> None:
        for view in self.views:
            if view is not self.metrics or view.absent:
                view.wait(words)

    def _hold_against(self, place: int) -> None:
        self.other = place
        self.head.show_sides(self.sides, place)
        if self.found is not None:
            for view in self.views:
                view.show_comparison(self.found, self.sides, place)

    def _swap(self) -> None:
        if self.other < len(self.sides):
            side = self.sides[self.other]
            self._parts.model.selection.make_checkpoint_current(side.run, side.step)

    def _follow(self) -> None:
        checkpoints = self._parts.model.selection.checkpoints
        if self.isVisible() and len(checkpoints) > 1:
            self.compare(checkpoints)

    def _dress(self) -> None:
        """Badges and bars are pictures in the colours of the theme."""
        if self.sides:
            self.head.show_sides(self.sides, self.other)
            if self.found is not None:
                self._show(self.found)
