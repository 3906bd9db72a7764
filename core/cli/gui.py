"""`epochal gui [WORKSPACE]`: opens the window."""

from __future__ import annotations

import argparse
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="WORKSPACE", help="the workspace to open")


def run(given: argparse.Namespace) -> int:
    """Open the window and return when it is closed."""
    from app.main import main

    return main(given.folder or given.workspace)
