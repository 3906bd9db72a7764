"""Unchanged tensors share their blocks where the disk can do that; every file stays whole and independent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoints.reading import check_file, read_checkpoint
from core.checkpoints.sharing import CannotShare, share_unchanged
from core.checkpoints.store import file_name
from core.checkpoints.writer import BackgroundWriter, Saved
from core.checkpoints.writing import write_checkpoint


def tensors(step: int) -> dict[str, Any]:
    """Return four megabytes that stay as they are, and a part that changes with every step."""
    frozen = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    return {"model/frozen": frozen, "model/head": np.full((64, 64), float(step), np.float32)}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two checkpoints of one run."""
    paths = (tmp_path / file_name(1), tmp_path / file_name(2))
    for step, path in enumerate(paths, start=1):
        write_checkpoint(path, tensors(step), {"step": step})
    return paths


def test_that_sharing_changes_no_byte_and_either_file_lives_on_alone(pair: tuple[Path, Path]) -> None:
    before, path = pair
    contents = [one.read_bytes() for one in pair]
    try:
        shared = share_unchanged(path, before)
    except CannotShare:
        pytest.skip("this disk shares no blocks between files")
    assert shared == 4 << 20
    assert [one.read_bytes() for one in pair] == contents
    before.unlink()
    assert check_file(path) == []
    assert read_checkpoint(path).tensors["model/head"][0, 0] == 2.0


def test_that_a_disk_which_cannot_share_keeps_whole_files(pair: tuple[Path, Path], monkeypatch: Any) -> None:
    def refuse(*_: object) -> bytes:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.ioctl", refuse)
    with pytest.raises(CannotShare):
        share_unchanged(pair[1], pair[0])
    assert check_file(pair[1]) == []


def test_that_the_writer_shares_in_the_background_and_goes_on_where_it_cannot(tmp_path: Path) -> None:
    saved: list[Saved] = []
    writer = BackgroundWriter(tmp_path, saved.append, lambda step, error: pytest.fail(str(error)))
    for step in (1, 2, 3):
        writer.save(step, tensors(step), {"step": step})
    if writer._sharing is not None:
        writer._sharing.result(60)
    writer.close()
    assert [one.step for one in saved] == [1, 2, 3]
    assert [check_file(one.path) for one in saved] == [[], [], []]


def test_that_nothing_is_shared_where_everything_changed(tmp_path: Path) -> None:
    paths = (tmp_path / file_name(1), tmp_path / file_name(2))
    for step, path in enumerate(paths, start=1):
        write_checkpoint(path, {"model/w": np.full((1024, 64), float(step), np.float32)}, {})
    assert share_unchanged(paths[1], paths[0]) == 0
    assert os.stat(paths[1]).st_size > 0
