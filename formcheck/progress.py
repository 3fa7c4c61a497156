"""How far a long job is, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Progress", "ProgressCallback", "Stage", "StageClock"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of how far a job is.

    Attributes
    ----------
    stage
        What is being done, in a word or two.
    fraction
        0..1 of the whole job.
    frames
        Frames done in this stage.
    remaining_s
        Estimated seconds left of the whole job; NaN while nothing can be said.
    """

    stage: str
    fraction: float
    frames: int
    remaining_s: float


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a job: its name, and where in 0..1 of the whole it starts and ends."""

    name: str
    start: float
    end: float


class StageClock:
    """Tells a callback how a job goes on, ten times a second at most.

    The time left is the time spent, scaled by what is left of the whole.
    """

    INTERVAL_S = 0.1

    def __init__(self, callback: ProgressCallback | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._callback = callback
        self._clock = clock
        self._started_s = clock()
        self._told_s = -float("inf")

    def tell(self, stage: Stage, done: float, frames: int) -> None:
        """Report that ``done`` (0..1) of a stage is behind us; the beginning and the end of a stage are always told."""
        if self._callback is None:
            return
        now = self._clock()
        if now - self._told_s < self.INTERVAL_S and 0.0 < done < 1.0:
            return
        self._told_s = now
        fraction = stage.start + (stage.end - stage.start) * min(max(done, 0.0), 1.0)
        spent = now - self._started_s
        remaining = spent * (1.0 - fraction) / fraction if fraction > 0.01 else float("nan")
        self._callback(Progress(stage.name, fraction, frames, remaining))
