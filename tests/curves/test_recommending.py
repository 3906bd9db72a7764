"""The checkpoint to fine-tune from lies at the end of phase II, before the turn."""

from __future__ import annotations

from core.curves.phases import Phase
from core.curves.recommending import Recommendation, recommend

ONE = Phase("I", 0, 100, 0.9, "The knee.", "ended")
TWO = Phase("II", 100, 500, 0.8, "The turn.", "ended")
THREE = Phase("III", 500, None, 0.8, "The turn.")
GOES_ON = Phase("II", 100, None, 0.7, "Not yet.")


def asked(phases: list[Phase], checkpoints: dict[int, float | None]) -> Recommendation:
    found = recommend(phases, checkpoints, metric="valid/loss", higher_is_better=False)
    assert found is not None
    return found


def test_that_it_is_the_last_one_before_the_turn_and_not_the_last() -> None:
    found = asked([ONE, TWO, THREE], {200: 0.5, 480: 0.3, 510: 0.29, 900: 0.6})
    assert (found.step, found.phase, found.confidence) == (480, "II", 0.8)
    assert "turned at step 500" in found.because
    assert "step 900" in found.because


def test_that_a_checkpoint_at_the_turn_itself_counts_as_before_it() -> None:
    assert asked([ONE, TWO, THREE], {200: 0.5, 500: 0.3, 900: 0.6}).step == 500


def test_that_the_earliest_is_taken_when_none_was_kept_before_the_turn() -> None:
    found = asked([ONE, TWO, THREE], {700: 0.4, 900: 0.6})
    assert (found.step, found.phase) == (700, "III")
    assert "none was kept before" in found.because


def test_that_without_a_turn_it_is_the_best() -> None:
    found = asked([ONE, GOES_ON], {200: 0.5, 480: 0.3, 900: 0.31})
    assert (found.step, found.confidence) == (480, 0.7)
    assert "has not turned" in found.because
    assert "no better" in found.because


def test_that_what_cannot_be_told_is_said_with_no_confidence() -> None:
    untold = Phase("II", 100, None, 0.7, "None: there is no validation.", "none")
    for phases in ([untold], [Phase("I", 0, None, 0.5, "Not yet.")], []):
        found = asked(phases, {200: None, 480: None})
        assert (found.step, found.confidence) == (480, 0.0)
        assert "newest" in found.because


def test_that_without_checkpoints_nothing_is_recommended() -> None:
    assert recommend([ONE], {}, metric="valid/loss", higher_is_better=False) is None
