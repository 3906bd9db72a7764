"""Batches as NumPy arrays: gathered from memory, or read ahead from disk.

Both ways deal the same examples in the same order: `open_batches` chooses.  A batch's arrays are valid until the next
batch is asked for; whoever keeps one longer copies it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.augment import Augmentation
from core.data.held import HeldExamples
from core.data.prefetch import Prefetch
from core.data.prepared import PreparedData
from core.data.sampler import Sampler

Targets = NDArray[np.int64] | NDArray[np.float32]
WINDOW_BYTES = 128 << 20  # of inputs gathered at a time


class Batch(NamedTuple):
    """Examples side by side: inputs (n, *input_shape), targets (n,) or (n, outputs), their numbers (n,)."""

    inputs: NDArray[np.float32]
    targets: Targets
    indices: NDArray[np.int64]


class Batches(Protocol):
    """Where the trainer gets its batches.  `waited_s` is the time in seconds it has waited for data."""

    @property
    def waited_s(self) -> float: ...

    def epoch(self, epoch: int, position: int = 0) -> Iterator[Batch]:
        """Yield this rank's batches of an epoch, from `position` (examples over all ranks) to its end."""
        ...

    def close(self) -> None:
        """Stop threads and free buffers."""
        ...


def open_batches(
    data: PreparedData, sampler: Sampler, augmentation: Augmentation | None = None, *, depth: int = 4
) -> Batches:
    """Return batches of the training split, which `sampler` must have been made for (n = len(data.train))."""
    if isinstance(data.examples, HeldExamples):
        return EpochGather(data, sampler, augmentation)
    return StreamingBatches(data, sampler, augmentation, depth=depth)


class EpochGather:
    """Batches of data in memory: an epoch's examples are brought into order once, batches are slices of that.

    A large epoch is gathered in windows of `window_bytes`, in buffers that are used again.
    """

    waited_s = 0.0

    def __init__(
        self,
        data: PreparedData,
        sampler: Sampler,
        augmentation: Augmentation | None = None,
        *,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        if not isinstance(data.examples, HeldExamples):
            raise TypeError("only data in memory can be gathered")
        self._held = data.examples
        self._train = data.train
        self._sampler = sampler
        self._augmentation = augmentation
        self._examples_at_once = window_bytes // max(1, self._held.all_inputs[:1].nbytes)
        self._inputs: NDArray[np.float32] | None = None
        self._targets: Targets | None = None

    def order(self, epoch: int, position: int = 0) -> NDArray[np.int64]:
        """Return the numbers of this rank's examples in an epoch, batch after batch, shape (n,)."""
        return self._order(epoch, self._sampler.starts(position))

    def gather(self, epoch: int, position: int = 0) -> Batch:
        """Return the whole rest of an epoch in order as one new batch, not augmented."""
        order = self.order(epoch, position)
        return Batch(self._held.all_inputs[order], self._held.all_targets[order], order)

    def epoch(self, epoch: int, position: int = 0) -> Iterator[Batch]:
        """Yield this rank's batches of an epoch, augmented, from `position` to its end."""
        starts = self._sampler.starts(position)
        at_once = max(1, self._examples_at_once // self._sampler.batch_size)
        for first in range(0, len(starts), at_once):
            window = starts[first : first + at_once]
            order = self._order(epoch, window)
            batches = _cut(Batch(*self._fill(order), order), self._size_of(window[0]), len(window))
            if self._augmentation is None:
                yield from batches
                continue
            for batch in batches:
                yield batch._replace(inputs=self._augmentation.apply(batch.inputs, epoch, batch.indices))

    def close(self) -> None:
        """Free the buffers."""
        self._inputs = self._targets = None

    def _size_of(self, start: int) -> int:
        low, high = self._sampler.share(start)
        return high - low

    def _order(self, epoch: int, starts: range) -> NDArray[np.int64]:
        permutation = self._sampler.permutation(epoch)
        if not starts:
            return self._train[:0]
        if self._sampler.world == 1:
            chosen = permutation[starts[0] : self._sampler.share(starts[-1])[1]]
        else:
            chosen = np.concatenate([permutation[slice(*self._sampler.share(start))] for start in starts])
        order: NDArray[np.int64] = self._train[chosen]
        return order

    def _fill(self, order: NDArray[np.int64]) -> tuple[NDArray[np.float32], Targets]:
        """Bring examples into the buffers.  Memory that is used again is several times faster than fresh memory."""
        inputs, targets = self._held.all_inputs, self._held.all_targets
        if self._inputs is None or self._targets is None or len(self._inputs) < len(order):
            self._inputs = np.empty((len(order), *inputs.shape[1:]), inputs.dtype)
            self._targets = np.empty((len(order), *targets.shape[1:]), targets.dtype)
        # Numbers are in range by construction; "clip" lets NumPy write without a buffer of its own.
        np.take(inputs, order, axis=0, out=self._inputs[: len(order)], mode="clip")
        np.take(targets, order, axis=0, out=self._targets[: len(order)], mode="clip")
        return self._inputs[: len(order)], self._targets[: len(order)]


class StreamingBatches:
    """Batches of data on disk: a thread reads up to `depth` batches ahead, also into the next epoch."""

    def __init__(
        self, data: PreparedData, sampler: Sampler, augmentation: Augmentation | None = None, *, depth: int = 4
    ) -> None:
        self._data = data
        self._sampler = sampler
        self._augmentation = augmentation
        self._depth = depth
        self._reader: Prefetch[Batch] | None = None
        self._next = (-1, -1)  # epoch and position of the batch that the reader hands out next
        self._waited_before = 0.0

    @property
    def waited_s(self) -> float:
        """Seconds spent waiting for the disk."""
        return self._waited_before + (self._reader.waited_s if self._reader is not None else 0.0)

    def epoch(self, epoch: int, position: int = 0) -> Iterator[Batch]:
        """Yield this rank's batches of an epoch, augmented, from `position` to its end.

        What goes wrong while reading is raised here, after the batches before it.
        """
        for start in self._sampler.starts(position):
            if self._next != (epoch, start) or self._reader is None:
                self.close()
                self._reader = Prefetch(self._from(epoch, start), depth=self._depth)
            following = start + self._sampler.batch_size
            self._next = (epoch, following) if following < self._sampler.per_epoch else (epoch + 1, 0)
            batch = next(self._reader, None)
            if batch is None:  # closed by another thread
                return
            yield batch

    def close(self) -> None:
        """End the reading thread."""
        if self._reader is not None:
            self._reader.close()
            self._waited_before += self._reader.waited_s
            self._reader = None

    def _from(self, epoch: int, position: int) -> Iterator[Batch]:
        while True:
            for start in self._sampler.starts(position):
                numbers = self._data.train[self._sampler.batch(epoch, start)]
                batch = _read(self._data, numbers)
                if self._augmentation is not None:
                    batch = batch._replace(inputs=self._augmentation.apply(batch.inputs, epoch, numbers))
                yield batch
            epoch, position = epoch + 1, 0


def one_pass(data: PreparedData, indices: NDArray[np.int64], batch_size: int, *, depth: int = 4) -> Iterator[Batch]:
    """Yield the examples `indices` in their order, never augmented: for evaluation.  Disk reads run ahead."""
    parts = (indices[start : start + batch_size] for start in range(0, len(indices), batch_size))
    batches = (_read(data, part) for part in parts)
    if isinstance(data.examples, HeldExamples):
        yield from batches
        return
    with Prefetch(batches, depth=depth) as reader:
        yield from reader


def _cut(whole: Batch, size: int, count: int) -> Iterator[Batch]:
    """Yield `count` batches of `size` examples as views, the last of what is left over."""
    full = count if size * count == len(whole.indices) else count - 1
    end = full * size
    inputs, targets, indices = whole
    if full:
        yield from map(
            Batch,
            inputs[:end].reshape(full, size, *inputs.shape[1:]),
            targets[:end].reshape(full, size, *targets.shape[1:]),
            indices[:end].reshape(full, size),
        )
    if full < count:
        yield Batch(inputs[end:], targets[end:], indices[end:])


def _read(data: PreparedData, numbers: NDArray[np.int64]) -> Batch:
    return Batch(data.examples.inputs(numbers), data.examples.targets(numbers), numbers)
