"""A replaced file is the old one or the new one, whatever happens; crash points happen when they are told to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import durable
from core.durable import arm, cut_torn_line, reach, replacing, write_atomically
from core.errors import WriteError

POINTS = ("before_write", "before_rename", "after_rename")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


@pytest.mark.parametrize("point", POINTS)
def test_that_a_failed_write_leaves_the_old_file_or_the_new_one_and_nothing_else(tmp_path: Path, point: str) -> None:
    path = tmp_path / "file ✓.txt"
    write_atomically(path, b"old")
    arm(f"enospc@file.{point}")
    with pytest.raises(WriteError, match=r"file ✓.txt could not be written: the disk is full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == (b"new" if point == "after_rename" else b"old")
    assert list(tmp_path.iterdir()) == [path]


def test_that_what_is_written_piece_by_piece_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    write_atomically(path, b"old")
    with contextlib.suppress(KeyError), replacing(path) as file:
        file.write(b"half")
        raise KeyError("what was to be written is gone")
    assert path.read_bytes() == b"old"
    with replacing(path) as file:
        file.write(b"one ")
        assert path.read_bytes() == b"old"
        file.write(b"two")
    assert path.read_bytes() == b"one two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("point", POINTS)
def test_that_a_killed_write_leaves_the_old_file_or_the_new_one(tmp_path: Path, point: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    code = (
        "import sys; from pathlib import Path; from core.durable import *; write_atomically(Path(sys.argv[1]), b'new')"
    )
    environment = {**os.environ, "EPOCHAL_FAULT": f"kill@file.{point}"}
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=environment)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == (b"new" if point == "after_rename" else b"old")


def test_that_a_point_fails_at_its_turn_or_from_then_on() -> None:
    arm("eio@a:2, enospc@b:2+")
    reach("a")
    reach("b")
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            reach("b")
    with pytest.raises(OSError, match="Input/output"):
        reach("a")
    reach("a")
    reach("unarmed")


@pytest.mark.parametrize("faults", ["explode@a", "kill", "kill@", "kill@a:x"])
def test_that_a_malformed_fault_is_refused(faults: str) -> None:
    with pytest.raises(ValueError, match=r"EPOCHAL_FAULT|invalid literal"):
        arm(faults)


def test_that_only_what_follows_the_last_newline_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_BLOCK", 4)
    path = tmp_path / "lines"
    for content, kept in ((b"", b""), (b"torn line", b""), (b"a\n", b"a\n"), (b"a\nlong torn line", b"a\n")):
        path.write_bytes(content)
        with path.open("r+b") as file:
            assert cut_torn_line(file.fileno()) == len(content) - len(kept)
        assert path.read_bytes() == kept
