"""The relatives of a run as lines to draw: where each begins and ends, in steps, and which it hangs from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.runs.lineage import children_of, tree
from core.runs.summary import RunSummary


@dataclass(frozen=True)
class Branch:
    """One run of a family.  `row` counts from the top; `parent_row` is None where the parent is not there."""

    run: RunSummary
    row: int
    depth: int
    first: int  # step at which its line begins: a fork's is where it was forked, a warm start counts from 0
    last: int
    parent_row: int | None
    parent_step: int | None


def family_of(runs: Mapping[str, RunSummary], current: str) -> list[Branch]:
    """Return the family of a run: its oldest known ancestor and all that came from it, parents before children.

    Children stand in the order of the steps they began at, later ones first, so that lines do not cross.
    """
    root = _root(runs, current)
    if root is None:
        return []
    members = _below(children_of({run.id: run.parent for run in runs.values()}), root)
    ordered = sorted((runs[one] for one in members), key=lambda run: (-(run.parent_step or 0), run.created))
    parents = {run.id: run.parent if run.parent in members else None for run in ordered}
    rows = tree(parents)
    places = {run_id: row for row, (run_id, _) in enumerate(rows)}
    branches = []
    for run_id, depth in rows:
        run = runs[run_id]
        first = run.parent_step or 0 if run.kind == "fork" else 0
        parent = places.get(run.parent or "")
        last = max(run.step, first)
        branches.append(Branch(run, places[run_id], depth, first, last, parent, run.parent_step))
    return branches


def _root(runs: Mapping[str, RunSummary], current: str) -> str | None:
    """Return the oldest known ancestor of a run."""
    if current not in runs:
        return None
    seen = {current}
    while (parent := runs[current].parent) in runs and parent is not None and parent not in seen:
        seen.add(parent)
        current = parent
    return current


def _below(children: Mapping[str | None, list[str]], root: str) -> set[str]:
    found, waiting = {root}, [root]
    while waiting:
        new = [child for child in children.get(waiting.pop(), []) if child not in found]
        found.update(new)
        waiting += new
    return found
