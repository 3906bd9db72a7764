"""The `[checkpoints]` section: when to save and what to keep."""

from __future__ import annotations

from typing import Annotated, Literal

from core.spec.fields import Section, about


class SaveEvery(Section, frozen=True):
    """How often something is saved.

    Seconds and auto go by the clock, which decides nothing that is trained: a save only looks.
    """

    unit: Annotated[
        Literal["off", "auto", "steps", "epochs", "examples", "virtual_epochs", "seconds"],
        about(
            "Unit",
            "What is counted between two times; auto saves as often as training can bear, "
            "so that all saving takes less than 3.5 % of it.",
        ),
    ] = "off"
    interval: Annotated[
        float,
        about(
            "Interval", "How many units lie between two times; of auto, the least seconds, 10 or more.", gt=0, le=1e12
        ),
    ] = 1.0


class CheckpointSpec(Section, frozen=True):
    """When checkpoints are saved, and which of them stay.  The last step is always saved."""

    num_checkpoints: Annotated[
        int, about("Checkpoints", "How many are spread evenly over the budget; 0 for none.", ge=0, le=100_000)
    ] = 10
    every: Annotated[SaveEvery, about("And every", "More of them, at this distance.")] = SaveEvery()
    keep_last: Annotated[int, about("Keep last", "The newest ones to keep; 0 keeps all.", ge=0)] = 0
    keep_best: Annotated[int, about("Keep best", "The best ones by the monitored metric to keep.", ge=1, rare=True)] = 1
    keep_phases: Annotated[
        bool,
        about(
            "Keep one per phase", "Also keep the best one of each phase of learning that the curve shows.", rare=True
        ),
    ] = False
    thin: Annotated[
        bool,
        about(
            "Thin old ones",
            "Keep the weights of what would be deleted, to export, compare and warm-start from; not to resume.",
            rare=True,
        ),
    ] = False
