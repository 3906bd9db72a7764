"""A thinned checkpoint holds the weights alone, says so, and nobody goes on from it; one per phase stays whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints.reading import check_file, read_checkpoint, state_of
from core.checkpoints.retention import Policy, reasons_to_keep
from core.checkpoints.store import CheckpointStore, file_name
from core.checkpoints.thinning import is_thinned, refuse_thinned, thin, thinned_from
from core.durable import arm
from core.errors import CheckpointError, WriteError


def test_that_thinning_keeps_the_weights_and_says_what_it_was(sample: Any, tmp_path: Path) -> None:
    path = tmp_path / file_name(10)
    whole = sample.write(path)
    before = read_checkpoint(path)
    written = thin(path)
    after = read_checkpoint(path)
    assert set(after.tensors) == {name for name in before.tensors if name.startswith("model/")}
    assert all((after.tensors[name] == before.tensors[name]).all() for name in after.tensors)
    assert after.dtypes == before.dtypes
    assert thinned_from(after.state) == whole.state_sha256 != after.state_sha256 == written.state_sha256
    assert path.stat().st_size < whole.bytes / 2
    assert check_file(path) == []
    assert is_thinned(path)


def test_that_a_thinned_one_is_refused_where_training_would_go_on(sample: Any, tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    sample.write(store.path(10))
    refuse_thinned(store, 10)
    refuse_thinned(store, 11)  # one that is not there is somebody else's matter
    thin(store.path(10))
    with pytest.raises(CheckpointError, match="thinned") as caught:
        refuse_thinned(store, 10)
    assert "warm start" in caught.value.remedy


def test_that_another_name_of_the_file_keeps_the_whole_state(sample: Any, tmp_path: Path) -> None:
    path, start = tmp_path / file_name(10), tmp_path / "start.h5"
    whole = sample.write(path)
    os.link(path, start)
    thin(path)
    assert not is_thinned(start)
    assert read_checkpoint(start).state_sha256 == whole.state_sha256


def test_that_a_full_disk_leaves_the_whole_one(sample: Any, tmp_path: Path) -> None:
    path = tmp_path / file_name(10)
    sample.write(path)
    arm("enospc@checkpoint.write:1+")
    try:
        with pytest.raises(WriteError):
            thin(path)
    finally:
        arm("")
    assert thinned_from(state_of(path)) is None
    assert check_file(path) == []


def test_that_the_best_of_each_phase_is_kept() -> None:
    phases = {10: "I", 20: "I", 30: "II", 40: "II", 50: "III", 60: "III"}
    scores = {10: 0.9, 20: 0.8, 30: 0.5, 40: 0.3, 50: 0.4}
    policy = Policy(keep_last=1, keep_best=1, keep_phases=True)
    kept = reasons_to_keep(phases, policy, scores, phases=phases)
    assert kept == {20: "of phase I", 40: "best, of phase II", 50: "of phase III", 60: "last"}
    assert 20 not in reasons_to_keep(phases, policy._replace(keep_phases=False), scores, phases=phases)
    assert 20 not in reasons_to_keep(phases, policy, scores, phases=phases, abandoned={20})
    assert reasons_to_keep(phases, policy, {}, phases=phases)[40] == "of phase II"
