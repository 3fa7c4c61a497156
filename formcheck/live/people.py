"""A look for other people now and then, in a thread, that never makes a frame wait."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from formcheck.capture.frame import VideoFrame

__all__ = ["PeopleLook"]

_EVERY_S = 1.0


class PeopleLook:
    """Counts people in the newest picture about once a second while it is asked to.

    Parameters
    ----------
    make_counter
        Makes a context manager with ``count(frame) -> int``, in the thread: loading its model takes a while.
    """

    def __init__(self, make_counter: Callable[[], Any]) -> None:
        self._make = make_counter
        self._todo: queue.Queue[VideoFrame | None] = queue.Queue(maxsize=1)
        self._due_s = -float("inf")
        self._people: int | None = None
        self._thread: threading.Thread | None = None

    @property
    def people(self) -> int | None:
        """How many were seen last; None when nobody looked, or it cannot be done here."""
        return self._people

    def offer(self, frame: VideoFrame) -> None:
        """Look at this frame if it is time to."""
        if frame.time_s < self._due_s:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="people", daemon=True)
            self._thread.start()
        try:
            self._todo.put_nowait(frame)
        except queue.Full:
            return
        self._due_s = frame.time_s + _EVERY_S

    def forget(self) -> None:
        """What was seen before says nothing of now."""
        self._people = None

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None and self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                self._todo.get_nowait()
            self._todo.put(None)
            self._thread.join(3.0)

    def _work(self) -> None:
        # Without the counter nobody is told of others; the session itself does not need it.
        try:
            with self._make() as counter:
                while (frame := self._todo.get()) is not None:
                    self._people = int(counter.count(frame))
        except Exception:
            self._people = None
            while self._todo.get() is not None:
                pass
