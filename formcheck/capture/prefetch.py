"""Work ahead in a second thread, a bounded number of steps."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

__all__ = ["prefetched"]

T = TypeVar("T")


def prefetched(source: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Iterate over ``source`` in a thread of its own, at most ``depth`` items ahead.

    The thread starts with the first item that is asked for. It ends when the source does, or when the generator is closed; then the
    iterator of the source is closed too, in its own thread, before ``close`` returns. An exception of the source is raised here, after
    the items that came before it.

    Parameters
    ----------
    source
        Anything to iterate over. It must not need the thread of the caller.
    depth
        How many items may wait, at least 1. No more than ``depth`` + 2 exist at once.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    return _prefetched(source, depth)


def _prefetched(source: Iterable[T], depth: int) -> Generator[T, None, None]:
    line: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(depth)
    stop = threading.Event()
    thread = threading.Thread(target=_fill, args=(source, line, stop), name="prefetch", daemon=True)
    thread.start()
    try:
        while (entry := line.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]
    finally:
        stop.set()
        while thread.is_alive():
            _empty(line)
            thread.join(0.01)


def _fill(source: Iterable[T], line: queue.Queue[tuple[T] | BaseException | None], stop: threading.Event) -> None:
    last: BaseException | None = None
    try:
        items = iter(source)
        try:
            for item in items:
                line.put((item,))
                if stop.is_set():
                    break
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
    except BaseException as error:
        last = error
    line.put(last)


def _empty(line: queue.Queue[tuple[T] | BaseException | None]) -> None:
    try:
        while True:
            line.get_nowait()
    except queue.Empty:
        return
