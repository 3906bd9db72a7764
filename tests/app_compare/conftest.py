"""A window on written runs whose comparisons are answered by the test itself: no process is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.compare.page import ComparePage
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
from core.comparison.asking import Cancelled
from core.comparison.request import Progress, Request
from core.comparison.result import (
    Absent,
    ComparedCheckpoint,
    Comparison,
    ConfusionCounts,
    Examples,
    Flipped,
    FlippedExample,
    Histogram,
    LayerRow,
    Line,
    MetricRow,
    Similarity,
)
from core.jobs import client
from core.runs.columns import columns_of_one, to_column
from core.runs.events import CheckpointSaved, Ended, Environment, Metrics, Prepared, StageRow, Started
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict

EXAMPLES = Examples(split="valid", count=4, of=4, chosen="the whole split")
CLASSES = ["cat", "dog"]


class Answers:
    """Takes the place of `Asking`: answers what the test laid down, when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.cancelled: list[Request] = []
        self.answer: Comparison | Exception | None = None  # None: the child works until it is cancelled

    def asking(self, request: Request) -> _Asking:
        """Return one question; called as the class itself would be."""
        self.asked.append(request)
        return _Asking(self, request, self.answer)


class _Asking:
    def __init__(self, answers: Answers, request: Request, answer: Comparison | Exception | None) -> None:
        self._answers, self._request, self._answer = answers, request, answer
        self._ended = Event()

    def answer(self, on_progress: Callable[[Progress], None]) -> Comparison:
        on_progress(Progress(fraction=0.5, doing="Comparing weights", seconds_left=12.0))
        if self._answer is None:
            self._ended.wait(30)
            raise Cancelled("The comparison was cancelled.")
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def cancel(self) -> None:
        self._answers.cancelled.append(self._request)
        self._ended.set()


class Show:
    """A workspace of written runs and a window on it."""

    def __init__(self, path: Path, settings: Settings, answers: Answers, qtbot: QtBot) -> None:
        self.workspace = Workspace.open(path)
        self.windows = Windows(settings, attend=False)
        self.answers, self._qtbot = answers, qtbot

    def run(self, name: str, **spec: object) -> RunFolder:
        """Write a completed run of 100 steps with checkpoints at 40, 80 (the model) and 100."""
        run = self.workspace.create_run(spec_from_dict({"name": name, **spec}))
        seed = int(str(spec.get("seed", 0)))
        with EventWriter(run.events_path) as events:
            environment = Environment(torch="2.13.0", python="3.11.2", platform="Linux x86_64", device="cpu", threads=1)
            events.write(Started(segment=0, pid=1, environment=environment))
            events.write(_prepared())
            for step, accuracy in ((40, 0.5), (80, 0.9), (100, 0.8)):
                at = {"step": to_column([float(step)]), "examples": to_column([step * 10.0])}
                values = {"valid/accuracy": to_column([accuracy + 0.01 * seed])}
                events.write(Metrics(**at, wall=to_column([step * 0.1]), values=values))
                events.write(
                    CheckpointSaved(
                        step=step,
                        examples=step * 10,
                        file=f"checkpoints/step-{step:08d}.h5",
                        bytes=1000,
                        state_sha256="0" * 64,
                        metrics=columns_of_one([("valid/accuracy", accuracy + 0.01 * seed)]),
                        reason="schedule",
                    )
                )
            events.write(Ended(outcome="completed", reason="budget", step=100, examples=1000, model_step=80))
        return run

    def open(self) -> MainWindow:
        """Open a window and wait until it knows the runs."""
        window = self.windows.open(self.workspace.path)
        self._qtbot.waitUntil(lambda: window.parts.model.loaded, timeout=10_000)
        return window

    def answer(self, checkpoints: list[tuple[str, int]], **parts: object) -> None:
        """Lay down a comparison as the answer; `parts` take the place of some of it."""
        self.answers.answer = _comparison(checkpoints, **parts)

    def absent(self, part: str, why: str) -> Absent:
        """Return a reason against a part."""
        return Absent(part=part, why=why, other=1)  # type: ignore[arg-type]

    def select(self, window: MainWindow, *checkpoints: tuple[str, int]) -> None:
        """Select checkpoints once their runs have been read."""
        model = window.parts.model
        model.selection.select_checkpoints(checkpoints)
        self._qtbot.waitUntil(lambda: all((state := model.state(run)) and state.ended for run, _ in checkpoints))

    def compare(self, window: MainWindow, *checkpoints: tuple[str, int]) -> ComparePage:
        """Compare by the action and wait for what the test laid down as the answer."""
        self.select(window, *checkpoints)
        window.comparing.checkpoints()
        page = window.comparing.page
        assert page is not None
        if self.answers.answer is not None:
            self._qtbot.waitUntil(lambda: not page.question.waiting)
        return page


def _prepared() -> Prepared:
    return Prepared(
        parameters=10,
        trainable=10,
        layers=[],
        input_shape=(4,),
        outputs=2,
        task="classification",
        classes=CLASSES,
        train_examples=10,
        valid_examples=4,
        test_examples=0,
        virtual_epoch=10,
        total_steps=100,
        total_examples=1000,
        stages=[StageRow(name="train", from_step=0, to_step=100)],
        monitor="valid/accuracy",
        higher_is_better=True,
    )


def _comparison(checkpoints: list[tuple[str, int]], **parts: object) -> Comparison:
    """Return a small comparison with every part of a classification; `parts` take the place of some."""
    made: dict[str, object] = {
        "task": "classification",
        "checkpoints": [_checkpoint(run, step) for run, step in checkpoints],
        "metrics": [
            MetricRow(
                name="valid/accuracy",
                values=[0.5, 0.75],
                differences=[0.0, 0.25],
                higher_is_better=True,
                measured=True,
            )
        ],
        "layers": [_layer("", "model", 0), _layer("linear1", "layer", 1), _layer("linear1.weight", "parameter", 2)],
        "similarity": [
            Similarity(
                other=1,
                rows=["linear1", "head"],
                columns=["linear1", "head"],
                matrix=[[0.9, 0.2], [None, 0.7]],
                by_layer=[0.9, 0.7],
                examples=EXAMPLES,
                method="Linear CKA.",
            )
        ],
        "confusion": ConfusionCounts(
            classes=CLASSES,
            examples=EXAMPLES,
            counts=[[[1, 1], [1, 1]], [[2, 0], [1, 1]]],
            differences=[[[0, 0], [0, 0]], [[1, -1], [0, 0]]],
        ),
        "flipped": [_flipped()],
        "line": [_line([2.0, 3.0, 1.0], 1.5)],
        "weights": [_histogram("linear1.weight")],
        "activations": [_histogram("linear1")],
        "activation_examples": EXAMPLES,
    }
    return Comparison(**(made | parts))  # type: ignore[arg-type]


def _checkpoint(run: str, step: int) -> ComparedCheckpoint:
    return ComparedCheckpoint(
        run=run,
        name=run,
        step=step,
        examples=step,
        virtual_epoch=1.0,
        state_sha256="",
        weights="plain",
        model="mlp",
        parameters=10,
        same_architecture=True,
        same_data=True,
        seed=0,
        data_sha256="",
    )


def _layer(name: str, kind: str, depth: int) -> LayerRow:
    return LayerRow(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        type="Linear",
        shape=(2, 4),
        depth=depth,
        elements=8,
        trainable=True,
        norms=[1.0, 1.2],
        changes=[0.0, 0.5],
        distances=[0.0, 0.5],
        cosines=[1.0, 0.9],
    )


def _flipped() -> Flipped:
    examples = [
        FlippedExample(
            index=number,
            truth=truth,
            before=before,
            after=1 - before,
            confidence_before=0.6,
            confidence_after=0.9,
            of_truth_before=0.4,
            of_truth_after=0.9,
            change=0.5,
            row=[1.5, "red"],
        )
        for number, truth, before in ((7, 1, 0), (9, 0, 0))
    ]
    return Flipped(
        other=1,
        examples=EXAMPLES,
        count=2,
        gained=1,
        lost=1,
        changed=0,
        listed=examples,
        classes=CLASSES,
        columns=["length", "colour"],
    )


def _line(losses: list[float], barrier: float) -> Line:
    return Line(
        other=1,
        positions=[0.0, 0.5, 1.0],
        train=list(losses),
        valid=list(losses),
        barrier_train=barrier,
        barrier_valid=barrier,
        train_examples=EXAMPLES,
        valid_examples=EXAMPLES,
        method="Interpolated.",
    )


def _histogram(name: str) -> Histogram:
    return Histogram(name=name, edges=[0.0, 1.0, 2.0], counts=[[3, 1], [1, 3]], not_finite=[0, 0])


@pytest.fixture
def show(qapp: QApplication, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Show]:
    """A workspace to put runs on; nothing is started in the background."""
    monkeypatch.setattr(client, "ensure_supervisor", lambda workspace: None)
    answers = Answers()
    monkeypatch.setattr("app.compare.question.Asking", answers.asking)
    theme().install(qapp, "light")
    made = Show(tmp_path / "my workspace", Settings(tmp_path / "window.ini"), answers, qtbot)
    yield made
    made.windows.close_all()
