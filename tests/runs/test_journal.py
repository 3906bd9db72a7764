"""Events on disk: appended whole, numbered on, read as they grow, whatever breaks."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core import durable
from core.errors import WriteError
from core.runs.columns import to_column
from core.runs.events import Metrics, Notice
from core.runs.journal import EventWriter, last_seq_of
from core.runs.reader import EventReader
from core.runs.state import RunState


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    durable.arm("")


def note(message: str = "note") -> Notice:
    return Notice(level="note", message=message)


def read(path: Path) -> list[tuple[int, str]]:
    return [(event.seq, event.message) for event in EventReader(path).poll() if isinstance(event, Notice)]


def test_that_events_are_numbered_over_all_writers(path: Path) -> None:
    for text in ("a", "b"):
        with EventWriter(path) as events:
            events.write(note(text))
            events.write(note(text), durable=True)
    assert read(path) == [(1, "a"), (2, "a"), (3, "b"), (4, "b")]
    assert last_seq_of(path) == 4


def test_that_the_next_writer_cuts_a_torn_line_which_readers_ignored(path: Path) -> None:
    with EventWriter(path) as events:
        events.write(note("whole"))
    with path.open("ab") as file:
        file.write(b'{"kind":"notice","seq":2,"ti')
    reader = EventReader(path)
    assert len(reader.poll()) == 1
    assert reader.behind() > 0
    with EventWriter(path) as events:
        assert events.bytes_cut == 28
        events.write(note("next"))
    assert [event.seq for event in reader.poll()] == [2]
    assert reader.behind() == 0
    assert read(path) == [(1, "whole"), (2, "next")]


def test_that_a_writer_killed_at_any_byte_leaves_a_readable_file(path: Path) -> None:
    with EventWriter(path) as events:
        for _ in range(3):
            events.write(note())
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        whole = content[:length].count(b"\n")
        with EventWriter(path) as events:
            events.write(note("after"))
        assert [seq for seq, _ in read(path)] == list(range(1, whole + 2))


def test_that_a_full_disk_is_an_error_that_writes_nothing_and_can_be_tried_again(path: Path) -> None:
    durable.arm("enospc@events.append:2")
    with EventWriter(path) as events:
        events.write(note("first"))
        with pytest.raises(WriteError, match=r"events.jsonl could not be written: the disk is full. Free some space"):
            events.write(note("second"))
        events.write(note("third"))
    assert read(path) == [(1, "first"), (2, "third")]


def test_that_a_line_of_which_only_half_fitted_is_taken_back(path: Path) -> None:
    durable.arm("enospc@events.append.torn:1")
    with EventWriter(path) as events:
        with pytest.raises(WriteError):
            events.write(note("first"))
        events.write(note("second"))
    assert read(path) == [(1, "second")]


def test_that_a_failure_in_the_background_surfaces_at_the_next_call(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.runs.journal.SYNC_EVERY_S", 0.001)
    with EventWriter(path) as events:
        durable.arm("eio@events.sync:1")
        events.write(note())
        deadline = time.monotonic() + 10
        failures = []
        while not failures and time.monotonic() < deadline:
            try:
                events.write(note())
            except WriteError as error:
                failures.append(error)
        assert "events.jsonl could not be written" in str(failures[0])


def test_that_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="the folder is gone"):
        EventWriter(tmp_path / "missing" / "events.jsonl")


def test_that_a_damaged_line_is_passed_over_with_a_notice(path: Path) -> None:
    with EventWriter(path) as events:
        for text in "abc":
            events.write(note(text))
    lines = path.read_bytes().splitlines(keepends=True)
    for damage in (
        b"\xff\xfe garbage\n",
        b'{"kind":"unheard of","seq":2}\n',
        b'{"kind":"notice"}\n',
        b"\0" * 20 + b"\n",
    ):
        path.write_bytes(lines[0] + damage + lines[2])
        state = RunState.of(EventReader(path).poll())
        assert "damaged" in state.notices[1].message
        assert f"byte {len(lines[0])} " in state.notices[1].message
        assert state.missing == 1
        assert last_seq_of(path) == 3


def test_that_numbering_goes_on_after_a_damaged_last_line(path: Path) -> None:
    with EventWriter(path) as events:
        events.write(note())
    with path.open("ab") as file:
        file.write(b"garbage\n")
    with EventWriter(path) as events:
        events.write(note("next"))
    assert [seq for seq, _ in read(path) if seq] == [1, 2]


def test_that_threads_may_share_a_writer(path: Path) -> None:
    with EventWriter(path) as events:
        threads = [
            threading.Thread(target=lambda: [events.write(note()) for _ in range(50)], daemon=True) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [seq for seq, _ in read(path)] == list(range(1, 201))


def test_that_a_missing_file_has_no_events_yet(path: Path) -> None:
    reader = EventReader(path)
    assert reader.poll() == []
    with EventWriter(path) as events:
        events.write(note())
    assert len(reader.poll()) == 1


def test_that_reading_with_a_limit_gives_the_same_events(path: Path) -> None:
    with EventWriter(path) as events:
        for number in range(200):
            events.write(note("x" * number))
    reader = EventReader(path)
    parts = []
    while reader.behind():
        parts.append(reader.poll(limit_bytes=1000))
    assert len(parts) >= 1
    assert [event.seq for event in itertools.chain(*parts)] == list(range(1, 201))


def test_that_a_line_longer_than_a_block_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.runs.reader._BLOCK", 64)
    with EventWriter(path) as events:
        events.write(note("long" * 100))
        events.write(note("short"))
    assert [len(message) for _, message in read(path)] == [400, 5]


def test_that_only_the_kinds_asked_for_are_decoded(path: Path) -> None:
    with EventWriter(path) as events:
        events.write(Metrics(step=[1.0], examples=[1.0], wall=[1.0], values={}))
        events.write(note())
    assert len(EventReader(path, only=frozenset({"notice"})).poll()) == 1


def test_that_a_million_points_are_read_in_a_moment(path: Path) -> None:
    rng = np.random.default_rng(0)
    size, count = 4000, 250
    with EventWriter(path) as events:
        for number in range(count):
            steps = np.arange(number * size, (number + 1) * size) + 1.0
            loss = rng.random(size).astype(np.float32).astype(np.float64)
            columns = {"train/loss": to_column(loss)}
            wall = to_column(np.cumsum(rng.random(size)))
            events.write(Metrics(step=to_column(steps), examples=to_column(steps * 64), wall=wall, values=columns))
    begun = time.process_time()
    state = RunState.of(EventReader(path).poll())
    assert time.process_time() - begun < 1.0  # about 60 ms on a quiet machine
    assert len(state.series("train/loss")) == size * count


def test_that_a_killed_writer_loses_nothing_it_had_written(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.runs.journal import *; from core.runs.events import Notice\n"
        "events = EventWriter(Path(sys.argv[1]))\n"
        "while True: events.write(Notice(level='note', message='x'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], env={**os.environ, "EPOCHAL_FAULT": "kill@events.append.torn:40"}
    )
    assert done.returncode == -signal.SIGKILL
    assert [seq for seq, _ in read(path)] == list(range(1, 40))
    with EventWriter(path) as events:
        assert events.bytes_cut > 0


def test_that_a_limit_is_honoured_to_within_one_line(path: Path) -> None:
    with EventWriter(path) as events:
        for _ in range(500):
            events.write(note("x" * 100))
    line = path.stat().st_size // 500 + 1
    reader = EventReader(path)
    seen = 0
    while reader.behind():
        before = reader.offset
        seen += len(reader.poll(limit_bytes=4096))
        assert 0 < reader.offset - before <= 4096
    assert seen == 500
    short = EventReader(path)
    assert len(short.poll(limit_bytes=line // 2)) == 1  # a line longer than the limit is read all the same
