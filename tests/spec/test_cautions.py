"""What is possible and costs something is said."""

from __future__ import annotations

from typing import Any

import pytest

from core.spec.cautions import cautions
from core.spec.read import spec_from_dict

TIMED = {"evaluate": {"unit": "seconds", "interval": 5.0}}
STOPS, FALLS = {"early_stopping": {"patience": 3}}, {"schedule": {"kind": "plateau"}}


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (TIMED | STOPS, "early stopping decides"),
        (TIMED | FALLS, "the plateau schedule decides"),
        (TIMED | STOPS | {"stages": [FALLS]}, "early stopping and the plateau schedule decide by it"),
    ],
)
def test_that_decisions_timed_by_the_clock_are_cautioned_against(training: dict[str, Any], said: str) -> None:
    (caution,) = cautions(spec_from_dict({"training": training}))
    assert said in caution
    assert "not end with the same bits" in caution
    assert "training.evaluate.unit" in caution


@pytest.mark.parametrize("training", [{}, TIMED, STOPS, FALLS])
def test_that_what_is_exact_is_not_cautioned_against(training: dict[str, Any]) -> None:
    assert list(cautions(spec_from_dict({"training": training}))) == []


def test_that_going_back_to_what_the_clock_saved_is_cautioned_against() -> None:
    timed = {"training": {"on_non_finite": "roll_back"}, "checkpoints": {"every": {"unit": "auto"}}}
    assert any("saved by the clock" in one for one in cautions(spec_from_dict(timed)))
    counted = {**timed, "checkpoints": {"every": {"unit": "steps", "interval": 5}}}
    assert list(cautions(spec_from_dict(counted))) == []
