"""Where runs start: the [start] section, and what a fork or warm start is given."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from core.errors import SpecError, WorkspaceError
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.command_line import equal_command
from core.spec.read import spec_from_dict, to_dict, write_spec
from core.spec.spec import Spec
from core.spec.start import Fork, WarmStart


@pytest.mark.parametrize(("start", "kind"), [(Fork, "fork"), (WarmStart, "warm_start")])
def test_that_a_child_names_its_parent_and_owns_what_it_starts_from(
    workspace: Workspace,
    run: RunFolder,
    starting_from: Callable[..., RunFolder],
    start: type[Fork | WarmStart],
    kind: str,
) -> None:
    child = starting_from(run, 10, start)
    record = child.record()
    assert (record.kind, record.parent, record.parent_step) == (kind, run.id, 10)
    assert os.path.samefile(child.start_path, run.checkpoints_path / "step-00000010.h5")
    workspace.delete_run(run)
    assert child.start_path.read_bytes() == b"step 10"


def test_that_a_file_system_without_links_gets_a_copy(
    run: RunFolder, starting_from: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError("links are not known here")

    monkeypatch.setattr(os, "link", no_links)
    child = starting_from(run, 10)
    assert child.start_path.read_bytes() == b"step 10"
    assert not os.path.samefile(child.start_path, run.checkpoints_path / "step-00000010.h5")


def test_that_a_missing_parent_or_checkpoint_is_refused_and_leaves_nothing(
    workspace: Workspace, run: RunFolder
) -> None:
    (run.checkpoints_path / "step-00000007.h5").write_bytes(b"step 7")
    with pytest.raises(WorkspaceError, match=r"start\.step: .* no checkpoint of step 8\. There are: 7"):
        workspace.create_run(Spec(start=Fork(run=run.id, step=8)))
    with pytest.raises(WorkspaceError, match=r"start\.run: There is no run 'gone'"):
        workspace.create_run(Spec(start=WarmStart(run="gone", step=8)))
    assert workspace.runs() == [run]
    assert [path.name for path in workspace.runs_path.iterdir()] == [run.id]


def test_that_a_start_is_read_written_and_said_on_the_command_line() -> None:
    given = {"start": {"kind": "warm_start", "run": "abc", "step": 5}}
    spec = spec_from_dict(given)
    assert spec.start == WarmStart(run="abc", step=5, head="keep")
    assert to_dict(spec)["start"] == {"kind": "warm_start", "run": "abc", "step": 5, "head": "keep"}
    assert '[start]\nkind = "scratch"\n' in write_spec(Spec())
    line = equal_command(spec, None)
    assert "--set start.kind=warm_start" in line
    assert "--set start.step=5" in line
    assert "start." not in equal_command(Spec(), None)


def test_that_a_fork_whose_budget_is_spent_is_refused() -> None:
    fork = {"kind": "fork", "run": "abc", "step": 100}
    budget = {"unit": "steps", "stop_point": 100}
    with pytest.raises(SpecError, match=r"training\.budget\.stop_point: The budget ends at step 100") as refused:
        spec_from_dict({"start": fork, "training": {"budget": budget}})
    assert "Raise it above 100" in str(refused.value)
    with pytest.raises(SpecError, match=r"start\.run: No run is named"):
        spec_from_dict({"start": {"kind": "fork", "step": 5}})
    spec_from_dict({"start": fork, "training": {"budget": budget | {"stop_point": 101}}})
