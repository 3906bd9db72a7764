"""Checkpoints on the curves: where they stand, what they say, and what mouse and keys do with them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.plots.checkpoint_marks import Hit
from app.plots.checkpoint_points import checkpoint_points, grouped, heights
from app.plots.view import View
from app.plots.x_axis import STEP

PLAIN = View(STEP, log_x=False, log_y=False, smoothing_steps=0.0)


def _hit(view, step: int, *, run: str = "run", plot: int = 0, on_curve: bool = False) -> Hit:
    """Return what the mark of a checkpoint answers to the mouse."""
    marks = view.plots[plot].checkpoints
    place = _on_curve(view, step, run, plot) if on_curve else marks.place_of(run, step)
    hit = marks.hit(place)
    assert hit is not None
    return hit


def _on_curve(view, step: int, run: str = "run", plot: int = 0) -> QPointF:
    marks = view.plots[plot].checkpoints
    marked = next(one for one in marks._marked if one.heights is not None and one.points.run.id == run)
    return QPointF(*marks._places(marked, marks.boundingRect())[marked.points.index_of(step)])


def _click(view, qtbot, place: QPointF, *, plot: int = 0, button=Qt.MouseButton.LeftButton, keys=None) -> None:
    canvas = view.plots[plot].canvas
    spot = canvas.mapFromScene(canvas.box.mapToScene(place))
    qtbot.mouseClick(canvas.viewport(), button, keys or Qt.KeyboardModifier.NoModifier, QPoint(spot))


def _menu_key() -> QContextMenuEvent:
    return QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))


@pytest.fixture
def strip(view, a_run, settled):
    """A view of one run with checkpoints at 200, 400, 600 and 800, the last being the best, and a second metric."""
    a_run.points("valid/accuracy", np.arange(10.0, 1001, 10), np.linspace(0.1, 0.9, 100))
    for step in (200, 400, 600):
        a_run.checkpoint(step)
    a_run.checkpoint(800, best=True)
    view.set_runs([a_run.shown()])
    view.checkpoint_chosen.connect(lambda run, step: view.show_selected([(run, step)]))
    view.checkpoint_toggled.connect(
        lambda run, step: view.show_selected(
            [one for one in view.checkpoints.selected if one != (run, step)]
            if (run, step) in view.checkpoints.selected
            else [*view.checkpoints.selected, (run, step)]
        )
    )
    view.checkpoints_let_go.connect(lambda: view.show_selected([]))
    settled()
    return view


def test_that_checkpoints_lie_on_the_curve_of_every_plot(strip) -> None:
    """At the height of the validation line there, and once more along the lower edge of the leading plot."""
    for plot in strip.plots:
        valid = next(line for line in plot.lines if line.metric.startswith("valid/"))
        x, y = valid._raw.points
        for step in (200, 400, 800):
            place = _on_curve(strip, step, plot=strip.plots.index(plot))
            assert place.x() == pytest.approx(plot.checkpoints.x_pixel(step))
            assert place.y() == pytest.approx(plot.checkpoints.y_pixel(float(np.interp(step, x, y))), abs=0.5)
    edge = strip.plots[0].checkpoints.boundingRect().bottom()
    assert strip.plots[0].checkpoints.place_of("run", 400).y() == edge - 12


def test_that_hovering_tells_everything_of_a_checkpoint(strip, a_run) -> None:
    strip.show_pins("run", {400})
    strip.draw_now()
    tip = strip.checkpoints.tip(_hit(strip, 400))
    for told in ("step 400", "valid/loss", "0.3000", "123 kB", "phase", "ago", "kept: pinned"):
        assert told in tip, told
    model = strip.checkpoints.tip(_hit(strip, 800, on_curve=True))
    assert "the model" in model
    assert "best" in model


def test_that_a_click_selects_and_shift_or_ctrl_make_a_comparison(strip, qtbot) -> None:
    _click(strip, qtbot, strip.plots[0].checkpoints.place_of("run", 400))
    assert strip.checkpoints.selected == (("run", 400),)
    _click(strip, qtbot, _on_curve(strip, 600, plot=1), plot=1, keys=Qt.KeyboardModifier.ShiftModifier)
    _click(strip, qtbot, _on_curve(strip, 800), keys=Qt.KeyboardModifier.ControlModifier)
    assert strip.checkpoints.selected == (("run", 400), ("run", 600), ("run", 800))
    _click(strip, qtbot, _on_curve(strip, 600), keys=Qt.KeyboardModifier.ControlModifier)
    assert strip.checkpoints.selected == (("run", 400), ("run", 800))
    assert "1 of 2 selected" in strip.accessibleDescription()


def test_that_arrows_move_along_the_checkpoints_once_one_is_selected(strip, qtbot) -> None:
    strip.activateWindow()
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert strip.plots[0].at.text() == "step 1,000", "nothing is selected: the crosshair moves"
    qtbot.keyClick(strip, Qt.Key.Key_Down)
    assert strip.checkpoints.selected == (("run", 800),), "the one nearest to the crosshair"
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert strip.checkpoints.selected == (("run", 600),)
    for _ in range(2):
        qtbot.keyClick(strip, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert strip.checkpoints.selected == (("run", 600), ("run", 400), ("run", 200))
    qtbot.keyClick(strip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert strip.checkpoints.selected == (("run", 600), ("run", 400)), "going back lets go"
    for _ in range(2):
        qtbot.keyClick(strip, Qt.Key.Key_Escape)
    assert strip.checkpoints.selected == ()
    assert strip.accessibleDescription() == ""


@pytest.mark.qt_log_ignore("does not support raise")
def test_that_return_shows_what_hovering_shows(strip, qtbot) -> None:
    strip.activateWindow()
    strip.setFocus()
    strip.show_selected([("run", 400)])
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert "step 400" in QToolTip.text()
    QToolTip.hideText()


def test_that_the_menu_is_asked_for_by_mouse_and_by_key(strip, qtbot) -> None:
    asked: list[tuple[str, int]] = []
    strip.checkpoint_menu_wanted.connect(lambda run, step, at: asked.append((run, step)))
    _click(strip, qtbot, _on_curve(strip, 600), button=Qt.MouseButton.RightButton)
    assert asked == [("run", 600)]
    QApplication.sendEvent(strip, _menu_key())
    assert asked == [("run", 600)], "no checkpoint is selected"
    strip.show_selected([("run", 200)])
    QApplication.sendEvent(strip, _menu_key())
    assert asked == [("run", 600), ("run", 200)]


def test_that_checkpoints_of_overlaid_runs_are_told_apart_and_can_be_compared(strip, a_run, new_run, settled, qtbot):
    other = new_run().start().losses(until=500).checkpoint(300).checkpoint(450)
    strip.set_runs([a_run.shown(), other.shown("other", 1)])
    settled()
    _click(strip, qtbot, _on_curve(strip, 400))
    _click(strip, qtbot, _on_curve(strip, 450, "other"), keys=Qt.KeyboardModifier.ShiftModifier)
    assert strip.checkpoints.selected == (("run", 400), ("other", 450))
    hit = _hit(strip, 450, run="other", on_curve=True)
    assert "other" in strip.checkpoints.tip(hit)
    assert "the run went on" not in strip.checkpoints.tip(hit)


def test_that_an_abandoned_checkpoint_lies_on_its_dead_tail(view, new_run, settled) -> None:
    run = new_run().start().losses(until=500).checkpoint(300).checkpoint(400)
    run.start(resumed_from=300)
    run.points("valid/loss", np.arange(310.0, 501, 10), np.full(20, 9.0))
    view.set_runs([run.shown()])
    settled()
    points = checkpoint_points(view.runs[0], PLAIN)
    series = run.state.series("valid/loss")
    told = heights(points, series, series.value, log_y=False)
    assert points.live.tolist() == [True, False]
    assert told.tolist() == pytest.approx([2 * np.exp(-3) + 0.2, 2 * np.exp(-4) + 0.2])
    assert "went on from before it" in view.checkpoints.tip(_hit(view, 400, on_curve=True))


def test_that_marks_that_fall_together_are_one_and_say_how_many(view, a_run, settled) -> None:
    a_run.checkpoint(400, best=True)
    for step in range(401, 405):
        a_run.checkpoint(step)
    view.set_runs([a_run.shown()])
    settled()
    tip = view.checkpoints.tip(_hit(view, 400))
    assert "the model" in tip, "the most important one stands for all"
    assert "5 checkpoints lie here: also 401, 402, 403, 404" in tip
    view.show_selected([("run", 403)])
    assert _hit(view, 403).step == 403, "a selected one is above all"


def test_that_groups_begin_apart_and_lose_nobody() -> None:
    places = np.sort(np.random.default_rng(0).random(500) * 200)
    rank = np.arange(500) + 500 * np.random.default_rng(1).integers(0, 4, 500)  # as CheckpointPoints.rank
    groups = grouped(places, np.arange(500), rank, 9.0)
    assert sorted(groups.members.tolist()) == list(range(500))
    assert groups.sizes.sum() == 500
    assert (np.diff(places[groups.members[groups.starts]]) >= 9.0).all()
    for number, first in enumerate(groups.firsts.tolist()):
        assert rank[first] == rank[groups.of(number)].max()


def test_that_ten_thousand_checkpoints_do_not_slow_drawing(view, new_run, settled) -> None:
    """Drawing them again costs a few milliseconds, and what is drawn follows the pixels."""
    run = new_run(total_steps=100_000).start().losses(until=20_000)
    for step in range(2, 20_002, 2):
        run.checkpoint(step)
    view.set_runs([run.shown()])
    settled()
    marks = view.plots[0].checkpoints
    assert len(marks._marked[-1].points.steps) == 10_000
    groups = marks._groups(
        marks._marked[-1], marks._places(marks._marked[-1], marks.boundingRect()), marks.boundingRect()
    )
    assert len(groups.starts) <= 900 / 9 + 2
    view.draw_now()
    taken = []
    for _ in range(5):
        begin = time.process_time()
        view.plots[0].canvas.viewport().repaint()
        taken.append(time.process_time() - begin)
    assert min(taken) < 0.2


def test_that_a_run_beyond_the_marked_ones_shows_marks_while_one_is_selected(
    view, new_run, settled, monkeypatch
) -> None:
    monkeypatch.setattr("app.plots.checkpoint_layer.MOST_MARKED", 1)
    runs = [new_run().start().losses(until=100).checkpoint(50).shown(f"run {number}", number) for number in range(3)]
    view.set_runs(runs)
    settled()
    assert view.plots[0].checkpoints.place_of("run 2", 50) is None
    view.show_selected([("run 2", 50)])
    settled()
    assert view.plots[0].checkpoints.place_of("run 2", 50) is not None
