"""`epochal fork RUN@STEP`: a new run from a checkpoint, with the full state or with the weights alone."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from core.cli.main import DONE
from core.cli.names import find_checkpoint
from core.cli.printing import add_json, number, print_json
from core.cli.spec_file import add_overrides, catalog_of
from core.cli.workspaces import workspace_of
from core.errors import BadInput, SpecError
from core.jobs import client
from core.runs.fork_words import value_in_words
from core.runs.forking import Outlook, Point, fork_outlook, warm_start_outlook
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.lengthening import CHOICES
from core.spec.problem import Problem
from core.spec.rate_curve import RateCurve
from core.spec.read import to_dict

_GLANCES = 5  # places between fork and end at which rates are printed


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("checkpoint", metavar="RUN@STEP", help="a checkpoint; RUN alone is its model")
    parser.add_argument("--warm-start", action="store_true", help="take the weights alone; count from 0")
    parser.add_argument("--head", choices=("keep", "new"), help="of a warm start: draw the last layer anew, or keep it")
    parser.add_argument(
        "--schedule",
        choices=CHOICES,
        help="for another length: keep the rate reached, stretch the schedule, or restart it with a warm-up",
    )
    add_overrides(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be restored, changed and ignored")
    parser.add_argument("--detach", action="store_true", help="do not follow; the run trains in the background")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Say what the new run will be, print its id on standard output, and follow it on standard error."""
    from core.cli.follow import follow

    workspace = workspace_of(given)
    parent, step = find_checkpoint(workspace, given.checkpoint)
    outlook = _outlook(given, workspace, parent, step)
    differences = client.environment_differences(parent)
    if given.dry_run:
        if given.json:
            print_json(as_table(outlook, differences))
        else:
            print(in_words(outlook, differences))
        return DONE
    folder = workspace.create_run(outlook.spec)
    if given.json:
        print_json({"run": folder.id} | as_table(outlook, differences))
    else:
        print(in_words(outlook, differences), file=sys.stderr)
        print(folder.id, flush=True)
    client.submit(workspace, folder)
    return DONE if given.detach else follow(workspace, folder)


def _outlook(given: argparse.Namespace, workspace: Workspace, parent: RunFolder, step: int) -> Outlook:
    """Return what is asked for.  Raises BadInput, SpecError that names every change that is not possible."""
    point, catalog = Point.of(parent, step), catalog_of(workspace)
    overrides = [with_absolute_path(override) for override in given.set]
    try:
        if given.warm_start:
            if given.schedule:
                raise BadInput("A warm start begins its schedule anew.", where="--schedule", remedy="Leave it out.")
            return warm_start_outlook(point, overrides, given.head or "keep", catalog)
        if given.head:
            raise BadInput("A fork keeps everything, its head too.", where="--head", remedy="Add --warm-start.")
        return fork_outlook(point, overrides, given.schedule, catalog)
    except SpecError as error:
        problems = [problem for problem in error.problems if isinstance(problem, Problem)]
        for problem in problems[1:]:
            print(f"also {problem}", file=sys.stderr)
        if problems:
            first = problems[0]
            raise SpecError(first.message, where=first.path, remedy=first.remedy) from error
        raise


def with_absolute_path(override: str) -> str:
    """Let a file of data that lies in the current folder be found by the worker too."""
    path, equals, value = override.partition("=")
    is_file = path.strip().startswith("data.") and value.strip() and Path(value.strip()).exists()
    return f"{path}{equals}{os.path.abspath(value.strip())}" if is_file else override


def as_table(outlook: Outlook, differences: list[str]) -> dict[str, Any]:
    """Return the outlook as JSON has it."""
    return {
        "kind": outlook.kind,
        "parent": outlook.parent,
        "step": outlook.step,
        "restored": outlook.restored,
        "anew": outlook.anew,
        "ignored": outlook.ignored,
        "changed": [{"path": one.path, "old": one.left, "new": one.right} for one in outlook.changed],
        "environment": differences,
        "schedule": {
            "choice": outlook.choice,
            "recommended": outlook.recommended,
            "because": outlook.because,
            "options": outlook.options,
        },
        "old_end": outlook.old_end,
        "new_end": outlook.new_end,
        "old_rate": {"step": outlook.old_rate.step, "rate": outlook.old_rate.rate},
        "new_rate": {"step": outlook.new_rate.step, "rate": outlook.new_rate.rate},
        "spec": to_dict(outlook.spec),
    }


def in_words(outlook: Outlook, differences: list[str]) -> str:
    """Return the outlook as text."""
    what = "Fork" if outlook.kind == "fork" else "Warm start"
    lines = [f"{what} of {outlook.parent}@{outlook.step}, called {outlook.spec.name!r}. The parent stays as it is."]
    for title, sentences in (
        ("restored", outlook.restored),
        ("begins anew", outlook.anew),
        ("left behind", outlook.ignored),
        ("not bit-exact, because", differences),
    ):
        if sentences:
            lines += [f"{title}:", *(f"  {sentence}" for sentence in sentences)]
    if outlook.changed:
        lines.append("changed:")
        lines += [f"  {one.path}: {value_in_words(one.left)} -> {value_in_words(one.right)}" for one in outlook.changed]
    if outlook.choice is not None:
        others = ", ".join(option for option in outlook.options if option != outlook.choice)
        lines.append(f"schedule: {outlook.choice}{f' (or {others})' if others else ''}")
        advice = f"{outlook.recommended} is recommended" if outlook.recommended != outlook.choice else "recommended"
        lines.append(f"  {advice}: {outlook.because}")
    if outlook.choice is not None or outlook.kind == "warm_start":
        lines += ["learning rate:", *_rates(outlook)]
    ends = f"{outlook.new_end:,}" if outlook.new_end is not None else "a step that the data decides"
    lines.append(f"trains to step {ends}; the parent's budget ended at step {outlook.old_end:,}")
    return "\n".join(lines)


def _rates(outlook: Outlook) -> list[str]:
    """Return rows of step, old and new rate at a few places from the fork to the end."""
    first = outlook.step if outlook.kind == "fork" else 0
    last = max(outlook.old_end, outlook.new_end or 0)
    rows = [f"  {'step':>10}  {'old':>11}  {'new':>11}"]
    for step in np.unique(np.linspace(first, last - 1, _GLANCES).round().astype(int)).tolist():
        old, new = _at(outlook.old_rate, step), _at(outlook.new_rate, step)
        rows.append(f"  {step + 1:>10,}  {old:>11}  {new:>11}")
    return rows


def _at(curve: RateCurve, step: int) -> str:
    if not len(curve.step) or step > curve.step[-1]:
        return "-"
    return number(float(curve.rate[max(0, int(np.searchsorted(curve.step, step, "right")) - 1)]))
