"""Batches as tensors on the device, in the order that seed and step decide.

Data in memory lives on the device; an epoch is brought into order a window at a time, and batches are slices of that.
Larger data, and augmented images, come from threads that read and prepare ahead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.data.augment import Augmentation
from core.data.batches import one_pass, open_batches
from core.data.held import HeldExamples
from core.data.prefetch import Prefetch
from core.data.prepared import PreparedData
from core.data.sampler import Sampler

Pair = tuple[Tensor, Tensor]
_WINDOW_BYTES = 32 << 20


class Batches(Protocol):
    """Deals (inputs, targets) of the training split."""

    @property
    def waited_s(self) -> float:
        """Seconds spent waiting for data."""
        ...

    def stream(self, epoch: int, position: int) -> Iterator[Pair]:
        """Yield batches for ever, from `position` (examples) in `epoch` on; a batch is valid until the next one."""
        ...

    def resident(self) -> list[Tensor]:
        """Return the tensors that hold device memory for as long as the run lasts."""
        ...

    def close(self) -> None:
        """Stop threads."""
        ...


def batches_of(
    data: PreparedData, sampler: Sampler, seed: int, device: torch.device, *, channels_last: bool
) -> Batches:
    """Return the batches of `data`'s training split on `device`, dealt by `sampler` and augmented from `seed`."""
    augmentation = Augmentation.of(data, seed)
    if isinstance(data.examples, HeldExamples) and augmentation is None:
        return ResidentBatches(data.examples, data.train, sampler, device, channels_last=channels_last)
    return ArrivingBatches(data, sampler, augmentation, device, channels_last=channels_last)


class ResidentBatches:
    """Batches of data that lies on the device as a whole."""

    def __init__(
        self,
        held: HeldExamples,
        train: NDArray[np.int64],
        sampler: Sampler,
        device: torch.device,
        *,
        channels_last: bool,
    ) -> None:
        self._waited = 0.0
        self._train, self._sampler, self._device = train, sampler, device
        inputs = torch.from_numpy(np.ascontiguousarray(held.all_inputs))
        self._shape = inputs.shape[1:]
        self._channels_last = channels_last
        if channels_last:
            inputs = inputs.permute(0, 2, 3, 1).contiguous()
        # Rows of one dimension: gathering them is a plain copy of memory, whatever the layout.
        self._inputs = inputs.reshape(len(inputs), -1).to(device)
        self._targets = torch.from_numpy(np.ascontiguousarray(held.all_targets)).to(device)
        self._row_bytes = max(1, self._inputs.shape[1] * self._inputs.element_size())
        self._room: Pair | None = None

    @property
    def waited_s(self) -> float:
        """Seconds spent bringing examples into order."""
        return self._waited

    def stream(self, epoch: int, position: int) -> Iterator[Pair]:
        """Yield batches for ever."""
        while True:
            starts = self._sampler.starts(position)
            at_once = max(1, _WINDOW_BYTES // (self._row_bytes * self._sampler.batch_size))
            for first in range(0, len(starts), at_once):
                began = time.perf_counter()
                pairs = self._window(epoch, starts[first : first + at_once])
                self._waited += time.perf_counter() - began
                yield from pairs
            epoch, position = epoch + 1, 0

    def resident(self) -> list[Tensor]:
        """Return inputs and targets."""
        return [self._inputs, self._targets, *(self._room or ())]

    def close(self) -> None:
        """Nothing to stop."""

    def _window(self, epoch: int, starts: range) -> Iterator[Pair]:
        """Bring the batches that begin at `starts` into order, all at once."""
        order = self._train[np.concatenate([self._sampler.batch(epoch, start) for start in starts])]
        numbers = torch.from_numpy(order).to(self._device, non_blocking=True)
        if self._room is None or len(self._room[0]) < len(order):
            self._room = (
                torch.empty((len(order), self._inputs.shape[1]), dtype=self._inputs.dtype, device=self._device),
                torch.empty((len(order), *self._targets.shape[1:]), dtype=self._targets.dtype, device=self._device),
            )
        inputs, targets = (room[: len(order)] for room in self._room)
        torch.index_select(self._inputs, 0, numbers, out=inputs)
        torch.index_select(self._targets, 0, numbers, out=targets)
        low, high = self._sampler.share(starts[0])
        return zip(torch.split(self._shaped(inputs), high - low), torch.split(targets, high - low), strict=True)

    def _shaped(self, rows: Tensor) -> Tensor:
        if not self._channels_last:
            return rows.view(len(rows), *self._shape)
        channels, height, width = self._shape
        return rows.view(len(rows), height, width, channels).permute(0, 3, 1, 2)


class ArrivingBatches:
    """Batches that are read or augmented ahead by threads and then brought to the device."""

    def __init__(
        self,
        data: PreparedData,
        sampler: Sampler,
        augmentation: Augmentation | None,
        device: torch.device,
        *,
        channels_last: bool,
    ) -> None:
        self._source = open_batches(data, sampler, augmentation)
        self._device = device
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        self._ahead: Prefetch[Pair] | None = None
        self._waited_before = 0.0

    @property
    def waited_s(self) -> float:
        """Seconds spent waiting for data."""
        return self._waited_before + (self._ahead.waited_s if self._ahead else 0.0)

    def stream(self, epoch: int, position: int) -> Iterator[Pair]:
        """Yield batches for ever."""
        self.close()
        self._ahead = Prefetch(self._prepared(epoch, position))
        for inputs, targets in self._ahead:
            yield inputs.to(self._device, non_blocking=True), targets.to(self._device, non_blocking=True)

    def resident(self) -> list[Tensor]:
        """Return nothing: batches come and go."""
        return []

    def close(self) -> None:
        """End the reading threads."""
        if self._ahead is not None:
            self._ahead.close()
            self._waited_before += self._ahead.waited_s
            self._ahead = None
        self._source.close()

    def _prepared(self, epoch: int, position: int) -> Iterator[Pair]:
        """Yield batches as tensors of their own, in the device's layout; pinned where a device fetches them."""
        while True:
            for batch in self._source.epoch(epoch, position):
                inputs = torch.tensor(batch.inputs).contiguous(memory_format=self._format)
                targets = torch.tensor(batch.targets)
                yield (inputs.pin_memory(), targets.pin_memory()) if self._device.type == "cuda" else (inputs, targets)
            epoch, position = epoch + 1, 0


def split_batches(
    data: PreparedData, indices: NDArray[np.int64], batch_size: int, device: torch.device, *, channels_last: bool
) -> Iterator[Pair]:
    """Yield the examples `indices` in order as pairs on the device, once: for evaluation."""
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    for batch in one_pass(data, indices, batch_size):
        inputs = torch.tensor(batch.inputs).to(device).contiguous(memory_format=memory_format)
        yield inputs, torch.tensor(batch.targets).to(device)
