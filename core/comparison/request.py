"""What is asked of a comparison.  No torch here."""

from __future__ import annotations

import msgspec


class Choice(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How much is looked at; all of it is stated in the result.

    `examples` bounds those that similarity comes from, `activation_examples` those of the histograms of activations,
    `train_examples` those of the train loss along the line; metrics, confusion and flipped predictions always take the
    whole split.
    """

    examples: int = 1024
    activation_examples: int = 256
    train_examples: int = 2048
    points: int = 21  # of the line, both ends included; 0: no line
    bins: int = 40
    listed: int = 200  # flipped examples that are shown; all are counted


class Request(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which checkpoints, each as (run id, step); the first is the reference."""

    workspace: str
    checkpoints: list[tuple[str, int]]
    choice: Choice = Choice()


class Progress(msgspec.Struct, kw_only=True, tag_field="kind", tag="progress"):
    """How far it is: 0 to 1, what is being done, and an estimate of the time left."""

    fraction: float
    doing: str
    seconds_left: float | None = None


class Done(msgspec.Struct, kw_only=True, tag_field="kind", tag="done"):
    """The result lies in this file."""

    path: str


class Failed(msgspec.Struct, kw_only=True, tag_field="kind", tag="failed"):
    """It could not be made.  `error` is the class's name in core.errors."""

    error: str
    message: str
    where: str = ""
    remedy: str = ""
    traceback: str = ""


Line = Progress | Done | Failed
