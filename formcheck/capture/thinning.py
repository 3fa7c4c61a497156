"""Which pictures of a film are looked at: all, or every second, third, … where so many add nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["SAMPLE_FPS", "JustThese", "Keeping", "Thinning"]

#: Judging how even a movement is needs 20 pictures a second; a quarter more stays above that where times are uneven.
SAMPLE_FPS = 25.0

#: Half of the shortest time between two pictures, at 2000 a second.
_SAME_TIME_S = 0.00025


class Keeping(Protocol):
    """Says which pictures of a film are wanted."""

    def keeps(self, time_s: float, before_s: float) -> bool:
        """Whether the picture at ``time_s`` is; the one before it in the film was at ``before_s``, minus infinity for the first."""
        ...


class JustThese:
    """Keeps the pictures with these times.

    Parameters
    ----------
    time_s
        (N,) seconds, increasing.
    """

    def __init__(self, time_s: npt.NDArray[np.float64]) -> None:
        self._time_s = time_s

    def keeps(self, time_s: float, before_s: float) -> bool:
        """Whether it is one of them, to the quarter of a millisecond."""
        place = int(np.searchsorted(self._time_s, time_s - _SAME_TIME_S))
        return place < len(self._time_s) and bool(self._time_s[place] < time_s + _SAME_TIME_S)


@dataclass(frozen=True, slots=True)
class Thinning:
    """Keeps every ``step``-th picture of a film, told from times alone, so that any piece of it is thinned as the whole is.

    Attributes
    ----------
    step
        1 keeps all.
    fps
        Pictures a second of the film before.
    """

    step: int = 1
    fps: float = 0.0

    @classmethod
    def to(cls, sample_fps: float, fps: float) -> Thinning:
        """The coarsest thinning of a film of ``fps`` that leaves at least ``sample_fps``; none where the rate is not known."""
        if not (0 < fps < math.inf and 0 < sample_fps < math.inf):
            return cls(1, fps)
        return cls(max(1, math.floor(fps / sample_fps + 1e-3)), fps)

    @property
    def kept_fps(self) -> float:
        """Pictures a second that are left."""
        return self.fps / self.step

    def keeps(self, time_s: float, before_s: float) -> bool:
        """Whether the picture at ``time_s`` is looked at; the one before it in the film was at ``before_s``, minus infinity for the first.

        A picture is kept when it is the first after half a picture before a whole number of steps: times may be off by nearly that much.
        """
        if self.step == 1 or math.isinf(before_s):
            return True
        return self._slot(time_s) > self._slot(before_s)

    def _slot(self, time_s: float) -> int:
        return math.floor((time_s * self.fps + 0.5) / self.step)
