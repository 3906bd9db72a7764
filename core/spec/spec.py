"""The spec: everything a run was asked to do.  Frozen when the run starts."""

from __future__ import annotations

from typing import Annotated

from core.spec.checkpoints import CheckpointSpec
from core.spec.data import DataSpec
from core.spec.fields import Section, about
from core.spec.model import ModelSpec
from core.spec.start import Scratch, StartSpec
from core.spec.training import ComputeSpec, TrainingSpec


class Spec(Section, frozen=True):
    """One experiment, whole."""

    name: Annotated[str, about("Name", "Shown in the list of runs.", min_length=1, max_length=120)] = "untitled"
    notes: Annotated[str, about("Notes", "Anything worth remembering.", rare=True)] = ""
    tags: Annotated[tuple[str, ...], about("Tags", "Words to filter runs by.", rare=True)] = ()
    seed: Annotated[
        int, about("Seed", "Decides the first weights, the order of examples and dropout.", ge=0, le=2**53)
    ] = 0
    start: StartSpec = Scratch()
    data: DataSpec = DataSpec()
    model: ModelSpec = ModelSpec()
    training: TrainingSpec = TrainingSpec()
    checkpoints: CheckpointSpec = CheckpointSpec()
    compute: ComputeSpec = ComputeSpec()
