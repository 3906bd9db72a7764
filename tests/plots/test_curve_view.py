"""What the curves show, and how they answer to mouse, keys and growth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider, QToolTip

from app.plots.empty_page import words_for
from app.theme import theme
from core.runs.events import Ended, Paused


def _x_range(view):
    return view.plots[0].canvas.box.viewRange()[0]


def _drawn(view, metric, part="_raw"):
    (line,) = [line for plot in view.plots for line in plot.lines if line.metric == metric]
    return getattr(line, part).points


def test_that_without_a_selection_the_page_says_what_to_do(view) -> None:
    assert view.empty.isVisible()
    assert view.empty.accessibleName() == "No run selected"
    assert not view.toolbar.isEnabled()


def test_that_a_run_without_points_says_what_it_does(view, new_run, settled) -> None:
    run = new_run()
    assert words_for([run.shown()])[0] == "run waits in the queue"
    run.start()
    view.set_runs([run.shown()])
    settled()
    assert view.empty.accessibleName() == "run takes its first steps"
    run.say(Paused(step=0))
    assert "paused" in words_for([run.shown()])[0]
    run.say(Ended(outcome="failed", reason="out_of_memory", message="The batch did not fit."))
    assert words_for([run.shown()])[1] == "The batch did not fit."


def test_that_the_first_points_replace_the_empty_page(view, new_run, settled) -> None:
    run = new_run().start()
    view.set_runs([run.shown()])
    settled()
    run.points("train/loss", [1], [2.5])
    view.refresh()
    settled()
    assert [plot.group for plot in view.plots] == ["loss"]
    assert not view.empty.isVisible()
    assert view.toolbar.isEnabled()


def test_that_train_and_valid_of_one_name_share_a_plot(view, a_run, settled) -> None:
    a_run.points("valid/accuracy", [10, 20], [0.5, 0.6])
    view.set_runs([a_run.shown()])
    settled()
    assert [plot.group for plot in view.plots] == ["loss", "accuracy"]
    assert [line.metric for line in view.plots[0].lines] == ["train/loss", "valid/loss"]
    assert [line.light for line in view.plots[0].lines] == [True, False]


def test_that_smoothing_never_hides_the_raw_line(view, a_run, settled) -> None:
    view.set_runs([a_run.shown()])
    view.toolbar.smoothing.setValue(view.toolbar.smoothing.maximum())
    settled()
    raw, smooth = _drawn(view, "train/loss"), _drawn(view, "train/loss", "_smooth")
    assert len(raw[0]) >= 1000
    assert len(smooth[0]) > 0
    assert np.ptp(np.diff(smooth[1])) < np.ptp(np.diff(raw[1]))
    view.toolbar.smoothing.setValue(0)
    settled()
    assert not len(_drawn(view, "train/loss", "_smooth")[0])
    assert view.toolbar.smoothing_text.text() == "off"


def test_that_the_view_follows_growth_until_the_user_zooms(view, new_run, settled) -> None:
    run = new_run().start().losses(until=300)
    view.set_runs([run.shown()])
    settled()
    assert 300 <= _x_range(view)[1] < 320
    run.losses(since=301, until=600)
    view.refresh()
    settled()
    assert 600 <= _x_range(view)[1] < 620
    view.zoom(0.5)
    settled()
    zoomed = _x_range(view)
    assert not view.toolbar.follow.isChecked()
    run.losses(since=601, until=900)
    view.refresh()
    settled()
    assert _x_range(view) == zoomed
    view.toolbar.follow.click()
    settled()
    assert 900 <= _x_range(view)[1] < 920
    assert view.toolbar.follow.isChecked()


def test_that_home_shows_everything_again(view, a_run, settled, qtbot) -> None:
    view.set_runs([a_run.shown()])
    settled()
    view.zoom(0.2)
    settled()
    view.activateWindow()
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    settled()
    assert view.toolbar.follow.isChecked()
    assert _x_range(view)[1] >= 1000


def test_that_all_plots_share_one_x_range(view, a_run, settled) -> None:
    a_run.points("valid/accuracy", np.arange(10.0, 1000, 10), np.linspace(0.1, 0.9, 99))
    view.set_runs([a_run.shown()])
    settled()
    view.plots[1].canvas.box.setXRange(100, 200, padding=0)
    assert _x_range(view) == [100, 200]


@pytest.mark.parametrize(
    ("key", "last"), [("step", 1000), ("epoch", 100), ("examples", 16000), ("virtual_epoch", 50), ("time", 500)]
)
def test_that_x_counts_what_was_chosen(view, a_run, settled, key, last) -> None:
    view.set_runs([a_run.shown()])
    view.restore({"x_axis": key})
    settled()
    assert _drawn(view, "train/loss")[0][-1] == pytest.approx(last)
    assert last <= _x_range(view)[1] < 1.05 * last


def test_that_the_arrows_move_a_crosshair_that_reads_every_run(view, a_run, new_run, settled, qtbot) -> None:
    other = new_run().start().losses(until=500)
    view.set_runs([a_run.shown("one"), other.shown("two", 1)])
    settled()
    view.activateWindow()
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.plots[0].at.text() == "step 1,000"
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.plots[0].at.text() == "step 990"
    said = view.plots[0].readout.accessibleDescription()
    assert "one: train" in said
    assert "two: train" in said
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.plots[0].at.text() == ""


def test_that_the_read_out_gives_the_recorded_value(view, new_run, settled) -> None:
    run = new_run().start().points("valid/loss", [10, 20, 30], [0.5, 0.25, 0.125])
    view.set_runs([run.shown()])
    settled()
    assert view.plots[0].readout.accessibleDescription() == "run: valid 0.1250"
    view.pointing.move_by(0)
    view.pointing.move_by(-1)
    assert view.plots[0].readout.accessibleDescription() == "run: valid 0.2500"


def test_that_commands_are_flags_with_words(view, a_run, settled) -> None:
    a_run.command("set", 500, path="training.optimizer.learning_rate", value=0.01)
    view.set_runs([a_run.shown()])
    settled()
    strip = view.plots[0].strip
    tip = strip.tip_at(QPointF(strip.x_pixel(500), strip.boundingRect().bottom() - 12))
    assert "training.optimizer.learning_rate = 0.01" in tip


def test_that_a_nan_is_shown_as_such(view, a_run, settled) -> None:
    a_run.points("train/loss", [1001, 1002, 1003], [0.1, math.nan, 0.1])
    view.set_runs([a_run.shown()])
    settled()
    lost = view.plots[0].lost
    tip = lost.tip_at(QPointF(lost.x_pixel(1002), lost.boundingRect().top() + 32))
    assert "NaN" in tip
    assert "step 1,002" in tip


def test_that_a_zero_on_a_logarithmic_axis_is_kept_and_told(view, new_run, settled) -> None:
    run = new_run().start().points("train/loss", [1, 2, 3, 4], [1.0, 0.5, 0.0, 0.25])
    view.set_runs([run.shown()])
    view.toolbar.smoothing.setValue(0)
    settled()
    assert view.toolbar.log_y.isChecked()
    assert np.isfinite(_drawn(view, "train/loss")[1]).all()
    assert "≤ 0" in view.plots[0].at.text()


def test_that_a_resumed_curve_has_no_zigzag_and_its_dead_tail_is_drawn_apart(view, new_run, settled) -> None:
    run = new_run().start().losses(until=500).checkpoint(300)
    run.start(resumed_from=300).losses(since=301, until=600)
    view.set_runs([run.shown()])
    settled()
    x, _ = _drawn(view, "train/loss")
    assert (np.diff(x) > 0).all()
    dead_x, _ = _drawn(view, "train/loss", "_dead")
    assert (dead_x[0], dead_x[-1]) == (300, 500), "from where it left the curve"
    assert _x_range(view)[1] >= 600
    run.start(resumed_from=300)
    view.refresh()
    settled()
    assert _x_range(view)[1] >= 600, "what was abandoned stays in view, faded"


def test_that_phases_can_be_switched_off(view, a_run, settled) -> None:
    view.set_runs([a_run.shown()])
    settled()
    bands = view.plots[0].bands
    corner = QPointF(bands.x_pixel(20), bands.boundingRect().top() + 10)
    assert "I organise" in bands.tip_at(corner)
    assert "confidence" in bands.tip_at(corner)
    view.toolbar.phases.click()
    settled()
    assert bands.tip_at(corner) == ""


def test_that_items_are_reused_while_a_run_grows(view, new_run, settled) -> None:
    run = new_run().start().losses(until=100)
    view.set_runs([run.shown()])
    settled()
    items, lines = view.plots[0].canvas.box.childItems(), list(view.plots[0].lines)
    for until in range(200, 600, 100):
        run.losses(since=until - 99, until=until)
        view.set_runs([run.shown()])
        settled()
    assert view.plots[0].canvas.box.childItems() == items
    assert view.plots[0].lines == lines


def test_that_very_many_runs_are_drawn_as_one_item_beyond_the_first(view, new_run, settled, monkeypatch) -> None:
    monkeypatch.setattr("app.plots.curve_view.MOST_FOREGROUND", 3)
    runs = [new_run().start().losses(until=50).shown(f"run {number}", number) for number in range(8)]
    view.set_runs(runs)
    settled()
    plot = view.plots[0]
    assert len(plot.lines) == 6
    x, y = plot._background._drawn.points
    assert len(x) >= 5 * 5
    assert np.isnan(y).sum() >= 4


def test_that_the_theme_changes_live(view, a_run, settled) -> None:
    view.set_runs([a_run.shown()])
    settled()
    theme().set_preference("dark")
    settled()
    assert view.plots[0].canvas.backgroundBrush().color() == theme().colour("plot")
    assert view.grab().toImage().pixelColor(450, 250).lightness() < 128


def test_that_choices_are_remembered(view, a_run, settled) -> None:
    view.set_runs([a_run.shown()])
    view.restore({"x_axis": "epoch", "log_x": True, "log_y": False, "smoothing": 7, "phases": False, "nonsense": 1})
    settled()
    assert view.settings() == {
        "x_axis": "epoch",
        "log_x": True,
        "log_y": False,
        "smoothing": 7,
        "phases": False,
        "metrics": [],
    }


def test_that_every_control_has_a_name_and_a_tooltip(view) -> None:
    for kind in (QAbstractButton, QSlider):
        for widget in view.toolbar.findChildren(kind):
            assert widget.objectName()
            assert widget.accessibleName()
            assert widget.toolTip()


@pytest.mark.qt_log_ignore("does not support raise")
def test_that_a_tooltip_stays_when_qt_asks_the_scene_for_one(view, a_run, settled, qtbot) -> None:
    a_run.checkpoint(400)
    view.set_runs([a_run.shown()])
    settled()
    plot = view.plots[0]
    place = plot.checkpoints.place_of("run", 400)
    view.pointing.point_at(plot, plot.canvas.box.mapToScene(place))
    assert "step 400" in QToolTip.text()
    spot = plot.canvas.mapFromScene(plot.canvas.box.mapToScene(place))
    viewport = plot.canvas.viewport()
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, spot, viewport.mapToGlobal(spot)))
    assert QToolTip.isVisible()
    assert "step 400" in QToolTip.text()
    QToolTip.hideText()


def test_that_a_file_dropped_on_a_curve_reaches_the_window(view, a_run, settled) -> None:
    """A graphics view takes every drop for its scene, which does nothing with it."""
    view.set_runs([a_run.shown()])
    settled()
    for plot in view.plots:
        assert not plot.canvas.acceptDrops()
        assert not plot.canvas.viewport().acceptDrops()
