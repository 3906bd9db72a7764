"""What is renewed calmly while runs grow: the phases and commands of the first run, the checkpoints of all."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject, QTimer

from app.plots.checkpoint_layer import CheckpointLayer
from app.plots.marks import marks_of
from app.plots.phase_track import PhaseTrack, track_of
from app.plots.plot_stack import PlotStack
from app.plots.run_on_plot import RunOnPlot
from app.plots.view import View
from app.plots.x_axis import reference

_CALM_S = 0.4  # phases and marks are renewed no more often than this while a run grows


class PrimaryRun(QObject):
    """Keeps bands and marks of a stack in step with the first run, calmly, and with them the checkpoints."""

    def __init__(self, stack: PlotStack, checkpoints: CheckpointLayer, draw_again: Callable[[], None]) -> None:
        super().__init__(stack)
        self._stack, self._checkpoints = stack, checkpoints
        self._run: RunOnPlot | None = None
        self._phases: PhaseTrack | None = None
        self._calm_until = 0.0
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.timeout.connect(draw_again)

    def set_run(self, run: RunOnPlot | None) -> None:
        """Take a run; what is known of its phases is kept while its state is the same."""
        self._run = run
        if run is None:
            self._phases = None
        elif self._phases is None or self._phases.state is not run.state:
            self._phases = track_of(run.state)
        self.hurry()

    def hurry(self) -> None:
        """Renew everything at the next drawing, however short ago the last was."""
        self._calm_until = 0.0

    def draw(self, view: View, *, phases: bool, alone: bool) -> None:
        """Renew bands and marks, or ask to be drawn again when it is too soon.

        Where the run is not `alone`, the bands say whose they are.
        """
        wait = self._calm_until - monotonic()
        if wait > 0:
            if not self._calm.isActive():
                self._calm.start(int(wait * 1000) + 1)
            return
        self._calm_until = monotonic() + _CALM_S
        if self._run is None or self._phases is None:
            return
        state, known = self._run.state, self._phases.phases()
        series = reference(state)

        def place(step: float) -> float:
            return view.to_view(view.axis.place(state, series, step))

        for plot in self._stack.plots:
            plot.bands.show_phases(known if phases else [], place, "" if alone else self._run.name)
        self._stack.plots[0].strip.show_marks(marks_of(state, place))
        self._checkpoints.draw(view)
