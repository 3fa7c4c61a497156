"""What a live source hands over: the newest picture and how the camera is doing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np

from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.camera_health import PictureHealth
from formcheck.capture.frame import Image, VideoFrame

__all__ = ["CameraFormat", "CameraFrame", "CameraState", "EndOfVideo", "Feed", "FrameCounter", "FrameSource", "Look", "Shot"]

#: Pictures that carry the same time, or an earlier one, are told apart by this; it is far below any real interval.
_LEAST_STEP_S = 1e-4


class CameraState(StrEnum):
    """What a live source is doing."""

    OPENING = "opening"
    LIVE = "live"
    WAITING = "waiting"
    ENDED = "ended"
    STOPPED = "stopped"


class EndOfVideo(Exception):
    """A file that is played as a camera has no more pictures."""


class Shot(NamedTuple):
    """A captured picture: (H, W, 3) uint8 in the source's order of colours, and when it was captured in seconds of the clock."""

    image: Image
    time_s: float


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """What a camera says it sends.

    Attributes
    ----------
    width, height
        px.
    fps
        Pictures a second as claimed; NaN where it claims nothing. What comes is measured, see `FrameCounter.fps`.
    fourcc
        How pictures travel from the camera, such as "MJPG"; "" unknown.
    backend
        The part of the system they come through, such as "V4L2"; "FILE" for a file.
    """

    width: int
    height: int
    fps: float
    fourcc: str
    backend: str

    @property
    def sentence(self) -> str:
        """What was got, for a list or a log."""
        claim = "" if math.isnan(self.fps) else f", {self.fps:.0f} pictures a second claimed"
        coded = f", {self.fourcc}" if self.fourcc else ""
        return f"{self.width} x {self.height}{coded}{claim}, through {self.backend}"


class FrameSource(Protocol):
    """A camera or file that is open. All calls come from one thread, save the first that opened it."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def format(self) -> CameraFormat:
        """What it says it sends."""
        ...

    @property
    def is_bgr(self) -> bool:
        """Whether colours come blue first."""
        ...

    def read(self) -> Shot | None:
        """Wait for the next picture; None when there is none this time.

        Raises
        ------
        EndOfVideo
            There will be no more.
        """
        ...

    def interrupt(self) -> None:
        """Let a `read` that waits in another thread return soon, where that can be done."""
        ...

    def release(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """The newest picture.

    Attributes
    ----------
    video
        The picture, never mirrored. ``index`` counts the frames handed over, without gaps; ``time_s`` is when it was captured, in
        seconds of the session's clock, strictly increasing; time that was lost is a gap in it.
    number
        Which of the captured pictures it is, from 0.
    dropped
        Pictures that were captured since the one handed over before and were never seen.
    """

    video: VideoFrame
    number: int
    dropped: int


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at a live source.

    Attributes
    ----------
    state
        What it is doing.
    frame
        The newest picture, if there is one that was not handed over before.
    fault
        What is wrong with the camera, if anything is. Pictures may come in spite of it, see `FaultCode.shows_pictures`.
    retry_in_s
        While ``state`` is WAITING: seconds to the next try; None while the driver is stuck and no try can be made.
    """

    state: CameraState
    frame: CameraFrame | None = None
    fault: CameraFault | None = None
    retry_in_s: float | None = None

    @property
    def sentence(self) -> str:
        """What to tell the person; "" when all is well."""
        said = self.fault.sentence if self.fault is not None else ""
        if self.state is CameraState.WAITING and self.retry_in_s is not None:
            return f"{said} Looking for the camera again …".lstrip()
        if self.state is CameraState.OPENING:
            return said or "Opening the camera …"
        return said


class Feed(Protocol):
    """A live source of newest pictures: a camera, or a file that is played as one."""

    def start(self) -> None:
        """Begin to capture."""
        ...

    def newest(self, timeout_s: float) -> Look:
        """Return the newest picture that was not handed over yet, waiting for one up to ``timeout_s``."""
        ...

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End; return whether it ended in time."""
        ...

    @property
    def counter(self) -> FrameCounter:
        """How many pictures were captured and dropped, and how fast they come."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def format(self) -> CameraFormat | None:
        """What it says it sends; None before it was open."""
        ...


class FrameCounter:
    """Numbers, times and judges the pictures of one session. Not safe between threads by itself.

    Attributes
    ----------
    grabbed, dropped, handed_over
        Pictures captured, never seen, and handed over so far.
    """

    def __init__(self, first_index: int = 0) -> None:
        self.grabbed = 0
        self.dropped = 0
        self.handed_over = 0
        self._first_index = first_index
        self._last_number = -1
        self._last_s = -math.inf
        self._health = PictureHealth()

    @property
    def fps(self) -> float:
        """Measured pictures a second over the last three seconds; NaN before there is one second of them."""
        return self._health.fps

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) px of the last picture; None before the first."""
        return self._health.size

    @property
    def next_index(self) -> int:
        """The ``index`` of the next frame handed over: where another camera goes on."""
        return self._first_index + self.handed_over

    def reopened(self) -> None:
        """Note that the camera was opened, for the first time or again."""
        self._health.restart()

    def captured(self, shot: Shot) -> tuple[Shot, int, CameraFault | None]:
        """Note a picture; return it with a time after the last one's, its number, and what is wrong with it."""
        if shot.time_s <= self._last_s:
            shot = Shot(shot.image, self._last_s + _LEAST_STEP_S)
        self._last_s = shot.time_s
        number = self.grabbed
        self.grabbed += 1
        return shot, number, self._health.look(shot.image, shot.time_s)

    def hand_over(self, shot: Shot, number: int, is_bgr: bool) -> CameraFrame:
        """Make the frame that the rest of the program sees; those between it and the last one handed over count as dropped."""
        dropped = number - self._last_number - 1
        image = _rgb(shot.image) if is_bgr else np.ascontiguousarray(shot.image)
        frame = CameraFrame(VideoFrame(self.next_index, shot.time_s, image), number, dropped)
        self._last_number = number
        self.handed_over += 1
        self.dropped += dropped
        return frame


def _rgb(image: Image) -> Image:
    from formcheck.capture.runtime import load_opencv

    cv2 = load_opencv()
    swapped: Image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return swapped
