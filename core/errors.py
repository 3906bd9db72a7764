"""The one error tree.

A user's mistake carries where it is (a dotted spec path, a file, a line) and what to do about it, so that the
window can show it at the field and the command line can print one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence


class EpochalError(Exception):
    """Base of all errors that Epochal words itself.

    `where` is a dotted field path (`training.batch_size`), a file, or a file and line; empty when there is none.
    `remedy` says what to do, as a sentence; empty when there is nothing to do.
    """

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.remedy}" if self.remedy else text


class BadInput(EpochalError):
    """Something the user gave cannot be used; the command line exits with 2."""


class SpecError(BadInput):
    """The spec is wrong; `problems` lists every mistake found, the first one being the message."""

    def __init__(self, message: str, *, where: str = "", remedy: str = "", problems: Sequence[object] = ()) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.problems = tuple(problems)


class DataError(BadInput):
    """A data set cannot be read, or cannot be trained on."""


class ComponentError(BadInput):
    """A model or data component cannot be imported, built or trusted."""


class WorkspaceError(BadInput):
    """A workspace or run folder is missing, unreadable, read-only, or ambiguous."""


class CommandRefused(BadInput):
    """A command to a run is not possible now."""


class CheckpointError(EpochalError):
    """A checkpoint is damaged, incomplete or does not fit; the message names the tensor where it can."""


class RunError(EpochalError):
    """A run had to end: the command line exits with 1."""


class NonFinite(RunError):
    """A loss or gradient was not finite; raised before the update of `step`."""

    def __init__(self, message: str, *, step: int, where: str = "", remedy: str = "") -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.step = step


class OutOfMemory(RunError):
    """The device's or the machine's memory did not suffice."""


class WriteError(RunError):
    """A file could not be written: full disk, read-only folder, failing device; what was there before is intact."""
