"""`epochal steer RUN [path=value]`: what of a run can be changed, what has been, and changing it."""

from __future__ import annotations

import argparse
import time
from typing import Any

from core.cli.control import tell
from core.cli.printing import add_json, print_json, print_table
from core.cli.workspaces import workspace_of, workspace_to_read
from core.errors import BadInput
from core.runs.audit import AuditRow, audit
from core.runs.commands_file import read_lines
from core.runs.present_plan import present_plan
from core.runs.run_folder import RunFolder
from core.runs.state import RunState, state_of_run
from core.spec.field import plain
from core.spec.steerable import Steerable, steerable
from core.spec.words import parse_value


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    parser.add_argument(
        "change",
        metavar="PATH=VALUE",
        nargs="?",
        help="a spec path, or its end, and its new value; without, what can be changed and what has been",
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="how long to wait for the outcome")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Send the change and report; or print what there is to change, and the audit trail."""
    if given.change is not None:
        workspace = workspace_of(given)
        tell(workspace, workspace.find(given.run), "set", "took the change", given.timeout, **_change(given.change))
        return 0
    folder = workspace_to_read(given).find(given.run)
    state = state_of_run(folder)
    plan = present_plan(folder.spec(), state)
    values = steerable(plan.training if plan else folder.spec().training)
    rows = audit(state, read_lines(folder))
    if given.json:
        print_json({"values": [_value(one) for one in values], "audit": [_row(row) for row in rows]})
    else:
        _print(folder, state, values, rows)
    return 0


def _print(folder: RunFolder, state: RunState, values: list[Steerable], rows: list[AuditRow]) -> None:
    print(f"Run {folder.id} at step {state.step:,}: what can be changed while it trains, and what it is now")
    print_table(("value", "now", "valid"), [(one.path, plain(one.value), one.field.describe()) for one in values])
    if not rows:
        print("\nIt has been told nothing yet.")
        return
    print("\nWhat it has been told")
    print_table(("when", "step", "who", "what", "from", "to", "outcome"), [_cells(row) for row in rows])
    for row in rows:
        if row.outcome == "refused":
            print(f"  refused at step {row.step or 0:,}: {row.message}")


def _cells(row: AuditRow) -> tuple[str, ...]:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.time))
    step = "" if row.step is None else f"{row.step:,}"
    outcome = row.outcome if row.holds else f"{row.outcome}, then left behind"
    return (when, step, row.by, row.path or row.name, _said(row.was), _said(row.value), outcome)


def _said(value: object) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _value(one: Steerable) -> dict[str, Any]:
    return {"path": one.path, "value": one.value, "title": one.field.title, "valid": one.field.describe()}


def _row(row: AuditRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in AuditRow.__dataclass_fields__}


def _change(text: str) -> dict[str, Any]:
    path, equals, value = text.partition("=")
    if not equals or not path or not value:
        raise BadInput(f"{text!r} is not of the form path=value.", remedy="Such as learning_rate=0.001.")
    parsed = parse_value(value)
    if not isinstance(parsed, (bool, int, float, str)):
        raise BadInput(f"{value!r} is not one value.", where=path)
    return {"path": path, "value": parsed}
