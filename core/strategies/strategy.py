"""How ranks talk, as the trainer sees it.  One strategy per file; `single` is one rank that talks to nobody."""

from __future__ import annotations

from typing import Protocol, TypeVar

from torch import Tensor, nn

T = TypeVar("T")


class Strategy(Protocol):
    """What the trainer asks of the ranks' way of working together."""

    rank: int
    world_size: int

    @property
    def is_chief(self) -> bool:
        """Say whether this rank emits, saves and listens."""
        ...

    def setup(self) -> None:
        """Join the other ranks."""
        ...

    def wrap(self, model: nn.Module) -> nn.Module:
        """Return the model as this strategy trains it; called once, before parameters are laid out flat."""
        ...

    def reduce(self, gradient: Tensor) -> None:
        """Make `gradient`, the flat gradient of this rank's part of the batch, that of the whole batch, in place."""
        ...

    def agree(self, decision: T) -> T:
        """Return the chief's `decision` on every rank, so that all of them stop, save or steer at the same step."""
        ...

    def close(self) -> None:
        """Leave the other ranks."""
        ...
