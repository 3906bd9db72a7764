"""The `[checkpoints]` section: when to save and what to keep."""

from __future__ import annotations

from typing import Annotated

from core.spec.fields import Section, about
from core.spec.training import Every


class CheckpointSpec(Section, frozen=True):
    """When checkpoints are saved, and which of them stay.  The last step is always saved."""

    num_checkpoints: Annotated[
        int, about("Checkpoints", "How many are spread evenly over the budget; 0 for none.", ge=0, le=100_000)
    ] = 10
    every: Annotated[Every, about("And every", "More of them, at this distance.")] = Every(unit="off")
    keep_last: Annotated[int, about("Keep last", "The newest ones to keep; 0 keeps all.", ge=0)] = 0
    keep_best: Annotated[int, about("Keep best", "The best ones by the monitored metric to keep.", ge=1, rare=True)] = 1
