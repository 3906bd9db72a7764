"""Rules for the user's own models."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch

from core.data.prepared import DataShape
from core.errors import ComponentError, SpecError
from core.models.build import build_model
from core.models.layers import layer_table
from core.spec.model import ModelSpec
from core.spec.trust import distrust

pytestmark = pytest.mark.torch

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "components" / "two_towers.py"
DIGITS = DataShape("image", (1, 8, 8), 10, "classification")
TABLE = DataShape("table", (4,), 3, "classification")


def build(workspace: Path, kind: str, shape: DataShape = TABLE, **options: Any) -> torch.nn.Module:
    return build_model(ModelSpec(kind=kind, options=options), shape, workspace)


def write(workspace: Path, body: str, head: str = "") -> None:
    """Write components/net.py with a class Net whose body is given."""
    lines = "\n".join(f"    {line}" for line in dedent(body).strip().splitlines())
    source = f"{head}\nimport torch\nfrom torch import nn\nclass Net(nn.Module):\n{lines}\n"
    (workspace / "components" / "net.py").write_text(source, encoding="utf-8")


def test_that_the_sample_component_trains(workspace: Path, accuracy_on_digits: Callable[..., float]) -> None:
    shutil.copy(SAMPLE, workspace / "components")
    torch.manual_seed(0)
    model = build(workspace, "two_towers.TwoTowers", DIGITS, depth=1, width=256)
    assert accuracy_on_digits(model, epochs=25) >= 0.95
    assert type(model).__module__ == "epochal_components.two_towers"
    table = layer_table(model, torch.zeros(1, 1, 8, 8))
    assert [layer.name for layer in table] == [
        "model", "flatten", "straight", "deep.0", "deep.1", "deep.2", "deep.3"
    ]  # fmt: skip


def test_that_the_class_gets_the_shape_and_its_options_with_their_own_types(workspace: Path) -> None:
    write(
        workspace,
        """
        def __init__(self, shape: DataShape, sizes: list[int] = [2], pair: tuple[float, int] = (1, 2), rate: float = 1,
                     maker=nn.Linear):
            super().__init__()
            self.seen = (shape.task, sizes, pair, rate)
            self.head = maker(shape.input_shape[0], shape.outputs)
        def forward(self, rows):
            return self.head(rows)
        """,
        head="from __future__ import annotations\nfrom core.data.prepared import DataShape",
    )
    model: Any = build(workspace, "net.Net", sizes=[5, 6])
    assert model.seen == ("classification", [5, 6], (1.0, 2), 1.0)
    with pytest.raises(SpecError) as caught:
        build(workspace, "net.Net", sizes=[5, "x"])
    assert caught.value.where == "model.sizes.1"


def test_that_lazy_layers_are_ready_before_training(workspace: Path) -> None:
    write(
        workspace,
        """
        def __init__(self, input_shape, outputs):
            super().__init__()
            self.norm = nn.LazyBatchNorm1d()
            self.head = nn.LazyLinear(outputs)
        def forward(self, rows):
            return self.head(self.norm(rows))
        """,
    )
    torch.manual_seed(3)
    one = build(workspace, "net.Net")
    torch.manual_seed(3)
    other = build(workspace, "net.Net")
    assert sum(parameter.numel() for parameter in one.parameters()) == 4 * 3 + 3 + 8
    assert torch.equal(one.head.weight, other.head.weight)  # type: ignore[arg-type, union-attr]


BAD_FORWARD = """
    def __init__(self, input_shape, outputs):
        super().__init__()
        self.head = nn.Linear(input_shape[0], outputs + {more})
    def forward(self, rows):
        return {returned}
"""


@pytest.mark.parametrize(
    ("body", "says", "line"),
    [
        (BAD_FORWARD.format(more=1, returned="self.head(rows)"), "but returned a tensor of (2, 4)", ""),
        (BAD_FORWARD.format(more=0, returned="[self.head(rows)]"), "but returned list", ""),
        (BAD_FORWARD.format(more=0, returned="self.head(rows.T)"), "cannot be called", ":9"),
        (BAD_FORWARD.format(more=0, returned="rows[:, :3]").replace("self.head", "head"), "no parameters", ""),
        ("def __init__(self, outputs, shape):\n    super().__init__()\n    1 / 0", "could not be built", ":7"),
        ("def __init__(self, outputs, shape):\n    self.head = nn.Linear(2, 2)", "could not be built", ":6"),
        ("def __init__(self, outputs, shape):\n    raise SystemExit(3)", "SystemExit: 3", ":6"),
        (BAD_FORWARD.format(more=0, returned="exit(4)"), "SystemExit: 4", ":9"),
        (BAD_FORWARD.format(more=0, returned="self.head(rows).detach()"), "nothing can be learned", ""),
        (BAD_FORWARD.format(more=0, returned="self.head(rows).long()"), "nothing can be learned", ""),
    ],
)
def test_that_a_model_that_cannot_work_is_refused_with_its_line(
    workspace: Path, body: str, says: str, line: str
) -> None:
    write(workspace, body)
    with pytest.raises(ComponentError) as caught:
        build(workspace, "net.Net")
    assert says in caught.value.message
    assert caught.value.where == f"components/net.py{line}"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError"),
        ("raise SystemExit", "ends the program"),
        ("def (", "SyntaxError"),
        ("", "There is no model Net"),
    ],
)
def test_that_a_file_that_cannot_be_used_is_one_sentence(workspace: Path, source: str, says: str) -> None:
    (workspace / "components" / "net.py").write_text(source, encoding="utf-8")
    with pytest.raises(ComponentError, match=says) as caught:
        build(workspace, "net.Net")
    assert "\n" not in str(caught.value)
    assert caught.value.where.startswith("components/net.py")


def test_that_a_missing_file_is_named(workspace: Path) -> None:
    with pytest.raises(ComponentError) as caught:
        build(workspace, "gone.Net")
    assert caught.value.where == "components/gone.py"


def test_that_an_untrusted_workspace_is_not_imported(workspace: Path) -> None:
    write(workspace, "1 / 0")
    distrust(workspace)
    with pytest.raises(ComponentError, match="not trusted yet"):
        build(workspace, "net.Net")


def test_that_an_edited_file_is_imported_afresh_and_another_workspace_too(workspace: Path) -> None:
    body = BAD_FORWARD.format(more=0, returned="self.head(rows)")
    write(workspace, body + "    version = 1\n")
    assert build(workspace, "net.Net").version == 1
    write(workspace, body + "    version = 2\n")
    assert build(workspace, "net.Net").version == 2


def test_that_a_class_says_what_it_accepts(workspace: Path) -> None:
    write(workspace, BAD_FORWARD.format(more=0, returned="self.head(rows)") + "    ACCEPTS = ('image',)\n")
    with pytest.raises(SpecError, match="table of 4 columns"):
        build(workspace, "net.Net")
