"""The proof of resume: it holds where it should, and says what is wrong where it should not."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoints.reading import read_checkpoint
from core.checkpoints.store import CheckpointStore
from core.checkpoints.writing import write_checkpoint
from core.runs.commands import SetValue
from core.runs.commands_file import send
from core.runs.events import CheckpointSaved
from core.runs.forking import Point, fork_outlook
from core.runs.proof import Proof, in_words
from core.spec.trust import trust

pytestmark = pytest.mark.torch


def proved(run: Any, step: int, **options: Any) -> Proof:
    """Prove a checkpoint; whatever comes of it, run and workspace are as before."""
    from core.proof.proving import prove

    before = contents(run.workspace_path)
    proof = prove(run, step, **options)
    assert contents(run.workspace_path) == before
    return proof


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder but what Python leaves there."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"training": {"schedule": {"kind": "cosine"}, "ema": 0.9, "evaluate": {"unit": "steps", "interval": 7}}},
        {"training": {"evaluate": {"unit": "seconds", "interval": 0.02}}},
        {"checkpoints": {"keep_last": 1}},
    ],
    ids=["plain", "cosine-ema", "measured-by-the-clock", "next-one-deleted"],
)
def test_that_going_on_from_a_checkpoint_is_proved_bit_equal(bench: Any, changes: dict[str, Any]) -> None:
    run = bench.run(**changes)
    bench.train(run)
    step = CheckpointStore(run.checkpoints_path).steps()[0]
    proof = proved(run, step, steps=0 if step < 60 else 5)
    assert proof.verdict == "bit-equal", in_words(proof)
    if step < 60:
        assert proof.against == "the record"
        assert proof.states, "the next state is within reach"
        assert proof.points >= 3 * (proof.to_step - step)
    assert "Bit-equal" in in_words(proof)


@pytest.mark.parametrize("schedule", [{"kind": "cosine"}, {"kind": "plateau", "patience": 1}])
def test_that_the_last_checkpoint_is_proved_from_the_one_before_and_beyond_the_end(bench: Any, schedule: Any) -> None:
    run = bench.run(training={"schedule": schedule})
    bench.train(run)
    proof = proved(run, 60, steps=8)
    assert proof.verdict == "bit-equal", in_words(proof)
    assert proof.against == "a second continuation"
    assert proof.to_step == 68
    assert proof.states == [60, 68]
    assert any("The first continuation began" in note for note in proof.notes)
    assert any("beyond the budget" in note for note in proof.notes)


def test_that_the_end_of_a_run_that_stopped_early_is_proved(bench: Any) -> None:
    run = bench.run(
        training={
            "early_stopping": {"patience": 2, "min_change": 10.0},
            "evaluate": {"unit": "steps", "interval": 5},
            "monitor": "valid/accuracy",
        }
    )
    ended = bench.train(run)
    assert ended.reason == "early_stop"
    proof = proved(run, ended.step, steps=10)
    assert proof.verdict == "bit-equal", in_words(proof)


def test_that_changes_made_by_command_are_made_again(bench: Any) -> None:
    run = bench.run(training={"budget": {"unit": "steps", "stop_point": 60}})
    for number, rate in enumerate((0.01, 0.003)):
        send(run, SetValue(id=f"c{number}", time=0.0, by="test", path="learning_rate", value=rate))
    bench.train(run)
    rows = bench.state(run).checkpoints
    first = rows[0].step
    assert rows[0].reason == "before_steer", "both commands came before the first scheduled checkpoint"
    proof = proved(run, first)
    assert proof.verdict == "bit-equal", in_words(proof)


def test_that_a_resumed_run_and_its_abandoned_branch_are_both_proved(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    bench.train(run, resume_from=30)
    for step in (15, 30, 45):
        proof = proved(run, step, steps=10)
        assert proof.verdict == "bit-equal", in_words(proof)
        assert proof.against == "the record"


def test_that_a_checkpoint_the_run_left_behind_is_compared_with_its_own_branch(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    store = CheckpointStore(run.checkpoints_path)
    kept = store.path(45).read_bytes()
    send(run, SetValue(id="other", time=0.0, by="test", path="learning_rate", value=0.05))
    bench.train(run, resume_from=30)
    store.path(45).write_bytes(kept)
    text = run.events_path.read_text().splitlines()
    last = max(number for number, line in enumerate(text) if '"checkpoint_saved"' in line and '"step":45' in line)
    run.events_path.write_text("\n".join(text[:last] + text[last + 1 :]) + "\n")
    proof = proved(run, 45)
    assert proof.verdict == "bit-equal", in_words(proof)
    assert proof.states == [60]


def test_that_a_flipped_byte_is_named(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    path = CheckpointStore(run.checkpoints_path).path(30)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    proof = proved(run, 30)
    assert proof.verdict == "damaged"
    assert "is damaged" in in_words(proof)


def test_that_a_tampered_point_is_found_with_its_place(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    tamper(run.events_path, "valid/loss", lambda column: [0.123])
    proof = proved(run, 30)
    assert proof.verdict == "differs"
    assert proof.differences[0].what == "valid/loss"
    assert proof.differences[0].expected == 0.123
    assert "altered" in proof.because[0]


def tamper(path: Path, metric: str, change: Any) -> None:
    """Change the last column of a metric in a file of events."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    told = next(line for line in reversed(lines) if line["kind"] == "metrics" and metric in line["values"])
    told["values"][metric] = change(told["values"][metric])
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def test_that_another_thread_count_is_the_reason_given(bench: Any) -> None:
    wide = {"model": {"hidden": [2048], "dropout": 0.0}, "training": {"batch_size": 512}}
    run = bench.run(**wide)
    bench.train(run)
    proof = proved(run, 30, threads=2)
    said = [*proof.because, *proof.notes]
    assert any("Threads was 1, is 2" in sentence for sentence in said), in_words(proof)


def test_that_a_small_difference_is_within_a_tolerance_that_allows_it(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    tamper(run.events_path, "valid/loss", lambda column: [column[0] * (1 + 1e-7)])
    assert proved(run, 30).verdict == "within tolerance"
    assert proved(run, 30, tolerance=1e-8).verdict == "differs"


OWN = """
    import itertools
    import torch
    from torch import nn


    class Drifting(nn.Module):
        '''A model that is not a function of its state.'''

        def __init__(self, input_shape: tuple[int, ...], outputs: int, how: str = "random") -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(torch.Size(input_shape).numel(), outputs))
            self.how, self.calls = how, 0

        def forward(self, x):
            if self.how == "random":
                generator = torch.Generator()
                generator.seed()
                return self.body(x) * (1.0 + 0.01 * torch.randn(1, generator=generator))
            self.calls += self.training
            return self.body(x) * (1.0 + 0.001 * self.calls)
"""


@pytest.mark.parametrize(
    ("kind", "reason"), [("random", "does not repeat itself"), ("counting", "not in the checkpoint")]
)
def test_that_an_own_model_that_is_not_a_function_of_its_state_is_found_out(bench: Any, kind: str, reason: str) -> None:
    (bench.workspace.components_path / "drifting.py").write_text(textwrap.dedent(OWN))
    trust(bench.workspace.path)
    run = bench.workspace.create_run(spec_of(kind))
    assert bench.train(run).outcome == "completed"
    proof = proved(run, 30)
    assert proof.verdict == "differs"
    assert reason in proof.because[0]
    last = proved(run, 60, steps=5)
    assert last.verdict == "differs"
    assert reason in last.because[0]


def spec_of(kind: str) -> Any:
    """Return the spec of a run of the drifting model."""
    import msgspec

    from core.spec.model import ModelSpec
    from core.spec.read import spec_from_dict

    spec = spec_from_dict(
        {
            "data": {"kind": "digits"},
            "training": {"budget": {"unit": "steps", "stop_point": 60}},
            "checkpoints": {"num_checkpoints": 4},
            "compute": {"device": "cpu", "threads": 1},
        }
    )
    return msgspec.structs.replace(spec, model=ModelSpec(kind="drifting.Drifting", options={"how": kind}))


def test_that_a_state_which_lacks_something_is_the_reason_given(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    path = CheckpointStore(run.checkpoints_path).path(30)
    whole = read_checkpoint(path)
    lost = next(name for name in whole.tensors if name.startswith("optimizer/"))
    tensors = {name: array for name, array in whole.tensors.items() if name != lost}
    written = write_checkpoint(path, tensors, whole.state, whole.dtypes)
    announce(run, 30, written.state_sha256)
    proof = proved(run, 30)
    assert proof.verdict == "differs"
    assert lost in in_words(proof)


def announce(run: Any, step: int, digest: str) -> None:
    """Let the run have announced a checkpoint with another digest."""
    lines = [json.loads(line) for line in run.events_path.read_text().splitlines()]
    told = next(
        line for line in lines if line["kind"] == CheckpointSaved.__struct_config__.tag and line["step"] == step
    )
    told["state_sha256"] = digest
    run.events_path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))


def test_that_changed_data_is_the_reason_given(bench: Any, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b,y\n" + "".join(f"{i},{i % 7},{i % 3}.5\n" for i in range(200)))
    data = {"kind": "csv", "path": str(table), "target": "y"}
    run = bench.run(data=data, model={"kind": "mlp", "hidden": [4]})
    assert bench.train(run).outcome == "completed"
    table.write_text("a,b,y\n" + "".join(f"{i},{i % 5},{i % 3}.5\n" for i in range(200)))
    proof = proved(run, 30)
    assert proof.verdict == "differs"
    assert "The data has changed." in proof.because


@pytest.mark.parametrize("reaction", ["stop", "skip", "roll_back"])
def test_that_a_run_with_a_step_that_was_not_finite_is_proved(bench: Any, tmp_path: Path, reaction: str) -> None:
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(200, 4)).astype(np.float32)
    target = inputs.sum(axis=1)
    inputs[17] = 3e38
    np.savez(tmp_path / "data.npz", inputs=inputs, target=target)
    run = bench.run(
        data={"kind": "numpy", "path": str(tmp_path / "data.npz"), "standardise": False, "split": {"method": "none"}},
        model={"kind": "mlp", "hidden": [64], "normalisation": "batch"},
        training={
            "batch_size": 20,
            "monitor": "train/loss",
            "budget": {"unit": "steps", "stop_point": 40},
            "on_non_finite": reaction,
        },
        checkpoints={"every": {"unit": "steps", "interval": 3}},
    )
    ended = bench.train(run)
    assert (ended.reason == "non_finite") == (reaction != "skip")
    step = CheckpointStore(run.checkpoints_path).steps()[0]
    proof = proved(run, step)
    assert proof.verdict == "bit-equal", in_words(proof)
    assert proof.against == "the record"


def test_that_a_checkpoint_of_a_fork_is_proved(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    child = bench.workspace.create_run(fork_outlook(Point.of(parent, 30)).spec)
    assert bench.train(child).outcome == "completed"
    first = CheckpointStore(child.checkpoints_path).steps()[0]
    proof = proved(child, first, steps=10)
    assert proof.verdict == "bit-equal", in_words(proof)
    assert proof.against == "the record"
