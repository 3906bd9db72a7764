"""Learning-rate schedules, as data.  Each is a pure function of progress; see core/spec/rate_factor.py."""

from __future__ import annotations

from typing import Annotated

from core.spec.fields import Section, about

Share = about("Warm-up", "Share of the stage spent raising the rate from zero.", ge=0, lt=1)


class Constant(Section, frozen=True, tag_field="kind", tag="constant"):
    """The same rate throughout, after an optional warm-up."""

    warmup: Annotated[float, Share] = 0.0


class Cosine(Section, frozen=True, tag_field="kind", tag="cosine"):
    """Half a cosine from the full rate down to `final`, after a linear warm-up (Loshchilov and Hutter, 2017)."""

    warmup: Annotated[float, Share] = 0.05
    final: Annotated[float, about("Final rate", "Last rate as a share of the full one.", ge=0, le=1)] = 0.0


class OneCycle(Section, frozen=True, tag_field="kind", tag="one_cycle"):
    """Up to the full rate and down again (Smith, 2018)."""

    peak: Annotated[float, about("Peak", "Where in the stage the full rate is reached.", gt=0, lt=1)] = 0.3
    start: Annotated[float, about("Start", "First rate as a share of the full one.", gt=0, le=1)] = 0.04
    final: Annotated[float, about("Final rate", "Last rate as a share of the full one.", ge=0, le=1)] = 0.0001


class Step(Section, frozen=True, tag_field="kind", tag="step"):
    """Multiply by `factor` each time another `every` of the stage has passed."""

    every: Annotated[float, about("Every", "Share of the stage between two drops.", gt=0, lt=1)] = 0.33
    factor: Annotated[float, about("Factor", "What the rate is multiplied by.", gt=0, lt=1)] = 0.1
    warmup: Annotated[float, Share] = 0.0


class Exponential(Section, frozen=True, tag_field="kind", tag="exponential"):
    """Fall at a constant ratio to `final`."""

    final: Annotated[float, about("Final rate", "Last rate as a share of the full one.", gt=0, le=1)] = 0.01
    warmup: Annotated[float, Share] = 0.0


class Plateau(Section, frozen=True, tag_field="kind", tag="plateau"):
    """Multiply by `factor` when the monitored metric has not improved for `patience` evaluations."""

    patience: Annotated[int, about("Patience", "Evaluations without improvement.", unit="evaluations", ge=1)] = 5
    factor: Annotated[float, about("Factor", "What the rate is multiplied by.", gt=0, lt=1)] = 0.5
    minimum: Annotated[float, about("Minimum", "Never below this share of the full rate.", ge=0, lt=1)] = 0.001


ScheduleSpec = Constant | Cosine | OneCycle | Step | Exponential | Plateau
