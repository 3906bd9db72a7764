"""Which workspaces' own components may be run.  Asked once per folder; the answer is the user's, not the workspace's.

A workspace may come from anybody, so the list of trusted ones stays in the user's configuration folder.
"""

from __future__ import annotations

from pathlib import Path

import filelock
import msgspec
import platformdirs

from core.durable import write_atomically
from core.errors import ComponentError, WorkspaceError
from core.spec.problem import HOW_TO_TRUST, NOT_TRUSTED


class _Trusted(msgspec.Struct):
    folders: list[str] = []


def is_trusted(workspace: Path) -> bool:
    """Say whether the components of this workspace folder may be imported.  No list, or a damaged one, trusts none."""
    return _name(workspace) in _read().folders


def trust(workspace: Path) -> None:
    """Allow the components of this workspace folder, from now on and whatever is added to them later.

    Raises WorkspaceError when the folder does not exist, WriteError when the answer cannot be kept.
    """
    _change(workspace, trusted=True)


def distrust(workspace: Path) -> None:
    """Take a folder's trust back."""
    _change(workspace, trusted=False)


def require_trust(workspace: Path) -> None:
    """Raise ComponentError unless the folder is trusted."""
    if not is_trusted(workspace):
        raise ComponentError(
            f"The components of this workspace are {NOT_TRUSTED}.",
            where=str(workspace / "components"),
            remedy=HOW_TO_TRUST,
        )


def _change(workspace: Path, *, trusted: bool) -> None:
    name = _name(workspace)
    if trusted and not Path(name).is_dir():
        raise WorkspaceError("There is no such folder to trust.", where=str(workspace))
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path.with_suffix(".lock")):
        folders = [folder for folder in _read().folders if folder != name]
        write_atomically(path, msgspec.json.encode(_Trusted(folders=[*folders, name] if trusted else folders)))


def _read() -> _Trusted:
    try:
        return msgspec.json.decode(_path().read_bytes(), type=_Trusted)
    except (OSError, msgspec.DecodeError):
        return _Trusted()


def _path() -> Path:
    return Path(platformdirs.user_config_dir("epochal", appauthor=False)) / "trusted.json"


def _name(workspace: Path) -> str:
    return str(workspace.expanduser().resolve())
