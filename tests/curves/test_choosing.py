"""Early stopping against selection, judged from recorded values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.curves.choosing import Evaluations, compare_choices, usual_settings
from core.curves.early_stopping import Patience
from core.spec.training import EarlyStopping

# Falls, waits through a hump, falls to its best at 70, rises.
VALUES = [1.0, 0.8, 0.6, 0.65, 0.64, 0.5, 0.4, 0.45, 0.5, 0.55]


def recorded(values: list[float] = VALUES, higher: bool = False) -> Evaluations:
    steps = np.arange(1, len(values) + 1) * 10.0
    return Evaluations("valid/loss", higher, steps, steps / 2, np.array(values))


def test_that_impatience_keeps_what_it_saw_and_saves_the_rest() -> None:
    rows = compare_choices(recorded(), {30, 70, 100}, 105, [EarlyStopping(patience=2), EarlyStopping(patience=3)])
    hasty, patient, best, last = rows
    assert (hasty.stops_at, hasty.step, hasty.value) == (50, 30, 0.6)
    assert hasty.worse_by == pytest.approx(0.2)
    assert (hasty.steps_saved, hasty.seconds_saved, hasty.on_disk) == (55, 25.0, True)
    assert (patient.stops_at, patient.step, patient.worse_by, patient.steps_saved) == (100, 70, 0.0, 5)
    assert (best.rule, best.step, best.worse_by, best.steps_saved) == ("best checkpoint", 70, 0.0, 0)
    assert (last.rule, last.step, last.value) == ("last checkpoint", 100, 0.55)


def test_that_patience_the_recording_does_not_exhaust_is_not_guessed_at() -> None:
    row = compare_choices(recorded(), set(), 100, [EarlyStopping(patience=4)])[0]
    assert (row.stops_at, row.step, row.steps_saved, row.on_disk) == (None, 70, 0, False)


def test_that_a_minimum_change_makes_small_gains_not_count() -> None:
    row = compare_choices(recorded(), {70}, 100, [EarlyStopping(patience=2, min_change=0.21)])[0]
    assert (row.stops_at, row.step) == (50, 30)


def test_that_more_may_be_better_and_nan_is_never_the_best() -> None:
    accuracy = recorded([0.1, 0.5, float("nan"), 0.4, 0.3], higher=True)
    stopped, best, _ = compare_choices(accuracy, {20, 30}, 50, [EarlyStopping(patience=3)])
    assert (stopped.stops_at, stopped.step, stopped.value) == (50, 20, 0.5)
    assert best.step == 20


def test_that_without_a_kept_checkpoint_selection_has_nothing() -> None:
    _, best, last = compare_choices(recorded(), set(), 100, [EarlyStopping(patience=2)])
    assert (best.step, last.step, best.on_disk) == (None, None, False)
    last = compare_choices(recorded(), {33}, 100, [])[-1]
    assert (last.step, last.value) == (33, None)


def test_that_a_run_s_own_setting_is_among_the_usual_ones() -> None:
    own = EarlyStopping(patience=4, min_change=0.01)
    assert usual_settings(own, 8) == [
        EarlyStopping(patience=2),
        EarlyStopping(patience=3),
        own,
        EarlyStopping(patience=5),
    ]
    assert [one.patience for one in usual_settings(EarlyStopping(), 4)] == [2, 3]


@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.05, 0.5]),
    st.booleans(),
)
def test_that_it_stops_where_a_run_with_this_setting_stops(
    values: list[float], patience: int, min_change: float, higher: bool
) -> None:
    settings, memory = EarlyStopping(patience=patience, min_change=min_change), Patience()
    stops = [at for at, value in enumerate(values) if memory.note(value, settings, higher)]
    row = compare_choices(recorded(values, higher), set(), len(values) * 10, [settings])[0]
    assert row.stops_at == ((stops[0] + 1) * 10 if stops else None)
    assert row.worse_by is not None
    assert row.worse_by >= 0
