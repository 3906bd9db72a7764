"""Workspaces and run folders: found, created whole, deleted, refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import durable
from core.errors import BadInput, SpecError, WorkspaceError, WriteError
from core.runs import liveness
from core.runs.events import Environment
from core.runs.lineage import ancestors, descended_steps, tree
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace, default_workspace
from core.spec.model import ModelSpec
from core.spec.read import spec_from_dict
from core.spec.spec import Spec


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    durable.arm("")


def test_that_a_run_keeps_its_spec_and_its_record(workspace: Workspace) -> None:
    spec = spec_from_dict({"name": "mine", "tags": ["a"], "model": {"kind": "mlp", "hidden": [7]}})
    run = workspace.create_run(spec)
    assert run.spec() == spec
    record = run.record()
    assert (record.id, record.name, record.parent, record.parent_step, record.kind) == (
        run.id,
        "mine",
        None,
        None,
        "train",
    )
    assert len(run.id) == 8
    assert run.id[0].isalpha()
    run.write_environment(Environment(torch="2", python="3", platform="x", device="cpu", threads=1))
    assert run.record().environment.torch == "2"


def test_that_a_frozen_spec_with_a_foreign_model_can_be_read(workspace: Workspace) -> None:
    run = workspace.create_run(Spec(model=ModelSpec(kind="mine.Net", options={"width": 3})))
    assert run.spec().model.options == {"width": 3}


def test_that_a_damaged_spec_or_record_is_one_clear_sentence(run: RunFolder) -> None:
    run.spec_path.write_text("[model\n")
    for read in (run.spec, run.raw_spec):
        with pytest.raises(BadInput, match=r"spec\.toml"):
            read()
    run.spec_path.write_text('model = "x"\n')
    with pytest.raises(SpecError, match="model"):
        run.spec()
    run.record_path.write_text("{}")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        run.record()


def test_that_a_run_is_found_by_a_unique_prefix(workspace: Workspace) -> None:
    for name in ("aaaabbbb", "aaaacccc", "b1234567"):
        (workspace.runs_path / name).mkdir()
    assert workspace.find("b").id == "b1234567"
    assert workspace.find("aaaab").id == "aaaabbbb"
    with pytest.raises(WorkspaceError, match="2 runs begin with 'aaaa'"):
        workspace.find("aaaa")
    for missing in ("zz", ""):
        with pytest.raises(WorkspaceError, match="There is no run"):
            workspace.find(missing)


def test_that_looking_at_a_workspace_creates_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "none")
    assert workspace.runs() == []
    assert not workspace.path.exists()


def test_that_a_path_that_cannot_be_a_workspace_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match=r"cannot be used: .* Choose a folder"):
        Workspace.open(tmp_path / "file" / "workspace")


@pytest.mark.parametrize("fault", ["erofs@workspace.before_write", "eacces@workspace.before_rename"])
def test_that_a_read_only_workspace_is_refused(tmp_path: Path, fault: str) -> None:
    durable.arm(fault)
    with pytest.raises((WorkspaceError, WriteError), match=r"read-only|permission"):
        Workspace.open(tmp_path / "w")


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_that_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    workspace.path.chmod(0o500)
    try:
        with pytest.raises(WorkspaceError, match="permission"):
            Workspace.open(workspace.path)
    finally:
        workspace.path.chmod(0o700)


@pytest.mark.parametrize(
    "point", ["spec.before_write", "spec.before_rename", "run_record.before_rename", "create_run.before_rename"]
)
def test_that_a_run_appears_whole_or_not_at_all(workspace: Workspace, point: str) -> None:
    durable.arm(f"enospc@{point}")
    with pytest.raises(WriteError, match="the disk is full"):
        workspace.create_run(Spec())
    assert workspace.runs() == []
    assert list(workspace.runs_path.iterdir()) == []


def test_that_a_killed_creation_leaves_no_run(workspace: Workspace) -> None:
    code = "import sys; from core.runs.workspace import *; Workspace(Path(sys.argv[1])).create_run(Spec())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(workspace.path)],
        env={**os.environ, "EPOCHAL_FAULT": "kill@create_run.before_rename"},
    )
    assert done.returncode == -signal.SIGKILL
    assert workspace.runs() == []


def test_that_a_live_run_cannot_be_deleted_and_a_dead_one_can(workspace: Workspace, run: RunFolder) -> None:
    with liveness.hold(run.lock_path):
        assert run.is_alive()
        with pytest.raises(WorkspaceError, match="Stop or cancel"):
            workspace.delete_run(run)
    assert not run.is_alive()
    workspace.delete_run(run)
    assert workspace.runs() == []


def test_that_a_lock_is_held_by_one_and_tells_who(run: RunFolder) -> None:
    with liveness.hold(run.lock_path):
        assert liveness.holder(run.lock_path).pid == os.getpid()
        assert liveness.holder(run.lock_path).is_alive()
        with pytest.raises(liveness.Held), liveness.hold(run.lock_path, wait_s=0.0):
            pass
    assert not liveness.Process(os.getpid(), 1.0).is_alive()
    assert liveness.holder(run.path / "missing") is None


def test_that_slots_are_read_from_the_settings(workspace: Workspace) -> None:
    assert workspace.slots() == {}
    workspace.settings_path.write_text('[slots]\ncpu = 2\n"cuda:0" = 3\n')
    assert workspace.slots() == {"cpu": 2, "cuda:0": 3}
    workspace.settings_path.write_text("[slots]\ncpu = 'many'\n")
    with pytest.raises(WorkspaceError, match="settings cannot be read"):
        workspace.slots()


def test_that_lineage_survives_a_deleted_parent(workspace: Workspace, starting_from: Callable[..., RunFolder]) -> None:
    first = workspace.create_run(Spec())
    second = starting_from(first, 10)
    third = starting_from(second, 20)
    assert ancestors(workspace, third) == [second, first]
    assert descended_steps(workspace, first) == {10}
    workspace.delete_run(first)
    assert ancestors(workspace, third) == [second]


def test_that_a_tree_shows_every_run_once() -> None:
    assert tree({"a": None, "b": "a", "c": "b", "d": "a", "e": "gone"}) == [
        ("a", 0),
        ("b", 1),
        ("c", 2),
        ("d", 1),
        ("e", 0),
    ]
    assert {row for row, _ in tree({"x": "y", "y": "x"})} == {"x", "y"}


def test_that_the_default_workspace_is_the_users_own() -> None:
    assert default_workspace().name == "workspace"
