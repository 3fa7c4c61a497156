"""A video file played as a camera: for rehearsal, demonstration and tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.clock import Clock, SimulatedClock
from formcheck.capture.feed import CameraFormat, CameraState, EndOfVideo, FrameCounter, FrameSource, Look, Shot
from formcheck.capture.frame import VideoFrame
from formcheck.capture.video import VideoFile

__all__ = ["FileOpener", "PacedFile", "SteppedFile"]

#: Pictures this late are passed over: where a machine cannot decode as fast as the file plays, what is seen must still be now.
_LATEST_S = 0.25


class PacedFile:
    """A video file whose pictures arrive at their own times, as from a camera; a `FrameSource`.

    Picture times are the file's own, counted from when it was opened: a variable rate, and gaps, stay what they are.

    Parameters
    ----------
    path
        The file.
    clock
        What it is paced by. A clock that runs faster plays it faster.

    Raises
    ------
    InputError
        The file cannot be read.
    """

    is_bgr = False

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._released = threading.Event()
        self._video = VideoFile(path).__enter__()
        self._frames: Iterator[VideoFrame] = iter(self._video)
        self._start_s = clock.now_s()

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._video.path.name

    @property
    def format(self) -> CameraFormat:
        """What the file says of itself."""
        return _format_of(self._video)

    def read(self) -> Shot | None:
        """Wait for the time of the next picture and return it; None when it was closed meanwhile.

        Raises
        ------
        EndOfVideo
            The file has no more pictures.
        """
        for frame in self._frames:
            due_s = self._start_s + frame.time_s
            late_s = self._clock.now_s() - due_s
            if late_s > _LATEST_S:
                continue
            if late_s < 0 and self._clock.wait(-late_s, self._released):
                return None
            return Shot(frame.image, due_s)
        raise EndOfVideo(self.name)

    def interrupt(self) -> None:
        """Let a `read` that waits in another thread return None."""
        self._released.set()

    def release(self) -> None:
        """Close the file."""
        self._released.set()
        self._video.__exit__(None, None, None)


class FileOpener:
    """Opens a video file as a camera, for a `CameraThread`.

    Parameters
    ----------
    path
        The file.
    clock
        What it is paced by.

    Raises
    ------
    InputError
        The file cannot be read.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        with VideoFile(path):
            pass

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._path.name

    def open(self) -> FrameSource | CameraFault:
        """Open it from the start."""
        return PacedFile(self._path, self._clock)

    def is_gone(self) -> bool:
        """Never: a file ends, it is not unplugged."""
        return False

    def lost(self, had_pictures: bool) -> CameraFault:
        """A file that gives no picture though it has not ended; it does not come to that but for a reader that was closed."""
        return faults.no_pictures(self.name)


class SteppedFile:
    """A video file as a camera in simulated time, without a thread: the same pictures each time, as fast as the machine can. A `Feed`.

    Whoever uses it moves the clock on by what its own work is meant to take; pictures that pass meanwhile are dropped, as a camera's are.
    `newest` moves the clock itself to the next picture when there is none yet.

    Parameters
    ----------
    path
        The file.
    clock
        The simulated clock.
    first_index
        Index of the first frame.

    Raises
    ------
    InputError
        On `start`: the file cannot be read.
    """

    def __init__(self, path: Path, clock: SimulatedClock, *, first_index: int = 0) -> None:
        self._video = VideoFile(path)
        self._clock = clock
        self._counter = FrameCounter(first_index)
        self._frames: Iterator[VideoFrame] = iter(())
        self._next: VideoFrame | None = None
        self._start_s = 0.0
        self._state = CameraState.OPENING
        self._fault: CameraFault | None = None

    @property
    def counter(self) -> FrameCounter:
        """How many pictures were captured and dropped, and how fast they come."""
        return self._counter

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._video.path.name

    @property
    def format(self) -> CameraFormat | None:
        """What the file says of itself; None before it was opened."""
        return _format_of(self._video) if self._state is not CameraState.OPENING else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Open the file; its first picture is due now."""
        self._video.__enter__()
        self._frames = iter(self._video)
        self._next = next(self._frames, None)
        self._start_s = self._clock.now_s()
        self._state = CameraState.LIVE

    def stop(self, timeout_s: float = 1.0) -> bool:
        """Close the file, at once."""
        if self._state is CameraState.LIVE:
            self._state = CameraState.STOPPED
        self._next = None
        self._video.__exit__(None, None, None)
        return True

    def newest(self, timeout_s: float) -> Look:
        """Return the newest picture that was not handed over yet; without one, after moving the clock by ``timeout_s``."""
        if self._state is not CameraState.LIVE:
            return Look(self._state)
        if self._next is None:
            self._state = CameraState.ENDED
            return Look(self._state)
        wait_s = self._start_s + self._next.time_s - self._clock.now_s()
        if wait_s > timeout_s:
            self._clock.advance(timeout_s)
            return Look(self._state, None, self._fault)
        self._clock.advance(max(0.0, wait_s))
        return self._newest_due()

    def _newest_due(self) -> Look:
        now = self._clock.now_s()
        newest: tuple[Shot, int] | None = None
        # The nanosecond makes up for rounding where the clock was moved to exactly this picture.
        while self._next is not None and (newest is None or self._start_s + self._next.time_s <= now + 1e-9):
            shot, number, self._fault = self._counter.captured(Shot(self._next.image, self._start_s + self._next.time_s))
            newest = shot, number
            self._next = next(self._frames, None)
        if newest is None:
            raise RuntimeError("no picture is due")
        return Look(self._state, self._counter.hand_over(*newest, is_bgr=False), self._fault)


def _format_of(video: VideoFile) -> CameraFormat:
    info = video.info
    return CameraFormat(info.width, info.height, info.fps or float("nan"), "", "FILE")
