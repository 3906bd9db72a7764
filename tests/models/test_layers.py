"""Rules of the layer table."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.data.prepared import DataShape
from core.models.build import build_model, families
from core.models.layers import layer_table
from core.spec.model import ModelSpec

pytestmark = pytest.mark.torch


class Tangle(nn.Module):
    """Declared in another order than called, with a shared layer, a tied weight, a weight of its own, an idle layer."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(4, 2)
        self.idle = nn.Linear(9, 9)
        self.first = nn.Linear(6, 4)
        self.norm = nn.BatchNorm1d(4)
        self.shared = nn.Linear(4, 4)
        self.again = self.shared
        self.tied = nn.Linear(4, 4)
        self.tied.weight = self.shared.weight
        self.scale = nn.Parameter(torch.ones(2))
        self.dropout = nn.Dropout(0.5)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        random.random()
        np.random.rand()
        torch.rand(1)
        hidden = self.dropout(self.norm(self.first(rows)))
        return self.scale * self.last(self.tied(self.again(self.shared(hidden))))


def test_that_layers_come_in_execution_order_and_once() -> None:
    table = layer_table(Tangle(), torch.randn(3, 6))
    assert [layer.name for layer in table] == ["model", "first", "norm", "dropout", "shared", "tied", "last", "idle"]
    by_name = {layer.name: layer for layer in table}
    assert by_name["first"].shape == (4,)
    assert by_name["model"].parameters == 2
    assert by_name["tied"].parameters == 4  # its bias: the weight was counted at `shared`
    assert by_name["idle"].shape == ()
    assert not by_name["dropout"].trainable


@pytest.mark.parametrize("kind", sorted(families()))
def test_that_the_rows_add_up_to_the_model(kind: str) -> None:
    shape = DataShape("image", (3, 16, 16), 4, "classification")
    model = build_model(ModelSpec(kind=kind), shape, Path("nowhere"))
    table = layer_table(model, torch.zeros(2, 3, 16, 16))
    assert sum(layer.parameters for layer in table) == sum(parameter.numel() for parameter in model.parameters())
    assert table[-1].name == "head"
    assert table[-1].shape == (4,)
    assert all(layer.shape for layer in table)


def test_that_attention_of_torch_is_listed_whole() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 2)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            mixed, _ = self.attention(tokens, tokens, tokens)
            return self.head(mixed.mean(1))

    model = Net()
    table = layer_table(model, torch.zeros(2, 5, 8))
    assert [layer.name for layer in table] == ["attention", "attention.out_proj", "head"]
    assert sum(layer.parameters for layer in table) == sum(parameter.numel() for parameter in model.parameters())


def test_that_looking_leaves_no_trace() -> None:
    model = Tangle().train()
    model.norm.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # type: ignore[index, union-attr]
    layer_table(model, torch.randn(3, 6, generator=torch.Generator()))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()  # type: ignore[index]
    assert random.getstate() == states[2]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training
    assert not model.norm.training
    assert not model.first._forward_hooks
    assert not model.first._forward_pre_hooks
    assert all(parameter.grad is None for parameter in model.parameters())


def test_that_frozen_layers_and_the_optimizers_are_told_apart() -> None:
    model = Tangle()
    model.first.requires_grad_(False)
    by_name = {layer.name: layer for layer in layer_table(model, torch.randn(2, 6), in_optimizer={"first.weight"})}
    assert (by_name["first"].trainable, by_name["first"].in_optimizer) == (False, True)
    assert (by_name["last"].trainable, by_name["last"].in_optimizer) == (True, False)
