"""Frame time of a curve against its length (issue 2, 9e): 10 M points cost at most twice the frame of 1,000.

Run it with `QT_QPA_PLATFORM=offscreen python tests/benchmarks/bench_curves.py`. One frame is: take up 500 new points,
redraw all items, paint the window. The curves are measured in turns, so that a busy machine treats all alike. Beside
them stands plain pyqtgraph, with and without its own downsampling, on the same points and the same size of plot.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QApplication

from app.plots.curve_view import CurveView
from app.plots.run_on_plot import RunOnPlot
from app.theme import theme
from core.curves.phases import PhaseWatch
from core.curves.pyramid import Pyramid
from core.runs.series import Series
from core.runs.state import RunState

GROWTH = 500
BAR = 2.0
SIZE = (1100, 700)


def losses(count: int) -> np.ndarray:
    """Return a noisy falling loss of `count` points, shape (count,)."""
    x = np.linspace(0, 5, count)
    return (2 * np.exp(-x) + 0.1) * np.exp(0.3 * np.random.default_rng(0).normal(size=count))


def grown_state(count: int) -> RunState:
    """Return the state of a run with `count` points of training loss and 200 of validation loss."""
    state = RunState(total_steps=count, train_examples=50_000, virtual_epoch_size=50_000)
    value = losses(count)
    for metric, every in (("train/loss", 1), ("valid/loss", max(1, count // 200))):
        step = np.arange(every, count + 1, every, dtype=np.float64)
        state.metrics[metric] = Series()
        state.metrics[metric].extend(step, 64 * step, 0.001 * step, value[every - 1 :: every])
    return state


class OwnCurve:
    """Epochal's view of one growing run."""

    def __init__(self, count: int) -> None:
        self.state = grown_state(count)
        self.view = CurveView()
        self.view.resize(*SIZE)
        self.view.set_runs([RunOnPlot("run", "run", self.state, 0)])
        self.view.show()

    def frame(self) -> None:
        """Grow, redraw, paint."""
        series = self.state.metrics["train/loss"]
        step = series.step[-1] + np.arange(1.0, GROWTH + 1)
        series.extend(step, 64 * step, 0.001 * step, 0.1 + 0.02 * np.random.default_rng(1).normal(size=GROWTH))
        self.view.draw_now()
        for plot in self.view.plots:
            plot.canvas.viewport().repaint()


class PlainCurve:
    """The same points in a PlotWidget."""

    def __init__(self, count: int, *, downsampled: bool) -> None:
        self.x, self.y = np.arange(1.0, count + 1), losses(count)
        self.widget = pg.PlotWidget()
        self.widget.resize(*SIZE)
        pen = QPen(theme().series(0))
        pen.setCosmetic(True)
        self.item = self.widget.plot(self.x, self.y, pen=pen)
        if downsampled:
            self.item.setDownsampling(auto=True, method="peak")
            self.item.setClipToView(True)
        self.widget.setXRange(0, count)
        self.widget.show()
        QApplication.processEvents()

    def frame(self) -> None:
        """Give it the data again and paint; it has no way to append."""
        self.item.setData(self.x, self.y)
        self.widget.viewport().repaint()


def interleaved(frames: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each frame, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in frames}
    for turn in range(rounds + 2):
        for name, frame in frames.items():
            begin = perf_counter()
            frame()
            if turn >= 2:
                times[name].append(perf_counter() - begin)
    return {name: statistics.median(taken) for name, taken in times.items()}


def parts(count: int) -> None:
    """Print what the parts of a frame cost at a length."""
    value, x = losses(count), np.arange(float(count))
    pyramid = Pyramid()
    begin = perf_counter()
    pyramid.follow(value)
    built = perf_counter() - begin
    for log_x in (False, True):
        taken = interleaved({"query": lambda: pyramid.query(x, value, 1, count, 1000, log_x=log_x)}, 40)["query"]  # noqa: B023
        print(f"  pyramid query, 1,000 pixels, log x {log_x!s:5}  {1e3 * taken:8.3f} ms")
    print(f"  pyramid built in one go                  {1e3 * built:8.1f} ms")
    watch = PhaseWatch()
    begin = perf_counter()
    watch.extend_train(x, value)
    reduced = perf_counter() - begin
    watch.extend_valid(x[:: max(1, count // 200)], value[:: max(1, count // 200)])
    begin = perf_counter()
    watch.phases()
    print(f"  phases: reduce {1e3 * reduced:.1f} ms once, judge {1e3 * (perf_counter() - begin):.1f} ms")


def main() -> int:
    """Measure and print; return 1 when the bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--longest", type=int, default=10_000_000)
    options = arguments.parse_args()
    application = QApplication([])
    theme().install(application, "light")
    lengths = [1_000, 100_000, 1_000_000, options.longest]
    own = {f"Epochal {count:>10,}": OwnCurve(count) for count in lengths}
    application.processEvents()
    taken = interleaved({name: curve.frame for name, curve in own.items()}, options.rounds)
    for name, seconds in taken.items():
        print(f"{name} points   {1e3 * seconds:8.1f} ms a frame")
    names = list(taken)
    ratio = taken[names[-1]] / taken[names[0]]
    print(f"ratio {options.longest:,} to 1,000 points: {ratio:.2f} (bar: at most {BAR})")
    for count in (1_000, 1_000_000):
        print(f"parts at {count:,} points:")
        parts(count)
    del own
    for count, rounds in ((1_000, options.rounds), (1_000_000, 3), (options.longest, 1)):
        peers = {
            f"plain pyqtgraph       {count:>10,}": PlainCurve(count, downsampled=False).frame,
            f"pyqtgraph, peak, clip {count:>10,}": PlainCurve(count, downsampled=True).frame,
        }
        for name, seconds in interleaved(peers, rounds).items():
            print(f"{name} points   {1e3 * seconds:8.1f} ms a frame")
    return int(ratio > BAR)


if __name__ == "__main__":
    raise SystemExit(main())
