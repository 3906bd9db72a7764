"""Where the arithmetic is done, and how a paused run gives the device's memory back."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from core.errors import BadInput, OutOfMemory


def device_of(wanted: str) -> torch.device:
    """Return the device that `auto`, `cpu`, `cuda`, `cuda:N` or `mps` means here.

    Raises BadInput when this machine or this torch has no such device.
    """
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        number = device.index or 0
        if number >= count:
            have = f"there are {count} CUDA devices" if count else "this machine has no CUDA device that torch can use"
            raise BadInput(f"There is no {wanted}: {have}.", where="compute.device", remedy="Choose auto or cpu.")
        return torch.device("cuda", number)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise BadInput("This machine has no mps device.", where="compute.device", remedy="Choose auto or cpu.")
    return device


@contextlib.contextmanager
def lent_back(tensors: Iterable[Tensor]) -> Iterator[None]:
    """Free the device memory of `tensors` for the block; afterwards they, and all views of them, are as before.

    The contents wait in the machine's memory.  A CUDA context of a few hundred megabytes stays on the device.
    """
    with stored_elsewhere([tensor for tensor in tensors if tensor.device.type == "cuda"]):
        yield


@contextlib.contextmanager
def stored_elsewhere(tensors: Iterable[Tensor]) -> Iterator[None]:
    """Free the storage of `tensors` for the block, wherever it is; see `lent_back`."""
    owners = {tensor.untyped_storage()._cdata: tensor for tensor in tensors}
    # Through untyped bytes, because a view knows only a part of its storage.
    whole = [_bytes_of(tensor) for tensor in owners.values()]
    kept = [part.cpu().clone() for part in whole]
    sizes = [part.untyped_storage().nbytes() for part in whole]
    for part in whole:
        part.untyped_storage().resize_(0)
    _release()
    try:
        yield
    finally:
        for part, size, copy in zip(whole, sizes, kept, strict=True):
            part.untyped_storage().resize_(size)
            part.copy_(copy)


@contextlib.contextmanager
def memory_watched(batch_size: int, accumulate: int) -> Iterator[None]:
    """Turn an out-of-memory failure of the block into OutOfMemory with a proposal."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(str(error), batch_size, accumulate) from error
    except RuntimeError as error:
        if "allocate memory" not in str(error) and "out of memory" not in str(error):
            raise
        raise _out_of_memory(str(error), batch_size, accumulate) from error


def _out_of_memory(message: str, batch_size: int, accumulate: int) -> OutOfMemory:
    first_line = message.strip().splitlines()[0] if message.strip() else "no more memory"
    remedy = "Use a smaller model, or another device."
    if batch_size // accumulate > 1:
        remedy = (
            f"Set training.batch_size to {max(1, batch_size // 2)}, or keep it and set training.accumulate to "
            f"{accumulate * 2}, which gives the same updates in half the memory."
        )
    return OutOfMemory(
        f"Memory did not suffice for a batch of {batch_size} examples ({first_line[:200]}).",
        where="training.batch_size",
        remedy=remedy,
    )


def _bytes_of(tensor: Tensor) -> Tensor:
    storage = tensor.untyped_storage()
    return torch.empty(0, dtype=torch.uint8, device=tensor.device).set_(storage)


def _release() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
