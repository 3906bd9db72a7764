"""The one selection of the window: what is selected in any view is selected in all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The selected runs, the first being the current one, and at most one checkpoint of one of them."""

    changed = Signal()
    checkpoint_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[str, ...] = ()
        self._checkpoint: tuple[str, int] | None = None
        self._colours: dict[str, int] = {}

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the selected runs, the current one first."""
        return self._runs

    @property
    def current(self) -> str | None:
        """The id of the run that actions and details are about, or None."""
        return self._runs[0] if self._runs else None

    @property
    def checkpoint(self) -> tuple[str, int] | None:
        """The selected checkpoint as (run id, step), or None."""
        return self._checkpoint

    def colour_of(self, run: str) -> int | None:
        """Return the number of the series colour that a selected run has in every view; it keeps it while selected."""
        return self._colours.get(run)

    def select_runs(self, runs: Sequence[str]) -> None:
        """Select these runs; a checkpoint of a run that is no longer among them is let go."""
        chosen = tuple(dict.fromkeys(runs))
        if chosen == self._runs:
            return
        self._runs = chosen
        self._give_colours()
        if self._checkpoint is not None and self._checkpoint[0] not in chosen:
            self._checkpoint = None
            self.checkpoint_changed.emit()
        self.changed.emit()

    def make_current(self, run: str) -> None:
        """Make one of the selected runs the current one, or select it with them."""
        self.select_runs((run, *(other for other in self._runs if other != run)))

    def select_checkpoint(self, run: str, step: int) -> None:
        """Select a checkpoint, and with it its run."""
        if run != self.current:
            self.make_current(run)
        if self._checkpoint != (run, step):
            self._checkpoint = (run, step)
            self.checkpoint_changed.emit()

    def forget(self, runs: Sequence[str]) -> None:
        """Let go of runs that no longer exist."""
        self.select_runs([run for run in self._runs if run not in runs])

    def _give_colours(self) -> None:
        self._colours = {run: number for run, number in self._colours.items() if run in self._runs}
        taken = set(self._colours.values())
        free = (number for number in range(len(self._runs)) if number not in taken)
        for run in self._runs:
            if run not in self._colours:
                self._colours[run] = next(free)
