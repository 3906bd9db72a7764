"""Workspaces for the command line: one with runs that were played into files, one with a live supervisor."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoints.format import write_checkpoint
from core.checkpoints.store import file_name
from core.cli.main import main
from core.jobs import client
from core.jobs.worker_process import child_environment
from core.runs import liveness
from core.runs.columns import columns_of_one, to_column
from core.runs.events import (
    BestChanged,
    CheckpointSaved,
    Ended,
    Environment,
    Layer,
    Metrics,
    Prepared,
    Progress,
    StageRow,
    Started,
)
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.spec import Spec

STEPS = 40
ENVIRONMENT = Environment(torch="none", python="3.11.0", platform="fake", device="cpu", threads=1)


@dataclass
class Answer:
    """What one command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Terminal:
    """Runs command lines in this process, on one workspace."""

    def __init__(self, workspace: Workspace, captured: pytest.CaptureFixture[str]) -> None:
        self.workspace = workspace
        self._captured = captured

    def __call__(self, *words: str) -> Answer:
        self._captured.readouterr()
        try:
            code = main(["-w", str(self.workspace.path), *words])
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = self._captured.readouterr()
        return Answer(code, out, err)


@pytest.fixture
def terminal(tmp_path: Path, capsys: Any) -> Terminal:
    """A terminal on an empty workspace."""
    return Terminal(Workspace.open(tmp_path / "my wörk 😀"), capsys)


def play(workspace: Workspace, name: str = "digits", outcome: str = "completed", last: float = 0.25) -> RunFolder:
    """Write a whole run: 40 steps, a loss that falls, one NaN, checkpoints at 20 and 40."""
    run = workspace.create_run(Spec(name=name))
    run.write_environment(ENVIRONMENT)
    step = np.arange(1.0, STEPS + 1)
    loss = 2.0 / step
    loss[4] = math.nan
    with EventWriter(run.events_path) as events:
        events.write(Started(segment=0, pid=1, environment=ENVIRONMENT))
        events.write(_prepared())
        columns = {"step": to_column(step), "examples": to_column(step * 10), "wall": to_column(step / 100)}
        events.write(Metrics(**columns, values={"train/loss": to_column(loss)}))
        at = {name: [column[19], column[39]] for name, column in _plain(step).items()}
        events.write(Metrics(**at, values={"valid/loss": [0.5, last]}))
        for number, value in ((20, 0.5), (40, last)):
            events.write(BestChanged(metric="valid/loss", step=number, value=value))
            events.write(_saved(run, number, value))
        latest = columns_of_one([("valid/loss", last)])
        events.write(
            Progress(
                step=40,
                examples=400,
                total_steps=40,
                examples_per_second=9.0,
                latest=latest,
                best_step=40,
                best_value=last,
            )
        )
        model = {"model_step": 40, "model_rule": "The checkpoint of step 40: the best valid/loss."}
        events.write(Ended(outcome=outcome, reason="budget", step=40, examples=400, **model), durable=True)  # type: ignore[arg-type]
    return run


def _plain(step: np.ndarray[Any, Any]) -> dict[str, list[float]]:
    return {"step": step.tolist(), "examples": (step * 10).tolist(), "wall": (step / 100).tolist()}


def _saved(run: RunFolder, step: int, value: float) -> CheckpointSaved:
    tensors = {"model/weight": np.full((8, 8), float(step), np.float32), "optimizer/weight/mean": np.zeros(64)}
    path = run.checkpoints_path / file_name(step)
    written = write_checkpoint(path, tensors, {"step": step, "loss": math.nan})
    return CheckpointSaved(
        step=step,
        examples=step * 10,
        file=str(path.relative_to(run.path)),
        bytes=written.bytes,
        state_sha256=written.state_sha256,
        metrics=columns_of_one([("valid/loss", value)]),
        reason="schedule",
    )


def _prepared() -> Prepared:
    return Prepared(
        parameters=64,
        trainable=64,
        layers=[
            Layer(
                name="head", type="Linear", shape=(8,), parameters=64, trainable=True, in_optimizer=True, changed=None
            )
        ],
        input_shape=(8,),
        outputs=8,
        task="classification",
        classes=["a", "b"],
        train_examples=100,
        valid_examples=20,
        test_examples=0,
        virtual_epoch=100,
        total_steps=40,
        total_examples=400,
        stages=[StageRow(name="train", from_step=0, to_step=40)],
        monitor="valid/loss",
        higher_is_better=False,
    )


@pytest.fixture
def played(terminal: Terminal) -> RunFolder:
    """One complete run in the terminal's workspace."""
    return play(terminal.workspace)


class Stage:
    """Live runs, played by the fake worker of the job tests under a real supervisor."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def submit(self, *acts: str) -> RunFolder:
        """Queue a run that will act so."""
        run = self.workspace.create_run(Spec())
        (run.path / "acts.json").write_text(json.dumps(acts))
        client.submit(self.workspace, run)
        return run


@pytest.fixture
def stage(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A workspace with a real supervisor that is impatient; everything it started is gone afterwards."""
    worker = Path(__file__).parent.parent / "jobs" / "fake_worker.py"
    monkeypatch.setenv("EPOCHAL_WORKER", f"{sys.executable} {worker}")
    supervisors: list[subprocess.Popen[bytes]] = []

    def start(workspace: Workspace) -> None:
        if not supervisors or supervisors[-1].poll() is not None:
            supervisors.append(subprocess.Popen(_supervisor(workspace), env=child_environment()))

    monkeypatch.setattr(client, "ensure_supervisor", start)
    yield Stage(terminal.workspace)
    for process in supervisors:
        process.kill()
        process.wait()
    for run in terminal.workspace.runs():
        holder = liveness.holder(run.lock_path)
        if holder is not None and run.is_alive():
            os.killpg(holder.pid, signal.SIGKILL)


def _supervisor(workspace: Workspace) -> Sequence[str]:
    short = ["--grace", "0.2", "--rungs", "0.2"]
    return [sys.executable, "-m", "core.jobs.supervisor", str(workspace.path), *short]
