"""The kill ladder: ask, wait, terminate, wait, kill; one log line for each rung."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

_log = logging.getLogger(__name__)


class Endable(Protocol):
    """What the ladder climbs on."""

    def terminate(self) -> None:
        """Ask the process to end."""

    def kill(self) -> None:
        """End the process and its children at once."""


@dataclass(frozen=True)
class Deadlines:
    """How long each rung may take, in seconds."""

    ask: float = 3.0
    terminate: float = 3.0
    kill: float = 5.0  # then once more: a process in the kernel's hands ends when those let go
    leave: float = 15.0  # for a worker whose run has ended to be gone


class KillLadder:
    """Ends one worker.  Call `climb` often; it never waits itself."""

    def __init__(self, name: str, why: str, deadlines: Deadlines, now: float, *, ask: bool = True) -> None:
        self._name = name
        self._deadlines = deadlines
        self._rung = "ask"
        self._until = now + (deadlines.ask if ask else 0.0)
        _log.info("%s: %s; asked to end, %.1f s to do so", name, why, deadlines.ask if ask else 0.0)

    def climb(self, worker: Endable, now: float) -> None:
        """Go up one rung if the time for the present one is over."""
        if now < self._until:
            return
        if self._rung == "ask":
            self._rung, self._until = "terminate", now + self._deadlines.terminate
            _log.info("%s: did not end; terminating, %.1f s to go", self._name, self._deadlines.terminate)
            worker.terminate()
        else:
            self._rung, self._until = "kill", now + self._deadlines.kill
            _log.info("%s: did not end; killing it and its children", self._name)
            worker.kill()
