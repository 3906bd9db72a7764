"""What metrics cost (issue 2, 9c): a point while training, and reopening a run of a million points.

Run it with `python tests/benchmarks/bench_metrics.py`; the peer is TensorBoard (the `benchmarks` extra). A step records
three metrics (loss, learning rate, gradient norm); the cost of a point is all the time the training thread spends on
recording and writing, divided by the number of points. Reopening gives the arrays that the plots draw.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import tempfile
from pathlib import Path
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

METRICS = ("train/loss", "train/learning_rate", "train/grad_norm")
FLUSH_EVERY = 1000  # steps; the engine writes every quarter of a second
MOST_MICROSECONDS = 1.0
FEWEST_TIMES = 100.0


def record_own(folder: Path, steps: int) -> float:
    """Record `steps` steps as the engine does; return microseconds per metric point."""
    from core.engine.recording import Recorder
    from core.engine.train_state import Counters
    from core.runs.journal import EventWriter

    losses = [random.random() for _ in range(steps)]
    counters = Counters()
    with EventWriter(folder / "events.jsonl") as events:
        recorder = Recorder(events)
        points = recorder.points
        begin = perf_counter()
        for step, loss in enumerate(losses, start=1):
            full = points.add(step, 64 * step, 0.001 * step, loss, 0.01, 1.5)
            if full or step % FLUSH_EVERY == 0:
                recorder.flush(counters)
        taken = perf_counter() - begin
    return 1e6 * taken / (steps * len(METRICS))


def record_tensorboard(folder: Path, steps: int) -> float:
    """Record the same with TensorBoard's writer; return microseconds per metric point."""
    from torch.utils.tensorboard import SummaryWriter

    losses = [random.random() for _ in range(steps)]
    writer = SummaryWriter(str(folder))
    begin = perf_counter()
    for step, loss in enumerate(losses, start=1):
        for metric, value in zip(METRICS, (loss, 0.01, 1.5), strict=True):
            writer.add_scalar(metric, value, step)
    taken = perf_counter() - begin
    writer.close()
    return 1e6 * taken / (steps * len(METRICS))


def write_own(folder: Path, points: int) -> Path:
    """Write a run of `points` points of one metric as the engine's events."""
    from core.runs.columns import to_column
    from core.runs.events import Metrics
    from core.runs.journal import EventWriter

    path = folder / "events.jsonl"
    value = np.random.default_rng(0).normal(size=points)
    with EventWriter(path) as events:
        for start in range(0, points, FLUSH_EVERY):
            step = np.arange(start + 1.0, min(start + FLUSH_EVERY, points) + 1)
            events.write(
                Metrics(
                    step=to_column(step),
                    examples=to_column(64 * step),
                    wall=to_column(0.001 * step),
                    values={"train/loss": to_column(value[start : start + FLUSH_EVERY])},
                )
            )
    return path


def write_tensorboard(folder: Path, points: int) -> Path:
    """Write the same points as TensorBoard's event file."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    path = folder / "events.out.tfevents.1.bench"
    values = np.random.default_rng(0).normal(size=points).tolist()
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        for step, value in enumerate(values, start=1):
            summary = Summary(value=[Summary.Value(tag="train/loss", simple_value=value)])
            writer.write(Event(step=step, wall_time=0.001 * step, summary=summary).SerializeToString())
        writer.flush()
    return path


def reopen_own(path: Path, points: int) -> float:
    """Read a run as the window does; return seconds."""
    from core.runs.reader import EventReader
    from core.runs.state import RunState

    begin = perf_counter()
    state = RunState.of(EventReader(path).poll())
    taken = perf_counter() - begin
    assert len(state.metrics["train/loss"]) == points
    return taken


def reopen_tensorboard(path: Path, points: int) -> float:
    """Read the event file with EventAccumulator, nothing subsampled; return seconds."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    begin = perf_counter()
    accumulator = EventAccumulator(str(path), size_guidance={"scalars": 0})
    accumulator.Reload()
    taken = perf_counter() - begin
    assert len(accumulator.Scalars("train/loss")) == points
    return taken


def main() -> int:
    """Measure and print; return 1 when a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=100_000)
    arguments.add_argument("--points", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--without-peer", action="store_true")
    options = arguments.parse_args()
    own, peer = [], [math.nan] if options.without_peer else []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            own.append(record_own(Path(folder), options.steps))
            if not options.without_peer:
                peer.append(record_tensorboard(Path(folder), options.steps // 20))
    cost, peer_cost = statistics.median(own), statistics.median(peer)
    print(f"one metric point, Epochal      {cost:8.3f} us (bar: at most {MOST_MICROSECONDS} us)")
    print(f"one metric point, TensorBoard  {peer_cost:8.3f} us, {peer_cost / cost:.0f} times as much")
    with tempfile.TemporaryDirectory() as folder:
        path = write_own(Path(folder), options.points)
        times = [reopen_own(path, options.points) for _ in range(options.rounds)]
        peer_time = math.nan
        if not options.without_peer:
            peer_time = reopen_tensorboard(write_tensorboard(Path(folder), options.points), options.points)
        times += [reopen_own(path, options.points) for _ in range(options.rounds)]
    ratio = peer_time / statistics.median(times)
    print(f"reopen {options.points:,} points, Epochal      {1e3 * statistics.median(times):10.1f} ms")
    print(f"reopen {options.points:,} points, TensorBoard  {1e3 * peer_time:10.1f} ms")
    print(f"ratio {ratio:.0f} (bar: at least {FEWEST_TIMES:.0f})")
    return int(cost > MOST_MICROSECONDS or ratio < FEWEST_TIMES)


if __name__ == "__main__":
    raise SystemExit(main())
