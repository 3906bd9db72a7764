"""The thread that works ahead: in order, bounded, and it always ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.data.prefetch import Prefetch


def test_that_items_come_in_order_and_end() -> None:
    with Prefetch(range(100), depth=3) as reader:
        assert list(reader) == list(range(100))


def test_that_it_never_works_further_ahead_than_its_depth() -> None:
    made = threading.Semaphore(0)
    count = 0

    def items() -> Iterator[int]:
        nonlocal count
        while True:
            count += 1
            made.release()
            yield count

    reader = Prefetch(items(), depth=2)
    for _ in range(3):  # two lie ready, the third waits for a place
        assert made.acquire(timeout=5)
    assert not made.acquire(timeout=0.05)
    assert next(reader) == 1
    assert made.acquire(timeout=5)
    reader.close()
    assert count == 4


def test_that_an_error_arrives_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    with Prefetch(items()) as reader:
        assert next(reader) == 1
        with pytest.raises(OSError, match="the disk is gone"):
            next(reader)


def test_that_closing_ends_the_thread_though_nobody_consumes() -> None:
    before = threading.active_count()
    readers = [Prefetch(iter(int, 1), depth=2) for _ in range(10)]
    for reader in readers:
        reader.close()
        reader.close()
    assert threading.active_count() == before


def test_that_waiting_is_metered() -> None:
    release = threading.Event()

    def items() -> Iterator[int]:
        release.wait(5)
        yield 1

    with Prefetch(items()) as reader:
        timer = threading.Timer(0.05, release.set)
        timer.start()
        assert next(reader) == 1
        assert reader.waited_s > 0.02
        timer.join()
