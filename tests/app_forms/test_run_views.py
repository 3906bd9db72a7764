"""The checkpoints table and the details of a run."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.panels.checkpoints_model import size_words
from app.panels.checkpoints_table import CheckpointsTable
from app.panels.run_details import RunDetails, RunFacts
from core.runs.columns import to_column
from core.runs.events import AnyEvent, BestChanged, CheckpointSaved, Ended, Environment, Prepared, Started
from core.runs.state import RunState
from core.spec.catalog import Catalog
from core.spec.read import spec_from_dict, to_dict

ENVIRONMENT = Environment(torch="2.13.0", python="3.11.2", platform="Linux", device="cpu", threads=2)


def saved(seq: int, step: int) -> CheckpointSaved:
    values = {"valid/accuracy": 1 - 1 / step, "valid/loss": 1 / step, "train/loss": 0.5 / step}
    return CheckpointSaved(
        seq=seq,
        time=time.time() - 600,
        step=step,
        examples=step * 64,
        file=f"checkpoints/step-{step:08d}.h5",
        bytes=310_000,
        state_sha256="c" * 64,
        metrics={name: to_column([value]) for name, value in values.items()},
        reason="schedule",
    )


def state(*more: AnyEvent) -> RunState:
    prepared = Prepared(
        seq=2,
        parameters=1,
        trainable=1,
        layers=[],
        input_shape=(1, 8, 8),
        outputs=10,
        task="classification",
        classes=[],
        train_examples=640,
        valid_examples=64,
        test_examples=0,
        virtual_epoch=640,
        total_steps=100,
        total_examples=6400,
        stages=[],
        monitor="valid/accuracy",
        higher_is_better=True,
    )
    return RunState.of([Started(seq=1, segment=0, pid=1, environment=ENVIRONMENT), prepared, *more])


def ended(**changes: object) -> Ended:
    facts: dict[str, object] = {"seq": 9, "outcome": "completed", "reason": "budget", "step": 30, **changes}
    return Ended(**facts)  # type: ignore[arg-type]


@pytest.fixture
def table(qtbot: QtBot) -> CheckpointsTable:
    made = CheckpointsTable()
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    return made


def test_that_checkpoints_are_listed_newest_first_with_the_monitored_metric_first(table: CheckpointsTable) -> None:
    table.show_run("a", state(saved(3, 10), saved(4, 20)), {10: "I", 20: "II"})
    model = table.model
    assert model.columns == [
        "step",
        "epoch",
        "valid/accuracy",
        "valid/loss",
        "phase",
        "size",
        "age",
        "kept because",
    ]
    row = [model.data(model.index(0, column)) for column in range(len(model.columns))]
    assert row == ["20", "2.00", "0.9500", "0.0500", "II", "310 kB", "10 min ago", "newest"]


def test_that_the_model_carries_a_star_and_says_so(table: CheckpointsTable) -> None:
    best = BestChanged(seq=5, metric="valid/accuracy", step=10, value=0.9)
    table.show_run("a", state(saved(3, 10), saved(4, 20), best, ended(model_step=10)))
    row = table.model.row_of(10)
    assert row is not None
    words = table.model.data(table.model.index(row, len(table.model.columns) - 1))
    assert words == "the model, best"


def test_that_a_run_without_checkpoints_says_so(table: CheckpointsTable) -> None:
    assert table.empty.text() == "No run is selected."
    table.show_run("a", state())
    assert "No checkpoint yet" in table.empty.text()
    assert table.empty.isVisible()
    assert not table.findChild(QToolButton, "checkpoints.resume").isEnabled()


def test_that_a_run_that_ended_without_a_checkpoint_does_not_promise_one(table: CheckpointsTable) -> None:
    ended = Ended(
        seq=3,
        time=0.0,
        outcome="failed",
        reason="error",
        step=0,
        examples=0,
        model_step=None,
        model_rule="",
        message="",
    )
    table.show_run("a", state(ended))
    assert table.empty.text() == "This run saved no checkpoint."


def test_that_the_buttons_say_exactly_what_will_happen(table: CheckpointsTable) -> None:
    tips = {
        name: table.findChild(QToolButton, f"checkpoints.{name}").toolTip() for name in ("resume", "restore", "export")
    }
    assert "same run goes on" in tips["resume"]
    assert "faded tail" in tips["resume"]
    assert "new run from the beginning" in tips["restore"]
    assert "weights alone" in tips["export"]


def test_that_the_selection_is_told_and_kept_while_the_run_grows(table: CheckpointsTable, qtbot: QtBot) -> None:
    table.show_run("a", state(saved(3, 10)))
    with qtbot.waitSignal(table.chosen) as chosen:
        table.view.selectRow(0)
    assert chosen.args == [[10], False]
    table.show_run("a", state(saved(3, 10), saved(4, 20)))
    assert table.current_step() == 10
    table.show_run("b", state(saved(3, 10)))
    assert table.current_step() is None


def test_that_a_checkpoint_selected_elsewhere_is_selected_here_without_an_echo(
    table: CheckpointsTable, qtbot: QtBot
) -> None:
    table.show_run("a", state(saved(3, 10), saved(4, 20)))
    with qtbot.assertNotEmitted(table.chosen):
        table.select([10])
    assert table.current_step() == 10
    assert table.view.selectionModel().selectedRows()[0].row() == 1


def test_that_several_checkpoints_are_selected_in_the_order_they_were_chosen(table: CheckpointsTable) -> None:
    table.show_run("a", state(saved(3, 10), saved(4, 20), saved(5, 30)))
    table.select([20, 30])
    assert (table.steps(), table.current_step()) == ([20, 30], 20)
    assert {index.row() for index in table.view.selectionModel().selectedRows()} == {0, 1}


@pytest.mark.parametrize("name", ["resume", "fork", "restore", "export"])
def test_that_actions_ask_for_the_selected_checkpoint(table: CheckpointsTable, qtbot: QtBot, name: str) -> None:
    table.show_run("a", state(saved(3, 10)))
    table.select([10])
    with qtbot.waitSignal(getattr(table, f"{name}_requested")) as asked:
        qtbot.mouseClick(table.findChild(QToolButton, f"checkpoints.{name}"), Qt.MouseButton.LeftButton)
    assert asked.args == [10]


@pytest.mark.parametrize(
    ("size", "words"), [(12, "12 B"), (1_500, "1.5 kB"), (310_000, "310 kB"), (1_200_000_000, "1.2 GB")]
)
def test_that_sizes_are_worded(size: int, words: str) -> None:
    assert size_words(size) == words


@pytest.fixture
def details(qtbot: QtBot) -> RunDetails:
    made = RunDetails()
    qtbot.addWidget(made)
    made.resize(500, 700)
    made.show()
    return made


def texts(details: RunDetails) -> str:
    return "\n".join(label.text() for label in details.findChildren(QLabel) if label.isVisible())


def test_that_a_failed_run_shows_reason_remedy_and_traceback(
    details: RunDetails, catalog: Catalog, qtbot: QtBot
) -> None:
    failed = ended(
        outcome="failed",
        reason="non_finite",
        message="The loss was nan.",
        remedy="Lower the rate.",
        traceback="Traceback:\n  here",
    )
    spec = to_dict(spec_from_dict({}, catalog))
    details.show_run(RunFacts("abc", "mine", "failed", spec, state(saved(3, 10), failed)))
    qtbot.waitUntil(lambda: "Failed at step 30: a value was not finite. The loss was nan." in texts(details))
    assert "Lower the rate." in texts(details)
    traceback = details.findChild(QPushButton, "details.traceback")
    assert traceback is not None
    assert traceback.isChecked()


def test_that_the_last_words_of_a_killed_worker_are_not_called_a_traceback(
    details: RunDetails, catalog: Catalog, qtbot: QtBot
) -> None:
    dead = ended(outcome="failed", reason="died", signal=9, message="The worker was killed.", traceback="Epoch 3")
    spec = to_dict(spec_from_dict({"name": "mine"}, catalog))
    details.show_run(RunFacts("abc", "mine", "failed", spec, state(saved(3, 10), dead)))
    qtbot.waitUntil(lambda: "Failed at step 30. The worker was killed." in texts(details))
    button = details.findChild(QPushButton, "details.traceback")
    assert button is not None
    assert button.text() == "Last lines of the log"


def test_that_the_model_is_named_with_its_rule(details: RunDetails, catalog: Catalog, qtbot: QtBot) -> None:
    spec = to_dict(spec_from_dict({}, catalog))
    done = ended(model_step=10, model_rule="The checkpoint of step 10, best valid/accuracy")
    details.show_run(RunFacts("abc", "mine", "completed", spec, state(saved(3, 10), done), "parent01", 5))
    qtbot.waitUntil(lambda: "The model: the checkpoint of step 10, best valid/accuracy" in texts(details))
    assert "from parent01@5" in texts(details)
    assert "torch 2.13.0" in texts(details)


def test_that_the_spec_is_shown_and_used_as_a_draft(details: RunDetails, catalog: Catalog, qtbot: QtBot) -> None:
    spec = to_dict(spec_from_dict({"training": {"stages": [{"name": "warm"}]}, "tags": ["a"]}, catalog))
    details.show_run(RunFacts("abc", "mine", "running", spec, None))
    found = details.spec.findItems("Batch size", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    assert [item.text(1) for item in found] == ["64 examples"]
    assert details.spec.findItems("Stage 1", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    with qtbot.waitSignal(details.use_as_draft_requested) as asked:
        details.findChild(QPushButton, "details.use_as_draft").click()
    assert asked.args == ["abc"]


def test_that_no_selection_says_so(details: RunDetails) -> None:
    assert "No run is selected." in texts(details)
    assert details.draft.isHidden()
