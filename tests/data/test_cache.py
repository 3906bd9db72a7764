"""Converted copies: made once, made anew when the file changes, and a small disk is told."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data import cache
from core.data.prepared import PreparedData
from core.errors import DataError

Prepare = Callable[..., PreparedData]
TEXT = "a,y\n" + "1,p\n2,q\n" * 50


def test_that_a_copy_is_made_once_and_replaced_when_the_file_changes(folder: Path) -> None:
    path = folder / "data"
    path.write_text("one")
    made: list[str] = []

    def fill(place: Path) -> str:
        made.append(path.read_text())
        (place / "copy").write_text(path.read_text())
        return "{}"

    assert cache.find(path, "options") is None
    first = cache.make(path, "options", 10, fill)
    assert cache.find(path, "options") == first
    path.write_text("two, longer")
    assert cache.find(path, "options") is None
    second = cache.make(path, "options", 10, fill)
    assert (second / "copy").read_text() == "two, longer"
    assert not first.exists()
    assert made == ["one", "two, longer"]


def test_that_a_disk_too_small_is_told_before_anything_is_written(
    prepared_csv: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1000, 999, 1))  # type: ignore[attr-defined]
    with pytest.raises(DataError, match="Make room"):
        prepared_csv(TEXT, memory_limit=1e-6)


def test_that_a_disk_that_fills_up_is_told_and_leaves_nothing_behind(
    prepared_csv: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DataError, match="the disk has"):
        prepared_csv(TEXT, memory_limit=1e-6)
    assert [path for path in cache.folder().rglob("*") if path.is_file()] == []


def test_that_a_failed_conversion_is_not_taken_for_a_copy(folder: Path) -> None:
    path = folder / "data"
    path.write_text("one")

    def fail(place: Path) -> str:
        (place / "half").write_text("half")
        raise DataError("it is ragged.")

    with pytest.raises(DataError, match="ragged"):
        cache.make(path, "", 10, fail)
    assert cache.find(path, "") is None
    assert [entry for entry in cache.folder().rglob("*") if entry.is_file()] == []


def test_that_a_new_array_is_written_through(folder: Path) -> None:
    array = cache.new_array(folder / "a.npy", (10, 3))
    array[4] = 7
    del array
    assert np.load(folder / "a.npy")[4].tolist() == [7, 7, 7]
