"""One run on disk: its spec, its record, and where everything else lies."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from core.durable import write_atomically
from core.errors import WorkspaceError
from core.runs import liveness
from core.runs.events import Environment
from core.spec.spec import Spec


class RunRecord(msgspec.Struct, kw_only=True):
    """run.json.  `kind` is train, fork or warm_start; `parent` and `parent_step` name the checkpoint it came from."""

    id: str
    name: str
    created: float
    kind: str = "train"
    parent: str | None = None
    parent_step: int | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    monitor: str = ""
    spec_sha256: str = ""
    environment: Environment | None = None


class RunFolder:
    """The folder of one run.  Two of them are equal when they name the same folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFolder) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"RunFolder({self.id})"

    @property
    def id(self) -> str:
        """The run's id: 8 characters, the folder's name."""
        return self.path.name

    @property
    def workspace_path(self) -> Path:
        """The workspace that the run lies in."""
        return self.path.parent.parent

    @property
    def spec_path(self) -> Path:
        """What was asked; complete and frozen."""
        return self.path / "spec.toml"

    @property
    def record_path(self) -> Path:
        """Who the run is."""
        return self.path / "run.json"

    @property
    def events_path(self) -> Path:
        """What the run said."""
        return self.path / "events.jsonl"

    @property
    def commands_path(self) -> Path:
        """What the run was told."""
        return self.path / "commands.jsonl"

    @property
    def log_path(self) -> Path:
        """What the worker printed."""
        return self.path / "log.txt"

    @property
    def lock_path(self) -> Path:
        """Held by the live worker."""
        return self.path / "worker.lock"

    @property
    def checkpoints_path(self) -> Path:
        """Where checkpoints lie, one file each."""
        return self.path / "checkpoints"

    @property
    def start_path(self) -> Path:
        """The checkpoint that a fork or a warm start began with: the run's own, whatever becomes of its parent."""
        return self.path / "start.h5"

    @property
    def artifacts_path(self) -> Path:
        """Where a run leaves everything else it makes."""
        return self.path / "artifacts"

    def raw_spec(self) -> dict[str, Any]:
        """Return spec.toml as it stands, without checking it.  Raises WorkspaceError when it cannot be read."""
        try:
            with self.spec_path.open("rb") as file:
                return tomllib.load(file)
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise WorkspaceError(f"The spec cannot be read: {error}.", where=str(self.spec_path)) from error

    def spec_digest(self) -> str:
        """Return the SHA-256 of spec.toml as it was frozen, in hexadecimal.  Raises WorkspaceError."""
        try:
            return hashlib.sha256(self.spec_path.read_bytes()).hexdigest()
        except OSError as error:
            raise WorkspaceError(f"The spec cannot be read: {error}.", where=str(self.spec_path)) from error

    def spec(self) -> Spec:
        """Return what the run was asked, whether or not its components are known here.  Raises SpecError."""
        from core.spec.read import read_frozen  # where only the run's own files matter, reading specs need not load

        return read_frozen(self.spec_path)

    def record(self) -> RunRecord:
        """Return run.json.  Raises WorkspaceError when it is missing or damaged."""
        try:
            return msgspec.json.decode(self.record_path.read_bytes(), type=RunRecord)
        except (OSError, msgspec.DecodeError) as error:
            raise WorkspaceError(
                f"Run {self.id} cannot be read: {error}.", where=str(self.record_path), remedy="Delete the run."
            ) from error

    def write_record(self, record: RunRecord) -> None:
        """Replace run.json.  Raises WriteError."""
        write_atomically(self.record_path, msgspec.json.format(msgspec.json.encode(record)), point="run_record")

    def write_environment(self, environment: Environment) -> None:
        """Record what the newest segment runs under.  Raises WriteError."""
        self.write_record(msgspec.structs.replace(self.record(), environment=environment))

    def has_checkpoints(self) -> bool:
        """Tell whether there is a finished checkpoint to resume from."""
        return any(self.checkpoints_path.glob("step-*.h5"))

    def is_alive(self) -> bool:
        """Tell whether a live worker holds the run."""
        return liveness.is_held(self.lock_path)
