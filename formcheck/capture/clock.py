"""The time that live pictures are stamped with: a system's, or a simulated one that a test moves on."""

from __future__ import annotations

import sys
import threading
import time
from typing import Protocol

__all__ = ["Clock", "SimulatedClock", "SystemClock"]


class Clock(Protocol):
    """Seconds since the session began."""

    def now_s(self) -> float:
        """Return the seconds since the clock was made; never goes back, and goes on while the computer sleeps where the system can tell."""
        ...

    def awake_s(self) -> float:
        """Return the seconds that the computer was awake since the clock was made."""
        ...

    def wall_s(self) -> float:
        """Return the calendar time in seconds since 1970, as the computer's clock shows it."""
        ...

    def wait(self, duration_s: float, until: threading.Event | None = None) -> bool:
        """Let ``duration_s`` pass, or less when ``until`` is set meanwhile; return whether it is set."""
        ...


class SystemClock:
    """The computer's own clock.

    Parameters
    ----------
    speed
        How many seconds of this clock pass in a second: 1 for a camera; a file can be rehearsed faster.

    Raises
    ------
    ValueError
        The speed is not above 0.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, got {speed}")
        self._speed = speed
        self._start = _sleep_included_s()
        self._start_awake = time.monotonic()
        self._start_wall = time.time()

    def now_s(self) -> float:
        """Return the seconds since the clock was made, sleep of the computer included."""
        return self._speed * (_sleep_included_s() - self._start)

    def awake_s(self) -> float:
        """Return the seconds since the clock was made without those that the computer slept; on Windows they cannot be told apart."""
        return self._speed * (time.monotonic() - self._start_awake)

    def wall_s(self) -> float:
        """Return the calendar time; it goes ``speed`` times as fast from when the clock was made."""
        return self._start_wall + self._speed * (time.time() - self._start_wall)

    def wait(self, duration_s: float, until: threading.Event | None = None) -> bool:
        """Let time pass, or return early when the event is set; return whether it is set."""
        real_s = max(0.0, duration_s / self._speed)
        if until is not None:
            return until.wait(real_s)
        time.sleep(real_s)
        return False


class SimulatedClock:
    """A clock that moves only when it is told to: an hour passes in no time, and the same way each time. Safe between threads."""

    def __init__(self, start_s: float = 0.0, wall_s: float = 1_700_000_000.0) -> None:
        self._lock = threading.Lock()
        self._now = start_s
        self._awake = start_s
        self._wall = wall_s

    def now_s(self) -> float:
        """Return the seconds since the session began."""
        with self._lock:
            return self._now

    def awake_s(self) -> float:
        """Return the same without the seconds asleep."""
        with self._lock:
            return self._awake

    def wall_s(self) -> float:
        """Return the calendar time."""
        with self._lock:
            return self._wall

    def advance(self, duration_s: float, *, asleep: bool = False) -> None:
        """Let time pass, awake or asleep."""
        if duration_s < 0:
            raise ValueError(f"time does not go back: {duration_s} s")
        with self._lock:
            self._now += duration_s
            self._awake += 0.0 if asleep else duration_s
            self._wall += duration_s

    def set_wall(self, wall_s: float) -> None:
        """Set the calendar, as a person or a time server does."""
        with self._lock:
            self._wall = wall_s

    def wait(self, duration_s: float, until: threading.Event | None = None) -> bool:
        """Let time pass at once; return whether the event is set."""
        if until is not None and until.is_set():
            return True
        self.advance(max(0.0, duration_s))
        return False


def _sleep_included_s() -> float:
    # Python's monotonic clock stops while Linux and macOS sleep; a gap in a movement would look like none.
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()
