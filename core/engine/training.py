"""A run from its folder to its last word: what the worker calls."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import torch

from core.engine import ending
from core.engine.devices import memory_watched
from core.engine.job import Job
from core.engine.resuming import ResumeFrom
from core.engine.seeds import arithmetic
from core.engine.trainer import Trainer
from core.errors import EpochalError
from core.runs.events import Ended
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.spec.read import read_frozen


def train(
    run: RunFolder,
    events: EventWriter,
    *,
    resume_from: ResumeFrom = None,
    accept_differences: bool = False,
    is_killed: Callable[[], bool] = lambda: False,
    on_ending: Callable[[], None] = lambda: None,
) -> Ended:
    """Train the run to its end, whatever that is, and return the terminal event, which is written already.

    The caller holds the run's lock.  `is_killed` is asked at step boundaries; `on_ending` is called once training is
    over and the rest, saving above all, should not be interrupted.  Raises WriteError when even the terminal event
    cannot be written.
    """
    trainer: Trainer | None = None
    try:
        spec = read_frozen(run.spec_path)
        with memory_watched(spec.training.batch_size, spec.training.accumulate):
            job = Job(
                run,
                spec,
                events,
                resume_from=resume_from,
                accept_differences=accept_differences,
                is_killed=is_killed,
            )
            with arithmetic(job.threads, spec.compute.deterministic):
                trainer = job.assemble()
                finish = trainer.train()
                on_ending()
                ended = ending.conclude(trainer, finish)
    except (Exception, SystemExit) as error:  # a model of the user's may call sys.exit
        on_ending()
        ended = ending.failed(error, trainer, run)
    finally:
        if trainer is not None:
            with contextlib.suppress(EpochalError, OSError):  # reported already, or the disk is full
                ending.close(trainer)
        _forget(trainer)
    events.write(ended, durable=True)
    return ended


def _forget(trainer: Trainer | None) -> None:
    """Give back what the run held in this process, so that the next run in it finds it as new."""
    if trainer is None:
        return
    if trainer.parts.spec.compute.compile:
        torch.compiler.reset()
    if trainer.state.device.type == "cuda":
        torch.cuda.empty_cache()
