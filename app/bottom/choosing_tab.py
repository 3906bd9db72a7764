"""Early stopping against checkpoint selection for the current run, and the checkpoint that is the model."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QToolBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.bars import add_button
from app.bottom.columns import align_numbers
from app.bottom.empty import empty_words
from app.live.background import Background
from app.live.notices import Notices
from app.live.workspace_model import WorkspaceModel
from app.runs_view.words import duration, number
from app.theme import theme
from core.curves.choosing import Kept, compare_choices, usual_settings
from core.curves.phases import Phase, find_phases
from core.curves.recommending import Recommendation
from core.runs.choosing import evaluations_of
from core.runs.fine_tuning import recommended_of
from core.runs.phases import curves_of
from core.spec.training import EarlyStopping

COLUMNS = {
    "Way of choosing": 250,
    "Ends at step": 100,
    "Steps saved": 100,
    "Time saved": 100,
    "Keeps step": 100,
    "Metric": 130,
    "Worse by": 110,
    "On disk": 80,
}
NUMBERS = range(1, 7)
STEP = Qt.ItemDataRole.UserRole


class ChoosingTab(QWidget):
    """One line for each way; a line whose checkpoint is there selects it everywhere."""

    def __init__(
        self,
        model: WorkspaceModel,
        background: Background,
        notices: Notices,
        actions: list[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._background, self._notices = model, background, notices
        self._shown: tuple[object, ...] = ()
        self._own: dict[str, EarlyStopping] = {}
        self.rows: list[Kept] = []
        self.list = QTreeWidget(self)
        self.list.setObjectName("choosing_list")
        self.list.setAccessibleName("Ways of choosing the model")
        self.list.setHeaderLabels(list(COLUMNS))
        self.list.setRootIsDecorated(False)
        for column, width in enumerate(COLUMNS.values()):
            self.list.setColumnWidth(column, width)
        align_numbers(self.list.headerItem(), NUMBERS)
        self._empty = empty_words(
            "choosing_empty",
            "Nothing to judge by yet. Once the monitored metric was evaluated, this shows what early stopping would "
            "have kept of the run, against its best and its last checkpoint.",
        )
        tools = QToolBar(self)
        tools.setOrientation(Qt.Orientation.Vertical)
        tools.setObjectName("choosing_tools")
        tools.setIconSize(QSize(16, 16))
        for action in actions:
            add_button(tools, action)
        self.advice = QLabel(self)
        self.advice.setObjectName("choosing_advice")
        self.advice.setWordWrap(True)
        self.advice.setMargin(theme().space(1))
        self.advice.linkActivated.connect(lambda step: self._select_step(int(step)))
        judged = QWidget(self)
        inner = QVBoxLayout(judged)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.advice)
        inner.addWidget(self.list, 1)
        content = QWidget(self)
        self._stack = QStackedLayout(content)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(judged)
        self._judged = judged
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(content, 1)
        layout.addWidget(tools)
        self.list.itemClicked.connect(self._select)
        self.list.itemActivated.connect(self._select)
        model.selection.changed.connect(self.refresh)
        model.run_updated.connect(lambda _: self.refresh())
        theme().theme_changed.connect(self._again)
        self.refresh()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def refresh(self) -> None:
        """Judge the current run anew when it was evaluated, saved or chosen again; hidden, it waits."""
        run_id = self._model.selection.current or ""
        state = self._model.state(run_id)
        monitor = state.prepared.monitor if state and state.prepared else ""
        evaluated = len(state.series(monitor)) if state else 0
        saved = tuple((row.step, row.live) for row in state.checkpoints) if state else ()
        stamp = (run_id, evaluated, saved, state.ended.model_step if state and state.ended else None)
        if stamp == self._shown or not self.isVisible():
            return
        self._shown = stamp
        evaluations = evaluations_of(state) if state else None
        if state is None or evaluations is None:
            self._show([], None, monitor)
            return
        on_disk, step, curves = {at for at, live in saved if live}, state.step, curves_of(state)
        model_step = state.ended.model_step if state.ended else None
        run, known = self._model.run(run_id), self._own.get(run_id)

        def judge() -> tuple[EarlyStopping, list[Kept], list[Phase]]:
            own = known or run.spec().training.early_stopping
            settings = usual_settings(own, len(evaluations.values))
            return own, compare_choices(evaluations, on_disk, step, settings), find_phases(*curves)

        def judged(found: tuple[EarlyStopping, list[Kept], list[Phase]]) -> None:
            self._own[run_id] = found[0]
            if self._shown == stamp:
                self._show(found[1], model_step, monitor)
                self._advise(recommended_of(state, found[2]))

        self._background.run(
            judge, judged, lambda error: self._notices.fail("The run cannot be judged", error, run=run_id)
        )

    def _again(self) -> None:
        self._shown = ()
        self.refresh()

    def _show(self, rows: list[Kept], model_step: int | None, metric: str) -> None:
        self.rows = rows
        self.list.clear()
        header = self.list.headerItem()
        if header is not None:
            header.setText(5, metric or "Metric")
        self.list.addTopLevelItems([_item(row, model_step) for row in rows])
        self._stack.setCurrentWidget(self._judged if rows else self._empty)

    def _advise(self, found: Recommendation | None) -> None:
        """Say where to go on from with fresh data; the step selects its checkpoint."""
        self.advice.setVisible(found is not None)
        if found is None:
            return
        accent = theme().colour("accent").name()
        at = f'<a href="{found.step}" style="color: {accent}">step {found.step:,}</a>'
        sure = f" (confidence {found.confidence:.2f})" if found.confidence else ""
        self.advice.setText(f"To fine-tune on fresh data, warm-start from {at}. {html.escape(found.because)}{sure}")

    def _select(self, item: QTreeWidgetItem) -> None:
        step = item.data(0, STEP)
        if step is not None:
            self._select_step(step)

    def _select_step(self, step: int) -> None:
        run_id = self._model.selection.current
        if run_id is not None:
            self._model.selection.select_checkpoint(run_id, step)


def _item(row: Kept, model_step: int | None) -> QTreeWidgetItem:
    texts = [
        _way(row),
        "the end" if row.stops_at is None else f"{row.stops_at:,}",
        f"{row.steps_saved:,}" if row.stops_at is not None else "",
        duration(row.seconds_saved) if row.stops_at is not None else "",
        "" if row.step is None else f"{row.step:,}",
        "" if row.value is None else number(row.value),
        "" if row.worse_by is None else number(row.worse_by) if row.worse_by else "the best",
        "yes" if row.on_disk else "no",
    ]
    item = QTreeWidgetItem(texts)
    align_numbers(item, NUMBERS)
    item.setData(0, STEP, row.step if row.on_disk else None)
    if row.step is not None and row.step == model_step:
        item.setText(4, f"★ {row.step:,}")
        item.setToolTip(4, "This checkpoint is the model")
    if not row.on_disk:
        item.setForeground(7, theme().colour("text_muted"))
        item.setToolTip(7, "No checkpoint of this step was kept: these weights are gone.")
    return item


def _way(row: Kept) -> str:
    if row.settings is None:
        return f"Selection: the {row.rule}"
    change = f", change over {row.settings.min_change:g}" if row.settings.min_change else ""
    return f"Early stopping: patience {row.settings.patience}{change}"
