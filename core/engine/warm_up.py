"""Everything a worker's first step would otherwise wait for: imports, and what libraries set up when first used."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import torch

from core.engine.seeds import undisturbed
from core.engine.training import train
from core.models.build import families
from core.runs.journal import EventWriter
from core.runs.workspace import Workspace
from core.spec.model import ModelSpec
from core.spec.spec import Spec
from core.spec.training import Budget, ComputeSpec, TrainingSpec


def warm_up() -> None:
    """Train a tiny run to its end in a temporary folder; no generator is moved, nothing stays."""
    families()
    spec = Spec(
        model=ModelSpec(kind="mlp", options={"hidden": [4]}),
        training=TrainingSpec(budget=Budget(unit="steps", stop_point=2)),
        compute=ComputeSpec(device="cpu"),
    )
    with undisturbed(torch.device("cpu")), tempfile.TemporaryDirectory(prefix="epochal-warm-") as folder:
        run = Workspace.open(Path(folder)).create_run(spec)
        with EventWriter(run.events_path) as events, contextlib.redirect_stdout(io.StringIO()):
            train(run, events)
