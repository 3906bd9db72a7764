"""Which column is the target, which are inputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.data.loading import Loading, nearest
from core.data.tables.options import TableOptions
from core.errors import DataError


@dataclass(frozen=True)
class Roles:
    """Column names by what they are for; `split` is empty when the split is made otherwise."""

    inputs: tuple[str, ...]
    target: str
    split: str

    def all(self) -> tuple[str, ...]:
        """Return every column that is read."""
        return (*self.inputs, self.target, *([self.split] if self.split else []))

    def of(self, name: str) -> str:
        """Return input, target, split or ignored."""
        if name == self.target:
            return "target"
        if name == self.split:
            return "split"
        return "input" if name in self.inputs else "ignored"


def choose_roles(path: Path, names: tuple[str, ...], options: TableOptions, loading: Loading) -> Roles:
    """Return what each column is for.  Raises DataError with the nearest name when one does not exist."""
    for field, chosen in (
        ("data.target", [options.target] if options.target else []),
        ("data.columns", options.columns),
        ("data.ignore", options.ignore),
        ("data.categorical", options.categorical),
        ("data.split.column", [loading.split_column] if loading.split_column else []),
    ):
        for name in chosen:
            if name not in names:
                raise DataError(f"{path.name!r} has no column {name!r}.", where=field, remedy=nearest(name, names))
    split = loading.split_column
    target = options.target
    if not target:
        target = [name for name in names if name != split and name not in options.ignore][-1:][0]
        loading.notice(f"No target is named, so the last column, {target!r}, is predicted.")
    if target == split:
        raise DataError(
            f"column {target!r} cannot be both target and split.", where="data.split.column", remedy="Choose another."
        )
    wanted = options.columns or names
    inputs = tuple(name for name in wanted if name not in (target, split) and name not in options.ignore)
    if not inputs:
        raise DataError(
            f"beside the target {target!r} no column is left to learn from.",
            where="data.columns",
            remedy="Choose more columns; is the delimiter right?",
        )
    return Roles(inputs, target, split)
