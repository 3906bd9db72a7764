"""The phases of synthetic curves with known change points, and what must never be called overfitting."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.curves.curve import Curve, Reduction
from core.curves.phases import PhaseWatch, find_phases, phase_at

STEPS = 10_000


def _cut(curve: Curve, step: float) -> Curve:
    kept = curve.step <= step
    return Curve(curve.step[kept], curve.value[kept])


def _curves(
    random: np.random.Generator, *, knee: float, turn: float | None, noise: float, points: int, scale: float = 1.0
) -> tuple[Curve, Curve]:
    """Return train (5,000 points) and valid (`points`) losses; the places are shares of the run."""

    def level(at: np.ndarray) -> np.ndarray:
        return np.where(at < knee, 0.8 - 2 * at / knee, -1.2 - 0.6 * (at - knee) / (1 - knee))

    fine, coarse = np.linspace(0, 1, 5000), np.linspace(0, 1, points)
    valid = level(coarse) + 0.2 * coarse
    if turn is not None:
        valid = np.where(coarse < turn, valid, level(np.array(turn)) + 0.2 * turn + 0.9 * (coarse - turn))
    train = scale * np.exp(level(fine) + 3 * noise * random.normal(size=len(fine)))
    return (
        Curve(fine * STEPS, train),
        Curve(coarse * STEPS, scale * np.exp(valid + noise * random.normal(size=points))),
    )


def test_that_known_change_points_are_found_within_five_percent() -> None:
    random = np.random.default_rng(1)
    close = []
    for _ in range(30):
        knee, turn = random.uniform(0.05, 0.3), random.uniform(0.4, 0.75)
        train, valid = _curves(random, knee=knee, turn=turn, noise=random.uniform(0.005, 0.04), points=200)
        first, second, third = find_phases(train, valid)
        assert (first.to_step, second.to_step, third.to_step) == (second.from_step, third.from_step, None)
        close.append(abs(first.to_step / STEPS - knee) < 0.05 and abs(third.from_step / STEPS - turn) < 0.05)
    assert np.mean(close) >= 0.95


def test_that_a_straight_fall_ends_phase_one_at_its_corner() -> None:
    """On a plain scale: steep, then an eighth to a twentieth as steep."""
    random = np.random.default_rng(11)
    step = np.linspace(0, STEPS, 3000)
    close = []
    for _ in range(60):
        knee, rest = random.uniform(0.05, 0.35) * STEPS, random.uniform(0.1, 0.3)
        level = np.where(step < knee, 2.3 - 1.8 * step / knee, 0.5 - rest * (step - knee) / (STEPS - knee))
        (first, second) = find_phases(Curve(step, level + 0.05 * random.normal(size=len(step))), None)
        assert second.phase == "II"
        close.append(abs(first.to_step - knee) < 0.05 * STEPS)
    assert np.mean(close) >= 0.95


def test_that_an_exponential_decay_ends_phase_one_when_most_is_done() -> None:
    """It has no knee in its logarithm, and is over for the eye all the same."""
    step = np.arange(1.0, 2001.0)
    (first, _) = find_phases(Curve(step, 2.3 * np.exp(-step / 100) + 0.01), None)
    assert 0.85 < 1 - np.exp(-first.to_step / 100) < 0.97
    (only,) = find_phases(_cut(Curve(step, 2.3 * np.exp(-step / 100) + 0.01), 200), None)
    assert (only.phase, only.to_step, only.answer) == ("I", None, "not yet")


@pytest.mark.parametrize("count", [30, 1_000, 300_000])
def test_that_phase_one_is_found_however_many_points_there_are(count: int) -> None:
    share = np.arange(1, count + 1) / count
    loss = 2 * np.exp(-share / 0.04) + 0.3 + 0.01 * np.random.default_rng(12).normal(size=count)
    first, second = find_phases(Curve(share * STEPS, loss), None)
    assert 0.05 <= first.to_step / STEPS < 0.2
    assert second.phase == "II"


def test_that_a_drop_of_the_learning_rate_does_not_move_the_end_of_phase_one() -> None:
    step = np.arange(1.0, 3001.0)
    loss = 0.5 + 1.8 * np.exp(-step / 150) + 0.02 * np.random.default_rng(13).normal(size=3000)
    before, _ = find_phases(Curve(step, loss), None)
    loss[1500:] -= 0.35 * (1 - np.exp(-np.arange(1500) / 50))
    after, _ = find_phases(Curve(step, loss), None)
    assert abs(before.to_step - after.to_step) < 0.01 * 3000


def test_that_a_plateau_before_the_great_fall_is_no_end() -> None:
    step = np.arange(1.0, 3001.0)
    loss = 2.1 + 0.3 * np.exp(-step / 30) - 1.9 / (1 + np.exp((1500 - step) / 60))
    assert find_phases(_cut(Curve(step, loss), 1000), None)[0].to_step is not None
    first, second = find_phases(Curve(step, loss), None)
    assert 1550 < first.to_step < 1800
    assert second.phase == "II"


def test_that_the_end_of_phase_one_stays_where_it_was_found() -> None:
    train, _ = _curves(np.random.default_rng(14), knee=0.15, turn=None, noise=0.02, points=100)
    ends = [find_phases(_cut(train, share * STEPS), None)[0].to_step for share in np.arange(0.3, 1.01, 0.1)]
    assert max(ends) - min(ends) < 0.02 * STEPS


def test_that_noisy_healthy_runs_raise_no_alarm_at_any_time() -> None:
    """Every run has a best point before its last; that alone is not overfitting."""
    random = np.random.default_rng(2)
    alarms = 0
    for _ in range(20):
        points = int(random.integers(10, 300))
        train, valid = _curves(random, knee=0.15, turn=None, noise=random.uniform(0.01, 0.1), points=points)
        for share in (0.5, 0.75, 1.0):
            part = [_cut(curve, share * STEPS) for curve in (train, valid)]
            alarms += any(phase.phase == "III" for phase in find_phases(*part))
    assert alarms / 60 < 0.02


def test_that_the_alarm_comes_soon_after_the_turn() -> None:
    random = np.random.default_rng(3)
    train, valid = _curves(random, knee=0.1, turn=0.5, noise=0.01, points=200)
    for share in np.arange(0.5, 0.62, 0.01):
        part = [_cut(curve, share * STEPS) for curve in (train, valid)]
        if any(phase.phase == "III" for phase in find_phases(*part)):
            assert share > 0.5
            return
    pytest.fail("no alarm within a tenth of the run after the turn")


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
def test_that_the_scale_of_the_loss_does_not_matter(scale: float) -> None:
    def boundaries(factor: float) -> list[tuple[str, int, int | None]]:
        curves = _curves(np.random.default_rng(4), knee=0.2, turn=0.6, noise=0.02, points=100, scale=factor)
        return [(phase.phase, phase.from_step, phase.to_step) for phase in find_phases(*curves)]

    assert boundaries(scale) == boundaries(1.0)


def test_that_a_few_wild_spikes_change_nothing() -> None:
    train, valid = _curves(np.random.default_rng(5), knee=0.2, turn=0.6, noise=0.01, points=150)
    before = find_phases(train, valid)
    valid.value[[20, 70, 140]] *= 50
    train.value[[500, 2500, 4900]] *= 1000
    after = find_phases(train, valid)
    assert [phase.phase for phase in after] == ["I", "II", "III"]
    for one, other in zip(before, after, strict=True):
        assert abs(one.from_step - other.from_step) < 0.03 * STEPS


def test_that_ten_points_get_an_answer() -> None:
    step = np.arange(10.0)
    phases = find_phases(None, Curve(step, np.array([2.3, 1.2, 0.5, 0.3, 0.29, 0.28, 0.28, 0.27, 0.27, 0.27])))
    assert [phase.phase for phase in phases] == ["I", "II"]
    assert phases[1].to_step is None


def test_that_without_validation_overfitting_is_not_claimed() -> None:
    train, _ = _curves(np.random.default_rng(6), knee=0.2, turn=0.6, noise=0.01, points=100)
    phases = find_phases(train, None)
    assert [phase.phase for phase in phases] == ["I", "II"]
    assert "without validation" in phases[1].rule


def test_that_a_plateau_has_not_left_phase_one() -> None:
    random = np.random.default_rng(7)
    step = np.arange(1000.0)
    flat = Curve(step, 2.3 + 0.02 * random.normal(size=1000))
    (only,) = find_phases(flat, flat)
    assert (only.phase, only.to_step) == ("I", None)
    assert only.rule.startswith("Not yet")


def test_that_a_diverging_run_is_not_called_overfit() -> None:
    step = np.arange(500.0)
    loss = Curve(step, np.exp(0.01 * step))
    (only,) = find_phases(loss, loss)
    assert "diverged" in only.rule
    assert (only.answer, only.confidence) == ("none", 0.0)
    assert phase_at([only], 400) is None


def test_that_a_run_that_breaks_late_keeps_the_phases_it_had() -> None:
    step = np.arange(1.0, 1001.0)
    loss = 2 * np.exp(-step / 40) + 0.1
    loss[800:] *= np.exp(0.05 * np.arange(200))
    first, second = find_phases(Curve(step, loss), None)
    assert 60 < first.to_step < 160
    assert (second.phase, second.answer) == ("II", "none")
    assert "diverged" in second.rule


def test_that_both_losses_rising_is_not_overfitting() -> None:
    step = np.arange(400.0)
    bowl = np.where(step < 200, 2 - step / 125, 0.4 + (step - 200) / 200)
    phases = find_phases(Curve(step, bowl), Curve(step, bowl + 0.1))
    assert all(phase.phase != "III" for phase in phases)


def test_that_a_loss_ending_in_nan_is_said_to() -> None:
    step = np.arange(300.0)
    value = np.exp(-step / 20) + 0.1
    value[290:] = np.nan
    phases = find_phases(Curve(step, value), None)
    assert "not finite at step 299" in phases[-1].rule


def test_that_negative_losses_are_judged_too() -> None:
    train, valid = _curves(np.random.default_rng(8), knee=0.2, turn=0.6, noise=0.01, points=150)
    lowered = [Curve(curve.step, curve.value - 0.5) for curve in (train, valid)]
    assert [phase.phase for phase in find_phases(*lowered)][:2] == ["I", "II"]


def test_that_nothing_gives_no_phases() -> None:
    empty = Curve(np.empty(0), np.empty(0))
    assert find_phases(None, None) == []
    assert find_phases(empty, empty) == []
    assert find_phases(Curve(np.arange(3.0), np.full(3, np.nan)), None) == []


@settings(deadline=None, max_examples=60)
@given(
    npst.arrays(np.float64, st.integers(0, 60), elements=st.floats(allow_nan=True, allow_infinity=True, width=32)),
    npst.arrays(np.float64, st.integers(0, 60), elements=st.floats(allow_nan=True, allow_infinity=True, width=32)),
)
def test_that_any_curves_get_phases_in_order(train, valid) -> None:
    phases = find_phases(Curve(np.arange(float(len(train))), train), Curve(np.arange(float(len(valid))), valid))
    assert [phase.phase for phase in phases] in ([], ["I"], ["I", "II"], ["II"], ["I", "II", "III"], ["II", "III"])
    for phase in phases:
        assert 0 <= phase.confidence <= 1
        assert phase.rule
        assert phase.to_step is None or phase.from_step <= phase.to_step
    for one, other in pairwise(phases):
        assert one.to_step == other.from_step


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 3000), st.lists(st.integers(0, 3000), max_size=6))
def test_that_a_reduction_does_not_depend_on_the_parts(count: int, cuts: list[int]) -> None:
    random = np.random.default_rng(count)
    step, value = np.arange(float(count)), random.normal(size=count)
    value[random.random(count) < 0.1] = np.nan
    whole, parts = Reduction(), Reduction()
    whole.extend(step, value)
    edges = [0, *sorted(min(cut, count) for cut in cuts), count]
    for start, stop in pairwise(edges):
        parts.extend(step[start:stop], value[start:stop])
    assert (whole.points, whole.non_finite) == (parts.points, parts.non_finite)
    np.testing.assert_allclose(whole.bins().value, parts.bins().value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(whole.bins().step, parts.bins().step, rtol=1e-9)


def test_that_the_watch_answers_from_memory_until_points_come() -> None:
    train, valid = _curves(np.random.default_rng(9), knee=0.2, turn=0.6, noise=0.01, points=150)
    watch = PhaseWatch()
    watch.extend_train(train.step, train.value)
    watch.extend_valid(valid.step, valid.value)
    assert watch.phases() is watch.phases()
    assert watch.phases() == find_phases(train, valid)


def test_that_a_step_knows_its_phase() -> None:
    train, valid = _curves(np.random.default_rng(10), knee=0.2, turn=0.6, noise=0.01, points=150)
    phases = find_phases(train, valid)
    assert [phase_at(phases, step) for step in (0, 4000, 9000)] == ["I", "II", "III"]
    assert phase_at(phases, phases[2].from_step) == "II", "the best checkpoint, made at the turn, is not overfit"
    assert phase_at([], 5) is None
