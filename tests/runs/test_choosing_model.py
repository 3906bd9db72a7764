"""Another checkpoint as the model, the audit trail, and what a run goes by now."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import CommandRefused
from core.runs import liveness
from core.runs.audit import audit
from core.runs.choosing import choices_of, choose_model, chosen_model
from core.runs.commands import CommandOutcome, SetValue
from core.runs.events import (
    CheckpointSaved,
    CommandDone,
    Ended,
    Environment,
    Metrics,
    ModelChosen,
    Prepared,
    StageRow,
    Started,
)
from core.runs.journal import EventWriter
from core.runs.present_plan import present_plan
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState
from core.runs.summary import summarise
from core.runs.workspace import Workspace
from core.spec.spec import Spec
from core.spec.training import Change, EarlyStopping, TrainingSpec

HERE = Environment(torch="2", python="3", platform="linux", device="cpu", threads=1)


def prepared() -> Prepared:
    return Prepared(
        parameters=1,
        trainable=1,
        layers=[],
        input_shape=(1,),
        outputs=2,
        task="classification",
        classes=["a", "b"],
        train_examples=100,
        valid_examples=10,
        test_examples=0,
        virtual_epoch=100,
        total_steps=40,
        total_examples=400,
        stages=[StageRow(name="train", from_step=0, to_step=40)],
        monitor="valid/loss",
        higher_is_better=False,
    )


def saved(step: int, value: float) -> CheckpointSaved:
    return CheckpointSaved(
        step=step,
        examples=step * 10,
        file=f"checkpoints/step-{step:08}.h5",
        bytes=1,
        state_sha256="0",
        metrics={"valid/loss": [value]},
        reason="schedule",
    )


def told(step: int, path: str, value: float, key: str = "c1", **more: Any) -> CommandDone:
    arguments = {"path": path, "value": value, "was": 0.5}
    fields = {
        "command_id": key,
        "name": "set",
        "arguments": arguments,
        "outcome": "applied",
        "step": step,
        "by": "window",
    }
    return CommandDone(**fields | more)


@pytest.fixture
def run(tmp_path: Any) -> tuple[Workspace, RunFolder]:
    """A run that ended at step 40 with checkpoints at 10, 20 and 40, the best one at 20."""
    workspace = Workspace.open(tmp_path / "workspace")
    folder = workspace.create_run(Spec())
    with EventWriter(folder.events_path) as events:
        events.write(Started(segment=0, pid=1, environment=HERE))
        events.write(prepared())
        for step, value in ((10, 0.5), (20, 0.2), (30, 0.3), (40, 0.4)):
            columns = {"step": [step], "examples": [step * 10], "wall": [step / 10]}
            events.write(Metrics(**columns, values={"valid/loss": [value]}))
            if step != 30:
                events.write(saved(step, value))
                (folder.path / saved(step, value).file).write_bytes(b"x")
        events.write(Ended(outcome="completed", reason="budget", step=40, model_step=20, model_rule="The best."))
    return workspace, folder


def state_of(folder: RunFolder) -> RunState:
    return RunState.of(EventReader(folder.events_path).poll())


def test_that_the_model_is_what_somebody_chose_everywhere(run: Any) -> None:
    workspace, folder = run
    chosen = choose_model(workspace, folder, 40, "test")
    assert (chosen.step, chosen.by) == (40, "test")
    assert chosen.rule == "The checkpoint of step 40, valid/loss 0.4: chosen by you."
    state = state_of(folder)
    assert state.ended is not None
    assert (state.ended.model_step, state.ended.model_rule) == (40, chosen.rule)
    assert summarise(folder).model_step == 40
    assert "the model" in next(row for row in state.checkpoints if row.step == 40).kept_because
    assert chosen_model(folder) == chosen


def test_that_a_choice_can_be_made_again_and_taken_back(run: Any) -> None:
    workspace, folder = run
    for step in (40, 10):
        choose_model(workspace, folder, step, "test")
    assert summarise(folder).model_step == 10
    back = choose_model(workspace, folder, None, "test")
    assert (back.step, back.rule, back.by_rule) == (20, "The best.", True)
    assert (summarise(folder).model_step, chosen_model(folder)) == (20, None)


def test_that_a_choice_does_not_outlive_going_back_before_it(run: Any) -> None:
    workspace, folder = run
    choose_model(workspace, folder, 40, "test")
    with EventWriter(folder.events_path) as events:
        events.write(Started(segment=1, pid=1, environment=HERE, resumed_from=40))
    assert chosen_model(folder) is not None
    with EventWriter(folder.events_path) as events:
        events.write(Started(segment=2, pid=1, environment=HERE, resumed_from=20))
    assert chosen_model(folder) is None


def test_that_only_an_ended_run_s_own_checkpoint_can_be_chosen(run: Any) -> None:
    workspace, folder = run
    with pytest.raises(CommandRefused, match="no checkpoint of step 30"):
        choose_model(workspace, folder, 30, "test")
    with liveness.hold(folder.lock_path), pytest.raises(CommandRefused, match="goes on"):
        choose_model(workspace, folder, 10, "test")
    fresh = workspace.create_run(Spec())
    with pytest.raises(CommandRefused, match="has not ended"):
        choose_model(workspace, fresh, 10, "test")
    with EventWriter(folder.events_path) as events:
        events.write(Started(segment=1, pid=1, environment=HERE, resumed_from=20))
        events.write(Ended(outcome="stopped", reason="command", step=20))
    with pytest.raises(CommandRefused, match="branch"):
        choose_model(workspace, folder, 40, "test")


def test_that_the_ways_of_choosing_are_compared_by_what_the_run_recorded(run: Any) -> None:
    state = state_of(run[1])
    rows = choices_of(state, EarlyStopping(), [EarlyStopping(patience=1), EarlyStopping(patience=2)])
    assert [(row.stops_at, row.step, row.steps_saved, row.on_disk) for row in rows] == [
        (30, 20, 10, True),
        (40, 20, 0, True),
        (None, 20, 0, True),
        (None, 40, 0, True),
    ]
    assert choices_of(RunState(), EarlyStopping()) == []


def test_that_the_audit_says_who_changed_what_and_what_no_longer_holds() -> None:
    events = [
        Started(segment=0, pid=1, environment=HERE),
        prepared(),
        told(10, "training.clip_norm", 1.0, time=5.0),
        told(12, "training.clip_norm", -1.0, "c2", outcome="refused", message="Too small.", time=6.0),
        told(20, "training.clip_norm", 2.0, "spec-0", by="spec", time=7.0),
        Started(segment=1, pid=1, environment=HERE, resumed_from=15, replays=[]),
    ]
    lines = [
        SetValue(id="c1", time=4.0, by="window", path="clip_norm", value=1.0),
        CommandOutcome(id="c1", time=5.0, outcome="applied", step=10),
        SetValue(id="c9", time=9.0, by="command line", path="clip_norm", value=3.0),
    ]
    rows = audit(RunState.of(events), lines)
    assert [(row.time, row.by, row.was, row.value, row.outcome, row.step, row.holds) for row in rows] == [
        (4.0, "window", 0.5, 1.0, "applied", 10, True),
        (6.0, "window", 0.5, -1.0, "refused", 12, True),
        (7.0, "spec", 0.5, 2.0, "applied", 20, False),
        (9.0, "command line", None, 3.0, "waiting", None, True),
    ]


def test_that_the_plan_in_force_has_the_changes_that_hold() -> None:
    spec = Spec(training=TrainingSpec(changes=(Change(step=30, field="training.clip_norm", value=9.0),)))
    assert present_plan(spec, RunState()) is None
    events: list[Any] = [Started(segment=0, pid=1, environment=HERE), prepared(), told(10, "training.batch_size", 32.0)]
    plan = present_plan(spec, RunState.of(events))
    assert plan is not None
    assert (plan.training.batch_size, plan.training.clip_norm, plan.ruler.since) == (32, 0.0, 10)
    forked: list[Any] = [Started(segment=0, pid=1, environment=HERE, resumed_from=30), prepared()]
    plan = present_plan(spec, RunState.of(forked))
    assert plan is not None
    assert plan.training.clip_norm == 9.0  # its parent made that one


def test_that_a_choice_stands_in_the_events(run: Any) -> None:
    choose_model(*run, 10, "test")
    last = EventReader(run[1].events_path).poll()[-1]
    assert isinstance(last, ModelChosen)
