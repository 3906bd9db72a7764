"""Commands: written by many at a time, read once, answered."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from core import durable
from core.errors import WriteError
from core.runs.commands import Command, CommandOutcome, Kill, Pause, SetValue
from core.runs.commands_file import (
    CommandReader,
    new_command_id,
    pending,
    read_lines,
    record_outcome,
    refuse_pending,
    send,
)
from core.runs.run_folder import RunFolder


def command(kind: type[Command] = Pause, **arguments: object) -> Command:
    return kind(id=new_command_id(), time=time.time(), by="window", **arguments)


def outcome_of(sent: Command) -> CommandOutcome:
    return CommandOutcome(id=sent.id, time=time.time(), outcome="applied", step=3)


SEND_MANY = """
import sys
from pathlib import Path
from core.runs.commands_file import new_command_id, send
from core.runs.commands import Pause
from core.runs.run_folder import RunFolder
for _ in range(20):
    send(RunFolder(Path(sys.argv[1])), Pause(id=new_command_id(), time=1.0, by="window"))
"""


def test_that_each_command_is_read_once(run: RunFolder) -> None:
    reader = CommandReader(run)
    assert reader.poll() == []
    sent = command(SetValue, path="training.optimizer.learning_rate", value=0.01)
    send(run, sent)
    assert reader.poll() == [sent]
    assert reader.poll() == []


def test_that_what_was_answered_is_not_obeyed_again(run: RunFolder) -> None:
    first, second = command(), command(Kill)
    send(run, first)
    send(run, second)
    record_outcome(run, outcome_of(first))
    assert CommandReader(run).poll() == [second]
    assert pending(run) == [second]
    refuse_pending(run, 3, "The run ended before.")
    assert pending(run) == []
    assert CommandReader(run).poll() == []


def test_that_many_processes_may_send_at_a_time(run: RunFolder) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", SEND_MANY, str(run.path)]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len({line.id for line in read_lines(run)}) == 60


def test_that_a_torn_or_foreign_line_harms_no_other(run: RunFolder) -> None:
    first, second = command(), command()
    send(run, first)
    with run.commands_path.open("ab") as file:
        file.write(b'{"name":"dance","id":"1"}\n{"name":"pau')
    send(run, second)
    assert read_lines(run) == [first, second]


def test_that_a_full_disk_is_one_clear_sentence(run: RunFolder) -> None:
    durable.arm("enospc@commands.append")
    try:
        with pytest.raises(WriteError, match=r"commands.jsonl could not be written: the disk is full"):
            send(run, command())
    finally:
        durable.arm("")
    assert read_lines(run) == []
