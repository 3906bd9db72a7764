"""Runs for the plots: real states, reduced from real events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from app.plots.curve_view import CurveView
from app.plots.run_on_plot import RunOnPlot
from app.theme import theme
from core.runs.columns import columns_of_one, to_column
from core.runs.events import (
    AnyEvent,
    BestChanged,
    CheckpointSaved,
    CommandDone,
    Environment,
    Metrics,
    Prepared,
    Started,
)
from core.runs.state import RunState

ENVIRONMENT = Environment(torch="2", python="3", platform="test", device="cpu", threads=1)


class RunMaker:
    """Tells a run's story event by event into a state."""

    def __init__(self, total_steps: int = 1000) -> None:
        self.state = RunState()
        self.total_steps = total_steps
        self.random = np.random.default_rng(0)

    def start(self, resumed_from: int | None = None) -> RunMaker:
        self.say(Started(segment=len(self.state.segments), pid=1, environment=ENVIRONMENT, resumed_from=resumed_from))
        return self.say(
            Prepared(
                parameters=10,
                trainable=10,
                layers=[],
                input_shape=(4,),
                outputs=3,
                task="classification",
                classes=["a", "b", "c"],
                train_examples=160,
                valid_examples=40,
                test_examples=0,
                virtual_epoch=320,
                total_steps=self.total_steps,
                total_examples=16 * self.total_steps,
                stages=[],
                monitor="valid/loss",
                higher_is_better=False,
            )
        )

    def points(self, metric: str, steps: Sequence[float], values: Sequence[float]) -> RunMaker:
        step = np.asarray(steps, dtype=float)
        return self.say(
            Metrics(
                step=to_column(step),
                examples=to_column(16 * step),
                wall=to_column(0.5 * step),
                values={metric: to_column(np.asarray(values, dtype=float))},
            )
        )

    def losses(self, until: int = 1000, since: int = 1) -> RunMaker:
        step = np.arange(since, until + 1.0)
        self.points("train/loss", step, 2 * np.exp(-step / 100) + 0.1 + 0.01 * self.random.normal(size=len(step)))
        coarse = step[9::10]
        return self.points("valid/loss", coarse, 2 * np.exp(-coarse / 100) + 0.2)

    def checkpoint(self, step: int, best: bool = False) -> RunMaker:
        if best:
            self.say(BestChanged(metric="valid/loss", step=step, value=0.3))
        return self.say(
            CheckpointSaved(
                step=step,
                examples=16 * step,
                file=f"checkpoints/step-{step:08d}.h5",
                bytes=123_000,
                state_sha256="0",
                metrics=columns_of_one([("valid/loss", 0.3)]),
                reason="schedule",
            )
        )

    def command(self, name: str, step: int, **arguments: object) -> RunMaker:
        return self.say(CommandDone(command_id="c", name=name, arguments=arguments, outcome="applied", step=step))

    def say(self, event: AnyEvent) -> RunMaker:
        self.state.apply(event)
        return self

    def shown(self, name: str = "run", colour: int = 0) -> RunOnPlot:
        return RunOnPlot(name, name, self.state, colour)


@pytest.fixture
def a_run() -> RunMaker:
    """A run of 1,000 steps with train and validation loss, not ended."""
    return RunMaker().start().losses()


@pytest.fixture
def view(qtbot, qapp: QApplication) -> Iterator[CurveView]:
    """A shown, empty view of 900 by 600 pixels."""
    theme().install(qapp, "light")
    window = QWidget()  # without a layout: the offscreen platform warns about windows with size hints
    qtbot.addWidget(window)
    window.resize(900, 600)
    made = CurveView(window)
    made.resize(900, 600)
    with qtbot.waitExposed(window):
        window.show()
    yield made
    window.close()


@pytest.fixture
def new_run() -> type[RunMaker]:
    """What makes runs."""
    return RunMaker


@pytest.fixture
def settled(qtbot, view):
    """Wait until the view has drawn what was asked of it."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not view.drawing_is_due, timeout=5000)

    return wait
