"""Which run came from which: parents and children over fork and warm start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.errors import WorkspaceError
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace


def ancestors(workspace: Workspace, run: RunFolder) -> list[RunFolder]:
    """Return the parent, its parent and so on; a run that was deleted ends the list."""
    found: list[RunFolder] = []
    seen = {run.id}
    while True:
        try:
            parent = run.record().parent
        except WorkspaceError:
            return found
        if parent is None or parent in seen or not (run := workspace.run(parent)).path.exists():
            return found
        seen.add(parent)
        found.append(run)


def descended_steps(workspace: Workspace, run: RunFolder) -> set[int]:
    """Return the steps of a run's checkpoints that other runs came from; these are never removed."""
    steps = set()
    for other in workspace.runs():
        try:
            record = other.record()
        except WorkspaceError:
            continue
        if record.parent == run.id and record.parent_step is not None:
            steps.add(record.parent_step)
    return steps


def children_of(parents: Mapping[str, str | None]) -> dict[str | None, list[str]]:
    """Turn run -> parent into parent -> runs, in the order given; a run whose parent is unknown is a root (None)."""
    children: dict[str | None, list[str]] = {}
    for run, parent in parents.items():
        children.setdefault(parent if parent in parents and parent != run else None, []).append(run)
    return children


def tree(parents: Mapping[str, str | None]) -> list[tuple[str, int]]:
    """Return every run once with its depth, parents before children; a circle of parents begins at any of them."""
    children = children_of(parents)
    rows: list[tuple[str, int]] = []
    seen: set[str] = set()

    def visit(runs: Sequence[str] | Iterable[str], depth: int) -> None:
        waiting = [(run, depth) for run in reversed(list(runs))]
        while waiting:
            run, level = waiting.pop()
            if run not in seen:
                seen.add(run)
                rows.append((run, level))
                waiting += [(child, level + 1) for child in reversed(children.get(run, []))]

    visit(children.get(None, []), 0)
    visit([run for run in parents if run not in seen], 0)
    return rows
