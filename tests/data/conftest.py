"""What the data tests share: writing a file and preparing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.data.prepare import prepare
from core.data.prepared import PreparedData
from core.spec.data import DataSpec, SplitSpec

Prepare = Callable[..., PreparedData]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose name has blanks and an emoji in it."""
    path = tmp_path / "my data 🦊"
    path.mkdir()
    return path


@pytest.fixture
def prepared_csv(folder: Path) -> Prepare:
    """Return a function that writes CSV text and prepares it."""

    def make(text: str | bytes, split: SplitSpec | None = None, **options: Any) -> PreparedData:
        fields = {name: options.pop(name) for name in ("memory_limit", "standardise") if name in options}
        path = folder / "table 📈.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        data = DataSpec(kind="csv", options={"path": path.name, **options}, split=split or SplitSpec(), **fields)
        return prepare(data, folder)

    return make
