"""`epochal pause|stop|kill|steer|checkpoint RUN`: tells a run something, waits for the outcome and says it."""

from __future__ import annotations

import argparse
from typing import Any

from core.cli.workspaces import workspace_of
from core.errors import BadInput, CommandRefused, RunError
from core.jobs import client
from core.runs.events import Ended
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.words import parse_value

_DONE = {
    "pause": "is paused; `epochal resume {id}` goes on",
    "checkpoint": "saves a checkpoint",
    "steer": "took the change",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    if parser.get_default("verb") == "steer":
        parser.add_argument("change", metavar="PATH=VALUE", help="a spec path and its new value")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="how long to wait for the outcome")


def run(given: argparse.Namespace) -> int:
    """Send the command and report."""
    workspace = workspace_of(given)
    folder = workspace.find(given.run)
    name, told = given.verb, {}
    if name == "steer":
        name, told = "set", _change(given.change)
    command = client.send(workspace, folder, name, "command line", **told)
    outcome = client.wait_outcome(workspace, folder, command, given.timeout)
    if outcome is None:
        raise RunError(
            f"Run {folder.id} has not answered within {given.timeout:g} s.",
            remedy="The command is written down and takes effect at the next step boundary.",
        )
    if outcome.outcome == "refused":
        raise CommandRefused(f"Run {folder.id} refused at step {outcome.step:,}: {outcome.message}")
    if given.verb in ("stop", "kill"):
        _report_end(workspace, folder, given)
        return 0
    said = _DONE[given.verb].format(id=folder.id)
    print(f"Run {folder.id} {said} (step {outcome.step:,}).{f' {outcome.message}' if outcome.message else ''}")
    return 0


def _report_end(workspace: Workspace, folder: RunFolder, given: argparse.Namespace) -> None:
    ended = client.wait_ended(workspace, folder, given.timeout)
    if ended is None:
        raise RunError(f"Run {folder.id} took the command but has not ended within {given.timeout:g} s.")
    print(f"Run {folder.id} {in_words(ended)}")


def in_words(ended: Ended) -> str:
    """Return how a run ended, as the rest of a sentence that begins with the run."""
    model = f" {ended.model_rule}" if ended.model_rule else ""
    if ended.model_step is not None and ended.model_rule:
        model = f" The model is {ended.model_rule[0].lower()}{ended.model_rule[1:]}"
    said = f" {ended.message}" if ended.message else ""
    remedy = f" {ended.remedy}" if ended.remedy else ""
    return f"{_OUTCOMES[ended.outcome]} at step {ended.step:,}.{said}{remedy}{model}"


_OUTCOMES = {"completed": "is complete", "stopped": "was stopped", "failed": "failed", "killed": "was killed"}


def _change(text: str) -> dict[str, Any]:
    path, equals, value = text.partition("=")
    if not equals or not path or not value:
        raise BadInput(f"{text!r} is not of the form path=value.", remedy="Such as learning_rate=0.001.")
    parsed = parse_value(value)
    if not isinstance(parsed, (bool, int, float, str)):
        raise BadInput(f"{value!r} is not one value.", where=path)
    return {"path": path, "value": parsed}
