"""Descriptions of the user's component files, remembered by content in the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import sys
import time
from pathlib import Path

import msgspec
import platformdirs

from core.durable import write_atomically
from core.errors import WriteError
from core.spec.catalog import Description

_FORMAT = "1"  # raise it when descriptions of the same file come out differently
_ERROR_SECONDS = 30.0  # what failed may be mended without a change of the file: a package installed, a neighbour gone


def kept(file: Path) -> list[Description] | None:
    """Return what is remembered of a file with this very content, or None."""
    try:
        entry = _entry(file)
        age = time.time() - entry.stat().st_mtime
        found = msgspec.json.decode(entry.read_bytes(), type=list[Description])
    except (OSError, msgspec.DecodeError):
        return None
    failed = any(description.error for description in found)
    return None if failed and age > _ERROR_SECONDS else found


def keep(file: Path, descriptions: list[Description]) -> None:
    """Remember the descriptions of a file; a cache that cannot be written is done without."""
    with contextlib.suppress(OSError, WriteError):
        entry = _entry(file)
        entry.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(entry, msgspec.json.encode(descriptions))


def _entry(file: Path) -> Path:
    content = file.read_bytes()
    versions = f"{_FORMAT} {sys.version} {importlib.metadata.version('torch')} {importlib.metadata.version('msgspec')}"
    digest = hashlib.sha256(f"{versions}\0{file.name}\0".encode() + content)
    if b"from ." in content or b"epochal_components" in content:
        # It imports its neighbours: their content counts too.
        for neighbour in sorted(path for path in file.parent.glob("*.py") if path.is_file()):
            digest.update(neighbour.name.encode() + b"\0" + hashlib.sha256(neighbour.read_bytes()).digest())
    folder = Path(platformdirs.user_cache_dir("epochal", appauthor=False)) / "descriptions"
    return folder / f"{digest.hexdigest()}.json"
