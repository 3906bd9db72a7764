"""The curves of the selected runs above the checkpoints of the current one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from app.actions.action_set import ActionSet
from app.parts import Parts
from app.plots.curve_view import CurveView
from app.plots.run_on_plot import RunOnPlot


class RunPage(QSplitter):
    """Keeps the curves in step with model and selection; they only display."""

    def __init__(self, parts: Parts, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("run_page")
        self._parts = parts
        self.curves = CurveView(self)
        self.addWidget(self.curves)
        self.setChildrenCollapsible(False)
        self._shown: list[RunOnPlot] = []
        model = parts.model
        self.curves.checkpoint_chosen.connect(model.selection.select_checkpoint)
        model.selection.changed.connect(self.show_runs)
        model.runs_changed.connect(self.show_runs)
        model.run_updated.connect(lambda _: self.show_runs())
        self.show_runs()

    def show_runs(self) -> None:
        """Show the selected runs, the current one first; redraw when it is the same ones."""
        model = self._parts.model
        runs = []
        for run_id in model.selection.runs:
            state, summary = model.state(run_id), model.summaries.get(run_id)
            colour = model.selection.colour_of(run_id)
            if state is not None and summary is not None and colour is not None:
                runs.append(RunOnPlot(run_id, summary.name, state, colour))
        if [_key(run) for run in runs] == [_key(run) for run in self._shown]:
            self.curves.refresh()
        else:
            self._shown = runs
            self.curves.set_runs(runs)


def _key(run: RunOnPlot) -> tuple[str, str, int, int]:
    return run.id, run.name, id(run.state), run.colour
