"""The one selection of the window: what is selected in any view is selected in all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QObject, Signal

Checkpoint = tuple[str, int]  # run id, step


class Selection(QObject):
    """The selected runs and the selected checkpoints of these runs; the first of each is the current one.

    Several checkpoints are a comparison: the first is what the others are compared with.  Where checkpoints of the
    current run are selected, the current checkpoint is one of them.
    """

    changed = Signal()
    checkpoint_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[str, ...] = ()
        self._checkpoints: tuple[Checkpoint, ...] = ()
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
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint that actions and details are about, as (run id, step), or None."""
        return self._checkpoints[0] if self._checkpoints else None

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The selected checkpoints as (run id, step), the current one first, then in the order they were added."""
        return self._checkpoints

    def colour_of(self, run: str) -> int | None:
        """Return the number of the series colour that a selected run has in every view; it keeps it while selected."""
        return self._colours.get(run)

    def select_runs(self, runs: Sequence[str]) -> None:
        """Select these runs; checkpoints of runs that are no longer among them are let go."""
        chosen = tuple(dict.fromkeys(runs))
        self._take(chosen, tuple(one for one in self._checkpoints if one[0] in chosen))

    def make_current(self, run: str) -> None:
        """Make one of the selected runs the current one, or select it with them."""
        self.select_runs((run, *(other for other in self._runs if other != run)))

    def select_checkpoint(self, run: str, step: int) -> None:
        """Select one checkpoint alone, and with it its run."""
        self.select_checkpoints([(run, step)])

    def select_checkpoints(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Select these checkpoints, the first being the current one, and with them their runs; none lets all go."""
        chosen = tuple(dict.fromkeys(checkpoints))
        first = [run for run, _ in chosen[:1]]
        self._take(tuple(dict.fromkeys((*first, *self._runs, *(run for run, _ in chosen)))), chosen)

    def toggle_checkpoint(self, run: str, step: int) -> None:
        """Add a checkpoint to those selected, behind them, or take it away from them."""
        one = (run, step)
        if one in self._checkpoints:
            self.select_checkpoints([other for other in self._checkpoints if other != one])
        else:
            self.select_checkpoints((*self._checkpoints, one))

    def make_checkpoint_current(self, run: str, step: int) -> None:
        """Make one of the selected checkpoints the current one; one that is not among them is selected alone."""
        one = (run, step)
        others = [other for other in self._checkpoints if other != one] if one in self._checkpoints else []
        self.select_checkpoints([one, *others])

    def forget_checkpoints(self, run: str, known: Collection[int]) -> None:
        """Let go of a run's checkpoints that no longer exist: those whose steps are not `known`."""
        self._take(self._runs, tuple(one for one in self._checkpoints if one[0] != run or one[1] in known))

    def forget(self, runs: Sequence[str]) -> None:
        """Let go of runs that no longer exist."""
        self.select_runs([run for run in self._runs if run not in runs])

    def _take(self, runs: tuple[str, ...], checkpoints: tuple[Checkpoint, ...]) -> None:
        """Be this selection, and tell what is new about it."""
        mine = next((one for one in checkpoints if one[0] == runs[0]), None) if runs else None
        if mine is not None and checkpoints[0][0] != runs[0]:
            checkpoints = (mine, *(one for one in checkpoints if one != mine))
        other_runs, other_checkpoints = runs != self._runs, checkpoints != self._checkpoints
        self._runs, self._checkpoints = runs, checkpoints
        if other_runs:
            self._give_colours()
        if other_checkpoints:
            self.checkpoint_changed.emit()
        if other_runs:
            self.changed.emit()

    def _give_colours(self) -> None:
        self._colours = {run: number for run, number in self._colours.items() if run in self._runs}
        taken = set(self._colours.values())
        free = (number for number in range(len(self._runs)) if number not in taken)
        for run in self._runs:
            if run not in self._colours:
                self._colours[run] = next(free)
