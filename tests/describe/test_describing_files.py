"""Rules of core/spec/describing.py: what a bad component file can and cannot do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import SpecError
from core.spec import describing
from core.spec.catalog import Catalog, Description
from core.spec.describing import describe_components, devices, layers_of, preview_data
from core.spec.read import spec_from_dict
from core.spec.spec import Spec
from core.spec.trust import distrust, trust

pytestmark = pytest.mark.torch
Write = Callable[[str, str], Path]

GOOD = """
    from typing import Annotated, Literal
    from torch import nn
    from core.spec.fields import about

    class Net(nn.Module):
        '''A net.

        More of it.
        '''
        ACCEPTS = ("table",)

        def __init__(self, input_shape: tuple[int, ...], outputs: int,
                     width: Annotated[int, about("Width", "How wide.", ge=1, le=512)] = 32,
                     curve: Literal["tanh", "relu"] = "tanh", rate: float = 0, wide: bool = False,
                     name: str = "x", sizes: list[int] = [3, 4], kind_of=None, plain=7):
            super().__init__()
            self.head = nn.Linear(input_shape[0], outputs)

        def forward(self, rows):
            return self.head(rows)
"""

BAD = {
    "crashes.py": "import ctypes\nctypes.string_at(0)\n",
    "exits.py": "import os\nos._exit(3)\n",
    "garbage.py": "import os\nos.write(1, b'{]' * 9999)\nos.write(2, b'x')\nraise ValueError('after noise')\n",
    "leaves.py": "import sys\nsys.exit('bye')\n",
    "raises.py": "\n\n1 / 0\n",
    "syntax.py": "def (:\n",
}


def by_kind(found: list[Description]) -> dict[str, Description]:
    return {description.kind: description for description in found}


def test_that_a_users_model_is_described_by_its_constructor(workspace: Path, write: Write) -> None:
    write("net.py", GOOD)
    (net,) = describe_components(workspace)
    assert (net.kind, net.title, net.summary, net.error) == ("net.Net", "Net", "A net.", "")
    assert net.accepts == ("table",)
    assert net.file == "components/net.py"
    properties = net.schema["properties"]
    defaults = {name: schema["default"] for name, schema in properties.items()}
    assert defaults == {
        "width": 32, "curve": "tanh", "rate": 0.0, "wide": False, "name": "x", "sizes": [3, 4], "plain": 7
    }  # fmt: skip
    assert properties["width"]["maximum"] == 512
    assert properties["curve"]["enum"] == ["tanh", "relu"]
    catalog = Catalog.builtin().with_components([net])
    spec = spec_from_dict({"model": {"kind": "net.Net", "width": 8}}, catalog)
    assert spec.model.options["width"] == 8
    assert spec.model.options["curve"] == "tanh"
    with pytest.raises(SpecError, match="width"):
        spec_from_dict({"model": {"kind": "net.Net", "width": 0}}, catalog)


def test_that_each_bad_file_is_one_entry_with_its_reason(workspace: Path, write: Write) -> None:
    for name, source in BAD.items():
        write(name, source)
    write("net.py", GOOD)
    write("_parts.py", "raise RuntimeError('only imported by others')\n")
    found = by_kind(describe_components(workspace, seconds=30))
    assert set(found) == {*BAD, "net.Net"}
    assert not found["net.Net"].error
    assert found["crashes.py"].error.endswith("crashed: signal 11")
    assert "crashes.py" in found["crashes.py"].error  # where it was when it crashed
    assert found["exits.py"].error.endswith("exit code 3")
    assert found["garbage.py"].error.endswith("ValueError: after noise")
    assert "SystemExit: bye" in found["leaves.py"].error
    assert "line 3" in found["raises.py"].error
    assert "ZeroDivisionError" in found["raises.py"].error
    assert "SyntaxError" in found["syntax.py"].error
    assert "own.py" not in found["raises.py"].error  # Epochal's own frames say nothing to the user


@pytest.mark.parametrize("stubborn", [False, True])
def test_that_a_file_that_never_ends_is_ended(workspace: Path, write: Write, stubborn: bool) -> None:
    guard = "import faulthandler\nfaulthandler.cancel_dump_traceback_later()\n" if stubborn else ""
    write("hangs.py", guard + "while True:\n    pass\n")
    write("net.py", GOOD)
    found = by_kind(describe_components(workspace, seconds=2))
    assert found["hangs.py"].error.endswith("did not finish within 2 s")
    assert stubborn or "hangs.py" in found["hangs.py"].error
    assert not found["net.Net"].error


@pytest.mark.skipif(sys.platform != "linux", reason="memory limits are Linux's")
def test_that_a_file_cannot_take_all_memory(
    workspace: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(describing, "MEGABYTES", 256)
    write("greedy.py", "taken = [bytearray(64 << 20) for _ in range(100)]\n")
    (greedy,) = describe_components(workspace, seconds=30)
    assert "MemoryError" in greedy.error


def test_that_nothing_of_an_untrusted_folder_is_imported(workspace: Path, write: Write, tmp_path: Path) -> None:
    evidence = tmp_path / "imported"
    write("spy.py", f"open({str(evidence)!r}, 'w')\n")
    distrust(workspace)
    (spy,) = describe_components(workspace)
    assert spy.error == "not trusted yet"
    assert not evidence.exists()
    trust(workspace)
    describe_components(workspace)
    assert evidence.exists()


def test_that_a_spec_is_told_why_its_model_cannot_be_had(workspace: Path, write: Write) -> None:
    write("net.py", GOOD + "\n    1 / 0\n")
    found = describe_components(workspace)
    with pytest.raises(SpecError, match="division by zero"):
        spec_from_dict({"model": {"kind": "net.Net"}}, Catalog.builtin().with_components(found))
    distrust(workspace)
    found = describe_components(workspace)
    with pytest.raises(SpecError, match="not trusted yet"):
        spec_from_dict({"model": {"kind": "net.Net"}}, Catalog.builtin().with_components(found))


def test_that_descriptions_are_remembered_by_content(
    workspace: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("net.py", GOOD)
    first = describe_components(workspace)
    with monkeypatch.context() as without_child:
        without_child.setattr(describing, "Child", None)
        assert describe_components(workspace) == first
    write("net.py", GOOD.replace("= 32", "= 16"))
    (net,) = describe_components(workspace)
    assert net.schema["properties"]["width"]["default"] == 16


def test_that_a_file_may_use_its_neighbours_and_leaves_no_litter(workspace: Path, write: Write) -> None:
    write("_parts.py", "WIDTH = 5\n")
    write("net.py", "    from ._parts import WIDTH\n" + GOOD.replace("= 32", "= WIDTH"))
    (net,) = describe_components(workspace)
    assert net.schema["properties"]["width"]["default"] == 5
    write("_parts.py", "WIDTH = 6\n")
    (net,) = describe_components(workspace)
    assert net.schema["properties"]["width"]["default"] == 6
    assert sorted(path.name for path in (workspace / "components").iterdir()) == ["_parts.py", "net.py"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def __init__(self, outputs, shape, depth): pass", "Give it a default"),
        ("def __init__(self, outputs, shape, kind: str = 'x'): pass", "Choose another name"),
        ("def __init__(self, outputs, shape, width: int = 'x'): pass", "Choose a default"),
    ],
)
def test_that_a_constructor_that_cannot_be_filled_in_says_so(
    workspace: Path, write: Write, source: str, says: str
) -> None:
    write("net.py", f"from torch import nn\nclass Net(nn.Module):\n    {source}\n")
    (net,) = describe_components(workspace)
    assert net.kind == "net.Net"
    assert says in net.error


def test_that_a_file_without_a_model_says_what_a_model_is(workspace: Path, write: Write) -> None:
    write("parts.py", "from torch import nn\nclass Part(nn.Module):\n    def __init__(self, width): pass\n")
    (parts,) = describe_components(workspace)
    assert "`outputs`" in parts.error


def test_that_the_layers_of_a_spec_are_listed_without_training(workspace: Path, write: Write) -> None:
    write("net.py", GOOD)
    spec = spec_from_dict(
        {"data": {"kind": "wine"}, "model": {"kind": "net.Net"}},
        Catalog.builtin().with_components(describe_components(workspace)),
    )
    (head,) = layers_of(spec, workspace)
    assert (head.name, head.type, head.shape, head.parameters) == ("head", "Linear", (3,), 13 * 3 + 3)


def test_that_an_impossible_model_is_refused_with_its_field(workspace: Path) -> None:
    spec = spec_from_dict({"data": {"kind": "wine"}, "model": {"kind": "cnn"}})
    with pytest.raises(SpecError, match="table of 13 columns") as caught:
        layers_of(spec, workspace)
    assert caught.value.where == "model.kind"


def test_that_a_preview_comes_without_torch(workspace: Path) -> None:
    found = preview_data({"kind": "wine"}, workspace)
    assert found["columns"]
    command = [sys.executable, "-X", "importtime", "-m", "core.describe", "preview", '{"kind": "wine"}', str(workspace)]
    ran = subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert b"numpy" in ran.stderr
    assert b" torch\n" not in ran.stderr


def test_that_devices_begin_with_the_cpu() -> None:
    first, *_ = devices()
    assert first.device == "cpu"
    assert first.memory_bytes > 0
    assert isinstance(spec_from_dict({"compute": {"device": first.device}}), Spec)
