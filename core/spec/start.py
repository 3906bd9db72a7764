"""The `[start]` section: what a run begins with.

A *fork* goes on from the full state of another run's checkpoint and counts on from its step.  A *warm start* takes
weights and buffers only and counts from 0.  Neither touches the run it came from, nor needs it later.
"""

from __future__ import annotations

from typing import Annotated, Literal

from core.spec.fields import Section, about

RunId = Annotated[str, about("Run", "The whole id of the run that the checkpoint belongs to.", max_length=64)]
AtStep = Annotated[int, about("Step", "The step of the checkpoint.", unit="steps", ge=0)]


class Scratch(Section, frozen=True, tag_field="kind", tag="scratch"):
    """From nothing: the first weights are drawn with the seed."""


class Fork(Section, frozen=True, tag_field="kind", tag="fork"):
    """From everything a checkpoint holds: the run goes on as if it had been the other one."""

    run: RunId = ""
    step: AtStep = 0


class WarmStart(Section, frozen=True, tag_field="kind", tag="warm_start"):
    """From a checkpoint's weights alone: optimizer, schedule, counters and data order begin anew."""

    run: RunId = ""
    step: AtStep = 0
    head: Annotated[
        Literal["keep", "new"],
        about("Head", "Keep the last layer where it fits the outputs, or draw it anew in any case."),
    ] = "keep"


StartSpec = Scratch | Fork | WarmStart
