"""The store: newest good with fallback, what is kept and why, pins."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.checkpoints.format import list_tensors
from core.checkpoints.retention import Policy, reasons_to_keep
from core.checkpoints.store import CheckpointStore
from core.errors import CheckpointError


@pytest.fixture
def store(sample: Any, tmp_path: Path) -> CheckpointStore:
    """A store with steps 10, 20, 30, 40."""
    store = CheckpointStore(tmp_path)
    for step in (10, 20, 30, 40):
        sample.state["step"] = step
        sample.write(store.path(step))
    return store


def flip(path: Path, name: str) -> None:
    """Flip one bit of a tensor."""
    row = next(row for row in list_tensors(path) if row.name == name)
    data = bytearray(path.read_bytes())
    data[row.span.offset + 5] ^= 1
    path.write_bytes(data)


def test_that_resume_falls_back_to_the_newest_good_one_and_says_so(store: CheckpointStore) -> None:
    flip(store.path(40), "model/1.weight")
    store.path(30).write_bytes(b"")
    said: dict[int, str] = {}
    newest = store.newest_good(lambda step, error: said.update({step: str(error)}))
    assert newest is not None
    assert newest.state["step"] == 20
    assert list(said) == [40, 30]
    assert "model/1.weight" in said[40]
    assert "step-00000040.h5" in said[40]


def test_that_nothing_good_is_none(store: CheckpointStore, tmp_path: Path) -> None:
    for step in store.steps():
        store.path(step).write_bytes(b"x")
    assert store.newest_good(lambda *_: None) is None
    assert CheckpointStore(tmp_path / "none").newest_good(lambda *_: None) is None


def test_that_newest_can_be_bounded(store: CheckpointStore) -> None:
    newest = store.newest_good(lambda *_: None, up_to=25)
    assert newest is not None
    assert newest.state["step"] == 20


def test_that_a_step_that_is_not_there_names_those_that_are(store: CheckpointStore) -> None:
    with pytest.raises(CheckpointError, match="There are: 10, 20, 30, 40"):
        store.load(15)


def test_that_retention_keeps_last_best_pinned_and_needed(store: CheckpointStore) -> None:
    store.pin(20)
    policy = Policy(keep_last=1, keep_best=1)
    assert store.retain(policy, {10: 0.1, 20: 0.5, 30: 0.4, 40: 0.3}, {}) == [30]
    assert store.kept_because(policy, {10: 0.1}) == {10: "best", 20: "pinned", 40: "last"}
    store.pin(20, False)
    assert store.retain(policy, {10: 0.1}, {20: "run a1"}) == []
    assert store.retain(policy, {40: 0.01}, {}) == [10, 20]
    assert store.steps() == [40]


def test_that_what_was_gone_back_before_counts_as_older(store: CheckpointStore) -> None:
    assert store.retain(Policy(keep_last=2, keep_best=0), {}, abandoned={30, 40}) == [30, 40]
    assert store.steps() == [10, 20]


def test_that_pins_survive_and_need_a_checkpoint(store: CheckpointStore) -> None:
    store.pin(10)
    assert CheckpointStore(store.folder).pins() == {10}
    with pytest.raises(CheckpointError):
        store.pin(11)


def test_that_nothing_is_deleted_while_the_pins_are_unknown(store: CheckpointStore) -> None:
    (store.folder / "pinned.json").write_text("[1")
    assert store.retain(Policy(keep_last=1), {}) == []
    assert store.steps() == [10, 20, 30, 40]
    with pytest.raises(CheckpointError, match="pinned checkpoints is damaged"):
        store.pins()


@given(
    steps=st.sets(st.integers(0, 50)),
    last=st.integers(0, 5),
    best=st.integers(1, 3),
    higher=st.booleans(),
    scores=st.dictionaries(st.integers(0, 50), st.floats(width=16)),
    pinned=st.sets(st.integers(0, 50)),
)
def test_that_the_rule_never_loses_the_newest_the_best_or_a_pin(
    steps: set[int], last: int, best: int, higher: bool, scores: dict[int, float], pinned: set[int]
) -> None:
    kept = reasons_to_keep(steps, Policy(last, best, higher), scores, pinned)
    assert set(kept) <= steps
    assert pinned & steps <= set(kept)
    if last == 0:
        assert set(kept) == steps
    elif steps:
        assert max(steps) in kept
    finite = {step: scores[step] for step in steps if not math.isnan(scores.get(step, math.nan))}
    if finite:
        top = (max if higher else min)(finite.values())
        assert any(finite.get(step) == top for step in kept)
