"""Presentation times made strictly increasing, and an account of the frames that were lost."""

from __future__ import annotations

from collections import deque

__all__ = ["DamageLog", "PresentationClock"]

_JUMP_BACK_S = 1.0
_STALLED_FRAMES = 2


class PresentationClock:
    """Turns the time stamps of decoded frames into seconds since the first frame, strictly increasing.

    A frame without a stamp comes one usual interval after the one before. A frame that does not come after the one before is left out,
    since two pictures of one moment would be an endless speed. When the stamps jump back by more than a second or stop for good, as where
    recordings were joined, time goes on with one usual interval, and the stamps count from there.

    Attributes
    ----------
    dropped
        Frames left out because their time was not after the one before.
    retimed
        Frames that were given a time because their own was missing or could not be used.
    last_s
        Time of the last frame kept; -inf before the first.
    """

    def __init__(self, interval_s: float) -> None:
        self.dropped = 0
        self.retimed = 0
        self.last_s = float("-inf")
        self._interval_s = interval_s
        self._zero_s: float | None = None
        self._stalled = 0

    def time_s(self, stamp_s: float | None) -> float | None:
        """Return the time of the next frame in seconds, or None when it must be left out."""
        if self._zero_s is None:
            self._zero_s = stamp_s or 0.0
            self.retimed += stamp_s is None
            self.last_s = 0.0
            return 0.0
        if stamp_s is None:
            return self._estimated()
        time_s = stamp_s - self._zero_s
        if time_s > self.last_s:
            self._stalled = 0
            self.last_s = time_s
            return time_s
        if self.last_s - time_s > _JUMP_BACK_S or self._stalled >= _STALLED_FRAMES:
            self._zero_s = stamp_s - (self.last_s + self._interval_s)
            return self._estimated()
        self._stalled += 1
        self.dropped += 1
        return None

    def relative_s(self, stamp_s: float) -> float:
        """Seconds since the first frame of a stamp, without any repair; for reporting."""
        return max(0.0, stamp_s - (self._zero_s or 0.0))

    def _estimated(self) -> float:
        self.retimed += 1
        self.last_s += self._interval_s
        return self.last_s


class DamageLog:
    """Finds out which pictures never came out of the decoder, and when they would have been.

    A packet that yields no picture is normal in some codecs, so packets count as lost only when the decoder complained as well.
    Memory does not grow with the length of a healthy video.
    """

    _WINDOW = 256

    def __init__(self, interval_s: float) -> None:
        self.complaints = 0
        self._interval_s = interval_s
        self._waiting: dict[float, None] = {}
        self._lost_s: list[float] = []
        self._approximate_s: list[float] = []
        self._last_s = 0.0
        self._pictureless = False

    def sent(self, stamp_s: float | None) -> None:
        """Note a packet that was given to the decoder."""
        if stamp_s is not None:
            self._waiting[stamp_s] = None
            if len(self._waiting) > self._WINDOW:
                self._settle([stamp for stamp in self._waiting if stamp < self._last_s])

    def shown(self, stamp_s: float | None) -> None:
        """Note a whole picture."""
        if stamp_s is not None:
            self._waiting.pop(stamp_s, None)
            self._last_s = stamp_s

    def complained(self) -> None:
        """Note that the decoder refused a packet or flagged a picture as broken."""
        self.complaints += 1
        self._approximate_s.append(self._last_s + self._interval_s)

    def finish(self) -> None:
        """Note that the decoder was emptied: what has not come out by now never will."""
        self._settle(list(self._waiting))

    def lost_s(self) -> list[float]:
        """Return the stamps in seconds of the lost pictures, in order."""
        return sorted(self._approximate_s if self._pictureless or not self._lost_s else self._lost_s)

    def ranges(self, clock: PresentationClock) -> tuple[tuple[float, float], ...]:
        """(start, end) in seconds since the first frame of each stretch of lost pictures."""
        spans: list[tuple[float, float]] = []
        for stamp_s in self.lost_s():
            start = clock.relative_s(stamp_s)
            if spans and start - spans[-1][1] < 0.5 * self._interval_s:
                spans[-1] = (spans[-1][0], start + self._interval_s)
            else:
                spans.append((start, start + self._interval_s))
        return tuple(spans)

    def _settle(self, stamps: list[float]) -> None:
        if self.complaints:
            self._lost_s.extend(stamps)
        elif len(stamps) > self._WINDOW // 2:
            self._pictureless = True
        for stamp in stamps:
            del self._waiting[stamp]


class StampQueue:
    """Times of pictures in containers that store only the order of decoding, as AVI does: the k-th picture shown has the k-th stamp."""

    def __init__(self) -> None:
        self._stamps_s: deque[float] = deque()

    def push(self, stamp_s: float | None) -> None:
        """Add the stamp of a packet."""
        if stamp_s is not None:
            self._stamps_s.append(stamp_s)

    def pop(self) -> float | None:
        """Take the stamp of the next picture, or of one that was lost; None when there is none left."""
        return self._stamps_s.popleft() if self._stamps_s else None
