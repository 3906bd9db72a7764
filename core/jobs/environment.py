"""Whether a resume here can be bit-exact: this machine against what a run recorded.  Imports no torch."""

from __future__ import annotations

import importlib.metadata
import os
import platform

from core.errors import WorkspaceError
from core.jobs.slots import gpu_count
from core.runs.events import Environment
from core.runs.run_folder import RunFolder
from core.runs.summary import last_ended


def usable_cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def environment_differences(run: RunFolder) -> list[str]:
    """Return, one sentence each, why a resume here might not be bit-identical; empty when nothing is known against it.

    Only a worker can compare code, data and processor.  Where one refused to go on for those, its reason counts: so the
    next resume asks, instead of being refused again.  Raises WorkspaceError when the run cannot be read.
    """
    recorded = run.record().environment
    known = _differences(recorded) if recorded is not None else []
    refused = last_ended(run)
    if refused is not None and refused.reason == "environment" and not known:
        return [refused.message]
    return known


def _differences(recorded: Environment) -> list[str]:
    differences = []
    torch = _torch_version()
    if recorded.torch and torch != recorded.torch:
        differences.append(f"PyTorch is {torch} here; the run used {recorded.torch}.")
    if recorded.python and platform.python_version_tuple()[:2] != tuple(recorded.python.split(".")[:2]):
        differences.append(f"Python is {platform.python_version()} here; the run used {recorded.python}.")
    if recorded.platform and platform.machine() not in recorded.platform:
        differences.append(f"The machine is {platform.machine()} here; the run used {recorded.platform}.")
    if recorded.threads > usable_cores():
        differences.append(f"There are {usable_cores()} cores here; the run used {recorded.threads} threads.")
    if recorded.device.startswith("cuda") and _number(recorded.device) >= gpu_count():
        differences.append(f"There is no {recorded.device} here; the run used it.")
    return differences


def _torch_version() -> str:
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError as error:
        raise WorkspaceError("PyTorch is not installed.", remedy="Install Epochal again.") from error


def _number(device: str) -> int:
    _, _, number = device.partition(":")
    return int(number) if number.isdigit() else 0
