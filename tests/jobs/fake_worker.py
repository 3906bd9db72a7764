"""A worker that trains nothing: it honours the worker protocol and does what the run's `acts.json` says, in order.

start, prepare, progress N, checkpoint N, hold FILE (wait until it exists, obeying commands), print TEXT, child (start
one), deaf (ignore SIGTERM and commands), crash (SIGSEGV), raise, exit N, end OUTCOME, stay (never leave).
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.runs import liveness
from core.runs.commands import AnyCommand, CommandOutcome, Kill, Pause, Resume, Stop
from core.runs.commands_file import CommandReader, record_outcome
from core.runs.events import CheckpointSaved, Continued, Ended, Environment, Paused, Prepared, Progress, Started
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder

TOTAL = 10


class Fake:
    """Plays one run."""

    def __init__(self, run: RunFolder, events: EventWriter, resumed_from: int | None) -> None:
        self.run = run
        self.events = events
        self.step = resumed_from or 0
        self.resumed_from = resumed_from
        self.commands = CommandReader(run)
        self.deaf = False

    def act(self, name: str, argument: str) -> None:
        match name:
            case "start":
                environment = Environment(torch="none", python="3", platform="fake", device="cpu", threads=1)
                self.events.write(
                    Started(segment=0, pid=os.getpid(), environment=environment, resumed_from=self.resumed_from)
                )
            case "prepare":
                self.events.write(prepared())
            case "progress":
                self.step = int(argument)
                self.events.write(
                    Progress(step=self.step, examples=self.step, total_steps=TOTAL, examples_per_second=1.0)
                )
            case "checkpoint":
                file = f"checkpoints/step-{int(argument):08d}.h5"
                (self.run.path / file).write_bytes(b"fake")
                self.events.write(
                    CheckpointSaved(
                        step=int(argument),
                        examples=int(argument),
                        file=file,
                        bytes=4,
                        state_sha256="",
                        metrics={},
                        reason="schedule",
                    ),
                    durable=True,
                )
            case "hold":
                while not (self.run.path / argument).exists():
                    self.obey()
                    time.sleep(0.005)
            case "print":
                print(argument, file=sys.stderr, flush=True)
            case "child":
                child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
                (self.run.path / "child").write_text(str(child.pid))
            case "deaf":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                self.deaf = True
            case "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "raise":
                raise RuntimeError(argument)
            case "exit":
                os._exit(int(argument))
            case "end":
                self.end(argument or "completed", "budget")
            case "stay":
                while True:
                    time.sleep(0.05)

    def obey(self) -> None:
        for command in [] if self.deaf else self.commands.poll():
            self.answer(command)
            match command:
                case Pause():
                    self.events.write(Paused(step=self.step))
                case Resume():
                    self.events.write(Continued(step=self.step))
                case Stop():
                    self.end("stopped", "command")
                    sys.exit(0)
                case Kill():
                    self.end("killed", "command")
                    sys.exit(0)

    def answer(self, command: AnyCommand) -> None:
        outcome = CommandOutcome(id=command.id, time=time.time(), outcome="applied", step=self.step)
        record_outcome(self.run, outcome)

    def end(self, outcome: str, reason: str) -> None:
        self.events.write(Ended(outcome=outcome, reason=reason, step=self.step), durable=True)  # type: ignore[arg-type]


def prepared() -> Prepared:
    """Return an event that says a tiny model was built."""
    return Prepared(
        parameters=1,
        trainable=1,
        layers=[],
        input_shape=(1,),
        outputs=1,
        task="regression",
        classes=[],
        train_examples=TOTAL,
        valid_examples=0,
        test_examples=0,
        virtual_epoch=TOTAL,
        total_steps=TOTAL,
        total_examples=TOTAL,
        stages=[],
        monitor="valid/loss",
        higher_is_better=False,
    )


def main() -> None:
    """Wait for a run on standard input, then play it."""
    line = sys.stdin.readline()
    if not line:
        return
    task = json.loads(line)
    run = RunFolder(Path(task["run"]))
    log = os.open(run.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    faulthandler.enable()
    resumed_from = task["resume_from"]
    if resumed_from == "newest":
        resumed_from = max(int(path.stem.removeprefix("step-")) for path in run.checkpoints_path.glob("step-*.h5"))
    with liveness.hold(run.lock_path), EventWriter(run.events_path) as events:
        fake = Fake(run, events, resumed_from)
        acts = json.loads((run.path / "acts.json").read_text())
        for act in acts if isinstance(acts, list) else acts[str(resumed_from)]:
            name, _, argument = act.partition(" ")
            fake.act(name, argument)


if __name__ == "__main__":
    main()
