"""One process, one rank: nothing to share."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor, nn

T = TypeVar("T")


class Single:
    """The strategy of a run on one device."""

    rank = 0
    world_size = 1
    is_chief = True

    def setup(self) -> None:
        """Nothing to join."""

    def wrap(self, model: nn.Module) -> nn.Module:
        """Return the model unchanged."""
        return model

    def reduce(self, gradient: Tensor) -> None:
        """The gradient already is that of the whole batch."""

    def agree(self, decision: T) -> T:
        """Return the decision: there is nobody to disagree."""
        return decision

    def close(self) -> None:
        """Nothing to leave."""
