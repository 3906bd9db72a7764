"""A small seeded part of `tests/benchmarks/bench_phases.py`: the boundaries on curves whose change points are known."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_curves import HEALTHY, NOISES, SHAPES, Made, double_descent, overfit

from core.curves.curve import Curve
from core.curves.phases import Phase, PhaseWatch, find_phases, phase_at


def _until(made: Made, share: float) -> list[Phase]:
    """Judge a run as it was judged after this share of it."""
    return find_phases(
        *(Curve(c.step[c.step <= share * made.length], c.value[c.step <= share * made.length]) for c in _curves(made))
    )


def _curves(made: Made) -> tuple[Curve, Curve]:
    assert made.train is not None
    assert made.valid is not None
    return made.train, made.valid


@pytest.mark.parametrize("noise", ["low", "middle"])
@pytest.mark.parametrize("shape", SHAPES)
def test_that_both_boundaries_are_near_the_true_ones_and_the_alarm_is_soon(shape: str, noise: str) -> None:
    random = np.random.default_rng(21)
    near, soon = [], []
    for _ in range(4):
        made = overfit(random, 1000, NOISES[noise], shape, "straight", least_rate=1.0)
        phases = find_phases(*_curves(made))
        assert [phase.phase for phase in phases] == ["I", "II", "III"]
        near += [abs(phases[0].to_step - made.knee) <= 0.05 * made.length]
        near += [abs(phases[2].from_step - made.turn) <= 0.05 * made.length]
        soon += [_until(made, made.turn / made.length + 0.1)[-1].phase == "III"]
    assert sum(near) >= 7
    assert sum(soon) >= 3


@pytest.mark.parametrize("kind", HEALTHY)
@pytest.mark.parametrize("noise", ["middle", "high"])
def test_that_no_run_without_a_turn_is_called_overfit(kind: str, noise: str) -> None:
    random = np.random.default_rng(22)
    for _ in range(3):
        made = HEALTHY[kind](random, 300, NOISES[noise])
        assert all(phase.phase != "III" for phase in find_phases(*_curves(made)))


def test_that_a_double_descent_revokes_what_was_said_and_keeps_it_visible() -> None:
    made = double_descent(np.random.default_rng(23), 400, NOISES["low"])
    before = _until(made, 0.45)
    assert [phase.phase for phase in before] == ["I", "II", "III"]
    after = find_phases(*_curves(made))
    assert [(phase.phase, phase.answer) for phase in after] == [
        ("I", "ended"),
        ("II", "ended"),
        ("III", "revoked"),
        ("II", "not yet"),
    ]
    revoked = after[2]
    assert revoked.to_step is not None
    assert revoked.rule.startswith("Revoked")
    assert f"turned at step {revoked.from_step:,}" in revoked.rule
    assert phase_at(after, (revoked.from_step + revoked.to_step) // 2) == "II", "it was not overfit after all"


def test_that_a_live_run_is_told_what_a_reopened_one_is_told() -> None:
    made = double_descent(np.random.default_rng(24), 300, NOISES["low"])
    train, valid = _curves(made)
    watch = PhaseWatch()
    for start in range(0, 300, 7):
        watch.extend_train(train.step[start : start + 7], train.value[start : start + 7])
        watch.extend_valid(valid.step[start : start + 7], valid.value[start : start + 7])
        watch.phases()
    assert [(phase.phase, phase.answer) for phase in watch.phases()] == [
        (phase.phase, phase.answer) for phase in find_phases(train, valid)
    ]


def test_that_a_very_noisy_run_leaves_phase_one_in_time() -> None:
    """Losses of single batches of four: as much noise as loss."""
    random = np.random.default_rng(25)
    for shape in ("two lines, log", "decay and line"):
        made = overfit(random, 30_000, NOISES["batch 4"], shape, "straight")
        (first, *_) = find_phases(_curves(made)[0], None)
        assert abs(first.to_step - made.knee) <= 0.06 * made.length
