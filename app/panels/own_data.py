"""Which kind of source a file or a folder is."""

from __future__ import annotations

from pathlib import Path

from app.draft import Draft
from core.spec.catalog import Catalog
from core.spec.complete_schema import own_fields
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


def use_file(draft: Draft, path: Path) -> str:
    """Make a file or folder the draft's data in one edit; return what hinders it, or an empty string.

    The run is named after it unless it was given a name of its own.  Augmentation does not come along
    to another kind of source, nor a split that came with the spec: they were meant for other data.
    """
    found = source_of(path, draft.catalog)
    if found is None:
        return f"Epochal cannot tell what {path.name} is. It reads {readable_endings()}, and image folders."
    kind, option = found
    before = draft.value("data") or {}
    if before.get("kind") == kind:
        data = {**before, option: str(path)}
    else:
        left = {"augment"} | ({"split"} if draft.is_as_taken("data.split") else set())
        kept = {name: before[name] for name in own_fields("data") if name in before and name not in left}
        data = {**draft.defaults_of("data", kind), **kept, "kind": kind, option: str(path)}
    draft.set_data(data, path.stem)
    return ""


def readable_endings() -> str:
    """Name the file endings that can be read, for people."""
    return ", ".join(_KINDS)
