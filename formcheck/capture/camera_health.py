"""Whether the pictures of a camera are worth looking at: black, dark, frozen, slow, too small. Pure; fed every picture."""

from __future__ import annotations

import math
import zlib
from collections import deque

import numpy as np

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.frame import Image

__all__ = ["PictureHealth"]

#: How long a picture must be black, dark or the same before it is said: shorter than this is an exposure finding itself.
_LASTING_S = 2.0
#: 0..255. A covered lens gives at most the black level of limited-range video (16) plus noise; and no structure at all.
_BLACK_MEAN, _BLACK_STRUCTURE = 20.0, 2.0
#: 0..255. Below this, a person in ordinary clothes has hardly any contrast left in 8 bits. A lit evening room is at 60 to 100.
_DARK_MEAN = 24.0
#: Pictures a second. A turn of the leg takes about a second; under 15 its speed and its peak are too uncertain to judge.
_SLOW_FPS, _FAST_AGAIN_FPS = 15.0, 16.5
_RATE_WINDOW_S = 3.0
#: px of the shorter side; 360 is what the smallest usual mode of a webcam, 640 x 360, has.
_SMALLEST_PX = 360
#: How long a changed size is told.
_TELL_S = 6.0
_GRID = 12


class PictureHealth:
    """Watches the pictures of one camera.

    `look` takes each captured picture with its time and gives what is wrong, the gravest first, or None. Costs about 0.1 ms.
    """

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self._dim_since: float | None = None
        self._black_since: float | None = None
        self._same_since: float | None = None
        self._digest: int | None = None
        self._slow = False
        self._fps = math.nan
        self._size: tuple[int, int] | None = None
        self._changed: CameraFault | None = None
        self._tell_until = -math.inf

    def restart(self) -> None:
        """Begin again after the camera was closed: a gap is not slowness, and the size is still compared with the one before."""
        self._times.clear()
        self._dim_since = self._black_since = self._same_since = self._digest = None
        self._slow = False
        self._fps = math.nan

    @property
    def fps(self) -> float:
        """Pictures a second over the last three seconds; NaN before there is a second of them."""
        return self._fps

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) px of the last picture; None before the first."""
        return self._size

    def look(self, image: Image, time_s: float) -> CameraFault | None:
        """Look at one picture.

        Parameters
        ----------
        image
            (H, W, 3) uint8, in any order of colours.
        time_s
            When it was captured, in seconds; strictly increasing.
        """
        sample = np.ascontiguousarray(image[:: max(1, image.shape[0] // 180), :: max(1, image.shape[1] // 320), 1])
        self._note_time(time_s)
        self._note_size((image.shape[1], image.shape[0]), time_s)
        is_same = self._note_same(sample, time_s)
        is_black, is_dark = self._note_light(sample, time_s)
        if is_black:
            return faults.black()
        if is_same:
            return faults.frozen()
        if is_dark:
            return faults.dark()
        if self._changed is not None and time_s <= self._tell_until:
            return self._changed
        if self._size is not None and min(self._size) < _SMALLEST_PX:
            return faults.too_small(self._size)
        return faults.slow(self.fps) if self._slow else None

    def _note_time(self, time_s: float) -> None:
        self._times.append(time_s)
        # One that is older than the window stays, so that a very slow camera can be timed at all.
        while len(self._times) > 2 and time_s - self._times[1] > _RATE_WINDOW_S:
            self._times.popleft()
        shown_s = time_s - self._times[0]
        self._fps = fps = (len(self._times) - 1) / shown_s if shown_s >= 1.0 else math.nan
        enough = shown_s >= _LASTING_S
        if enough and fps < _SLOW_FPS:
            self._slow = True
        elif fps > _FAST_AGAIN_FPS:
            self._slow = False

    def _note_size(self, size: tuple[int, int], time_s: float) -> None:
        if self._size is not None and size != self._size:
            self._changed = faults.size_changed(self._size, size)
            self._tell_until = time_s + _TELL_S
        self._size = size

    def _note_same(self, sample: Image, time_s: float) -> bool:
        digest = zlib.crc32(sample.data)
        if digest != self._digest:
            self._digest, self._same_since = digest, time_s
        return self._same_since is not None and time_s - self._same_since >= _LASTING_S

    def _note_light(self, sample: Image, time_s: float) -> tuple[bool, bool]:
        mean = float(sample.mean())
        is_black = mean < _BLACK_MEAN and _structure(sample) < _BLACK_STRUCTURE
        self._black_since = _since(self._black_since, is_black, time_s)
        self._dim_since = _since(self._dim_since, mean < _DARK_MEAN, time_s)
        return _lasts(self._black_since, time_s), _lasts(self._dim_since, time_s)


def _structure(sample: Image) -> float:
    """Standard deviation, 0..128, of the means of large blocks: what is left of a picture without the noise of its sensor."""
    height, width = sample.shape[0] // _GRID, sample.shape[1] // _GRID
    if not height or not width:
        return float(sample.std())
    blocks = sample[: height * _GRID, : width * _GRID].reshape(_GRID, height, _GRID, width)
    return float(blocks.mean(axis=(1, 3)).std())


def _since(before: float | None, holds: bool, time_s: float) -> float | None:
    if not holds:
        return None
    return time_s if before is None else before


def _lasts(since: float | None, time_s: float) -> bool:
    return since is not None and time_s - since >= _LASTING_S
