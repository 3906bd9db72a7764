"""Following a run on the terminal: a progress bar on standard error, until the run has ended or the user leaves."""

from __future__ import annotations

import shutil
import sys
import time

from core.cli.control import in_words
from core.cli.printing import duration, number
from core.jobs import client
from core.runs.events import CheckpointFailed, Ended, Notice
from core.runs.progress import whole_percent
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState
from core.runs.workspace import Workspace

_POLL_S = 0.1
_PLAIN_EVERY_S = 5.0  # between two lines where no bar can be drawn
_BAR = 24
_STACKS = ("Traceback ", "Fatal Python error:")  # of a worker that died; else it left only the end of its log
_SETTLES_WITHIN_S = 10.0  # the supervisor takes note of an end at once, unless the disk is full


def follow(workspace: Workspace, run: RunFolder) -> int:
    """Show progress until the run has ended; return the exit code that fits its outcome.

    Ctrl+C never ends the run by itself: it asks, or says how to stop it.
    """
    screen = Screen()
    reader, state = EventReader(run.events_path), RunState()
    while True:
        try:
            _take_in(reader, state, screen)
            if state.ended is not None and _is_over(workspace, run, state):
                _take_in(reader, state, screen)
                return _close(run, state.ended, screen)
            place = _place(workspace, run, state)
            if place or state.ended is None:  # else its end is being written down
                screen.show(run, state, place)
            time.sleep(_POLL_S)
        except KeyboardInterrupt:
            screen.clear()
            if not _asked_to_stay(workspace, run):
                return 0


def _take_in(reader: EventReader, state: RunState, screen: Screen) -> None:
    """Apply what is new; say what the user should know at once."""
    for event in reader.poll():
        state.apply(event)
        if isinstance(event, Notice):
            screen.say(f"{event.level}: {event.message}")
        elif isinstance(event, CheckpointFailed):
            screen.say(f"warning: {event.message}")


def _is_over(workspace: Workspace, run: RunFolder, state: RunState) -> bool:
    """Tell whether nothing more will come: no attempt waits, or the supervisor cannot write down that it is over."""
    if client.wait_ended(workspace, run, 0.0) is not None:
        return True
    ended, job = state.ended, client.running_job(workspace, run)
    is_left = ended is not None and job is not None and ended.seq > job.after_seq and not run.is_alive()
    return is_left and ended is not None and time.time() - ended.time > _SETTLES_WITHIN_S


def _place(workspace: Workspace, run: RunFolder, state: RunState) -> str:
    """Return what a run that has no worker waits for, in words; empty when it has one."""
    if state.status not in ("queued", "completed", "stopped", "failed", "killed"):
        # One that runs and has no worker is between two states: what comes of it is read in a moment.
        return "" if run.is_alive() or state.status in ("running", "paused") else "starting"
    ahead = [entry.run for entry in client.waiting(workspace)]
    if state.ended is not None and run.id not in ahead and not _is_given_again(workspace, run, state.ended):
        return ""
    if run.id in ahead and (before := ahead.index(run.id)):
        return f"waiting behind {before} other run{'s' if before > 1 else ''}"
    busy = [job.run for job in client.running_jobs(workspace) if job.run != run.id]
    return "waiting for a free slot" if run.id in ahead and busy else "starting"


def _is_given_again(workspace: Workspace, run: RunFolder, ended: Ended) -> bool:
    """Tell whether a worker has got the run since it ended, and has not said anything yet."""
    job = client.running_job(workspace, run)
    return job is not None and ended.seq <= job.after_seq


def _close(run: RunFolder, ended: Ended, screen: Screen) -> int:
    screen.clear()
    raised = ended.reason == "error" or ended.traceback.startswith(_STACKS)
    if ended.outcome == "failed" and ended.traceback and raised:
        print(ended.traceback.rstrip(), file=sys.stderr)
    print(f"Run {run.id} {in_words(ended)}", file=sys.stderr)
    if ended.outcome in ("completed", "stopped"):
        return 0
    return 2 if ended.reason == "bad_input" else 1


def _asked_to_stay(workspace: Workspace, run: RunFolder) -> bool:
    """Ask what Ctrl+C was meant to do; without a terminal just say that the run goes on.  Returns True to follow on."""
    goes_on = f"Run {run.id} goes on in the background; `epochal stop {run.id}` stops it after saving."
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print(goes_on, file=sys.stderr)
        return False
    print("Enter leaves the run going on, s stops it after saving, k kills it, f follows on: ", end="", file=sys.stderr)
    sys.stderr.flush()
    try:
        answer = input().strip().lower()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer in ("s", "k"):
        client.send(workspace, run, "stop" if answer == "s" else "kill", "command line")
        return True
    if answer == "f":
        return True
    print(goes_on, file=sys.stderr)
    return False


class Screen:
    """Standard error: one line that is drawn again on a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._drawn = ""
        self._terminal = sys.stderr.isatty()
        self._said_at = 0.0

    def show(self, run: RunFolder, state: RunState, place: str) -> None:
        """Draw how the run stands, if it changed."""
        line = progress_line(run, state, place, bar=self._terminal)
        if line == self._drawn:
            return
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + line[:width].ljust(min(len(self._drawn), width)), end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._said_at >= _PLAIN_EVERY_S:
            self._said_at = time.monotonic()
            print(line, file=sys.stderr, flush=True)
        else:
            return
        self._drawn = line

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self.clear()
        print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the bar away."""
        if self._terminal and self._drawn:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * min(len(self._drawn), width) + "\r", end="", file=sys.stderr, flush=True)
        self._drawn = ""


def progress_line(run: RunFolder, state: RunState, place: str, *, bar: bool) -> str:
    """Return one line: how far, how fast, how much longer, and the best value so far."""
    if place:
        return f"{run.id}  {place}"
    parts = [run.id, state.status]
    if state.total_steps:
        filled = round(state.fraction * _BAR)
        drawn = f"[{'#' * filled}{'.' * (_BAR - filled)}] " if bar else ""
        parts.append(f"{drawn}{whole_percent(state.fraction):3}%  step {state.step:,} of {state.total_steps:,}")
    progress = state.progress
    if progress is not None and state.status == "running":
        if progress.examples_per_second > 0:
            parts.append(f"{progress.examples_per_second:,.0f} examples/s")
        if progress.seconds_left is not None:
            parts.append(f"{duration(progress.seconds_left)} left")
    if state.best is not None:
        parts.append(f"best {state.best.metric} {number(state.best.value)}")
    return "  ".join(parts)
