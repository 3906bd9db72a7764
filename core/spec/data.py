"""The `[data]` section: which examples, how they are split, and what is done to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from core.spec.fields import Section, about


class SplitSpec(Section, frozen=True):
    """Which examples are trained on and which are held out."""

    method: Annotated[
        Literal["fraction", "column", "none"],
        about("Split", "By fraction with a seed, by a column that holds train, valid or test, or no split at all."),
    ] = "fraction"
    valid: Annotated[float, about("Validation share", "Share of the examples held out.", ge=0, lt=1)] = 0.2
    test: Annotated[float, about("Test share", "Share of the examples never shown in training.", ge=0, lt=1)] = 0.0
    seed: Annotated[int, about("Split seed", "The same seed always holds out the same examples.", ge=0, rare=True)] = 0
    stratify: Annotated[bool, about("Stratify", "Keep the class shares equal in every split.", rare=True)] = True
    column: Annotated[
        str, about("Split column", "The column that says train, valid or test.", rare=True, column=True)
    ] = ""


class AugmentSpec(Section, frozen=True):
    """Random changes to training images; each depends on (seed, epoch, index) alone."""

    flip: Annotated[bool, about("Flip", "Mirror half of the images left to right.")] = False
    shift: Annotated[int, about("Shift", "Move the image by up to this many pixels.", unit="pixels", ge=0, le=64)] = 0
    noise: Annotated[float, about("Noise", "Standard deviation of added Gaussian noise.", ge=0, le=10)] = 0.0
    brightness: Annotated[float, about("Brightness", "Scale by up to this share.", ge=0, lt=1)] = 0.0


class DataSpec(Section, frozen=True):
    """Where examples come from.  In TOML the options of `kind` stand flat beside the fields below."""

    kind: Annotated[str, about("Source", "A built-in data set, a file format, or a component of your own.")] = "digits"
    options: dict[str, Any] = {}
    split: SplitSpec = SplitSpec()
    standardise: Annotated[
        bool, about("Standardise", "Shift and scale inputs to mean 0 and deviation 1, fitted on the training split.")
    ] = True
    augment: AugmentSpec = AugmentSpec()
    memory_limit: Annotated[
        float,
        about(
            "Memory limit", "Larger data is streamed from disk instead of held in memory.", unit="GB", gt=0, rare=True
        ),
    ] = 4.0
