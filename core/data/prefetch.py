"""A thread that works ahead: a bounded number of items lie ready while the consumer is busy."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Prefetch(Generic[Item]):
    """Iterates over `items` in a thread of its own, at most `depth` items ahead.

    An exception of `items` is raised to the consumer after the items before it.  `waited_s` is the time in seconds that
    the consumer spent waiting.  `close` ends the thread after the item it is making; it may be called any number of
    times, from any thread.
    """

    def __init__(self, items: Iterable[Item], *, depth: int = 4) -> None:
        self.waited_s = 0.0
        self._depth = max(1, depth)
        self._ready: deque[Item] = deque()
        self._changed = threading.Condition()
        self._finished = False
        self._closed = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, args=(items,), name="prefetch", daemon=True)
        self._thread.start()

    def __iter__(self) -> Prefetch[Item]:
        return self

    def __next__(self) -> Item:
        with self._changed:
            if not self._ready and not self._finished and not self._closed:
                began = time.perf_counter()
                self._changed.wait_for(lambda: self._ready or self._finished or self._closed)
                self.waited_s += time.perf_counter() - began
            if self._ready:
                item = self._ready.popleft()
                self._changed.notify_all()
                return item
            if self._failure is not None and not self._closed:
                raise self._failure
        raise StopIteration

    def close(self) -> None:
        """Stop working ahead, drop what lies ready, and wait for the thread to end."""
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def __enter__(self) -> Prefetch[Item]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self, items: Iterable[Item]) -> None:
        failure: BaseException | None = None
        try:
            for item in items:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._ready) < self._depth or self._closed)
                    if self._closed:
                        break
                    self._ready.append(item)
                    self._changed.notify_all()
        except BaseException as error:  # handed to the consumer, whatever it is
            failure = error
        with self._changed:
            self._failure = failure
            self._finished = True
            self._changed.notify_all()
