"""`epochal train SPEC.toml`: queues a run and follows it."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from core.cli.spec_file import add_overrides, catalog_of, spec_from
from core.cli.workspaces import workspace_of
from core.errors import BadInput, EpochalError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("spec", nargs="?", type=Path, metavar="SPEC.toml", help="the experiment")
    add_overrides(parser)
    parser.add_argument("--detach", action="store_true", help="do not follow; the run trains in the background")
    parser.add_argument("--help-spec", action="store_true", help="explain every field of a spec")


def run(given: argparse.Namespace) -> int:
    """Print the run's id on standard output, then follow it on standard error."""
    if given.help_spec:
        from core.cli.spec_help import print_fields

        print_fields(catalog_of(workspace_of(given)))
        return 0
    if given.spec is None:
        raise BadInput("Name the spec to train.", remedy="Such as: epochal train digits.toml")
    from core.cli.follow import follow
    from core.jobs import client

    workspace = workspace_of(given)
    spec = spec_from(given.spec, given.set, workspace)
    folder = workspace.create_run(spec)
    try:
        client.submit(workspace, folder)
    except EpochalError:
        with contextlib.suppress(EpochalError):  # one that nobody will ever start is not left behind
            workspace.delete_run(folder)
        raise
    print(folder.id, flush=True)
    return 0 if given.detach else follow(workspace, folder)
