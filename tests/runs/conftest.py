"""Legal event streams for property tests, and a run to write them to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from core.runs.columns import columns_of_one, to_column
from core.runs.events import (
    AnyEvent,
    BestChanged,
    CheckpointFailed,
    CheckpointRemoved,
    CheckpointSaved,
    CommandDone,
    Confusion,
    Continued,
    Ended,
    Environment,
    Metrics,
    Notice,
    Paused,
    Prepared,
    Progress,
    StageBegan,
    StageRow,
    Started,
)
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.spec import Spec
from core.spec.start import Fork, WarmStart

BATCH = 4
TOTAL = 60
Draw = Callable[[st.SearchStrategy[Any]], Any]
_value = st.floats(allow_nan=True, allow_infinity=True, width=32)
_segment_acts = st.lists(
    st.sampled_from(
        [
            "train",
            "train",
            "evaluate",
            "confuse",
            "save",
            "save",
            "remove",
            "lose",
            "pause",
            "set",
            "notice",
            "progress",
        ]
    ),
    max_size=12,
)


class Stream:
    """Writes a run as a trainer would: segments that begin at a checkpoint or at the beginning, then train and end."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.events: list[AnyEvent] = []
        self.saved: set[int] = set()
        self.step = 0

    def say(self, event: AnyEvent) -> None:
        event.seq = len(self.events) + 1
        event.time = 1000.0 + event.seq
        self.events.append(event)

    def segment(self, number: int) -> None:
        """Write one segment; it may end before it trains, or never (the last one)."""
        resumed_from = self.draw(st.sampled_from([None, *sorted(self.saved)])) if number else None
        self.step = resumed_from or 0
        environment = Environment(torch="2.13", python="3.11", platform="x86_64", device="cpu", threads=1)
        self.say(Started(segment=number, pid=1, environment=environment, resumed_from=resumed_from))
        if self.draw(st.booleans()) or number == 0:
            self.say(prepared())
            for act in self.draw(_segment_acts):
                getattr(self, act)()
        if self.draw(st.booleans()) or not number:  # else it went back in the same process, or lost its power
            self.end()

    def end(self) -> None:
        outcome = self.draw(st.sampled_from(["completed", "stopped", "failed", "killed"]))
        self.say(Ended(outcome=outcome, reason="budget", step=self.step, examples=self.step * BATCH))

    def train(self) -> None:
        count = self.draw(st.integers(1, 20))
        steps = np.arange(self.step + 1, self.step + count + 1, dtype=np.float64)
        values = np.array(self.draw(st.lists(_value, min_size=count, max_size=count)))
        self.points(steps, {"train/loss": values, "train/rate": steps * 0.1})
        self.step += count

    def evaluate(self) -> None:
        value = self.draw(_value)
        self.points(np.array([float(self.step)]), {"valid/loss": np.array([value])})
        if np.isfinite(value):
            self.say(BestChanged(metric="valid/loss", step=self.step, value=value))

    def confuse(self) -> None:
        cells = st.lists(st.integers(0, 50), min_size=4, max_size=4)
        one, two, three, four = self.draw(cells)
        split = self.draw(st.sampled_from(["valid", "test"]))
        step = self.draw(st.sampled_from([self.step, *sorted(one for one in self.saved if one <= self.step)]))
        self.say(Confusion(step=step, split=split, counts=[[one, two], [three, four]]))

    def points(self, steps: np.ndarray, values: dict[str, np.ndarray]) -> None:
        columns = {name: to_column(column) for name, column in values.items()}
        self.say(
            Metrics(step=to_column(steps), examples=to_column(steps * BATCH), wall=to_column(steps / 8), values=columns)
        )

    def save(self) -> None:
        self.saved.add(self.step)
        self.say(
            CheckpointSaved(
                step=self.step,
                examples=self.step * BATCH,
                file=f"checkpoints/step-{self.step:08d}.h5",
                bytes=10,
                state_sha256="00",
                metrics=columns_of_one([("valid/loss", float("nan"))]),
                reason="schedule",
            )
        )

    def remove(self) -> None:
        if self.saved:
            step = self.draw(st.sampled_from(sorted(self.saved)))
            self.saved.discard(step)
            self.say(CheckpointRemoved(step=step, reason="keep_last"))

    def lose(self) -> None:
        self.say(CheckpointFailed(step=self.step, message="The disk is full."))

    def pause(self) -> None:
        self.say(Paused(step=self.step))
        self.say(Continued(step=self.step))

    def set(self) -> None:
        self.say(CommandDone(command_id="c", name="set", arguments={"path": "p"}, outcome="applied", step=self.step))

    def notice(self) -> None:
        self.say(Notice(level="note", message="A constant column."))
        self.say(StageBegan(step=self.step, stage=0, name="train"))

    def progress(self) -> None:
        self.say(
            Progress(step=self.step, examples=self.step * BATCH, total_steps=TOTAL, examples_per_second=1.0, latest={})
        )


def prepared() -> Prepared:
    """Return what a run says once its data is loaded."""
    return Prepared(
        parameters=10,
        trainable=10,
        layers=[],
        input_shape=(4,),
        outputs=2,
        task="classification",
        classes=["a", "b"],
        train_examples=40,
        valid_examples=10,
        test_examples=0,
        virtual_epoch=40,
        total_steps=TOTAL,
        total_examples=TOTAL * BATCH,
        stages=[StageRow(name="train", from_step=0, to_step=TOTAL)],
        monitor="valid/loss",
        higher_is_better=False,
    )


@st.composite
def legal_streams(draw: Draw) -> list[AnyEvent]:
    """Draw a legal stream of one to four segments."""
    stream = Stream(draw)
    for number in range(draw(st.integers(1, 4))):
        stream.segment(number)
    return stream.events


@pytest.fixture(scope="session")
def streams() -> st.SearchStrategy[list[AnyEvent]]:
    """The strategy that draws legal event streams; for `data.draw(streams)`."""
    return legal_streams()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace.open(tmp_path / "workspace")


@pytest.fixture
def run(workspace: Workspace) -> RunFolder:
    """A run that has not said anything."""
    return workspace.create_run(Spec(name="a run"))


StartingFrom = Callable[..., RunFolder]


@pytest.fixture
def starting_from(workspace: Workspace) -> StartingFrom:
    """Return a maker of runs that start from a checkpoint of `parent`, a file whose content is `step N`."""

    def make(parent: RunFolder, step: int, kind: type[Fork | WarmStart] = Fork) -> RunFolder:
        path = parent.checkpoints_path / f"step-{step:08d}.h5"
        if not path.exists():
            path.write_bytes(f"step {step}".encode())
        return workspace.create_run(Spec(name="a child", start=kind(run=parent.id, step=step)))

    return make
