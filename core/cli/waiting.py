"""Waiting on the terminal for a throw-away process: one line on standard error that says how far it is."""

from __future__ import annotations

import shutil
import sys
import time

from core.cli.printing import duration
from core.jobs.throwaway import Done, Progress, Throwaway

_PLAIN_EVERY_S = 5.0  # between two lines where none can be drawn again
_BAR = 24


def wait_for(question: Throwaway) -> Done:
    """Return the answer, drawing progress meanwhile; Ctrl+C cancels.  Raises what the process raised."""
    line = _Line()
    try:
        return question.answer(line.show)
    except KeyboardInterrupt:
        question.cancel()
        raise
    finally:
        line.clear()


class _Line:
    """Standard error: a line that is drawn again on a terminal, now and then one elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._drawn = ""
        self._said_at = time.monotonic()

    def show(self, progress: Progress) -> None:
        text = words(progress, bar=self._terminal)
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + text[:width].ljust(min(len(self._drawn), width)), end="", file=sys.stderr, flush=True)
            self._drawn = text
        elif time.monotonic() - self._said_at >= _PLAIN_EVERY_S:
            self._said_at = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._drawn:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * min(len(self._drawn), width) + "\r", end="", file=sys.stderr, flush=True)
        self._drawn = ""


def words(progress: Progress, *, bar: bool) -> str:
    """Return one line: how far, what, and how much longer."""
    filled = round(progress.fraction * _BAR)
    drawn = f"[{'#' * filled}{'.' * (_BAR - filled)}] " if bar else ""
    left = f"  {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
    return f"{drawn}{progress.fraction:4.0%}  {progress.doing}{left}"
