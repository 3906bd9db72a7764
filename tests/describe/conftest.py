"""A trusted workspace to put component files into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from core.spec.trust import trust

Write = Callable[[str, str], Path]


@pytest.fixture
def workspace(tmp_path: Path, own_user_folders: Path) -> Path:
    """A workspace folder with an empty components folder, trusted."""
    folder = tmp_path / "a workspace ✓"
    (folder / "components").mkdir(parents=True)
    trust(folder)
    return folder


@pytest.fixture
def write(workspace: Path) -> Write:
    """Write a component file: write("net.py", source)."""

    def write_file(name: str, source: str) -> Path:
        path = workspace / "components" / name
        path.write_text(dedent(source), encoding="utf-8")
        return path

    return write_file
