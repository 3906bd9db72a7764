"""Small runs that are trained once, in this process, and compared by many tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.comparison.request import Choice, Request
from core.comparison.result import Comparison
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict

STEPS = 30
FEW = Choice(examples=100, train_examples=100, points=5, bins=10)
_COMMON: dict[str, Any] = {
    "checkpoints": {"num_checkpoints": 2},
    "compute": {"device": "cpu", "threads": 1},
}
_TRAINING: dict[str, Any] = {
    "batch_size": 32,
    "budget": {"unit": "steps", "stop_point": STEPS},
    "optimizer": {"kind": "adamw", "learning_rate": 0.01},
    "evaluate": {"unit": "steps", "interval": 5},
}
_MLP = {"kind": "mlp", "hidden": [16], "normalisation": "batch"}
_SPECS: dict[str, dict[str, Any]] = {
    "first": {"data": {"kind": "digits"}, "model": _MLP},
    "seed": {"data": {"kind": "digits"}, "model": _MLP, "seed": 1},
    "averaged": {"data": {"kind": "digits"}, "model": _MLP, "training": {"ema": 0.9}},
    "split": {"data": {"kind": "digits", "split": {"seed": 5}}, "model": _MLP},
    "cnn": {"data": {"kind": "digits"}, "model": {"kind": "cnn", "channels": [4], "hidden": 16}},
    "wine": {"data": {"kind": "wine"}, "model": {"kind": "mlp", "hidden": [8]}},
    "numbers": {"data": {"kind": "diabetes"}, "model": {"kind": "mlp", "hidden": [8]}},
}


@dataclass
class Gym:
    """A workspace in which runs are trained when they are first asked for."""

    workspace: Workspace
    runs: dict[str, RunFolder]
    few = FEW
    steps = STEPS

    def __getitem__(self, name: str) -> RunFolder:
        if name not in self.runs:
            spec = _COMMON | _SPECS[name] | {"training": _TRAINING | _SPECS[name].get("training", {})}
            self.runs[name] = self.train({"name": name, **spec})
        return self.runs[name]

    def train(self, spec: dict[str, Any]) -> RunFolder:
        """Train a run to its end."""
        from core.engine.training import train

        run = self.workspace.create_run(spec_from_dict(spec))
        with EventWriter(run.events_path) as events:
            assert train(run, events).outcome == "completed"
        return run

    def request(self, *names: str, choice: Choice = FEW) -> Request:
        """Ask for checkpoints named `run` or `run@step`; a run alone is its last."""
        parts = [name.partition("@") for name in names]
        checkpoints = [(self[name].id, int(step or STEPS)) for name, _, step in parts]
        return Request(workspace=str(self.workspace.path), checkpoints=checkpoints, choice=choice)


@pytest.fixture(scope="session")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Gym:
    """Give the workspace that all tests of comparisons share."""
    return Gym(Workspace.open(tmp_path_factory.mktemp("gym") / "workspace"), {})


Compare = Callable[..., Comparison]
_made: dict[Request, Comparison] = {}


@pytest.fixture
def compare(gym: Gym) -> Compare:
    """Compare checkpoints in this process; the same request is carried out once."""
    from core.comparison.comparing import compare

    def ask(*names: str, choice: Choice = FEW) -> Comparison:
        request = gym.request(*names, choice=choice)
        key = Request(workspace=request.workspace, checkpoints=tuple(request.checkpoints), choice=choice)  # type: ignore[arg-type]
        if key not in _made:
            _made[key] = compare(request, lambda progress: None)
        return _made[key]

    return ask


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """Give a workspace without runs."""
    return Workspace.open(tmp_path / "workspace")
