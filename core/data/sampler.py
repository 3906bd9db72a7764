"""The order of training examples: a permutation from (seed, epoch) alone, with a position that can be restored.

Positions count examples over all ranks, so an order can be continued with another batch size or number of ranks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import CheckpointError

State = dict[str, int]


class Sampler:
    """Deals `n` examples, epoch by epoch, in batches of `batch_size` over all ranks.

    A rank gets a contiguous share of each global batch; the shares of all ranks, laid end to end, are the batch, so
    the global order does not depend on `world`.  With `drop_last` an incomplete last batch is left out, unless it is
    the only one.  `epoch` and `position` (examples already dealt in it) say where the order stands.
    """

    def __init__(
        self, seed: int, n: int, batch_size: int, *, drop_last: bool = False, rank: int = 0, world: int = 1
    ) -> None:
        if n < 1 or batch_size < 1 or not 0 <= rank < world:
            raise ValueError(f"no order of {n} examples in batches of {batch_size} for rank {rank} of {world}")
        self.seed, self.n, self.batch_size, self.rank, self.world = seed, n, batch_size, rank, world
        self.per_epoch = n - n % batch_size if drop_last and n >= batch_size else n
        self.epoch = 0
        self.position = 0
        self._kept: tuple[int, NDArray[np.int64]] | None = None

    def permutation(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of all examples in `epoch`, shape (n,), read-only; the last one asked for is kept."""
        kept = self._kept  # a reading thread may replace it meanwhile
        if kept is not None and kept[0] == epoch:
            return kept[1]
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, epoch])))
        order = generator.permutation(self.n).astype(np.int64, copy=False)
        order.flags.writeable = False
        self._kept = (epoch, order)
        return order

    def starts(self, position: int = 0) -> range:
        """Return the positions at which the batches of an epoch begin, from `position` on."""
        return range(position, self.per_epoch, self.batch_size)

    def share(self, start: int) -> tuple[int, int]:
        """Return where this rank's part of the batch that begins at `start` lies in the epoch's order."""
        size = min(self.batch_size, self.per_epoch - start)
        return start + self.rank * size // self.world, start + (self.rank + 1) * size // self.world

    def batch(self, epoch: int, start: int) -> NDArray[np.int64]:
        """Return this rank's part of the batch that begins at `start`: numbers below n, shape (share,)."""
        first, last = self.share(start)
        return self.permutation(epoch)[first:last]

    def advance(self) -> None:
        """Move past one global batch, into the next epoch when this one is used up."""
        self.position += self.batch_size
        if self.position >= self.per_epoch:
            self.epoch, self.position = self.epoch + 1, 0

    def state(self) -> State:
        """Return what a checkpoint keeps."""
        return {"seed": self.seed, "examples": self.n, "epoch": self.epoch, "position": self.position}

    def restore(self, state: State) -> None:
        """Go on where `state` was taken; raises CheckpointError when it belongs to other data or another seed."""
        if state["examples"] != self.n or state["seed"] != self.seed:
            raise CheckpointError(
                f"the checkpoint stands in an order of {state['examples']:,} examples with seed {state['seed']}, "
                f"this run has {self.n:,} with seed {self.seed}.",
                remedy="Resume with the data and seed of the run, or fork with warm start.",
            )
        self.epoch, self.position = state["epoch"], min(state["position"], self.per_epoch)
        if self.position >= self.per_epoch:
            self.epoch, self.position = self.epoch + 1, 0
