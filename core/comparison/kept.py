"""Where results are kept, so that asking again is instant.  No torch here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from core.checkpoints.reading import digest_of
from core.checkpoints.store import CheckpointStore
from core.comparison.request import Request
from core.comparison.result import FORMAT, Comparison, decode
from core.durable import write_atomically
from core.errors import BadInput
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace


def path_of(request: Request) -> Path:
    """Return where the result of a request lies or will lie: among the artifacts of the first checkpoint's run.

    The name follows from what the checkpoints hold (their `state_sha256`), from what is asked, and from sizes and
    times of the data and component files that the runs name.  Raises WorkspaceError, BadInput, CheckpointError.
    """
    workspace = Workspace(Path(request.workspace))
    runs = [workspace.find(name) for name, _ in request.checkpoints]
    if not runs:
        raise BadInput("A comparison takes at least two checkpoints.")
    digests = [_digest(run, step) for run, (_, step) in zip(runs, request.checkpoints, strict=True)]
    stamps = [list(_stamps(run)) for run in runs]
    key = msgspec.json.encode([FORMAT, [run.id for run in runs], digests, stamps, request.choice])
    return runs[0].artifacts_path / f"comparison-{hashlib.sha256(key).hexdigest()[:16]}.json"


def kept(request: Request) -> Comparison | None:
    """Return the result if it was made before, else None.  Raises as `path_of` does."""
    try:
        return decode(path_of(request).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def keep(request: Request, comparison: Comparison) -> Path:
    """Write the result, whole or not at all, and return where it lies.  Raises WriteError."""
    path = path_of(request)
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, msgspec.json.encode(comparison), point="comparison")
    return path


def _digest(run: RunFolder, step: int) -> str:
    path = CheckpointStore(run.checkpoints_path).path(step)
    if not path.exists():
        raise BadInput(f"Run {run.id} has no checkpoint of step {step}.", remedy="It may have been removed.")
    return digest_of(path)


def _stamps(run: RunFolder) -> Iterator[tuple[str, int, int]]:
    """Yield name, size and time of the files outside of the run that the result depends on."""
    spec: dict[str, Any] = run.raw_spec()
    kind, path = str(spec.get("model", {}).get("kind", "")), spec.get("data", {}).get("path")
    named = [Path("components") / f"{kind.partition('.')[0]}.py"] if "." in kind else []
    named += [Path(path).expanduser()] if isinstance(path, str) and path else []
    for name in named:
        for candidate in (run.workspace_path / name, Path.cwd() / name):
            if candidate.exists():
                status = candidate.stat()
                yield str(candidate), status.st_size, status.st_mtime_ns
                break
