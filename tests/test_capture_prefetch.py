"""Working ahead in a thread: in order, bounded, and gone when nobody wants more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.capture.prefetch import prefetched


def threads() -> int:
    return sum(thread.name == "prefetch" for thread in threading.enumerate())


class Source:
    """Counts what was taken from it and whether its iterator was closed."""

    def __init__(self, count: int, fail_at: int | None = None) -> None:
        self.count, self.fail_at, self.taken, self.closed = count, fail_at, 0, False

    def __iter__(self) -> Iterator[int]:
        try:
            for k in range(self.count):
                if k == self.fail_at:
                    raise OSError("disk gone")
                self.taken += 1
                yield k
        finally:
            self.closed = True


@given(st.lists(st.none() | st.integers(), max_size=30), st.integers(1, 5))
def test_gives_the_same_items(items, depth):
    assert list(prefetched(items, depth)) == items
    assert threads() == 0


def test_an_error_comes_after_the_items_before_it():
    source = Source(10, fail_at=3)
    got = []
    with pytest.raises(OSError, match="disk gone"):
        for item in prefetched(source, 2):
            got.append(item)
    assert got == [0, 1, 2]
    assert source.closed
    assert threads() == 0


def test_an_error_before_the_first_item():
    with pytest.raises(TypeError):
        next(prefetched(5, 2))  # type: ignore[arg-type]
    assert threads() == 0


@pytest.mark.parametrize("depth", [1, 3])
def test_it_runs_ahead_no_further_than_asked(depth):
    source = Source(1000)
    stream = prefetched(source, depth)
    assert source.taken == 0
    assert next(stream) == 0
    deadline = time.monotonic() + 5
    while source.taken < depth + 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.05)
    assert source.taken == depth + 2
    stream.close()
    assert source.closed
    assert threads() == 0


def test_stopping_early_closes_the_source_in_its_own_thread():
    source = Source(1_000_000)
    for item in prefetched(source, 4):
        if item == 10:
            break
    del item
    assert source.taken < 20
    deadline = time.monotonic() + 5
    while threads() and time.monotonic() < deadline:
        time.sleep(0.001)
    assert source.closed
    assert threads() == 0


def test_closing_twice_and_before_the_start_is_harmless():
    source = Source(5)
    stream = prefetched(source, 1)
    stream.close()
    stream.close()
    assert (source.taken, source.closed, threads()) == (0, False, 0)


def test_depth_must_be_positive():
    with pytest.raises(ValueError, match="at least 1"):
        prefetched([], 0)
