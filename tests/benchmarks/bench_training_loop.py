"""The training loop against its peers: `python tests/benchmarks/bench_training_loop.py [--quick]`.

Each contender has a process of its own and one thread; a round lets one after the other make the same number of steps
with the same model, data and batch size, and what is compared are medians over the rounds.  Epochal's own
runs are whole: points streamed to disk, commands looked for, ten checkpoints written.  `--clock cpu` counts the
process's CPU seconds instead of wall seconds, for a machine that is busy with other things.  `--quick` makes few rounds
and leaves out compilation.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data.prepared import DataShape
from core.engine import ending
from core.engine.allocator import keep_freed_memory
from core.engine.job import Job
from core.engine.trainer import Trainer
from core.models.build import build_model
from core.runs.journal import EventWriter
from core.runs.workspace import Workspace
from core.spec.model import ModelSpec
from core.spec.read import spec_from_dict

BATCH = 64
Timer = Callable[[], float]


@dataclass(frozen=True)
class Case:
    """One model with its data."""

    name: str
    model: dict[str, Any]
    shape: tuple[int, ...]
    examples: int
    steps: int

    def build(self) -> nn.Module:
        """Return the model with its first weights."""
        torch.manual_seed(0)
        options = {key: value for key, value in self.model.items() if key != "kind"}
        kind = "image" if len(self.shape) == 3 else "table"
        shape = DataShape(kind, self.shape, 10, "classification")
        return build_model(ModelSpec(kind=self.model["kind"], options=options), shape, Path())

    def data(self) -> tuple[Tensor, Tensor]:
        """Return random inputs and classes."""
        generator = torch.Generator().manual_seed(1)
        inputs = torch.randn((self.examples, *self.shape), generator=generator)
        return inputs, torch.randint(0, 10, (self.examples,), generator=generator)


MLP = Case("MLP 64-128-128-10", {"kind": "mlp", "hidden": [128, 128]}, (64,), 6400, 2000)
CNN = Case(
    "CNN 28x28",
    {"kind": "cnn", "channels": [16, 32], "convolutions": 1, "normalise": False, "hidden": 64, "dropout": 0.0},
    (1, 28, 28),
    6400,
    100,
)
CASES = {"mlp": MLP, "cnn": CNN}


class Contenders:
    """Every way to make a case's steps; each method returns the seconds they took."""

    def __init__(self, case: Case, clock: Timer, folder: Path) -> None:
        self.case, self.clock, self.folder = case, clock, folder
        self.inputs, self.targets = case.data()
        self._compiled: Trainer | None = None
        self._kept = ExitStack()
        np.savez(folder / "data.npz", inputs=self.inputs.numpy(), target=self.targets.numpy())

    def hand(self) -> float:
        """The loop one writes by hand: index batches, default AdamW."""
        model = self.case.build()
        optimizer = torch.optim.AdamW(model.parameters())
        began = self.clock()
        for indices in self._indices():
            inputs, targets = self.inputs[indices], self.targets[indices]
            loss = functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return self.clock() - began

    def bare(self) -> float:
        """The least one can do without compiling: fused AdamW over flat parameters, one gather per epoch."""
        model = self.case.build()
        flat, gradient = _flatten(model)
        optimizer = torch.optim.AdamW([flat], fused=True)
        began = self.clock()
        made = 0
        while made < self.case.steps:
            order = torch.randperm(self.case.examples)
            for inputs, targets in zip(self.inputs[order].split(BATCH), self.targets[order].split(BATCH), strict=True):
                loss = functional.cross_entropy(model(inputs), targets)
                gradient.zero_()
                loss.backward()
                optimizer.step()
                made += 1
        return self.clock() - began

    def epochal(self) -> float:
        """Epochal, whole."""
        with self._trainer(compiled=False) as trainer:
            return self._train(trainer)

    def compiled(self) -> float:
        """Epochal with the whole step compiled; the compilation itself is not counted."""
        if self._compiled is None:
            self._compiled = self._kept.enter_context(self._trainer(compiled=True))
            self._compiled.parts.gradients(self.inputs[:BATCH], self.targets[:BATCH])
        return self._train(self._compiled)

    def _train(self, trainer: Trainer) -> float:
        trainer.state.counters.step, trainer.finish = 0, None
        trainer.parts.saver.forget_after(-1)
        began = self.clock()
        trainer.train()
        trainer.parts.saver.wait()
        return self.clock() - began

    @contextmanager
    def _trainer(self, compiled: bool) -> Iterator[Trainer]:
        spec = spec_from_dict(
            {
                "data": {
                    "kind": "numpy",
                    "path": str(self.folder / "data.npz"),
                    "standardise": False,
                    "split": {"method": "none"},
                },
                "model": self.case.model,
                "training": {
                    "batch_size": BATCH,
                    "budget": {"unit": "steps", "stop_point": self.case.steps},
                    "monitor": "train/loss",
                },
                "compute": {"device": "cpu", "threads": 1, "compile": compiled},
            }
        )
        run = Workspace.open(self.folder / "workspace").create_run(spec)
        with EventWriter(run.events_path) as events:
            with _silence():
                trainer = Job(run, spec, events).assemble()
            yield trainer
            ending.close(trainer)

    def lightning(self, minimal: bool = False) -> float:
        """Lightning as its documentation begins; only the time between start and end of training counts."""
        import lightning

        module, timer = _lightning_module(self.case, self.clock)
        data = torch.utils.data.TensorDataset(self.inputs, self.targets)
        loader = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
        less: dict[str, Any] = (
            {
                "logger": False,
                "enable_checkpointing": False,
                "enable_progress_bar": False,
                "enable_model_summary": False,
            }
            if minimal
            else {}
        )
        with _silence():
            trainer = lightning.Trainer(
                max_steps=self.case.steps,
                max_epochs=-1,
                accelerator="cpu",
                default_root_dir=self.folder,
                **less,
            )
            trainer.fit(module, loader)
        return timer.seconds

    def lightning_minimal(self) -> float:
        """Lightning with everything optional switched off."""
        return self.lightning(minimal=True)

    def _indices(self) -> Iterator[Tensor]:
        made = 0
        while True:
            order = torch.randperm(self.case.examples)
            for start in range(0, self.case.examples, BATCH):
                yield order[start : start + BATCH]
                made += 1
                if made == self.case.steps:
                    return


def _flatten(model: nn.Module) -> tuple[nn.Parameter, Tensor]:
    parameters = list(model.parameters())
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
    gradient = torch.zeros_like(flat)
    start = 0
    for parameter in parameters:
        end = start + parameter.numel()
        parameter.data = flat[start:end].view_as(parameter)
        parameter.grad = gradient[start:end].view_as(parameter)
        start = end
    vector = nn.Parameter(flat)
    vector.grad = gradient
    return vector, gradient


def _lightning_module(case: Case, clock: Timer) -> tuple[Any, Any]:
    import lightning

    class Timing(lightning.Callback):
        seconds = 0.0

        def on_train_start(self, *_: Any) -> None:
            self.began = clock()

        def on_train_end(self, *_: Any) -> None:
            self.seconds = clock() - self.began

    timer = Timing()

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = case.build()

        def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
            inputs, targets = batch
            loss = functional.cross_entropy(self.model(inputs), targets)
            self.log("train_loss", loss)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.AdamW(self.parameters())

        def configure_callbacks(self) -> list[Any]:
            return [timer]

    return Module(), timer


@contextmanager
def _silence() -> Iterator[None]:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    nowhere = open(os.devnull, "w")  # noqa: SIM115
    with nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Contestant:
    """A contender in a process of its own, kept between rounds: allocator settings and imports stay its own."""

    def __init__(self, case: str, name: str, clock: str) -> None:
        command = [sys.executable, __file__, "--serve", case, name, "--clock", clock]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def round(self) -> float:
        """Return the seconds of one round."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def serve(case: Case, name: str, clock: Timer) -> None:
    """Make a round for each line on standard input and answer with its seconds."""
    if name in ("epochal", "compiled"):
        keep_freed_memory()  # as a worker does
    with tempfile.TemporaryDirectory() as folder:
        contender = getattr(Contenders(case, clock, Path(folder)), name)
        for _ in sys.stdin:
            print(contender(), flush=True)


def measure(case: str, names: list[str], clock: str, rounds: int) -> dict[str, float]:
    """Return the median seconds of each contender, after one round that does not count."""
    contestants = {name: Contestant(case, name, clock) for name in names}
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name, contestant in contestants.items():
            seconds = contestant.round()
            if number:
                taken[name].append(seconds)
        print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    for contestant in contestants.values():
        contestant.close()
    return {name: statistics.median(values) for name, values in taken.items()}


def report(case: Case, medians: dict[str, float], bars: list[tuple[str, str, float]]) -> bool:
    """Print what was measured and whether each bar (contender, peer, at least) is met."""
    print(f"{case.name}, batch {BATCH}, AdamW, one thread, {case.steps} steps")
    for name, seconds in medians.items():
        print(f"  {name:<18} {seconds / case.steps * 1e6:8.1f} us a step   {medians['hand'] / seconds:5.2f} x hand")
    passed = True
    for name, peer, least in bars:
        if name in medians and peer in medians:
            ratio = medians[peer] / medians[name]
            passed &= ratio >= least
            print(f"  {name} is {ratio:.2f} x {peer}, bar {least:.2f}: {'met' if ratio >= least else 'MISSED'}")
    return passed


def main() -> int:
    """Run every case; return 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer, shorter rounds; nothing is compiled")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--only", choices=("mlp", "cnn"))
    parser.add_argument("--without", nargs="*", default=[], help="contenders to leave out")
    parser.add_argument("--serve", nargs=2, metavar=("CASE", "CONTENDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.serve:
        clock = time.perf_counter if options.clock == "wall" else time.process_time
        serve(CASES[options.serve[0]], options.serve[1], clock)
        return 0
    rounds = options.rounds or (3 if options.quick else 11)
    bars = {
        "mlp": [
            ("epochal", "hand", 1.15),
            ("epochal", "bare", 1 / 1.1),
            ("epochal", "lightning", 6.0),
            ("compiled", "lightning", 8.0),
        ],
        "cnn": [("epochal", "hand", 1.5)],
    }
    passed = True
    for key, case in CASES.items():
        if options.only in (None, key):
            names = ["hand", "bare", "epochal", "compiled", "lightning", "lightning_minimal"]
            left_out = {*options.without, *(["compiled"] if options.quick else [])}
            names = [name for name in names if name not in left_out]
            passed &= report(case, measure(key, names, options.clock, rounds), bars[key])
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
