"""`epochal doctor`: what this machine has, and what could go wrong on it."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
from pathlib import Path
from typing import Any

import psutil

from core.cli.main import DONE, FAILED
from core.cli.printing import add_json, counted, print_json, size
from core.errors import EpochalError
from core.jobs.environment import usable_cores
from core.runs import liveness
from core.runs.workspace import Workspace, default_workspace
from core.spec.describing import devices

_PACKAGES = (
    "epochal",
    "torch",
    "numpy",
    "h5py",
    "PySide6-Essentials",
    "pyqtgraph",
    "optuna",
    "scikit-learn",
    "pyarrow",
)
_LITTLE_DISK, _LITTLE_MEMORY = 2e9, 1e9


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print what was found; the exit code is 1 when something stands in the way of training."""
    # A workspace that is not there yet is no obstacle: the first run creates it.
    found = _look(Workspace(given.workspace or default_workspace()))
    if given.json:
        print_json(found)
    else:
        _print(found)
    return FAILED if found["problems"] else DONE


def _look(workspace: Workspace) -> dict[str, Any]:
    problems: list[str] = []
    memory = psutil.virtual_memory()
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name, problems) for name in _PACKAGES},
        "cores": usable_cores(),
        "threads": _threads(problems),
        "memory": {"total": memory.total, "available": _enough(memory.available, _LITTLE_MEMORY, "memory", problems)},
        "devices": _devices(problems),
        "workspace": _workspace(workspace, problems),
        "problems": problems,
    }


def _version(name: str, problems: list[str]) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        problems.append(f"{name} is not installed; install Epochal again.")
        return None


def _threads(problems: list[str]) -> int:
    """Return how many threads torch takes where the spec says 0."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named and not named.isdecimal():
        problems.append(f"OMP_NUM_THREADS is {named!r}, which is no number.")
    return int(named) if named.isdecimal() and int(named) else usable_cores()


def _enough(available: int, least: float, what: str, problems: list[str]) -> int:
    if available < least:
        problems.append(f"Only {size(available)} of {what} are free.")
    return available


def _devices(problems: list[str]) -> list[dict[str, Any]]:
    try:
        found = devices()
    except EpochalError as error:
        problems.append(f"PyTorch does not start: {error}")
        return []
    return [{"device": one.device, "title": one.title, "memory_bytes": one.memory_bytes} for one in found]


def _workspace(workspace: Workspace, problems: list[str]) -> dict[str, Any]:
    there = workspace.path.is_dir()
    place = next(folder for folder in (workspace.path, *workspace.path.parents) if folder.is_dir())
    writable = workspace.is_writable() if there else os.access(place, os.W_OK)
    if not writable:
        problems.append(f"The workspace {workspace.path} cannot be written to.")
    return {
        "folder": str(workspace.path),
        "exists": there,
        "writable": writable,
        "runs": len(workspace.run_ids()),
        "free_bytes": _enough(shutil.disk_usage(place).free, _LITTLE_DISK, f"the disk of {place}", problems),
        "supervisor": liveness.is_held(workspace.supervisor_lock_path),
    }


def _print(found: dict[str, Any]) -> None:
    print(f"system      {found['system']}, Python {found['python']}")
    print(f"cores       {found['cores']}, of which a run takes {found['threads']} unless its spec says otherwise")
    print(f"memory      {size(found['memory']['available'])} free of {size(found['memory']['total'])}")
    for one in found["devices"]:
        print(f"device      {one['device']}: {one['title']}, {size(one['memory_bytes'])}")
    for name, version in found["versions"].items():
        print(f"version     {name} {version or 'is missing'}")
    place = found["workspace"]
    held = counted(place["runs"], "run") if place["exists"] else "not there yet, the first run creates it"
    print(f"workspace   {Path(place['folder'])}: {held}, {size(place['free_bytes'])} free on disk")
    print(f"supervisor  {'running' if place['supervisor'] else 'not running; it starts when it is needed'}")
    for problem in found["problems"]:
        print(f"PROBLEM     {problem}")
    if not found["problems"]:
        print("Nothing stands in the way of training.")
