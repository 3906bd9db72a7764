"""Checkpoints written beside training: the training thread copies, another thread writes.

One arena suffices: a second one would cost a second copy of the state in memory, and a save that comes before the last
one is durable waits for it (which is counted as stall).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from core.checkpoints.dtypes import Array
from core.checkpoints.image import Image
from core.checkpoints.sharing import CannotShare, share_unchanged
from core.checkpoints.snapshot import Arena
from core.checkpoints.state_json import State
from core.checkpoints.state_text import StateText, encode_state
from core.checkpoints.store import file_name
from core.checkpoints.writing import MIN_STATE, THREADS, remove_leftovers, write_image
from core.durable import explained
from core.errors import EpochalError

# Writing begins when this share is copied.  Earlier it slows the copying, later the file is durable later: on two busy
# cores stall in copies and durable in raw writes were 1.10 and 1.42 at 0, 1.00 and 1.30 at 0.25, 1.15 and 1.45 at 1.
_HEAD_START = 0.25
_ANNOUNCE = 8 << 20  # bytes copied between two announcements to the writing thread
_ABORT = -1


class Saved(NamedTuple):
    """A checkpoint that is durable now."""

    step: int
    path: Path
    bytes: int
    state_sha256: str
    stall_s: float  # how long `save` kept the training thread
    write_s: float  # from the call of `save` to durable


class BackgroundWriter:
    """Writes the checkpoints of one run; made and used by the thread that trains.

    `on_saved(saved)` and `on_failed(step, error)` are called in the writing thread; what they raise is raised by the
    next `save`, `wait` or `close`.
    """

    def __init__(
        self, folder: Path, on_saved: Callable[[Saved], None], on_failed: Callable[[int, EpochalError], None]
    ) -> None:
        folder.mkdir(exist_ok=True)
        remove_leftovers(folder)
        self._folder, self._on_saved, self._on_failed = folder, on_saved, on_failed
        self._arena = Arena()
        self._image: Image | None = None
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._pool = ThreadPoolExecutor(THREADS, "checkpoint-io")
        self._writing: Future[None] | None = None
        self._sharer = ThreadPoolExecutor(1, "checkpoint-share")
        self._sharing: Future[None] | None = None
        self._before: Path | None = None  # the newest file whose blocks the next one may share
        self._shares = True  # until the disk says that it cannot

    def prepare(self, tensors: Mapping[str, Array], state: State, dtypes: Mapping[str, str] = {}) -> None:
        """Plan the file and take the memory now, so that the first `save` stalls no longer than the others."""
        self.wait()
        self._plan(tensors, encode_state(state), dtypes)

    def save(
        self,
        step: int,
        tensors: Mapping[str, Array],
        state: State,
        dtypes: Mapping[str, str] = {},
        *,
        wait: bool = False,
    ) -> float:
        """Copy everything and return the seconds that took; the file is written meanwhile and afterwards.

        The caller may change tensors and state as soon as this returns.  With `wait` it returns when the file is
        durable or has failed.  Raises CheckpointError for what no checkpoint can hold.
        """
        began = time.perf_counter()
        self.wait()
        text = encode_state(state)
        image = self._image
        if image is None or not image.fits(tensors, dtypes, text.length):
            try:
                image = self._plan(tensors, text, dtypes)
            except OSError as error:
                self._on_failed(step, explained(error, self._folder / file_name(step)))
                return time.perf_counter() - began
        copied: SimpleQueue[int] = SimpleQueue()
        stall: SimpleQueue[float] = SimpleQueue()
        self._writing = self._thread.submit(self._write, step, image, text, copied, stall, began)
        try:
            _copy(image, tensors, copied)
        except BaseException:
            copied.put(_ABORT)
            raise
        seconds = time.perf_counter() - began
        stall.put(seconds)
        if wait:
            self.wait()
        return seconds

    def wait(self) -> None:
        """Return when nothing is being written any more."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def close(self) -> None:
        """Finish the last file and end the threads."""
        try:
            self.wait()
        finally:
            self._thread.shutdown()
            self._pool.shutdown()
            self._sharer.shutdown(wait=False, cancel_futures=True)  # a file that shares nothing is as good

    def _plan(self, tensors: Mapping[str, Array], text: StateText, dtypes: Mapping[str, str]) -> Image:
        self._image = None
        image = Image(tensors, dtypes, max(MIN_STATE, 2 * text.length), self._folder)
        image.attach(self._arena)
        self._image = image
        return image

    def _write(
        self,
        step: int,
        image: Image,
        text: StateText,
        copied: SimpleQueue[int],
        stall: SimpleQueue[float],
        began: float,
    ) -> None:
        """Write one file; runs in the writing thread."""
        path = self._folder / file_name(step)
        try:
            digest = write_image(path, image, text, _announced(copied, len(image.targets)), self._pool)
        except EpochalError as error:
            self._on_failed(step, error)
        except _Aborted:
            return
        else:
            write_s = time.perf_counter() - began
            self._offer(path)
            self._on_saved(Saved(step, path, image.layout.total, digest, stall.get(), write_s))

    def _offer(self, path: Path) -> None:
        """Begin to share a new file's blocks, unless the one before is still at it."""
        if not self._shares or (self._sharing is not None and not self._sharing.done()):
            return
        if self._before is not None and self._before.exists():
            self._sharing = self._sharer.submit(self._share, path, self._before)
        self._before = path

    def _share(self, path: Path, before: Path) -> None:
        """Let a file share with the one before what did not change; beside everything, and nobody waits for it."""
        try:
            share_unchanged(path, before)
        except CannotShare:
            self._shares = False
        except (OSError, EpochalError):
            return  # deleted meanwhile, or damaged, as whoever loads it will say


class _Aborted(Exception):
    """The copying failed; the training thread knows why."""


def _copy(image: Image, tensors: Mapping[str, Array], copied: SimpleQueue[int]) -> None:
    """Copy every tensor into the image, telling the writing thread how far it is."""
    since = -int(_HEAD_START * image.layout.total)
    for count, (slot, target) in enumerate(zip(image.layout.slots, image.targets, strict=True), start=1):
        np.copyto(target, tensors[slot.name])
        since += slot.span.length
        if since >= _ANNOUNCE:
            copied.put(count)
            since = 0
    copied.put(len(image.targets))


def _announced(copied: SimpleQueue[int], everything: int) -> Iterator[int]:
    count = 0
    while count < everything:
        count = copied.get()
        if count == _ABORT:
            raise _Aborted
        yield count
