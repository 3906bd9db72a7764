"""`epochal pause|stop|kill|checkpoint RUN`: tells a run something, waits for the outcome and says it."""

from __future__ import annotations

import argparse

from core.cli.workspaces import workspace_of
from core.errors import CommandRefused, RunError
from core.jobs import client
from core.runs.events import Ended
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace

_DONE = {
    "pause": "is paused; `epochal resume {id}` goes on",
    "checkpoint": "saves a checkpoint",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="how long to wait for the outcome")


def run(given: argparse.Namespace) -> int:
    """Send the command and report."""
    workspace = workspace_of(given)
    folder = workspace.find(given.run)
    tell(workspace, folder, given.verb, _DONE.get(given.verb, "").format(id=folder.id), given.timeout)
    if given.verb in ("stop", "kill"):
        _report_end(workspace, folder, given)
    return 0


def tell(workspace: Workspace, folder: RunFolder, name: str, said: str, timeout: float, **told: object) -> None:
    """Send a command, wait for its outcome and print that the run did what is `said`, if anything is.

    Raises CommandRefused, and RunError when there is no answer within `timeout` seconds.
    """
    command = client.send(workspace, folder, name, "command line", **told)
    outcome = client.wait_outcome(workspace, folder, command, timeout)
    if outcome is None:
        raise RunError(
            f"Run {folder.id} has not answered within {timeout:g} s.",
            remedy="The command is written down and takes effect at the next step boundary.",
        )
    if outcome.outcome == "refused":
        raise CommandRefused(f"Run {folder.id} refused at step {outcome.step:,}: {outcome.message}")
    if said:
        print(f"Run {folder.id} {said} (step {outcome.step:,}).{f' {outcome.message}' if outcome.message else ''}")


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
