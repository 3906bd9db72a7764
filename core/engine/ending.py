"""The end of a run: the last checkpoint, which checkpoint is the model, the test split, and the run's last word."""

from __future__ import annotations

import contextlib
import traceback

from core.engine.capture import restore_weights
from core.engine.parts import Finish
from core.engine.resuming import OtherEnvironment
from core.engine.trainer import Trainer
from core.errors import BadInput, CheckpointError, CommandRefused, EpochalError, NonFinite, OutOfMemory
from core.runs.events import Ended
from core.runs.run_folder import RunFolder
from core.runs.summary import summarise


def conclude(trainer: Trainer, finish: Finish) -> Ended:
    """Save what is to be saved, measure the test split, and return the terminal event.  Raises WriteError."""
    parts, counters = trainer.parts, trainer.state.counters
    if finish.outcome == "killed":
        parts.saver.drop_waiting()
    else:
        reason = "stop" if finish.outcome == "stopped" else "end"
        parts.saver.save(counters.step, reason, parts.recorder.latest, wait=True)
    for command in parts.steering.poll():
        parts.steering.refused(command, counters.step, CommandRefused("The run has ended."))
    model_step, rule = _model(trainer)
    if finish.outcome != "killed" and model_step is not None:
        _measure_model(trainer, model_step, complete=finish.outcome == "completed")
    return Ended(
        outcome=finish.outcome,
        reason=finish.reason,
        step=counters.step,
        examples=parts.ruler.examples_at(counters.step),
        model_step=model_step,
        model_rule=rule,
        message=finish.message,
    )


def failed(error: BaseException, trainer: Trainer | None, run: RunFolder) -> Ended:
    """Return the terminal event of a run that `error` ended; what waits to be saved is saved if that is possible.

    Without a trainer the run stands where earlier segments left it.
    """
    stood = summarise(run)
    ended = Ended(outcome="failed", reason=_reason(error), step=stood.step, examples=stood.examples)
    if isinstance(error, EpochalError):
        ended.message = f"{error.where}: {error.message}" if error.where else error.message
        ended.remedy = error.remedy
    else:
        said = f"{type(error).__name__}: {error}".strip().removesuffix(":")
        ended.message = said if said.endswith((".", "!", "?")) else f"{said}."
        ended.traceback = "".join(traceback.format_exception(error))
    if trainer is not None:
        with contextlib.suppress(Exception):
            trainer.parts.recorder.flush(trainer.state.counters)
        with contextlib.suppress(Exception):
            trainer.parts.saver.wait()
        counters = trainer.state.counters
        ended.step, ended.examples = counters.step, trainer.parts.ruler.examples_at(counters.step)
        ended.model_step, ended.model_rule = _model(trainer)
    return ended


def close(trainer: Trainer) -> None:
    """Stop every thread of the run and leave the other ranks."""
    trainer.parts.batches.close()
    try:
        trainer.parts.saver.close()
    finally:
        trainer.parts.strategy.close()


def _model(trainer: Trainer) -> tuple[int | None, str]:
    counters, training = trainer.state.counters, trainer.training
    chosen = trainer.parts.chosen
    if chosen is not None and chosen.step is not None and trainer.parts.saver.has(chosen.step):
        return chosen.step, chosen.rule
    return trainer.parts.saver.model(counters.best.step, counters.best.value, training.select, counters.step)


def _measure_model(trainer: Trainer, model_step: int, *, complete: bool) -> None:
    """Say how the model does on test, and how it confuses classes on valid and test.

    Where something must be measured, which only a complete run does, it is with the model's weights.  Training is
    over, so they may stay in place.
    """
    parts = trainer.parts
    owes = parts.confusions.owes(model_step) and trainer.training.evaluate.unit != "off"
    measures_valid, measures_test = owes and parts.evaluator.has("valid"), parts.evaluator.has("test")
    if not complete or not (measures_valid or measures_test):
        return
    if model_step != trainer.state.counters.step:
        try:
            restore_weights(trainer.state, parts.saver.store.load(model_step).tensors)
        except CheckpointError as error:
            trainer.note(f"The model was not measured at the end: {error}", "warning")
            return
    if measures_valid:
        parts.confusions.tell("valid", model_step, parts.evaluator.measure("valid", trainer.state).confusion)
    if measures_test:
        values, confusion = parts.evaluator.measure("test", trainer.state)
        parts.recorder.write(model_step, parts.ruler.examples_at(model_step), parts.clock.seconds(), values)
        parts.confusions.tell("test", model_step, confusion)


def _reason(error: BaseException) -> str:
    match error:
        case BadInput():
            return "bad_input"
        case NonFinite():
            return "non_finite"
        case OutOfMemory():
            return "out_of_memory"
        case OtherEnvironment():
            return "environment"
        case _:
            return "error"
