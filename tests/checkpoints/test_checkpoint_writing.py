"""Writing beside training: no torn file, no lost file, and clear words when the disk is full."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core import durable
from core.checkpoints.format import check_file, read_checkpoint
from core.checkpoints.store import CheckpointStore
from core.checkpoints.writer import BackgroundWriter, Saved
from core.errors import CheckpointError, EpochalError, WriteError

POINTS = ["reserve", "write", "before_sync", "before_rename", "after_rename"]
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import make_sample
from core.checkpoints.writer import BackgroundWriter
writer = BackgroundWriter(Path(sys.argv[2]), lambda saved: print("saved", saved.step, flush=True), print)
for step in range(1, 6):
    sample = make_sample(step)
    writer.save(step, sample.tensors, sample.state, sample.dtypes)
writer.close()
"""


class Log:
    """Collects what a writer says."""

    def __init__(self) -> None:
        self.saved: list[Saved] = []
        self.failed: list[tuple[int, EpochalError]] = []

    def writer(self, folder: Path) -> BackgroundWriter:
        """Return a writer that reports here."""
        return BackgroundWriter(folder, self.saved.append, lambda step, error: self.failed.append((step, error)))


@pytest.fixture
def log() -> Log:
    """An empty log."""
    return Log()


@pytest.fixture(scope="module")
def samples() -> ModuleType:
    """The module with `make_sample`, loaded by its path."""
    spec = importlib.util.spec_from_file_location("checkpoint_samples", Path(__file__).with_name("conftest.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_that_training_may_go_on_changing_what_was_saved(sample: Any, tmp_path: Path, log: Log) -> None:
    expected = {name: array.copy() for name, array in sample.tensors.items()}
    writer = log.writer(tmp_path)
    writer.save(1, sample.tensors, sample.state, sample.dtypes)
    for array in sample.tensors.values():
        array[...] = 0
    sample.state["step"] = -1
    writer.close()
    found = read_checkpoint(log.saved[0].path)
    assert all(np.array_equal(found.tensors[name], expected[name]) for name in expected)
    assert found.state["step"] == 0


def test_that_one_plan_serves_many_saves_and_a_new_one_is_made_when_needed(
    samples: ModuleType, tmp_path: Path, log: Log
) -> None:
    writer = log.writer(tmp_path)
    saved = [samples.make_sample(step) for step in range(6)]
    saved[3].state["long"] = "x" * 100_000
    saved[4].tensors["optimizer/new/step"] = np.array(4.0)
    saved[5].tensors["model/0.weight"] = np.ones((96, 96), np.float64)
    writer.prepare(saved[0].tensors, saved[0].state, saved[0].dtypes)
    for step, sample in enumerate(saved):
        writer.save(step, sample.tensors, sample.state, sample.dtypes)
    writer.close()
    assert log.failed == []
    for step, sample in enumerate(saved):
        found = CheckpointStore(tmp_path).load(step)
        assert found.state["step"] == sample.state["step"]
        assert all(np.array_equal(found.tensors[name], sample.tensors[name]) for name in sample.tensors)
        assert sample.write(tmp_path / "again.h5").state_sha256 == log.saved[step].state_sha256


def test_that_noncontiguous_arrays_are_saved_by_their_values(tmp_path: Path, log: Log) -> None:
    weight = np.arange(12.0).reshape(3, 4).T
    writer = log.writer(tmp_path)
    writer.save(1, {"model/w": weight}, {}, wait=True)
    assert np.array_equal(read_checkpoint(log.saved[0].path).tensors["model/w"], weight)
    writer.close()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 3])
def test_that_a_kill_at_any_point_leaves_a_good_newest_checkpoint(
    point: str, nth: int, tmp_path: Path, samples: ModuleType
) -> None:
    environment = os.environ | {"EPOCHAL_FAULT": f"kill@checkpoint.{point}:{nth}"}
    arguments = [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(tmp_path)]
    result = subprocess.run(arguments, env=environment, capture_output=True, text=True, cwd=Path.cwd())
    assert result.returncode == -signal.SIGKILL, result.stderr
    announced = [int(line.split()[1]) for line in result.stdout.splitlines()]
    store, bad = CheckpointStore(tmp_path), []
    newest = store.newest_good(lambda step, error: bad.append(step))
    assert bad == []
    assert set(announced) <= set(store.steps())
    if newest is not None:
        assert newest.state["step"] == store.steps()[-1]
        expected = samples.make_sample(store.steps()[-1]).tensors
        assert all(np.array_equal(newest.tensors[name], expected[name]) for name in expected)
    Log().writer(tmp_path).close()
    assert list(tmp_path.glob(".*")) == [], "leftovers are removed by the next worker"


@pytest.mark.parametrize("point", ["reserve", "write", "before_sync", "before_rename"])
def test_that_a_full_disk_is_reported_and_harms_no_earlier_file(
    point: str, samples: ModuleType, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_faults", {})
    writer = log.writer(tmp_path)
    first, second = samples.make_sample(1), samples.make_sample(2)
    writer.save(1, first.tensors, first.state, first.dtypes, wait=True)
    durable.arm(f"enospc@checkpoint.{point}:1")
    writer.save(2, second.tensors, second.state, second.dtypes, wait=True)
    assert [step for step, _ in log.failed] == [2]
    assert "the disk is full" in str(log.failed[0][1])
    assert CheckpointStore(tmp_path).steps() == [1]
    assert list(tmp_path.glob(".*")) == []
    writer.save(3, second.tensors, second.state, second.dtypes, wait=True)
    writer.close()
    assert [saved.step for saved in log.saved] == [1, 3]
    assert all(check_file(saved.path) == [] for saved in log.saved)


def test_that_a_failed_overwrite_keeps_the_old_file(
    samples: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_faults", {})
    samples.make_sample(1).write(tmp_path / "a.h5")
    durable.arm("enospc@checkpoint.before_rename:1")
    with pytest.raises(WriteError, match="the disk is full"):
        samples.make_sample(2).write(tmp_path / "a.h5")
    assert read_checkpoint(tmp_path / "a.h5").state["step"] == 1


def test_that_a_value_no_checkpoint_can_hold_leaves_the_writer_usable(sample: Any, tmp_path: Path, log: Log) -> None:
    writer = log.writer(tmp_path)
    with pytest.raises(CheckpointError):
        writer.save(1, {"model/x": np.array(["text"])}, {})
    with pytest.raises(CheckpointError):
        writer.save(1, sample.tensors, {"x": object()})
    writer.save(2, sample.tensors, sample.state, sample.dtypes)
    writer.close()
    assert [saved.step for saved in log.saved] == [2]


def test_that_what_a_callback_raises_reaches_the_training_thread(sample: Any, tmp_path: Path) -> None:
    def complain(saved: Saved) -> None:
        raise RuntimeError("no room for events")

    writer = BackgroundWriter(tmp_path, complain, lambda *_: None)
    writer.save(1, sample.tensors, sample.state, sample.dtypes)
    with pytest.raises(RuntimeError, match="no room for events"):
        writer.close()
