"""A workspace: the folder that holds runs, the queue, and the user's own components."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import string
import time
from pathlib import Path

import msgspec
import platformdirs

from core.durable import explained, rename_durably, sync_folder, write_atomically
from core.errors import WorkspaceError
from core.runs.run_folder import RunFolder, RunRecord
from core.spec.spec import Spec

_ID_LENGTH = 8
_LAYOUT = b"""# An Epochal workspace.
layout = 1

[slots]
# How many runs train at a time on each device; one where nothing is said.
# cpu = 2
# "cuda:0" = 1
"""


def default_workspace() -> Path:
    """Return the workspace used when none is named: in the platform's user data folder."""
    return Path(platformdirs.user_data_dir("epochal", appauthor=False)) / "workspace"


class Workspace:
    """A workspace folder.  Making one touches nothing; `Workspace.open` creates what is missing."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(path))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """Return the workspace at `path`, created if need be.  Raises WorkspaceError when it cannot be written to."""
        workspace = cls(path)
        try:
            workspace.runs_path.mkdir(parents=True, exist_ok=True)
            workspace.components_path.mkdir(exist_ok=True)
            if not workspace.settings_path.exists():
                write_atomically(workspace.settings_path, _LAYOUT, point="workspace")
        except OSError as error:
            raise _unusable(workspace.path, error) from error
        if not workspace.is_writable():
            raise _unusable(workspace.path, OSError(*_why_not(workspace.path)))
        return workspace

    @property
    def runs_path(self) -> Path:
        """Where the run folders lie."""
        return self.path / "runs"

    @property
    def components_path(self) -> Path:
        """Where the user's own models and data sources lie."""
        return self.path / "components"

    @property
    def settings_path(self) -> Path:
        """The workspace's own settings."""
        return self.path / "workspace.toml"

    @property
    def queue_path(self) -> Path:
        """What waits and what runs."""
        return self.path / "queue.json"

    @property
    def supervisor_lock_path(self) -> Path:
        """Held by the supervisor."""
        return self.path / "supervisor.lock"

    @property
    def windows_lock_path(self) -> Path:
        """Shared by the windows that are open on this workspace."""
        return self.path / "windows.lock"

    @property
    def log_path(self) -> Path:
        """What the supervisor did."""
        return self.path / "supervisor.log"

    def is_writable(self) -> bool:
        """Tell whether runs can be added."""
        return os.access(self.path, os.W_OK | os.X_OK) and os.access(self.runs_path, os.W_OK | os.X_OK)

    def runs(self) -> list[RunFolder]:
        """Return all runs, by id.  A workspace that does not exist has none."""
        return [self.run(name) for name in sorted(self.run_ids())]

    def run_ids(self) -> list[str]:
        """Return the ids of all runs in no particular order, reading only the folder's names."""
        try:
            return [name for name in os.listdir(self.runs_path) if not name.startswith(".")]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(self.path, error) from error

    def run(self, run_id: str) -> RunFolder:
        """Return the run with exactly this id, whether or not it exists."""
        return RunFolder(self.runs_path / run_id)

    def find(self, id_or_prefix: str) -> RunFolder:
        """Return the one run whose id begins so.  Raises WorkspaceError when there is none or more than one."""
        ids = self.run_ids()
        if id_or_prefix in ids:
            return self.run(id_or_prefix)
        matches = sorted(name for name in ids if id_or_prefix and name.startswith(id_or_prefix))
        if len(matches) == 1:
            return self.run(matches[0])
        if matches:
            raise WorkspaceError(
                f"{len(matches)} runs begin with {id_or_prefix!r}: {', '.join(matches[:5])}.",
                remedy="Give more characters of the id.",
            )
        raise WorkspaceError(
            f"There is no run {id_or_prefix!r} in {self.path}.", remedy="`epochal runs` lists the runs."
        )

    def create_run(self, spec: Spec) -> RunFolder:
        """Create a run with a frozen spec; it appears whole or not at all.  Raises WriteError or WorkspaceError.

        A fork or warm start is given the checkpoint that its spec names, so that it needs its parent no more.
        """
        from core.runs.starting import give_start, kind_of, parent_of
        from core.spec.read import digest, write_spec

        run = self.run(self._free_id())
        parent, parent_step = parent_of(spec.start)
        temporary = RunFolder(self.runs_path / f".new-{run.id}")
        record = RunRecord(
            id=run.id,
            name=spec.name,
            created=time.time(),
            kind=kind_of(spec.start),
            parent=parent,
            parent_step=parent_step,
            tags=spec.tags,
            notes=spec.notes,
            monitor=spec.training.monitor,
            spec_sha256=digest(spec),
        )
        try:
            temporary.checkpoints_path.mkdir(parents=True)
            temporary.artifacts_path.mkdir()
            give_start(self, spec.start, temporary)
            write_atomically(temporary.spec_path, write_spec(spec).encode(), point="spec")
            temporary.write_record(record)
            rename_durably(temporary.path, run.path, point="create_run")
        except OSError as error:
            raise explained(error, run.path) from error
        finally:
            shutil.rmtree(temporary.path, ignore_errors=True)
        return run

    def delete_run(self, run: RunFolder) -> None:
        """Delete a run that neither runs nor waits.  Raises WorkspaceError, WriteError."""
        from core.runs.queue import is_in_queue

        if run.is_alive() or is_in_queue(self, run.id):
            raise WorkspaceError(f"Run {run.id} is running or waiting.", remedy="Stop or cancel it first.")
        grave = self.runs_path / f".deleted-{run.id}-{secrets.token_hex(4)}"
        try:
            run.path.rename(grave)
            sync_folder(self.runs_path)
        except OSError as error:
            raise explained(error, run.path) from error
        shutil.rmtree(grave, ignore_errors=True)

    def slots(self) -> dict[str, int]:
        """Return how many runs may train at a time by device, as workspace.toml says.  Raises WorkspaceError."""
        try:
            settings = msgspec.toml.decode(self.settings_path.read_bytes(), type=_Settings)
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            raise WorkspaceError(f"The settings cannot be read: {error}.", where=str(self.settings_path)) from error
        return dict(settings.slots)

    def _free_id(self) -> str:
        taken = set(self.run_ids())
        alphabet = string.ascii_lowercase + string.digits
        while True:
            name = secrets.choice(string.ascii_lowercase)
            name += "".join(secrets.choice(alphabet) for _ in range(_ID_LENGTH - 1))
            if name not in taken:
                return name


class _Settings(msgspec.Struct):
    layout: int = 1
    slots: dict[str, int] = {}


def _why_not(path: Path) -> tuple[int, str]:
    """Return the error number and words for a folder that cannot be written to."""
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        return errno.EROFS, "it is on a read-only file system"
    return errno.EACCES, "permission is denied"


def _unusable(path: Path, error: OSError) -> WorkspaceError:
    reason = (error.strerror or str(error)).lower()
    return WorkspaceError(
        f"The workspace cannot be used: {reason}.",
        where=str(path),
        remedy="Choose a folder that you may write to, or give another one with -w.",
    )
