"""Pieces of a film through the pose model: one stretch of successive pieces from one stream of pictures."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Self

from formcheck.capture.chest import ChestFlow
from formcheck.capture.estimator import PoseEstimator
from formcheck.capture.frame import VideoFrame
from formcheck.motion.recording import PoseRecorder
from formcheck.tracking.pieces import Part, Piece

__all__ = ["PEOPLE_INTERVAL_S", "PeopleLook", "Tracking", "Watched", "track"]

#: Seconds between two looks for more than one person.
PEOPLE_INTERVAL_S = 2.0


class PeopleLook:
    """Counts the people in single frames with one counter for all threads, made when the first one asks.

    Parameters
    ----------
    make_counter
        Makes a context manager with ``count(frame) -> int``: loading its model takes a while.
    """

    def __init__(self, make_counter: Callable[[], Any]) -> None:
        self._make = make_counter
        self._lock = threading.Lock()
        self._counter: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def count(self, frame: VideoFrame) -> int:
        """How many people are in this frame."""
        with self._lock:
            if self._counter is None:
                self._counter = self._stack.enter_context(self._make())
            return int(self._counter.count(frame))


@dataclass(frozen=True, slots=True)
class Tracking:
    """What it takes to measure pieces, shared by all threads.

    Attributes
    ----------
    make_estimator
        Makes a pose model for one piece, a context manager.
    people
        Who looks for other people.
    tell
        Told the time of each frame that was looked at, in any thread.
    stop
        Whether the frames so far are all there is.
    breath
        Whether the movement around the chest is kept, for the breath to be read from.
    """

    make_estimator: Callable[[], AbstractContextManager[PoseEstimator]]
    people: PeopleLook
    tell: Callable[[float], None]
    stop: Callable[[], bool]
    breath: bool = True


def track(frames: Iterable[VideoFrame], pieces: Sequence[Piece], tracking: Tracking) -> Iterator[Part]:
    """Measure successive pieces, the frames of which come in order from the first one's `Piece.begin_s` on.

    Where a piece is warmed up before the one before it ends, two models look at the same frames. Each part is given as soon as it is
    complete; at a stop, also the one that is not. People are looked for in the first frame after every whole `PEOPLE_INTERVAL_S`.
    """
    waiting, active = deque(pieces), deque[_Tracked]()
    with ExitStack() as stack:
        before_s, stopped = -math.inf, False
        for frame in frames:
            stopped = tracking.stop()
            if stopped:
                break
            while waiting and frame.time_s >= waiting[0].begin_s:
                active.append(_Tracked(waiting.popleft(), tracking, stack))
            while len(active) > 1 and frame.time_s >= active[0].piece.end_s:
                yield active.popleft().part()
            for one in active:
                one.take(frame)
            if _due(frame.time_s, before_s):
                active[0].look(frame)
            before_s = frame.time_s
            tracking.tell(frame.time_s)
        while active:
            yield active.popleft().part(whole=not stopped)


def _due(time_s: float, before_s: float) -> bool:
    return math.isinf(before_s) or math.floor(time_s / PEOPLE_INTERVAL_S) > math.floor(before_s / PEOPLE_INTERVAL_S)


class Watched:
    """What one pose model sees, and how the chest moves, from frame to frame: into one recorder."""

    def __init__(self, estimator: PoseEstimator, breath: bool) -> None:
        self.recorder = PoseRecorder()
        self._estimator = estimator
        self._chest = ChestFlow() if breath else None

    def take(self, frame: VideoFrame) -> None:
        """Look at the next frame."""
        pose = self._estimator.estimate(frame)
        self.recorder.append(pose)
        flow_px = self._chest.offer(frame, pose) if self._chest is not None else None
        if flow_px is not None:
            self.recorder.note_breath(frame.time_s, flow_px)


class _Tracked:
    """One piece while it is measured."""

    def __init__(self, piece: Piece, tracking: Tracking, stack: ExitStack) -> None:
        self.piece = piece
        self._people = tracking.people
        self._own = ExitStack()
        stack.push(self._own)
        self._watched = Watched(self._own.enter_context(tracking.make_estimator()), tracking.breath)

    def take(self, frame: VideoFrame) -> None:
        self._watched.take(frame)

    def look(self, frame: VideoFrame) -> None:
        if frame.time_s >= self.piece.start_s:
            self._watched.recorder.note_people(frame.time_s, self._people.count(frame))

    def part(self, *, whole: bool = True) -> Part:
        self._own.close()
        return Part(self.piece, self._watched.recorder.finish(), whole)
