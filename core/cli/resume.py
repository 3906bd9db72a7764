"""`epochal resume RUN[@STEP]`: goes on with a run that was paused, stopped or died."""

from __future__ import annotations

import argparse
import sys

from core.cli.names import step_of
from core.cli.workspaces import workspace_of
from core.errors import CommandRefused
from core.jobs import client
from core.runs.run_folder import RunFolder


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN[@STEP]", help="a run, or one of its checkpoints; the newest by default")
    parser.add_argument(
        "--accept-differences",
        action="store_true",
        help="go on although another version, thread count or device makes it not bit-exact",
    )
    parser.add_argument("--detach", action="store_true", help="do not follow; the run trains in the background")


def run(given: argparse.Namespace) -> int:
    """Queue the run, print its id on standard output, follow it on standard error."""
    from core.cli.follow import follow

    workspace = workspace_of(given)
    name, at, which = given.run.partition("@")
    folder = workspace.find(name)
    step = step_of(folder, which) if at else None
    accepted = given.accept_differences or _accepts_differences(folder)
    client.resume(workspace, folder, "newest" if step is None else step, accepted)
    print(folder.id, flush=True)
    return 0 if given.detach else follow(workspace, folder)


def _accepts_differences(folder: RunFolder) -> bool:
    """Say what is different here and ask; returns False when there is nothing to accept.  Raises CommandRefused."""
    differences = [] if folder.is_alive() else client.environment_differences(folder)
    if not differences:
        return False
    said = " ".join(differences)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandRefused(f"{said} The run would not be bit-exact.", remedy="Give --accept-differences to go on.")
    print(f"{said} The run would not be bit-exact. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if input().strip().lower() not in ("y", "yes"):
        raise CommandRefused("Not resumed.")
    return True
