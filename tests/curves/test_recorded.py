"""The phases of real runs: the samples of Epochal and some that go wrong, recorded (at most 400 points of training).

The expectations are what a person sees in the pictures, with some room.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from core.curves.curve import Curve
from core.curves.phases import Phase, find_phases, phase_at

FOLDER = Path(__file__).parent / "recorded"

# Name: where phase I may end, where phase III may begin; None where there is no such boundary.
SEEN: dict[str, tuple[tuple[int, int] | None, tuple[int, int] | None]] = {
    "breast-cancer": ((25, 50), None),
    "diabetes": ((20, 55), None),
    "digits-cnn": ((50, 80), None),
    "digits-cnn-long": ((85, 130), None),
    "digits-mlp": ((40, 80), None),
    "digits-noisy": ((200, 450), None),
    "digits-overfit": ((20, 40), (66, 102)),
    "digits-resnet": ((65, 105), None),
    "digits-transformer": ((180, 280), None),
    "one-at-a-time": ((300, 800), None),
    "wine": ((45, 80), (108, 144)),
    "little-data-mlp-64": ((130, 240), None),  # validation stands from 700 on
    "little-data-cnn": ((40, 80), None),
    "overfit-mlp-seed-2": ((20, 60), (84, 130)),
    "sgd-4-cnn": ((250, 900), None),
    "converged-mlp-32": ((40, 120), None),
    "sgd-4-mlp": (None, None),  # as much noise as loss, and ten points of validation
    "thrown-back-cnn": (None, None),  # exploded, and came back to where it began
    "underfit-cnn": (None, None),
    "underfit": (None, None),
    "diverged": (None, None),
}


VERY_NOISY = ("one-at-a-time", "sgd-4-cnn")  # batches of one and of four


def _recorded(name: str) -> tuple[Curve, Curve]:
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    train, valid = (
        Curve(
            np.array([float(row["step"]) for row in rows if row[column]]),
            np.array([float(row[column]) for row in rows if row[column]]),
        )
        for column in ("train/loss", "valid/loss")
    )
    return train, valid


def _cut(curves: tuple[Curve, Curve], share: float) -> list[Phase]:
    """Judge the first part of a run as it was judged live."""
    end = share * float(curves[0].step[-1])
    return find_phases(*(Curve(c.step[c.step <= end], c.value[c.step <= end]) for c in curves))


def test_that_every_recorded_run_is_expected() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(SEEN)


@pytest.mark.parametrize("name", SEEN)
def test_that_real_runs_get_the_phases_a_person_sees(name: str) -> None:
    knee, turn = SEEN[name]
    phases = find_phases(*_recorded(name))
    assert [phase.phase for phase in phases] == ["I", *(["II"] if knee else []), *(["III"] if turn else [])]
    if knee:
        assert knee[0] <= phases[0].to_step <= knee[1]
        assert phases[0].confidence >= 0.5 or name in VERY_NOISY
    if turn:
        assert turn[0] <= phases[2].from_step <= turn[1]


@pytest.mark.parametrize("name", [name for name, (_, turn) in SEEN.items() if turn is None])
def test_that_no_healthy_or_broken_run_is_ever_called_overfit(name: str) -> None:
    curves = _recorded(name)
    for share in np.arange(0.1, 1.0, 0.1):
        assert all(phase.phase != "III" for phase in _cut(curves, share))


@pytest.mark.parametrize("name", [name for name, (knee, _) in SEEN.items() if knee and name not in VERY_NOISY])
def test_that_the_boundary_seen_live_is_the_one_seen_afterwards(name: str) -> None:
    curves = _recorded(name)
    final = find_phases(*curves)[0].to_step
    length = float(curves[0].step[-1])
    live = [phases[0].to_step for share in (0.6, 0.7, 0.8, 0.9) if (phases := _cut(curves, share))]
    assert all(end is not None and abs(end - final) <= 0.08 * length for end in live)


@pytest.mark.parametrize("name", [name for name, (_, turn) in SEEN.items() if turn])
def test_that_the_best_checkpoint_does_not_lie_in_phase_three(name: str) -> None:
    train, valid = _recorded(name)
    best = int(valid.step[np.argmin(valid.value)])
    assert phase_at(find_phases(train, valid), best) == "II"


def test_that_runs_that_learned_nothing_say_why() -> None:
    (underfit,) = find_phases(*_recorded("underfit"))
    assert (underfit.answer, underfit.rule[:7]) == ("not yet", "Not yet")
    (diverged,) = find_phases(*_recorded("diverged"))
    assert (diverged.answer, diverged.learned_nothing) == ("none", True)
    assert "diverged" in diverged.rule
