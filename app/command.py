"""Asking the command line, in a process of its own: what needs torch, or may take long."""

from __future__ import annotations

import subprocess
import sys

from core.errors import BadInput

LIMIT_S = 600


def epochal(*words: str) -> str:
    """Run `epochal WORDS` and return what it printed.  Raises BadInput with its own sentence when it fails."""
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "core.cli.main", *words],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if answer.returncode != 0:
        said = (answer.stderr or answer.stdout).strip().splitlines()
        raise BadInput(said[-1] if said else f"It ended with code {answer.returncode}.")
    return answer.stdout
