"""The terminal event of a worker that died without writing one."""

from __future__ import annotations

import signal
from pathlib import Path

from core.jobs.worker_process import Exit
from core.runs.events import Ended
from core.runs.queue import RunningJob
from core.runs.run_folder import RunFolder
from core.runs.state import state_of_run
from core.runs.summary import CRASHES

_LOG_BYTES = 64 * 1024
_LAST_LINES = 30
_COMPLAINT = "error: "  # how a worker begins the line that says why it cannot even write its events
_TRACEBACK = "Traceback (most recent call last):"
_STACKS = ("Fatal Python error:", _TRACEBACK, "Current thread 0x", "Thread 0x")


def post_mortem(run: RunFolder, job: RunningJob, how: Exit, *, killed_by_us: bool) -> Ended:
    """Say how the worker of `job` ended.  `killed_by_us` is true when the user's kill command was being carried out."""
    # Points and checkpoints reach further than the last report of progress, which may be a second old.
    stood = state_of_run(run)
    words = _last_words(run, job)
    message, remedy = _words(run, how, words)
    if killed_by_us:
        message = "Killed on command."
        remedy = "Resume it from its newest checkpoint." if run.has_checkpoints() else "Resume it: it begins anew."
    return Ended(
        outcome="killed" if killed_by_us else "failed",
        reason="command" if killed_by_us else "died",
        step=stood.step,
        examples=stood.examples,
        message=message,
        remedy=remedy,
        traceback="" if killed_by_us else words,
        signal=how.signal,
        exit_code=how.code,
    )


def _words(run: RunFolder, how: Exit, last_words: str) -> tuple[str, str]:
    if how.signal == signal.SIGKILL:
        return (
            "The worker was killed by signal 9 (SIGKILL), not by Epochal: the machine may have run out of memory.",
            f"{_smaller_batch(run)}Resume the run, or free memory first.",
        )
    if how.signal is not None:
        return f"The worker died of signal {how.signal} ({_signal_name(how.signal)}).", _after_signal(run, how.signal)
    if how.code == 128 + signal.SIGTERM:
        message = "The worker was told to end by SIGTERM, not by Epochal: the machine may be shutting down."
        return message, "Resume the run."
    *_, last = last_words.rstrip().splitlines() or [""]
    if how.code is not None and last.startswith(_COMPLAINT):
        return f"The worker could not go on: {last.removeprefix(_COMPLAINT)}", "Then resume the run."
    if how.code is not None and (raised := _raised(last_words)):
        return f"The worker ended with exit code {how.code}: {raised}", "Mend what raised it, then resume the run."
    if how.code is not None:
        return f"The worker ended with exit code {how.code} and did not say why.", "See the log, then resume the run."
    return (
        "The worker ended while nobody watched: a power cut, a restart, or somebody killed everything.",
        "Resume the run.",
    )


def _after_signal(run: RunFolder, number: int) -> str:
    """Say what to do: code that crashed will crash again where it did, and there may be nothing to go on from."""
    if number not in CRASHES:
        return "Resume the run."
    if run.has_checkpoints():
        return "Resume the run. If it crashes again, the stack shows which code it was in."
    return (
        "It crashed before its first checkpoint and is likely to crash there again. The stack shows which code it was "
        "in, own components and native libraries first: mend that, then resume; it begins anew."
    )


def _raised(last_words: str) -> str:
    """Return what a Python traceback in a worker's last words says was raised, on one line; empty without one."""
    _, found, after = last_words.rpartition(_TRACEBACK)
    if not found:
        return ""
    # Frames are indented and so are the lines below them; what was raised is the first line that is not.
    lines = (line for line in after.splitlines()[1:] if line.strip() and not line[0].isspace())
    raised = next(lines, "").strip()
    return raised if not raised or raised.endswith((".", "!", "?")) else f"{raised}."


def _smaller_batch(run: RunFolder) -> str:
    training = run.raw_spec().get("training") if run.spec_path.exists() else None
    size = training.get("batch_size") if isinstance(training, dict) else None
    return f"If it happens again, try training.batch_size = {size // 2}. " if isinstance(size, int) and size > 1 else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _last_words(run: RunFolder, job: RunningJob) -> str:
    """Return the stack that the worker left in its log, else the log's last lines; only what this worker wrote."""
    text = _end_of(run.log_path, job.log_offset)
    if not text.strip() and job.worker_log:
        text = _end_of(run.workspace_path / job.worker_log, 0)
    lines = text.splitlines()
    stacks = [number for number, line in enumerate(lines) if line.startswith(_STACKS)]
    fatal = [number for number in stacks if lines[number].startswith(_STACKS[0])]
    first = fatal[-1] if fatal else (stacks[-1] if stacks else max(0, len(lines) - _LAST_LINES))
    return "\n".join(lines[first:][:400])


def _end_of(path: Path, offset: int) -> str:
    try:
        with path.open("rb") as file:
            length = file.seek(0, 2)
            file.seek(max(min(offset, length), length - _LOG_BYTES))
            return file.read(_LOG_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
