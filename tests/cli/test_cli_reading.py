"""The reading verbs: what they say, as text and as JSON."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from core.checkpoints.format import list_tensors
from core.runs.events import CommandDone, Confusion
from core.runs.journal import EventWriter
from core.spec.read import read_spec


def damage(path: Path) -> None:
    """Flip one bit of a tensor."""
    row = next(row for row in list_tensors(path) if row.name == "model/weight")
    data = bytearray(path.read_bytes())
    data[row.span.offset + 9] ^= 1
    path.write_bytes(data)


def test_that_runs_lists_them_newest_first(terminal: Any, played: Any) -> None:
    answer = terminal("runs", "--json")
    assert answer.code == 0
    (row,) = answer.json
    assert row["id"] == played.id
    assert (row["name"], row["status"], row["step"], row["examples"]) == ("digits", "completed", 40, 400)
    assert row["best"] == {"metric": "valid/loss", "value": 0.25, "step": 40}
    assert {"parent", "created"} <= row.keys()
    assert played.id in terminal("runs").out


def test_that_an_empty_workspace_says_what_to_do(terminal: Any) -> None:
    assert terminal("runs", "--json").json == []
    assert "epochal train" in terminal("runs").out


def test_that_show_has_spec_and_environment(terminal: Any, played: Any) -> None:
    shown = terminal("show", played.id[:4], "--json").json
    assert shown["spec"]["model"]["kind"] == "mlp"
    assert shown["environment"]["torch"] == "none"
    assert shown["metrics"]["valid/loss"] == 0.25
    assert shown["end"]["model_step"] == 40
    text = terminal("show", played.id).out
    assert "[training.optimizer]" in text
    assert "is complete at step 40" in text


def test_that_show_has_the_confusion_of_each_split(terminal: Any, played: Any) -> None:
    assert terminal("show", played.id, "--json").json["confusion"] == {}
    assert "onfusion" not in terminal("show", played.id).out
    with EventWriter(played.events_path) as events:
        events.write(Confusion(step=40, split="valid", counts=[[1200, 3], [0, 7]]))
        events.write(Confusion(step=40, split="test", counts=[[0] * 21] * 21))
    shown = terminal("show", played.id, "--json").json["confusion"]
    assert shown["valid"] == {"step": 40, "classes": ["a", "b"], "counts": [[1200, 3], [0, 7]]}
    assert len(shown["test"]["classes"]) == 21
    lines = terminal("show", played.id).out.splitlines()
    first = lines.index("Confusion on valid at step 40: 1,207 of 1,210 right")
    assert lines[first + 1 : first + 5] == [
        "        predicted",
        "  true      a  b",
        "  a     1,200  3",
        "  b         .  7",
    ]
    assert "  21 classes; --json gives the counts" in lines


def test_that_checkpoints_say_why_they_are_kept(terminal: Any, played: Any) -> None:
    rows = terminal("checkpoints", played.id, "--json").json
    assert [row["step"] for row in rows] == [20, 40]
    names = {"step", "examples", "virtual_epoch", "phase", "metrics", "bytes", "kept_because", "state_sha256"}
    assert names <= rows[0].keys()
    assert rows[1]["virtual_epoch"] == 4.0
    assert "the model" in rows[1]["kept_because"]
    assert rows[0]["state_sha256"] != rows[1]["state_sha256"]
    assert "the model" in terminal("checkpoints", played.id).out


def test_that_curve_gives_every_point_and_carries_nan_as_a_word(terminal: Any, played: Any) -> None:
    curve = terminal("curve", played.id, "--json").json
    loss = curve["metrics"]["train/loss"]
    assert {len(column) for column in loss.values()} == {40}
    assert set(loss) == {"step", "examples", "virtual_epoch", "time_s", "value"}
    assert loss["step"][:3] == [1, 2, 3]
    assert loss["value"][4] == "NaN"
    assert curve["metrics"]["valid/loss"]["virtual_epoch"] == [2.0, 4.0]
    assert [set(phase) >= {"phase", "from_step", "to_step", "confidence", "rule"} for phase in curve["phases"]]
    assert "train/loss" in terminal("curve", played.id).out


def test_that_layers_come_in_order(terminal: Any, played: Any) -> None:
    (layer,) = terminal("layers", played.id, "--json").json
    assert layer == {
        "name": "head",
        "type": "Linear",
        "shape": [8],
        "parameters": 64,
        "trainable": True,
        "in_optimizer": True,
        "changed": None,
    }
    assert "64 parameters, 64 of them trainable" in terminal("layers", played.id).out


def test_that_verify_passes_what_is_whole(terminal: Any, played: Any) -> None:
    verdict = terminal("verify", played.id, "--checksums-only", "--json")
    assert verdict.code == 0
    assert verdict.json["verdict"] == "intact"
    assert [row["step"] for row in verdict.json["checked"]] == [20, 40]
    assert verdict.json["differs"] == []


def test_that_verify_names_the_damaged_tensor(terminal: Any, played: Any) -> None:
    damage(played.checkpoints_path / "step-00000040.h5")
    verdict = terminal("verify", played.id, "--json")
    assert verdict.code == 1
    assert verdict.json["verdict"] == "damaged"
    (row,) = verdict.json["differs"]
    assert row["step"] == 40
    assert "model/weight" in row["what"]
    assert terminal("verify", f"{played.id}@20", "--checksums-only").code == 0
    assert terminal("verify", f"{played.id}@best").code == 1


def test_that_verify_notices_a_checkpoint_that_is_gone_or_another_one(terminal: Any, played: Any) -> None:
    first, second = (played.checkpoints_path / f"step-000000{step}.h5" for step in (20, 40))
    first.write_bytes(second.read_bytes())
    second.unlink()
    said = [row["what"] for row in terminal("verify", played.id, "--json").json["differs"]]
    assert "not the one that the run announced" in said[0]
    assert "cannot be read" in said[1]


@pytest.mark.parametrize(("name", "step"), [("", 40), ("@best", 40), ("@last", 40), ("@20", 20)])
def test_that_weights_are_exported(terminal: Any, played: Any, tmp_path: Path, name: str, step: int) -> None:
    out = tmp_path / "m.safetensors"
    assert terminal("export", played.id + name, str(out)).code == 0
    assert load_file(out)["weight"].tolist() == [[float(step)] * 8] * 8
    about = json.loads((tmp_path / "m.safetensors.json").read_text("utf-8"))
    assert (about["run"], about["step"], about["classes"]) == (played.id, step, ["a", "b"])
    assert about["spec"]["model"]["kind"] == "mlp"


def test_that_metrics_are_exported_as_csv(terminal: Any, played: Any, tmp_path: Path) -> None:
    assert terminal("export", played.id, str(tmp_path / "m.csv")).code == 0
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert rows[4]["train/loss"] == "NaN"
    assert rows[19] | {"time_s": ""} == {
        "step": "20",
        "examples": "200",
        "virtual_epoch": "2",
        "time_s": "",
        "train/loss": "0.1",
        "valid/loss": "0.5",
    }
    assert rows[0]["valid/loss"] == ""


def test_that_a_damaged_checkpoint_is_not_exported(terminal: Any, played: Any, tmp_path: Path) -> None:
    damage(played.checkpoints_path / "step-00000040.h5")
    answer = terminal("export", played.id, str(tmp_path / "m.safetensors"))
    assert answer.code == 2
    assert "model/weight" in answer.err
    assert not (tmp_path / "m.safetensors").exists()


def test_that_describe_explains_every_field_with_limits_and_default(terminal: Any) -> None:
    text = terminal("describe", "spec").out
    assert "training.batch_size\n    Examples in one update, over all ranks. Give a whole number" in text
    assert "training.optimizer.momentum  [optimizer sgd]" in text
    assert "model.hidden" in text
    assert terminal("train", "--help-spec").out == text
    assert "training.batch_size" not in terminal("describe", "training.budget").out
    assert {row["kind"] for row in terminal("describe", "--json").json} >= {"mlp", "digits"}
    assert "model.hidden" in terminal("describe", "mlp").out
    (row,) = terminal("describe", "training.batch_size", "--json").json
    assert (row["path"], row["type"], row["unit"], row["default"]) == ("training.batch_size", "integer", "examples", 64)
    assert len(terminal("describe", "spec", "--json").json) == text.count("\n    ")


def test_that_untrusted_components_are_named_but_not_run(terminal: Any) -> None:
    file = terminal.workspace.components_path / "mine.py"
    file.write_text("raise SystemExit('it was run')")
    answer = terminal("describe")
    assert "mine.py" in answer.out
    assert "not trusted yet" in answer.out
    assert "it was run" not in answer.out + answer.err
    spec = terminal.workspace.path / "mine.toml"
    spec.write_text('[data]\nkind = "digits"\n[model]\nkind = "mine.Net"\n')
    refused = terminal("train", str(spec))
    assert refused.code == 2
    assert "not trusted yet. Look at the files" in refused.err  # nothing is to be mended


def test_that_choose_puts_early_stopping_against_selection(terminal: Any, played: Any) -> None:
    shown = terminal("choose", played.id, "--patience", "1", "--json").json
    assert shown["model_step"] == 40
    assert [(row["rule"], row["step"], row["on_disk"]) for row in shown["choices"]] == [
        ("early stopping", 40, True),
        ("best checkpoint", 40, True),
        ("last checkpoint", 40, True),
    ]
    assert "keeps step" in terminal("choose", played.id).out


def test_that_a_chosen_checkpoint_is_the_model_until_the_choice_is_taken_back(terminal: Any, played: Any) -> None:
    answer = terminal("choose", f"{played.id}@20")
    assert (answer.code, answer.err) == (0, "")
    assert "chosen by you" in answer.out
    assert terminal("runs", "--json").json[0]["model_step"] == 20
    assert "chosen by you" in terminal("show", played.id).out
    assert "the best valid/loss" in terminal("choose", played.id, "--by-rule").out
    assert terminal("runs", "--json").json[0]["model_step"] == 40


def test_that_a_run_is_exported_as_the_spec_that_steers_itself(terminal: Any, played: Any, tmp_path: Path) -> None:
    with EventWriter(played.events_path) as events:
        arguments = {"path": "training.clip_norm", "value": 0.5}
        done = {"command_id": "c1", "name": "set", "outcome": "applied", "step": 12}
        events.write(CommandDone(arguments=arguments, **done))
    out = tmp_path / "again.toml"
    answer = terminal("export", played.id, str(out))
    assert answer.code == 0
    assert "1 change, at step 12" in answer.out
    changes = read_spec(out).training.changes
    assert [(one.step, one.field, one.value) for one in changes] == [(12, "training.clip_norm", 0.5)]
