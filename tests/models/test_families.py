"""Rules that every built-in model family keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from core.data.prepared import DataShape
from core.errors import SpecError
from core.models.build import build_model, families
from core.models.transformer import good_patch
from core.spec.model import ModelSpec

pytestmark = pytest.mark.torch

TABLE = DataShape("table", (13,), 3, "classification")
NUMBER = DataShape("table", (5,), 1, "regression")
DIGITS = DataShape("image", (1, 8, 8), 10, "classification")
FASHION = DataShape("image", (1, 28, 28), 10, "classification")
COLOUR = DataShape("image", (3, 32, 32), 10, "classification")
ODD = DataShape("image", (3, 23, 17), 2, "classification")
LARGE = DataShape("image", (1, 64, 64), 2, "classification")
SHAPES = (TABLE, NUMBER, DIGITS, FASHION, COLOUR, ODD)
FITTING = [
    (kind, shape) for kind, family in sorted(families().items()) for shape in SHAPES if shape.kind in family.ACCEPTS
]
each_fitting = pytest.mark.parametrize(
    ("kind", "shape"), FITTING, ids=[f"{kind}-{'x'.join(map(str, shape.input_shape))}" for kind, shape in FITTING]
)


def build(kind: str, shape: DataShape, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    return build_model(ModelSpec(kind=kind, options=options), shape, Path("nowhere"))


def inputs_of(shape: DataShape, count: int = 4) -> torch.Tensor:
    return torch.randn(count, *shape.input_shape, generator=torch.Generator().manual_seed(1))


@each_fitting
def test_that_outputs_follow_the_data(kind: str, shape: DataShape) -> None:
    model = build(kind, shape)
    assert model(inputs_of(shape)).shape == (4, shape.outputs)
    model.eval()
    assert model(inputs_of(shape, 1)).shape == (1, shape.outputs)


@each_fitting
def test_that_a_batch_of_one_trains(kind: str, shape: DataShape) -> None:
    options = {"mlp": {"normalisation": "batch"}}.get(kind, {})
    build(kind, shape, **options)(inputs_of(shape, 1)).sum().backward()


@each_fitting
def test_that_every_parameter_learns_and_lives_in_one_flat_vector(kind: str, shape: DataShape) -> None:
    model = build(kind, shape)
    expected = model.double().eval()(inputs_of(shape).double())
    parameters = list(model.parameters())
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
    start = 0
    for parameter in parameters:
        parameter.data = flat[start : start + parameter.numel()].view(parameter.shape)
        start += parameter.numel()
    torch.testing.assert_close(model(inputs_of(shape).double()), expected)
    model.train()(inputs_of(shape).double()).square().sum().backward()
    assert all(parameter.grad is not None for parameter in parameters)
    assert not any(buffer._is_view() for buffer in model.buffers())


@each_fitting
def test_that_the_model_compiles_without_a_break(kind: str, shape: DataShape) -> None:
    torch.compiler.reset()  # the models share the code of nn.Sequential, which has a limit of its own
    model = build(kind, shape).eval()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(inputs_of(shape)), model(inputs_of(shape)))


@pytest.mark.parametrize("kind", [kind for kind, family in families().items() if "image" in family.ACCEPTS])
def test_that_channels_last_gives_the_same_outputs(kind: str) -> None:
    model = build(kind, COLOUR).double().eval()
    expected = model(inputs_of(COLOUR).double())
    found = model.to(memory_format=torch.channels_last)(  # type: ignore[call-overload]
        inputs_of(COLOUR).double().to(memory_format=torch.channels_last)
    )
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("kind", sorted(families()))
def test_that_the_seed_decides_the_first_weights(kind: str) -> None:
    shape = DIGITS if "image" in families()[kind].ACCEPTS else TABLE
    one, other = build(kind, shape).state_dict(), build(kind, shape).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_that_the_convolutional_net_learns_digits(accuracy_on_digits: Callable[..., float]) -> None:
    assert accuracy_on_digits(build("cnn", DIGITS), epochs=8) >= 0.985


def test_that_options_shape_the_perceptron() -> None:
    model = build("mlp", TABLE, hidden=[7, 5], normalisation="layer", dropout=0.5, activation="tanh")
    names = [type(module).__name__ for module in model]  # type: ignore[attr-defined]
    assert names == ["Linear", "LayerNorm", "Tanh", "Dropout"] * 2 + ["Linear"]
    assert [name for name, _ in build("mlp", TABLE, hidden=[]).named_parameters()] == ["head.weight", "head.bias"]


@pytest.mark.parametrize(
    ("kind", "options", "shape", "where", "remedy"),
    [
        ("cnn", {"channels": [8, 8, 8, 8]}, DIGITS, "model.channels", "at most 3 stages"),
        ("cnn", {}, DataShape("image", (1, 1, 9), 2, "classification"), "model.channels", "mlp"),
        ("resnet", {"channels": [8] * 5}, DIGITS, "model.channels", "at most 4 stages"),
        ("transformer", {"patch_size": 3}, DIGITS, "model.patch_size", "1, 2, 4, 8, or 0"),
        ("transformer", {"patch_size": 16}, DIGITS, "model.patch_size", "1, 2, 4, 8, or 0"),
        ("transformer", {"patch_size": 5}, ODD, "model.patch_size", "Choose one of 1, or 0"),
        ("transformer", {"width": 30, "heads": 4}, TABLE, "model.heads", "1, 2, 3, 5, 6"),
        ("transformer", {}, DataShape("table", (5000,), 2, "classification"), "model.kind", "another family"),
        ("transformer", {"patch_size": 1}, LARGE, "model.patch_size", "Choose one of 2, 4, 8"),
        ("cnn", {}, TABLE, "model.kind", "linear, mlp, transformer"),
        ("mpl", {}, TABLE, "model.kind", "mlp"),
        ("parts", {}, TABLE, "model.kind", ""),
        ("mlp", {"hidden": [0]}, TABLE, "model.hidden.0", ""),
        ("mlp", {"hiden": [8]}, TABLE, "model.hiden", "hidden"),
        ("mlp", {"dropout": "much"}, TABLE, "model.dropout", ""),
    ],
)
def test_that_an_impossible_model_is_refused_at_its_field(
    kind: str, options: dict[str, Any], shape: DataShape, where: str, remedy: str
) -> None:
    with pytest.raises(SpecError) as caught:
        build(kind, shape, **options)
    assert caught.value.where == where
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("height", "width", "patch"),
    [(8, 8, 2), (28, 28, 4), (32, 32, 4), (23, 17, 3), (1, 9, 1), (4, 4, 2), (224, 224, 28)],
)
def test_that_the_automatic_patch_divides_where_it_can(height: int, width: int, patch: int) -> None:
    assert good_patch(height, width) == patch


def test_that_a_model_beyond_this_machines_memory_is_refused_before_it_takes_any() -> None:
    with pytest.raises(SpecError, match="GB free") as caught:
        build("mlp", TABLE, hidden=[65536] * 60)
    assert caught.value.where == "model"


def test_that_looking_at_a_models_size_draws_no_random_numbers() -> None:
    torch.manual_seed(0)
    expected = nn.Linear(13, 3).weight
    assert torch.equal(build("linear", TABLE).head.weight, expected)  # type: ignore[union-attr, arg-type]
