"""Which checkpoints were proved, and with what verdict: read beside the window."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from app.live.background import Background
from core.runs.proof import Proof, proofs_of
from core.runs.state import CheckpointRow
from core.runs.workspace import Workspace


class Proofs(QObject):
    """The proofs of the runs that were looked at."""

    changed = Signal(str)  # run id

    def __init__(self, workspace: Workspace, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._background = workspace, background
        self._proofs: dict[str, dict[int, Proof]] = {}

    def of(self, run_id: str) -> dict[int, Proof]:
        """Return the proofs of a run by step, as last seen; empty before `look` has answered."""
        return self._proofs.get(run_id, {})

    def look(self, run_id: str) -> None:
        """Read the proofs of a run; `changed` tells when they are others than were known."""
        run = self._workspace.run(run_id)
        self._background.run(lambda: proofs_of(run), lambda found: self._take(run_id, found), lambda _: None)

    def words_of(self, run_id: str, rows: Iterable[CheckpointRow]) -> dict[int, str]:
        """Return by step what was proved of checkpoints that still hold the state they held then."""
        proofs = self.of(run_id)
        return {row.step: proved_words(proofs[row.step]) for row in rows if is_of(proofs.get(row.step), row)}

    def _take(self, run_id: str, found: dict[int, Proof]) -> None:
        if found != self.of(run_id):
            self._proofs[run_id] = found
            self.changed.emit(run_id)


def is_of(proof: Proof | None, row: CheckpointRow) -> bool:
    """Say whether a proof is of the state that the checkpoint holds; a damaged file's state is not known."""
    return proof is not None and (proof.verdict == "damaged" or proof.state_sha256 == row.state_sha256)


def proved_words(proof: Proof) -> str:
    """Say the verdict and its date in a few words."""
    words = {"bit-equal": "resume proved bit-equal", "within tolerance": "resume proved equal within a tolerance"}
    return f"{words.get(proof.verdict, f'resume {proof.verdict}')} on {day(proof.time)}"


def day(moment: float) -> str:
    """Return a time (seconds since 1970) as 23 Nov 2026, 21:04."""
    return time.strftime("%d %b %Y, %H:%M", time.localtime(moment)).lstrip("0")
