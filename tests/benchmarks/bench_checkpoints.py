"""Checkpoints against torch.save, torch.distributed.checkpoint and the bare disk (issue 2, 9b).

Run it with `python tests/benchmarks/bench_checkpoints.py [--quick] [--folder ON_A_REAL_DISK]`.  The state is that of
25 and 100 million parameters with AdamW (300 MB and 1.2 GB).  All ways of saving are measured in turns, so that a busy
machine treats them alike; medians are printed, each with its bar.

"Training time lost" is what a training loop of small steps beside the save loses until the save is durable: the time
it took less the time the same steps take undisturbed.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn

from core.checkpoints.direct_io import CHUNK, open_to_write, write_chunk
from core.checkpoints.format import read_checkpoint
from core.checkpoints.snapshot import aligned
from core.checkpoints.store import CheckpointStore
from core.checkpoints.writer import BackgroundWriter
from core.checkpoints.writing import THREADS

Times = dict[str, list[float]]
WIDTH = 1024
PACE_STEPS = 1000


class State:
    """Weights of about `millions` parameters and AdamW's two moments, in torch and as the same memory in NumPy."""

    def __init__(self, millions: int) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        for layer in range(round(millions * 1e6 / (WIDTH * WIDTH))):
            for part, shape in (("weight", (WIDTH, WIDTH)), ("bias", (WIDTH,))):
                for name in ("model/{}", "optimizer/{}/exp_avg", "optimizer/{}/exp_avg_sq"):
                    self.tensors[name.format(f"{layer}.{part}")] = torch.rand(shape)
        self.arrays = {name: tensor.numpy() for name, tensor in self.tensors.items()}
        self.bytes = sum(array.nbytes for array in self.arrays.values())

    def nested(self) -> dict[str, dict[str, torch.Tensor]]:
        """Return what one would hand to torch.save."""
        groups: dict[str, dict[str, torch.Tensor]] = defaultdict(dict)
        for name, tensor in self.tensors.items():
            group, _, rest = name.partition("/")
            groups[group][rest] = tensor
        return dict(groups)


class Training:
    """A loop of small steps: the MLP of the training benchmark, which needs the interpreter all the time."""

    def __init__(self) -> None:
        self.model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), fused=True)
        self.x, self.y = torch.randn(64, 64), torch.randint(0, 10, (64,))

    def step(self) -> None:
        """Take one step."""
        self.optimizer.zero_grad()
        nn.functional.cross_entropy(self.model(self.x), self.y).backward()
        self.optimizer.step()

    def lost(self, save: Callable[[], Callable[[], bool]]) -> float:
        """Return the seconds lost to one save; `save` begins it and returns a function that tells if it is done."""
        pace = self._pace()
        began, steps = perf_counter(), 0
        done = save()
        while not done():
            self.step()
            steps += 1
        elapsed = perf_counter() - began
        return elapsed - steps * (pace + self._pace()) / 2

    def _pace(self) -> float:
        began = perf_counter()
        for _ in range(PACE_STEPS):
            self.step()
        return (perf_counter() - began) / PACE_STEPS


class Bench:
    """All ways of saving and restoring one state."""

    def __init__(self, state: State, folder: Path) -> None:
        self.state, self.folder, self.training = state, folder, Training()
        self.times: Times = defaultdict(list)
        self.warm = {name: np.ones_like(array) for name, array in state.arrays.items()}
        self.durable: list[float] = []
        self.failed: list[object] = []
        self.writer = BackgroundWriter(
            folder, lambda saved: self.durable.append(saved.write_s), lambda *failure: self.failed.append(failure)
        )
        self.writer.prepare(state.arrays, {"step": 0})
        self.store = CheckpointStore(folder)
        self.raw_bytes = -(-state.bytes // 4096) * 4096
        self.raw = aligned(self.raw_bytes)
        self.raw[:] = 1
        self.saves = 0

    def round(self) -> None:
        """Measure everything once."""
        for measure in (
            self.copy,
            self.raw_disk,
            self.own_lost,
            self.torch_save_lost,
            self.dcp_lost,
            self.own,
            self.torch_save,
            self.raw_read,
            self.restore_fresh,
            self.torch_load,
            self.restore_live,
            self.torch_load_live,
        ):
            self.settle()
            measure()

    def settle(self) -> None:
        """Delete what was written before and let the disk come to rest: freeing a large file takes the disk's time."""
        for path in (*self.folder.glob("*.h5"), *self.folder.glob("*.pt")):
            if path not in (self.store.path(self.saves), self.folder / f"state-{self.saves}.pt"):
                path.unlink()
        gc.collect()
        give_back_memory()
        os.sync()

    def next_save(self) -> int:
        """Return a new number, so that nothing is written over a file."""
        self.saves += 1
        return self.saves

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the seconds of a block to a measure."""
        began = perf_counter()
        yield
        self.times[name].append(perf_counter() - began)

    def copy(self) -> None:
        """Copy the state into warm buffers: the least a snapshot can cost."""
        with self.timed("copy"):
            for name, array in self.state.arrays.items():
                np.copyto(self.warm[name], array)

    def own(self) -> None:
        """Save with nothing beside."""
        self.times["stall"].append(self.writer.save(self.next_save(), self.state.arrays, {"step": 1}))
        self.writer.wait()
        self.times["durable"].append(self.durable[-1])

    def raw_disk(self) -> None:
        """Write the same bytes past the page cache, with the same chunks and threads, and nothing else."""
        path = self.folder / "raw"
        with self.timed("raw"), ThreadPoolExecutor(THREADS) as pool:
            descriptor = open_to_write(path, self.raw_bytes)
            starts = range(0, self.raw_bytes, CHUNK)
            list(pool.map(lambda at: write_chunk(descriptor, self.raw, at, min(at + CHUNK, self.raw_bytes)), starts))
            os.fsync(descriptor)
            os.close(descriptor)
        path.unlink()

    def torch_save(self) -> None:
        """Save the usual way, durably."""
        with self.timed("torch.save"):
            self.torch_save_now()

    def torch_file(self) -> Path:
        """Return the file of torch.save that stands beside our newest one."""
        return self.folder / f"state-{self.saves}.pt"

    def torch_save_now(self) -> None:
        """Save the usual way and return when it is durable."""
        with self.torch_file().open("xb") as file:
            torch.save(self.state.nested(), file)
            file.flush()
            os.fsync(file.fileno())

    def own_lost(self) -> None:
        """Save beside a training loop."""

        def save() -> Callable[[], bool]:
            count = len(self.durable)
            self.writer.save(self.next_save(), self.state.arrays, {"step": 1})
            return lambda: len(self.durable) > count or bool(self.failed)

        self.times["lost"].append(self.training.lost(save))
        self.writer.wait()

    def torch_save_lost(self) -> None:
        """Save the usual way between two steps."""

        def save() -> Callable[[], bool]:
            self.torch_save_now()
            return lambda: True

        self.times["torch.save lost"].append(self.training.lost(save))

    def dcp_lost(self) -> None:
        """Save with torch.distributed.checkpoint's async_save beside a training loop."""
        path = self.folder / "dcp"

        def save() -> Callable[[], bool]:
            with self.timed("dcp stall"):
                future = dcp.async_save(self.state.nested(), checkpoint_id=path)
            return future.done  # type: ignore[no-any-return, union-attr]

        self.times["dcp lost"].append(self.training.lost(save))
        shutil.rmtree(path)

    def raw_read(self) -> None:
        """Read the same bytes past the page cache into warm memory, four requests at a time, and nothing else."""
        descriptor = os.open(self.store.path(self.saves), os.O_RDONLY | os.O_DIRECT)
        with self.timed("raw read"), ThreadPoolExecutor(4) as pool:
            starts = range(0, self.raw_bytes, CHUNK)
            list(pool.map(lambda at: os.preadv(descriptor, [self.raw[at : at + CHUNK].data], at), starts))
        os.close(descriptor)

    def restore_fresh(self) -> None:
        """Read into fresh memory, every byte checked; the file is not in the page cache."""
        path = self.store.path(self.saves)
        forget(path)
        with self.timed("restore"):
            read_checkpoint(path)

    def torch_load(self) -> None:
        """Read what torch.save wrote into fresh memory, unchecked."""
        forget(self.torch_file())
        with self.timed("torch.load"):
            torch.load(self.torch_file())

    def restore_live(self) -> None:
        """Read into the tensors of a live model and optimizer."""
        path = self.store.path(self.saves)
        forget(path)
        with self.timed("restore live"):
            read_checkpoint(path, into=self.warm)

    def torch_load_live(self) -> None:
        """Read what torch.save wrote and copy it into the tensors of a live model and optimizer."""
        forget(self.torch_file())
        with self.timed("torch.load live"):
            for group, tensors in torch.load(self.torch_file()).items():
                for name, tensor in tensors.items():
                    torch.from_numpy(self.warm[f"{group}/{name}"]).copy_(tensor)

    def close(self) -> None:
        """End the writing thread; a failed save is an error of the benchmark."""
        self.writer.close()
        if self.failed:
            raise RuntimeError(f"saves failed: {self.failed}")


def give_back_memory() -> None:
    """Return freed memory to the system, so that nobody restores into pages that another has touched before."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def forget(path: Path) -> None:
    """Take a file out of the page cache."""
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def report(state: State, times: Times) -> None:
    """Print medians, then each bar with the ratio of medians that stands against it."""
    print(f"\n{state.bytes / 12e6:.0f} M parameters with AdamW state, {state.bytes / 1e6:,.0f} MB; medians in ms:")
    for name, values in times.items():
        middle, least, most = (1e3 * function(values) for function in (statistics.median, min, max))
        print(f"  {name:<18}{middle:>9.1f}   ({least:.1f} to {most:.1f})")
    bars: list[tuple[str, str, str, float, bool]] = [
        ("stall / copy into warm buffers", "stall", "copy", 1.3, False),
        ("torch.save+fsync / stall", "torch.save", "stall", 10.0, True),
        ("DCP async_save's lost time / ours", "dcp lost", "lost", 5.0, True),
        ("durable / raw O_DIRECT write+fsync", "durable", "raw", 1.2, False),
        ("torch.load cold / restore", "torch.load", "restore", 3.0, True),
        ("the same into a live model", "torch.load live", "restore live", 3.0, True),
    ]
    for title, above, below, bar, at_least in bars:
        ratio = statistics.median(times[above]) / max(statistics.median(times[below]), 1e-4)
        met = ratio >= bar if at_least else ratio <= bar
        print(f"  {title:<38}{ratio:>7.2f}   bar {'>=' if at_least else '<='} {bar:<5}{'met' if met else 'SHORT'}")
    limit = statistics.median(times["torch.load live"]) / statistics.median(times["raw read"])
    print(f"  {'torch.load / bare disk: the most there is':<38}{limit:>7.2f}")


def measure(millions: int, rounds: int, folder: Path) -> None:
    """Measure one size."""
    state = State(millions)
    bench = Bench(state, folder)
    try:
        bench.round()  # the first round warms everything up
        bench.times.clear()
        for _ in range(rounds):
            bench.round()
    finally:
        bench.close()
    report(state, bench.times)


def main() -> None:
    """Measure 25 and 100 million parameters; with --quick 4 million, in a few seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="4 million parameters, 3 rounds: does it work at all")
    parser.add_argument("--millions", type=int, action="append", help="another size; may be repeated")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where to write; must be a real disk")
    given: Any = parser.parse_args()
    torch.set_num_threads(1)
    sizes = given.millions or ([4] if given.quick else [25, 100])
    with tempfile.TemporaryDirectory(prefix=".bench-checkpoints-", dir=given.folder) as name:
        dist.init_process_group("gloo", init_method=f"file://{name}/group", rank=0, world_size=1)
        try:
            for millions in sizes:
                folder = Path(name) / str(millions)
                folder.mkdir()
                measure(millions, 3 if given.quick else given.rounds, folder)
                shutil.rmtree(folder)
        finally:
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
