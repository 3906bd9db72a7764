"""Optimizers over a flat vector do what torch's own do over single parameters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from core.engine.flat import FlatParameters
from core.engine.optimizers import build_optimizer
from core.spec.optimizers import SGD, Adam, AdamW, Muon, OptimizerSpec, RMSprop

pytestmark = pytest.mark.torch

Reference = Callable[[nn.Module], list[torch.optim.Optimizer]]
CASES: list[tuple[OptimizerSpec, Reference]] = [
    (SGD(learning_rate=0.1, momentum=0.0), lambda m: [torch.optim.SGD(m.parameters(), lr=0.1)]),
    (
        SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda m: [torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)],
    ),
    (Adam(learning_rate=0.01, weight_decay=0.1), lambda m: [torch.optim.Adam(m.parameters(), 0.01, weight_decay=0.1)]),
    (AdamW(learning_rate=0.01), lambda m: [torch.optim.AdamW(m.parameters(), lr=0.01, weight_decay=0.01)]),
    (RMSprop(learning_rate=0.01), lambda m: [torch.optim.RMSprop(m.parameters(), lr=0.01)]),
    (
        RMSprop(learning_rate=0.01, momentum=0.5, weight_decay=0.1),
        lambda m: [torch.optim.RMSprop(m.parameters(), lr=0.01, momentum=0.5, weight_decay=0.1)],
    ),
    (
        Muon(learning_rate=0.02, adamw_learning_rate=0.002),
        lambda m: [
            torch.optim.Muon([p for p in m.parameters() if p.dim() == 2], lr=0.02, weight_decay=0.01),
            torch.optim.AdamW([p for p in m.parameters() if p.dim() != 2], lr=0.002, weight_decay=0.01),
        ],
    ),
]


def model() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 2))


@pytest.mark.parametrize(
    ("spec", "reference"), CASES, ids=lambda value: getattr(value, "__struct_config__", None) and type(value).__name__
)
@pytest.mark.parametrize("channels_last", [False, True])
def test_that_a_flat_update_equals_torchs_own(spec: OptimizerSpec, reference: Reference, channels_last: bool) -> None:
    ours, theirs = model(), model()
    flat = FlatParameters(list(ours.named_parameters()), channels_last=channels_last)
    optimizer = build_optimizer(spec, flat)
    others = reference(theirs)
    inputs = torch.randn(8, 2, 4, 4)
    for _ in range(5):
        flat.gradient.zero_()
        ours(inputs).square().mean().backward()
        optimizer.update(flat.gradient, spec.learning_rate)
        for other in others:
            other.zero_grad()
        theirs(inputs).square().mean().backward()
        for other in others:
            other.step()
    for mine, other_parameter in zip(ours.parameters(), theirs.parameters(), strict=True):
        # Muon multiplies in bfloat16, which forgives nothing.
        torch.testing.assert_close(mine, other_parameter, rtol=1e-4, atol=2e-3 if isinstance(spec, Muon) else 1e-6)


@pytest.mark.parametrize("spec", [case[0] for case in CASES])
def test_that_a_skipped_update_changes_nothing(spec: OptimizerSpec) -> None:
    ours = model()
    flat = FlatParameters(list(ours.named_parameters()))
    optimizer = build_optimizer(spec, flat)
    flat.gradient.normal_()
    optimizer.update(flat.gradient, 0.1, torch.tensor(0.0))
    before = [flat.weights.clone(), optimizer.count.clone(), *(slot.vector.clone() for slot in optimizer.slots)]
    flat.gradient.fill_(float("nan"))
    optimizer.update(flat.gradient, 0.1, torch.tensor(1.0))
    after = [flat.weights, optimizer.count, *(slot.vector for slot in optimizer.slots)]
    for old, new in zip(before, after, strict=True):
        assert torch.equal(old, new)


def test_that_parameters_keep_their_names_and_shapes_in_the_vector() -> None:
    ours = model()
    values = {name: parameter.detach().clone() for name, parameter in ours.named_parameters()}
    flat = FlatParameters(list(ours.named_parameters()), channels_last=True)
    assert all(torch.equal(flat.named(flat.weights)[name], value) for name, value in values.items())
    assert ours[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert flat.named(flat.gradient)["3.weight"].data_ptr() == ours[3].weight.grad.data_ptr()
