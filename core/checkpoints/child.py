"""Running one of our own modules as a child process, from whatever folder we are in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import core


def run_module(module: str, *arguments: str, timeout: float) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m module arguments` and return what it said.  Raises subprocess.TimeoutExpired."""
    root = str(Path(core.__file__).parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],  # -P: what lies in the current folder is not imported
        env=os.environ | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))},
        capture_output=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )
