"""A fork's curve is joined with its ancestors': every step once, in order, whatever the ancestors did besides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.runs.columns import columns_of_one, to_column
from core.runs.events import BestChanged, CheckpointSaved, Environment, Metrics, Started
from core.runs.joined import JoinedFeed, ancestry, joined_state
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.runs.state import Best, Origin
from core.runs.workspace import Workspace

ENVIRONMENT = Environment(torch="2", python="3", platform="x", device="cpu", threads=1)
StartingFrom = Callable[..., RunFolder]


def train(run: RunFolder, first: int, last: int, value: float, *, resumed_from: int | None = None) -> None:
    """Write a segment: a point of every step from first to last, all of one value, and a checkpoint of the last."""
    steps = np.arange(first, last + 1, dtype=np.float64)
    columns = {"train/loss": to_column(np.full(len(steps), value))}
    with EventWriter(run.events_path) as events:
        events.write(Started(segment=0, pid=1, environment=ENVIRONMENT, resumed_from=resumed_from))
        events.write(
            Metrics(step=to_column(steps), examples=to_column(steps * 4), wall=to_column(steps / 10), values=columns)
        )
        events.write(BestChanged(metric="valid/loss", step=last, value=value))
        events.write(
            CheckpointSaved(
                step=last,
                examples=last * 4,
                file=f"checkpoints/step-{last:08d}.h5",
                bytes=1,
                state_sha256="",
                metrics=columns_of_one({"train/loss": value}.items()),
                reason="schedule",
            )
        )


def curve(run: RunFolder) -> tuple[list[int], list[float]]:
    step, _, _, value = joined_state(run).series("train/loss").live_points()
    return step.astype(int).tolist(), value.tolist()


def test_that_a_forks_curve_begins_with_its_ancestors(run: RunFolder, starting_from: StartingFrom) -> None:
    train(run, 1, 10, 3.0)
    child = starting_from(run, 10)
    train(run, 11, 20, 2.9, resumed_from=10)
    train(child, 11, 15, 2.0, resumed_from=10)
    grandchild = starting_from(child, 15)
    train(grandchild, 16, 18, 1.0, resumed_from=15)
    steps, values = curve(grandchild)
    assert steps == list(range(1, 19))
    assert values == [3.0] * 10 + [2.0] * 5 + [1.0] * 3
    state = joined_state(grandchild)
    assert state.origins == (Origin(run.id, 10), Origin(child.id, 15))
    assert state.series("train/loss").inherited == 15
    assert state.best == Best(18, 1.0, "valid/loss")
    assert [row.step for row in state.checkpoints] == [18]


def test_that_only_the_way_to_the_checkpoint_is_joined(run: RunFolder, starting_from: StartingFrom) -> None:
    train(run, 1, 10, 3.0)
    train(run, 11, 20, 4.0, resumed_from=10)
    abandoned = starting_from(run, 20)
    train(run, 11, 30, 2.0, resumed_from=10)  # it goes back before the fork and makes step 20 anew
    train(abandoned, 21, 22, 4.5, resumed_from=20)
    assert curve(abandoned) == (list(range(1, 23)), [3.0] * 10 + [4.0] * 10 + [4.5] * 2)
    later = starting_from(run, 30)
    assert curve(later) == (list(range(1, 31)), [3.0] * 10 + [2.0] * 20)


def test_that_a_fork_that_begins_again_has_no_zigzag(run: RunFolder, starting_from: StartingFrom) -> None:
    train(run, 1, 10, 3.0)
    child = starting_from(run, 10)
    train(child, 11, 14, 2.0, resumed_from=10)
    train(child, 11, 12, 1.0, resumed_from=10)
    assert curve(child) == (list(range(1, 13)), [3.0] * 10 + [1.0] * 2)
    state = joined_state(child)
    assert state.series("train/loss").dead_tails == [(10, 14)]
    assert (state.step, state.examples) == (12, 48)


def test_that_a_deleted_parent_leaves_the_forks_own_curve(
    workspace: Workspace, run: RunFolder, starting_from: StartingFrom
) -> None:
    train(run, 1, 10, 3.0)
    child = starting_from(run, 10)
    train(child, 11, 14, 2.0, resumed_from=10)
    workspace.delete_run(run)
    assert ancestry(child) == []
    assert curve(child)[0] == [11, 12, 13, 14]


def test_that_reading_in_slices_gives_the_same(run: RunFolder, starting_from: StartingFrom) -> None:
    for first in range(1, 200, 10):
        train(run, first, first + 9, 3.0, resumed_from=first - 1 or None)
    child = starting_from(run, 150)
    train(child, 151, 160, 2.0, resumed_from=150)
    feed = JoinedFeed(child)
    polls = 0
    while feed.poll(limit_bytes=200):
        polls += 1
    assert polls > 20
    assert feed.state.series("train/loss").live_points()[0].tolist() == list(range(1, 161))
    feed.close()
