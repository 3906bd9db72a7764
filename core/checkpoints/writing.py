"""From an image in memory to a durable file under its final name; the file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.checkpoints.direct_io import CHUNK, open_to_write, write_chunk
from core.checkpoints.dtypes import Array
from core.checkpoints.image import Image
from core.checkpoints.layout import PAGE, Layout
from core.checkpoints.seal import SIZE, Span
from core.checkpoints.snapshot import Arena
from core.checkpoints.state_json import State
from core.checkpoints.state_text import StateText, encode_state
from core.durable import explained, reach, rename_durably

THREADS = 2
MIN_STATE = 8192  # room for a state that grows a little from save to save


class Written(NamedTuple):
    """A file that is durable now."""

    bytes: int
    state_sha256: str
    seconds: float


def write_checkpoint(path: Path, tensors: Mapping[str, Array], state: State, dtypes: Mapping[str, str] = {}) -> Written:
    """Write a checkpoint and return when it is durable.

    `tensors` are arrays by name; any strides.  `dtypes` names the type of those that NumPy cannot name ("bfloat16",
    carried as uint16).  `state["clock"]` holds wall-clock times and does not count in the digest.
    Raises CheckpointError for what cannot be stored, WriteError when the disk refuses; the old file then stays.
    """
    began = time.perf_counter()
    text = encode_state(state)
    try:
        image = Image(tensors, dtypes, max(MIN_STATE, text.length), path.parent)
    except OSError as error:
        raise explained(error, path) from error
    image.attach(Arena())
    for slot, target in zip(image.layout.slots, image.targets, strict=True):
        np.copyto(target, tensors[slot.name])
    with ThreadPoolExecutor(THREADS) as pool:
        digest = write_image(path, image, text, [len(image.targets)], pool)
    return Written(image.layout.total, digest, time.perf_counter() - began)


def write_image(path: Path, image: Image, state: StateText, copied: Iterable[int], pool: ThreadPoolExecutor) -> str:
    """Write `image` while it is still being filled and return the state's SHA-256.

    `copied` gives, again and again, how many slots are filled by now, in the file's order; its last number is all.
    Crash points: `checkpoint.reserve`, `.write`, `.before_sync`, `.before_rename`, `.after_rename`.
    Raises WriteError; a file that was there before is untouched then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = open_to_write(temporary, image.layout.total)
        try:
            digest = _write_chunks(descriptor, image, state, copied, pool)
            reach("checkpoint.before_sync")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        rename_durably(temporary, path, point="checkpoint")
    except OSError as error:
        raise explained(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return digest


def remove_leftovers(folder: Path) -> int:
    """Delete what writers left unfinished when they were killed; returns how many files.  Only for the run's worker."""
    leftovers = [*folder.glob(".step-*.tmp"), *folder.glob(".layout.*.tmp")]  # not those of pins: others write them
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def _write_chunks(
    descriptor: int, image: Image, state: StateText, copied: Iterable[int], pool: ThreadPoolExecutor
) -> str:
    """Write behind the copying, then what the checksums decide: index, state and seal."""
    slots, total = image.layout.slots, image.layout.total
    early, late = _chunks(image.layout)
    futures: list[Future[dict[int, int]]] = []
    submitted = 0
    checksums: dict[int, int] = {}

    def write(chunk: Span, first: int, last: int) -> dict[int, int]:
        """Write a chunk; the checksums of the slots that end in it come first, and leave it in the cache."""
        found = {number: image.checksum_of(number) for number in range(first, last)}
        write_chunk(descriptor, image.bytes, chunk.offset, chunk.end)
        return found

    try:
        for count in copied:
            complete = slots[count].span.offset if count < len(slots) else total
            while early and early[0].end <= complete:
                chunk = early.popleft()
                last = bisect_right(slots, chunk.end, lo=submitted, key=lambda slot: slot.span.end)
                futures.append(pool.submit(write, chunk, submitted, last))
                submitted = last
        checksums |= {number: image.checksum_of(number) for number in range(submitted, len(slots))}
    finally:
        wait(futures)
    for future in futures:
        checksums |= future.result()
    digest = image.seal([checksums[number] for number in range(len(slots))], state)
    for chunk in late:
        write_chunk(descriptor, image.bytes, chunk.offset, chunk.end)
    return digest


def _chunks(layout: Layout) -> tuple[deque[Span], list[Span]]:
    """Split the file: chunks of tensors and structure, and the pages of seal, index and state, written last."""
    late: list[Span] = []
    for part in sorted((Span(0, SIZE), layout.index, layout.state)):
        first, end = part.offset // PAGE * PAGE, -(-part.end // PAGE) * PAGE
        start = max(first, late[-1].end if late else 0)
        if start < end:
            late.append(Span(start, end - start))
    early: deque[Span] = deque()
    ends = [*(span.offset for span in late[1:]), layout.total]
    for span, end in zip(late, ends, strict=True):
        early += [Span(start, min(CHUNK, end - start)) for start in range(span.end, end, CHUNK)]
    return early, late
