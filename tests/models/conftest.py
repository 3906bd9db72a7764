"""A trusted workspace, and a plain training loop that owes nothing to the engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.spec.trust import trust


@pytest.fixture
def workspace(tmp_path: Path, own_user_folders: Path) -> Path:
    """A workspace folder with an empty components folder, trusted."""
    (tmp_path / "components").mkdir()
    trust(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def accuracy_on_digits() -> Callable[..., float]:
    """Train a model on digits by hand; return its accuracy on the fifth of the examples held out."""

    def train(model, epochs: int, flat: bool = False) -> float:  # type: ignore[no-untyped-def]
        import torch
        from sklearn.datasets import load_digits

        digits = load_digits()
        inputs = (torch.from_numpy(digits.images).float()[:, None] - 4.9) / 6
        inputs = inputs.flatten(1) if flat else inputs
        targets = torch.from_numpy(digits.target)
        order = torch.randperm(len(targets), generator=torch.Generator().manual_seed(1))
        held_out, trained = order[:360], order[360:]
        steps = epochs * -(-len(trained) // 64)
        optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(epochs):
            for batch in trained[torch.randperm(len(trained))].split(64):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(inputs[batch]), targets[batch]).backward()
                optimizer.step()
                schedule.step()
        model.eval()
        with torch.no_grad():
            return float((model(inputs[held_out]).argmax(dim=1) == targets[held_out]).float().mean())

    return train
