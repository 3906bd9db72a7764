"""Which kind of source a file or a folder is."""

from __future__ import annotations

from pathlib import Path

from core.spec.catalog import Catalog
from core.spec.field import fields_of

_KINDS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".npz": "numpy",
    ".npy": "numpy",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".hdf": "hdf5",
}
FILTER = f"Data ({' '.join(f'*{ending}' for ending in _KINDS)});;All files (*)"


def source_of(path: Path, catalog: Catalog) -> tuple[str, str] | None:
    """Return the kind that reads a file or folder and the option that takes its path; None when none does."""
    kind = "image_folder" if path.is_dir() else _KINDS.get(path.suffix.lower())
    found = next((source for source in catalog.sources if source.kind == kind), None)
    if found is None:
        return None
    option = next((field.name for field in fields_of(found.schema) if field.type == "path"), None)
    return (found.kind, option) if option else None


def readable_endings() -> str:
    """Name the file endings that can be read, for people."""
    return ", ".join(_KINDS)
