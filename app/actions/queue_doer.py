"""Actions on the queue."""

from __future__ import annotations

from app.parts import Parts


class QueueDoer:
    """What the rows `queue.*` of the table do, to the current run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def up(self) -> None:
        """Let the current run start one place earlier."""
        self._move(-1)

    def down(self) -> None:
        """Let the current run start one place later."""
        self._move(1)

    def cancel(self) -> None:
        """Take the selected runs that wait out of the queue."""
        waiting = {entry.run for entry in self._parts.model.queue.waiting}
        for run in self._parts.selected():
            if run.id in waiting:
                self._parts.control.cancel(run.id)

    def _move(self, by: int) -> None:
        run = self._parts.current()
        if run is not None:
            self._parts.control.move(run.id, by)
