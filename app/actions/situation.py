"""What the actions' rules look at: a small picture of the window's state at one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Situation:
    """Made anew whenever something changes; rules are functions of it alone."""

    read_only: bool = False
    draft_problems: int = 0
    draft_checked: bool = True
    runs: int = 0
    selected: int = 0
    status: str = ""  # of the current run
    has_points: bool = False
    has_checkpoints: bool = False
    checkpoint: bool = False  # one is selected
    checkpoints: int = 0  # so many are selected
    has_rival: bool = False  # the run has a model, best or last checkpoint other than the selected one
    checkpoint_whole: bool = True  # not thinned to its weights
    checkpoint_live: bool = True  # the run is still on the branch that it lies on
    queue_place: int = -1  # of the current run; -1 when not queued
    queue_length: int = 0
    pending: frozenset[str] = frozenset()  # actions sent for the current run whose outcome is not known yet
    can_undo: bool = False


Rule = str


def reason_against(rule: Rule, situation: Situation) -> str:
    """Return why an action with this rule cannot be done now, or "" when it can."""
    return RULES[rule](situation)


def _always(_: Situation) -> str:
    return ""


def _train(s: Situation) -> str:
    if s.read_only:
        return "The workspace is read-only."
    if s.draft_problems:
        return f"The draft has {s.draft_problems} problem{'s' if s.draft_problems > 1 else ''}."
    return "" if s.draft_checked else "The draft is being checked."


def _run(s: Situation) -> str:
    return "" if s.selected else "No run is selected."


def _runs(s: Situation) -> str:
    return "" if s.runs else "There is no run yet."


def _writable_run(s: Situation) -> str:
    return _run(s) or ("The workspace is read-only." if s.read_only else "")


def _live(s: Situation) -> str:
    return _writable_run(s) or ("" if s.status in ("running", "paused", "starting") else "The run is not running.")


def _pause(s: Situation) -> str:
    return _writable_run(s) or ("" if s.status == "running" else "The run is not running.")


def _resume(s: Situation) -> str:
    if reason := _writable_run(s):
        return reason
    if s.status == "paused" or s.status in ("stopped", "failed", "killed", "interrupted"):
        return ""
    return "The run has completed." if s.status == "completed" else "The run is not paused or ended."


def _queued(s: Situation) -> str:
    return _writable_run(s) or ("" if s.queue_place >= 0 else "The run does not wait in the queue.")


def _up(s: Situation) -> str:
    return _queued(s) or ("" if s.queue_place > 0 else "The run is first in the queue.")


def _down(s: Situation) -> str:
    return _queued(s) or ("" if s.queue_place < s.queue_length - 1 else "The run is last in the queue.")


def _ended(s: Situation) -> str:
    live = s.status in ("queued", "starting", "running", "paused")
    return _writable_run(s) or ("Stop the run first." if live else "")


def _points(s: Situation) -> str:
    return _run(s) or ("" if s.has_points else "The run has no points yet.")


def _checkpoint(s: Situation) -> str:
    return _run(s) or ("" if s.checkpoint else "No checkpoint is selected.")


def _whole(s: Situation) -> str:
    return _checkpoint(s) or ("" if s.checkpoint_whole else "It holds the weights alone: begin a warm start from it.")


def _go_on(s: Situation) -> str:
    return _whole(s) or _writable_run(s)


def _restore(s: Situation) -> str:
    if reason := _whole(s) or _ended(s):
        return reason
    return "" if s.checkpoint_live else "The run went back before this checkpoint: fork it instead."


def _fork(s: Situation) -> str:
    return _checkpoint(s) or _writable_run(s)


def _longer(s: Situation) -> str:
    if reason := _writable_run(s):
        return reason
    if s.status != "completed":
        return "The run has not completed: resume it instead."
    return "" if s.has_checkpoints else "The run has no checkpoint."


def _choose(s: Situation) -> str:
    return _checkpoint(s) or _ended_run(s)


def _ended_run(s: Situation) -> str:
    live = s.status in ("queued", "starting", "running", "paused")
    return _writable_run(s) or ("The model is chosen when the run has ended." if live else "")


def _keep(s: Situation) -> str:
    return _checkpoint(s) or _writable_run(s)


def _delete_checkpoints(s: Situation) -> str:
    return _checkpoint(s) or _ended(s)


def _compare(s: Situation) -> str:
    if s.checkpoints > 1:
        return ""
    return _checkpoint(s) or ("" if s.has_rival else "Select a second checkpoint: the run has none to compare it with.")


def _compare_runs(s: Situation) -> str:
    return "" if s.selected > 1 else "Select two runs or more."


def _undo(s: Situation) -> str:
    return "" if s.can_undo else "Nothing to undo."


RULES = {
    "always": _always,
    "train": _train,
    "run": _run,
    "runs": _runs,
    "writable run": _writable_run,
    "live": _live,
    "pause": _pause,
    "resume": _resume,
    "queued": _queued,
    "up": _up,
    "down": _down,
    "ended": _ended,
    "points": _points,
    "checkpoint": _checkpoint,
    "restore": _restore,
    "fork": _fork,
    "go on": _go_on,
    "whole": _whole,
    "longer": _longer,
    "choose": _choose,
    "ended run": _ended_run,
    "keep": _keep,
    "delete checkpoints": _delete_checkpoints,
    "compare": _compare,
    "compare runs": _compare_runs,
    "undo": _undo,
}
