"""A workspace with written runs, and a window on it that starts no process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
from core.jobs import client
from core.runs import liveness
from core.runs.columns import columns_of_one, to_column
from core.runs.events import (
    CheckpointSaved,
    Ended,
    Environment,
    Metrics,
    Notice,
    Prepared,
    Progress,
    StageRow,
    Started,
)
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict

TOTAL = 400
BATCH = 64


class Stage:
    """A workspace on which a test puts runs, and windows that show it."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.workspace = Workspace.open(path)
        self.settings = settings
        self.windows = Windows(settings, attend=False)
        self._held: list[int] = []

    def run(
        self,
        name: str,
        outcome: str = "completed",
        *,
        steps: int = TOTAL,
        tags: tuple[str, ...] = (),
        seed: int = 0,
        parent: RunFolder | None = None,
        message: str = "",
        traceback: str = "",
    ) -> RunFolder:
        """Write a run of `steps` of 400 steps: an outcome of Ended, or running, or interrupted, or queued."""
        start = {"kind": "scratch"}
        if parent is not None:
            start = {"kind": "fork", "run": parent.id, "step": 200}
            (parent.checkpoints_path / "step-00000200.h5").touch()
        run = self.workspace.create_run(
            spec_from_dict({"name": name, "tags": list(tags), "seed": seed, "start": start})
        )
        if outcome == "queued":
            return run
        with EventWriter(run.events_path) as events:
            write_events(events, steps, seed)
            if outcome not in ("running", "interrupted"):
                reason = {"completed": "budget", "failed": "error"}.get(outcome, "command")
                events.write(
                    Ended(
                        outcome=outcome,
                        reason=reason,
                        step=steps,
                        examples=steps * BATCH,
                        model_step=min(steps, 300) // 50 * 50,
                        model_rule="best valid/loss",
                        message=message,
                        traceback=traceback,
                    )
                )
        run.log_path.write_text(f"epochal worker\n{name} began\n")
        if outcome == "running":
            self._held.append(liveness.take(run.lock_path))
        return run

    def open(self) -> MainWindow:
        """Open a window."""
        return self.windows.open(self.workspace.path)

    def close(self) -> None:
        """Close everything."""
        import os

        self.windows.close_all()
        while self._held:
            os.close(self._held.pop())


def write_events(events: EventWriter, steps: int, seed: int) -> None:
    """Write what a worker would say in `steps` steps."""
    environment = Environment(torch="2.13.0", python="3.11.2", platform="Linux x86_64", device="cpu", threads=2)
    events.write(Started(segment=0, pid=1, environment=environment))
    events.write(prepared())
    random = np.random.default_rng(seed)
    step = np.arange(1, steps + 1, dtype=float)
    train = 2.3 * np.exp(-step / 60) + 0.03 + 0.03 * random.standard_normal(steps) * np.exp(-step / 200)
    columns = {"train/loss": to_column(np.abs(train)), "train/learning_rate": to_column(np.full(steps, 0.002))}
    events.write(
        Metrics(step=to_column(step), examples=to_column(step * BATCH), wall=to_column(step * 0.01), values=columns)
    )
    at = step[19::20]
    loss = 2.2 * np.exp(-at / 60) + 0.12 + 0.25 * np.maximum(0, (at - 300) / 400) ** 2 + 0.01 * seed
    values = {"valid/loss": to_column(loss), "valid/accuracy": to_column(1 - loss / 4)}
    events.write(Metrics(step=to_column(at), examples=to_column(at * BATCH), wall=to_column(at * 0.01), values=values))
    for place in range(50, steps + 1, 50):
        value = float(loss[min(len(loss) - 1, place // 20 - 1)])
        events.write(
            CheckpointSaved(
                step=place,
                examples=place * BATCH,
                file=f"checkpoints/step-{place:08d}.h5",
                bytes=310_000,
                state_sha256="0" * 64,
                metrics=columns_of_one([("valid/loss", value), ("valid/accuracy", 1 - value / 4)]),
                reason="schedule",
            )
        )
    events.write(Notice(level="note", message="The last batch of every epoch has 29 examples.", step=1))
    best = int(np.argmin(loss)) if len(loss) else -1
    events.write(
        Progress(
            step=steps,
            examples=steps * BATCH,
            total_steps=TOTAL,
            examples_per_second=21_000.0,
            seconds_left=(TOTAL - steps) * 0.3,
            best_step=int(at[best]) if best >= 0 else None,
            best_value=float(loss[best]) if best >= 0 else None,
            data_wait=0.011,
            checkpoint_cost=0.004,
        )
    )


def prepared() -> Prepared:
    """Return what a worker says once the model is built."""
    return Prepared(
        parameters=26_122,
        trainable=26_122,
        layers=[],
        input_shape=(64,),
        outputs=10,
        task="classification",
        classes=[str(digit) for digit in range(10)],
        train_examples=1437,
        valid_examples=360,
        test_examples=0,
        virtual_epoch=1437,
        total_steps=TOTAL,
        total_examples=TOTAL * BATCH,
        stages=[StageRow(name="train", from_step=0, to_step=TOTAL)],
        monitor="valid/loss",
        higher_is_better=False,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of their own."""
    return Settings(tmp_path / "window.ini")


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A workspace to put runs on; nothing is started in the background."""
    monkeypatch.setattr(client, "ensure_supervisor", lambda workspace: None)
    theme().install(qapp, "light")
    stage = Stage(tmp_path / "my workspace", settings)
    yield stage
    stage.close()


@pytest.fixture
def shown(stage: Stage, qtbot: QtBot) -> Callable[[], MainWindow]:
    """Open a window and wait until it has looked at the workspace."""

    def open_it() -> MainWindow:
        window = stage.open()
        qtbot.waitUntil(lambda: window.parts.model.loaded, timeout=10_000)
        return window

    return open_it


def soon(seconds: float = 10.0) -> float:
    """Return a deadline."""
    return time.monotonic() + seconds
