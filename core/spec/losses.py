"""Losses, as data.  The torch side is core/engine/losses.py."""

from __future__ import annotations

from typing import Annotated, Literal

from core.spec.fields import Section, about


class Auto(Section, frozen=True, tag_field="kind", tag="auto"):
    """Cross-entropy for classes, mean squared error for numbers."""


class CrossEntropy(Section, frozen=True, tag_field="kind", tag="cross_entropy"):
    """Cross-entropy over classes."""

    label_smoothing: Annotated[float, about("Label smoothing", "Share of the target spread evenly.", ge=0, lt=1)] = 0.0
    balance: Annotated[
        Literal["none", "balanced", "given"],
        about("Class weights", "Equal, in inverse proportion to how often a class occurs, or as given."),
    ] = "none"
    weights: Annotated[
        tuple[float, ...], about("Weights", "One number per class, used when class weights are given.", rare=True)
    ] = ()


class MSE(Section, frozen=True, tag_field="kind", tag="mse"):
    """Mean squared error."""


class MAE(Section, frozen=True, tag_field="kind", tag="mae"):
    """Mean absolute error."""


class Huber(Section, frozen=True, tag_field="kind", tag="huber"):
    """Squared near zero, absolute beyond `delta` (Huber, 1964)."""

    delta: Annotated[float, about("Delta", "Where the loss turns from squared to absolute.", gt=0)] = 1.0


LossSpec = Auto | CrossEntropy | MSE | MAE | Huber
