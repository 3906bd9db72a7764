"""A learning curve that is not a run: a CSV file, drawn with its phases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.plots.curve_view import CurveView
from app.plots.phase_bands import LETTERS, NAMES
from app.plots.phase_track import TRAIN, VALID, PhaseTrack, track_of
from app.plots.run_on_plot import RunOnPlot
from app.theme import set_role, theme
from core.curves.from_csv import read_curve
from core.curves.phases import Phase
from core.runs.series import Series
from core.runs.state import RunState


@dataclass(frozen=True)
class ReadCurve:
    """What a file gave: its points as the state of a run that only has steps, and their phases, judged already."""

    path: Path
    track: PhaseTrack
    phases: list[Phase]


def read_for_view(path: Path) -> ReadCurve:
    """Read and judge a file; may take seconds for a million rows.  Raises BadInput."""
    curve = read_curve(path)
    state = RunState(status="completed")
    for name, points in ((TRAIN, curve.train), (VALID, curve.valid)):
        if points is not None:
            series = state.metrics[name] = Series()
            # The file knows neither examples nor time: on the view only the step can be chosen.
            series.extend(points.step, points.step, points.step, points.value)
            state.step = state.total_steps = max(state.step, int(points.step[-1]))
    track = track_of(state)
    return ReadCurve(path, track, track.phases())


class ForeignCurve(QDialog):
    """The curve above, the phases with their rules below.  Escape closes it; it keeps nothing."""

    data_wanted = Signal(Path)

    def __init__(self, read: ReadCurve, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("foreign_curve")
        self.setWindowTitle(f"{read.path.name} - learning curve")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.path, self._track = read.path, read.track
        self.curves = CurveView(self)
        self.curves.setAccessibleName(f"Learning curve of {read.path.name}")
        for shortcut in self.curves.findChildren(QShortcut):
            shortcut.setEnabled(shortcut.key() != QKeySequence("Escape"))  # there are no checkpoints to leave
        self.curves.toolbar.x_axis.hide()  # the file only knows steps
        self.curves.set_runs([RunOnPlot("foreign", read.path.stem, read.track.state, 0)])
        points = " and ".join(f"{len(series):,} of {name}" for name, series in read.track.state.metrics.items())
        about = QLabel(f"{read.path} · {points} · not a run: nothing of it is kept.")
        about.setObjectName("foreign_curve_about")
        about.setWordWrap(True)
        set_role(about, "muted")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        data = self.buttons.addButton("Use as data", QDialogButtonBox.ButtonRole.ActionRole)
        data.setObjectName("foreign_curve_as_data")
        data.setToolTip("Put this file into the draft as data to train on instead")
        data.clicked.connect(self._as_data)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme().space(2)] * 4)
        layout.setSpacing(theme().space(1.5))
        layout.addWidget(about)
        layout.addWidget(self.curves, 1)
        layout.addLayout(_table(read.phases))
        layout.addWidget(self.buttons)
        room = parent.window().size()
        self.resize(min(1000, room.width() - 80), min(700, room.height() - 60))

    def _as_data(self) -> None:
        self.data_wanted.emit(self.path)
        self.close()


def _table(phases: list[Phase]) -> QGridLayout:
    """Return one line per phase: name, steps, confidence, rule."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme().space(2))
    grid.setVerticalSpacing(theme().space(0.5))
    grid.setColumnStretch(3, 1)
    if not phases:
        grid.addWidget(QLabel("No phases: the file holds no finite loss."), 0, 0)
    for row, phase in enumerate(phases):
        end = f"{phase.to_step:,}" if phase.to_step is not None else "the end"
        cells = (
            f"{phase.phase}  {NAMES[phase.phase]}  {LETTERS[phase.phase]}",
            f"step {phase.from_step:,} to {end}" + (", revoked" if phase.answer == "revoked" else ""),
            f"confidence {phase.confidence:.0%}",
            phase.rule,
        )
        for column, text in enumerate(cells):
            label = QLabel(text)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if column == 3:
                label.setWordWrap(True)
                label.setObjectName(f"foreign_curve_rule_{row}")
            elif column:
                set_role(label, "muted")
            grid.addWidget(label, row, column)
    return grid
