"""What an overlay remembers from one picture to the next: the mistake it names, and how long nobody was seen."""

from __future__ import annotations

import math

from formcheck.exercise.session import Fault, FrameResult
from formcheck.report.palette import importance, most_important

__all__ = ["ShownFault", "Unseen"]

#: A mistake may last a fifth of a second; its banner stays for as long as it takes to read.
_READING_S = 1.2
_READING_S_PER_CHARACTER = 0.022
_LONGEST_S = 4.0
_UNTOUCHED_S = 1.0

#: A person who is lost for a shorter time than this is not worth a word.
_UNSEEN_AFTER_S = 0.4


class ShownFault:
    """Which mistake is named, one at a time and each for long enough to be read."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self._since_s = math.nan

    def clear(self) -> None:
        """Name nothing."""
        self.fault, self._since_s = None, math.nan

    def update(self, faults: tuple[Fault, ...], time_s: float) -> Fault | None:
        """Take the mistakes that are live at this moment, and give the one to name."""
        live = most_important(faults)
        if live is None:
            if self.fault is not None and time_s - self._since_s >= _stay_s(self.fault):
                self.clear()
        elif self.fault is None or self._gives_way(live, faults, time_s):
            self.fault, self._since_s = live, time_s
        return self.fault

    def _gives_way(self, live: Fault, faults: tuple[Fault, ...], time_s: float) -> bool:
        assert self.fault is not None
        if live == self.fault:
            return False
        if importance(live.code) < importance(self.fault.code):
            return True
        return self.fault not in faults and time_s - self._since_s >= _UNTOUCHED_S


class Unseen:
    """Whether nobody has been in view for long enough to say so."""

    def __init__(self) -> None:
        self._seen_s = -math.inf

    def clear(self) -> None:
        """Begin anew."""
        self._seen_s = -math.inf

    def update(self, result: FrameResult) -> bool:
        """Take the next moment; True when the viewer should be told."""
        if not result.pose.is_missing:
            self._seen_s = result.pose.time_s
            return False
        return result.pose.time_s - self._seen_s >= _UNSEEN_AFTER_S


def _stay_s(fault: Fault) -> float:
    return min(_READING_S + _READING_S_PER_CHARACTER * len(fault.message), _LONGEST_S)
