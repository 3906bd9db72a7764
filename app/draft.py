"""The draft: the spec of the next run while it is being written, mistakes included.

The draft is one flat table that is never changed in place: an edit makes a new table that shares everything but the
way to what was edited.  So undo keeps whole tables at next to no cost, and a run gets exactly what was on screen.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.errors import SpecError
from core.spec.catalog import Catalog
from core.spec.command_line import equal_command
from core.spec.complete_schema import field_at, own_fields
from core.spec.diff import Difference, differences
from core.spec.overrides import value_at
from core.spec.problem import Problem
from core.spec.read import complete_dict, problems_of, spec_from_dict, to_dict
from core.spec.spec import Spec

Table = Mapping[str, Any]
UNDO_LIMIT = 500
_OWN_DATA = frozenset(f"data.{name}" for name in own_fields("data"))  # of every source
OWN_WORDS = ("name", "notes", "tags")  # of a run; a run that differs in nothing else does the same


class Draft(QObject):
    """The draft of the next run: its values, its mistakes, where it differs from another run, and its history."""

    changed = Signal()  # a value, or what the draft is compared with
    problems_changed = Signal()
    taken_over = Signal()  # a whole spec became the draft

    def __init__(self, catalog: Catalog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._table: Table = complete_dict({}, catalog)
        self._base: Table = self._table
        self._base_path = ""
        self._reference: Table | None = None
        self._reference_name = ""
        self._problems: list[Problem] = []
        self._blamed: list[Problem] = []
        self._blamed_for: tuple[Any, Any] = (None, None)
        self._differences: dict[str, Difference] = {}
        self._past: list[Table] = []
        self._future: list[Table] = []
        self._last_path = ""
        self._given_names: set[Any] = {None, "", self._table.get("name")}  # not typed: a default, a sample's, a file's
        self._look()

    @property
    def table(self) -> Table:
        """The whole draft as a flat table; not to be changed."""
        return self._table

    @property
    def catalog(self) -> Catalog:
        """The components that the draft may choose from."""
        return self._catalog

    @property
    def problems(self) -> list[Problem]:
        """Every mistake, in the order of the spec; those that the data shows come last."""
        return self._problems

    @property
    def own_problems(self) -> list[Problem]:
        """The mistakes that can be seen without looking at the data."""
        return [problem for problem in self._problems if problem not in self._blamed]

    @property
    def reference_name(self) -> str:
        """What the draft is compared with, in words."""
        return self._reference_name

    @property
    def differences(self) -> dict[str, Difference]:
        """The fields that differ from the reference (right), by path."""
        return self._differences

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit to make again."""
        return bool(self._future)

    def edits(self) -> int:
        """Count the fields that differ; another kind is one edit, whatever options it brings."""
        kinds = [path.removesuffix("kind") for path in self._differences if path.endswith(".kind")]
        own = [path for path in self._differences if path.partition(".")[0] not in OWN_WORDS]
        return sum(path.endswith(".kind") or not path.startswith(tuple(kinds)) for path in own)

    def value(self, path: str) -> Any:
        """Return the value at a dotted path, or None when there is none."""
        return value_at(self._table, path)

    def set(self, path: str, value: Any, *, typing: bool = False) -> None:
        """Set a value; None takes it out.  While one field is typed in, all its edits are one step to undo."""
        if _same(self.value(path), value):
            return
        goes_on = typing and self._last_path == path and bool(self._past)
        self._replace(with_value(self._table, path.split("."), value), remember=not goes_on)
        self._last_path = path if typing else ""

    def choose(self, path: str, kind: str | None) -> None:
        """Choose the kind of a tagged union, with its defaults; None takes an optional one out."""
        if kind is None:
            self.set(path, None)
            return
        current = self.value(path)
        if isinstance(current, Mapping) and current.get("kind") == kind:
            return
        kept = {name: current[name] for name in own_fields("data") if name in current} if path == "data" else {}
        self.set(path, {"kind": kind, **self.defaults_of(path, kind), **kept})

    def set_data(self, data: Table, name: str) -> None:
        """Take over a whole data table; the run is called `name` unless it has a name that was given to it.

        Notes and tags that came with a name go with it: they spoke of other data.
        """
        table = with_value(self._table, ["data"], data)
        if self.value("name") in self._given_names:
            for word, nothing in (("notes", ""), ("tags", [])):
                if self.is_as_taken(word):
                    table = with_value(table, [word], nothing)
            table = with_value(table, ["name"], name)
            self._given_names.add(name)
        self._last_path = ""
        self._replace(table, remember=True)

    def is_as_taken(self, path: str) -> bool:
        """Say whether a value is still the one of the spec that the draft took over last."""
        return bool(self.value(path) == value_at(self._completed(self._base), path))

    def use(self, spec: Spec | Table, path: str | Path = "") -> None:
        """Take over a spec whole.  `path` is its file, from which the equal command line starts."""
        given = to_dict(spec) if isinstance(spec, Spec) else spec
        table = self._completed(given)
        self._base, self._base_path = given, str(path)
        self._given_names.add(table.get("name"))
        self._last_path = ""
        if differences(self._table, table):
            self._replace(table, remember=True)
        else:
            self.changed.emit()
        self.taken_over.emit()

    def blame(self, problems: list[Problem]) -> None:
        """Take over mistakes that a look at the data found; they hold until data or model are edited."""
        self._blamed, self._blamed_for = problems, (self.value("data"), self.value("model"))
        if self._find_problems():
            self.changed.emit()

    def compare_with(self, spec: Spec | Table | None, name: str = "") -> None:
        """Mark from now on what differs from this spec; None marks nothing.

        What a spec of an older run does not say means the default, here as everywhere.
        """
        given = to_dict(spec) if isinstance(spec, Spec) else spec
        self._reference = given if given is None else self._completed(given)
        self._reference_name = name if spec is not None else ""
        self._look()
        self.changed.emit()

    def take_back(self, path: str) -> None:
        """Give a field, or all fields under a path, the value it has in the reference."""
        if self._reference is not None:
            self.set(path, value_at(self._reference, path))

    def take_back_all(self) -> None:
        """Give every field its value in the reference; name, notes and tags stay the draft's own."""
        if self._reference is not None:
            own = {name: self._table[name] for name in OWN_WORDS if name in self._table}
            self._last_path = ""
            self._replace({**self._reference, **own}, remember=True)

    def differs(self, path: str) -> bool:
        """Say whether the field at a path, or anything under it, differs from the reference."""
        return path in self._differences or any(found.startswith(f"{path}.") for found in self._differences)

    def chosen_anew(self, path: str) -> bool:
        """Say whether a field belongs to a kind that the reference has not chosen, so that nothing is comparable."""
        parts = path.split(".")
        start = 2 if ".".join(parts[:2]) in _OWN_DATA else 1
        return any(f"{'.'.join(parts[:length])}.kind" in self._differences for length in range(start, len(parts)))

    def problem_at(self, path: str, *, below: bool = True) -> Problem | None:
        """Return the first mistake at a path, or below it."""
        return next(
            (found for found in self._problems if found.path == path or (below and found.path.startswith(f"{path}."))),
            None,
        )

    def undo(self) -> None:
        """Go back one edit."""
        if self._past:
            self._future.append(self._table)
            self._go_to(self._past.pop())

    def redo(self) -> None:
        """Make an undone edit again."""
        if self._future:
            self._past.append(self._table)
            self._go_to(self._future.pop())

    def set_catalog(self, catalog: Catalog) -> None:
        """Choose from other components from now on."""
        self._catalog = catalog
        self._look()
        self.changed.emit()

    def spec(self) -> Spec:
        """Return the complete spec.  Raises SpecError while there are problems."""
        return spec_from_dict(self._table, self._catalog)

    def command(self, path: str = "", *, workspace: str = "") -> str:
        """Return the `epochal train` line that trains this draft.  Raises SpecError while there are problems.

        It starts from the file the draft came from, from `path` when that is given (a file that holds the draft), or
        from an empty file, and names the `workspace` when one is given.
        """
        self.spec()
        base, file = (self._table, path) if path else (self._base, self._base_path or os.devnull)
        return equal_command(self._table, base, file, self._catalog, workspace=workspace)

    def _completed(self, given: Table) -> Table:
        """Return a spec with its defaults; one that cannot be read stays as it is, and the form shows what is wrong."""
        try:
            return complete_dict(given, self._catalog)
        except SpecError:
            return given

    def _replace(self, table: Table, *, remember: bool) -> None:
        if remember:
            self._past.append(self._table)
            del self._past[:-UNDO_LIMIT]
        self._future.clear()
        self._table = table
        self._look()
        self.changed.emit()

    def _go_to(self, table: Table) -> None:
        self._table = table
        self._last_path = ""
        self._look()
        self.changed.emit()

    def _look(self) -> None:
        """Work out anew what is wrong and what differs."""
        found = differences(self._table, self._reference) if self._reference is not None else []
        self._differences = {difference.path: difference for difference in found}
        self._find_problems()

    def _find_problems(self) -> bool:
        if self._blamed and self._blamed_for != (self.value("data"), self.value("model")):
            self._blamed = []
        problems = [*problems_of(self._table, self._catalog), *self._blamed]
        if problems == self._problems:
            return False
        self._problems = problems
        self.problems_changed.emit()
        return True

    def defaults_of(self, path: str, kind: str) -> dict[str, Any]:
        """Return the options of a kind at a path, as they are by default."""
        field = field_at(path, dict(self._table), self._catalog)
        variants = field.variants if field else ()
        chosen = next((variant for variant in variants if variant.kind == kind), None)
        return {inner.name: inner.default for inner in chosen.fields if inner.default is not None} if chosen else {}


def with_value(table: Any, way: list[str], value: Any) -> Any:
    """Return a copy of a table with one value set, sharing all that is not on the way to it."""
    name, *rest = way
    if isinstance(table, list | tuple):
        index = int(name)
        inner = with_value(table[index] if index < len(table) else {}, rest, value) if rest else value
        return [*table[:index], *([] if inner is None else [inner]), *table[index + 1 :]]
    held = table if isinstance(table, Mapping) else {}
    inner = with_value(held.get(name, {}), rest, value) if rest else value
    if inner is None:
        return {key: item for key, item in held.items() if key != name}
    return {**held, name: inner}


def _same(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool) and type(left) is type(right)
