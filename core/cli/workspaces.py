"""Which workspace the command line works on."""

from __future__ import annotations

import argparse

from core.errors import WorkspaceError
from core.runs.workspace import Workspace, default_workspace


def workspace_of(given: argparse.Namespace) -> Workspace:
    """Return the workspace that -w names, or the default one, created if need be.  Raises WorkspaceError."""
    return Workspace.open(given.workspace or default_workspace())


def workspace_to_read(given: argparse.Namespace) -> Workspace:
    """Return the workspace without creating or changing anything.  Raises WorkspaceError when -w names none."""
    if given.workspace is not None and not given.workspace.is_dir():
        raise WorkspaceError("There is no such workspace.", where=str(given.workspace))
    return Workspace(given.workspace or default_workspace())
