"""A copy of a run that may be trained and thrown away: spec, record, one checkpoint, and the past it needs."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.checkpoints.store import file_name
from core.runs import liveness
from core.runs.events import AnyEvent
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder

_PREFIX = ".proof-"
_LOCK = "proof.lock"


class ScratchRun(RunFolder):
    """A run folder that lies elsewhere; data and components are looked for in the workspace of the real one."""

    def __init__(self, path: Path, workspace: Path) -> None:
        super().__init__(path)
        self._workspace = workspace

    @property
    def workspace_path(self) -> Path:
        """The workspace of the run that this is a copy of."""
        return self._workspace


@contextlib.contextmanager
def scratch_folder(workspace: Path) -> Iterator[Path]:
    """Give a folder that is gone after the block, on the workspace's disk where that can be written to.

    What an earlier process left there, because it was killed, is removed.  Raises OSError.
    """
    _sweep(workspace)
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=workspace))
    except OSError:  # a read-only workspace can be proved too
        folder = Path(tempfile.mkdtemp(prefix="epochal-proof-"))
    try:
        with liveness.hold(folder / _LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_run(run: RunFolder, step: int, history: Iterable[AnyEvent], path: Path) -> ScratchRun:
    """Return a run at `path` that an engine goes on with from the checkpoint of `step` as it would with `run` itself.

    The checkpoint is linked, not copied, where the disk allows.  Raises OSError, WriteError.
    """
    copy = ScratchRun(path, run.workspace_path)
    copy.checkpoints_path.mkdir(parents=True)
    copy.artifacts_path.mkdir()
    shutil.copyfile(run.spec_path, copy.spec_path)
    shutil.copyfile(run.record_path, copy.record_path)
    name = file_name(step)
    _link(run.checkpoints_path / name, copy.checkpoints_path / name)
    with EventWriter(copy.events_path) as events:
        for event in history:
            events.write(event)
    return copy


def _link(file: Path, copy: Path) -> None:
    try:
        os.link(file, copy)
    except OSError:
        shutil.copyfile(file, copy)


def _sweep(workspace: Path) -> None:
    for folder in workspace.glob(f"{_PREFIX}*"):
        if (folder / _LOCK).exists() and not liveness.is_held(folder / _LOCK):
            shutil.rmtree(folder, ignore_errors=True)
