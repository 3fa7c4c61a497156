"""Opening a camera: by number or name, through the right part of each system, at 720p."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera_access import Refusal, node_is_gone, why_not_open
from formcheck.capture.camera_faults import CameraFault
from formcheck.capture.camera_list import Camera, cameras, find_camera
from formcheck.capture.clock import Clock
from formcheck.capture.feed import CameraFormat, FrameSource, Shot
from formcheck.capture.frame import Image
from formcheck.capture.runtime import load_opencv
from formcheck.errors import UsageError

__all__ = ["CameraOpener", "CameraRequest", "CaptureLike", "OpenCamera", "backends"]

#: Read by OpenCV when it first needs them. Media Foundation takes up to half a minute to open a webcam when it looks for hardware
#: transforms (opencv issue 17687), and Video4Linux waits 10 s for a picture, in which the thread can do nothing else.
_OPENCV_SETTINGS = {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0", "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2"}

#: A time that a driver gives is believed when it lies this far back at most.
_OLDEST_STAMP_S = 0.5


class CaptureLike(Protocol):
    """What is used of OpenCV's class that captures."""

    def isOpened(self) -> bool: ...  # noqa: D102
    def get(self, prop: int) -> float: ...  # noqa: D102
    def set(self, prop: int, value: float) -> bool: ...  # noqa: D102
    def grab(self) -> bool: ...  # noqa: D102
    def retrieve(self) -> tuple[bool, Any]: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


MakeCapture = Callable[[int, int], CaptureLike]


@dataclass(frozen=True, slots=True)
class CameraRequest:
    """What to ask a camera for; it sends what it can.

    ``fourcc`` MJPG because uncompressed 720p does not fit through USB 2 at more than 10 pictures a second.
    """

    width: int = 1280
    height: int = 720
    fps: float = 30.0
    fourcc: str = "MJPG"


def backends(cv2: Any, platform: str = sys.platform, connected: int = 1) -> tuple[int, ...]:
    """List the capture back-ends of OpenCV to try on this system, the best first.

    Windows: DirectShow, whose order of cameras is that of their names and which opens quickly. Media Foundation numbers them in its own
    order, so it is a way out only where there is no choice between cameras.
    """
    if platform == "linux":
        return (cv2.CAP_V4L2,)
    if platform == "win32":
        return (cv2.CAP_DSHOW, cv2.CAP_MSMF) if connected <= 1 else (cv2.CAP_DSHOW,)
    if platform == "darwin":
        return (cv2.CAP_AVFOUNDATION,)
    return (cv2.CAP_ANY,)


class OpenCamera:
    """A camera that is open; a `FrameSource`.

    Parameters
    ----------
    camera
        Which it is.
    capture
        The open capture.
    request
        What to ask it for.
    clock
        What pictures are stamped with.
    """

    is_bgr = True

    def __init__(self, camera: Camera, capture: CaptureLike, request: CameraRequest, clock: Clock) -> None:
        self._cv2 = load_opencv()
        self._camera = camera
        self._capture = capture
        self._clock = clock
        self._ask_for(request)
        self._backend = self._backend_name()
        self._format = self._read_format()

    @property
    def name(self) -> str:
        """What the system calls the camera."""
        return self._camera.name

    @property
    def format(self) -> CameraFormat:
        """What the camera said it sends when it was opened."""
        return self._format

    def read(self) -> Shot | None:
        """Wait for the next picture, stamped when it arrived, or by the driver when it was exposed; None when none came."""
        try:
            if not self._capture.grab():
                return None
            time_s = self._clock.now_s() - self._age_s()
            whole, image = self._capture.retrieve()
        except self._cv2.error:
            return None
        if not whole or image is None or not image.size:
            return None
        return Shot(_three_channels(image), time_s)

    def interrupt(self) -> None:
        """Do nothing: OpenCV has no way to break off a read."""

    def release(self) -> None:
        """Close the camera."""
        self._capture.release()

    def _ask_for(self, request: CameraRequest) -> None:
        cv2, capture = self._cv2, self._capture
        code = cv2.VideoWriter.fourcc(*request.fourcc)
        # The format first: Video4Linux offers 720p at 30 only within it. DirectShow forgets it when the size is set, so once more then.
        capture.set(cv2.CAP_PROP_FOURCC, code)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, request.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, request.height)
        capture.set(cv2.CAP_PROP_FPS, request.fps)
        if int(capture.get(cv2.CAP_PROP_FOURCC)) != code:
            capture.set(cv2.CAP_PROP_FOURCC, code)
        # Only Video4Linux has it; elsewhere it is refused, and reading all the time keeps the queue empty.
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def _read_format(self) -> CameraFormat:
        cv2, capture = self._cv2, self._capture
        fps = capture.get(cv2.CAP_PROP_FPS)
        return CameraFormat(
            round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            fps if 0 < fps < 1000 else math.nan,
            _fourcc_text(capture.get(cv2.CAP_PROP_FOURCC)),
            self._backend,
        )

    def _backend_name(self) -> str:
        ask = getattr(self._capture, "getBackendName", None)
        with suppress(self._cv2.error):
            return str(ask()) if ask is not None else "unknown"
        return "unknown"

    def _age_s(self) -> float:
        """How long ago the picture was exposed. Only Video4Linux tells, by the clock that Python calls monotonic."""
        if self._backend != "V4L2":
            return 0.0
        age_s = time.monotonic() - self._capture.get(self._cv2.CAP_PROP_POS_MSEC) / 1000
        return age_s if 0 <= age_s <= _OLDEST_STAMP_S else 0.0


class CameraOpener:
    """Opens one camera, and finds the same one again after it was gone.

    Parameters
    ----------
    wanted
        Its number, or a part of its name.
    clock
        What pictures are stamped with.
    request
        What to ask it for.
    list_cameras, make_capture, refusal
        Stand in for the system in tests.

    Raises
    ------
    UsageError
        No connected camera has this name.
    """

    def __init__(
        self,
        wanted: int | str,
        clock: Clock,
        request: CameraRequest = CameraRequest(),
        *,
        list_cameras: Callable[[], tuple[Camera, ...]] = cameras,
        make_capture: MakeCapture | None = None,
        refusal: Refusal = why_not_open,
    ) -> None:
        self._list = list_cameras
        self._make = make_capture
        self._refusal = refusal
        self._clock = clock
        self._request = request
        self.camera = find_camera(wanted, list_cameras())
        self._was_listed = False

    @property
    def name(self) -> str:
        """What the system calls the camera."""
        return self.camera.name

    def open(self) -> FrameSource | CameraFault:
        """Open the camera, or say why that cannot be done now."""
        listed = self._list()
        self.camera = self._again(listed)
        opened = self._try(listed)
        # Some systems cannot list; where this one did, a camera that is no longer in the list is gone.
        self._was_listed = opened is not None and self.camera in listed
        return opened if opened is not None else self._refusal(self.camera, listed)

    def is_gone(self) -> bool:
        """Whether the camera was unplugged, where that can be told at once."""
        return node_is_gone(self.camera)

    def lost(self, had_pictures: bool) -> CameraFault:
        """Say why an open camera sends nothing (more)."""
        listed = self._list()
        if self.is_gone() or (self._was_listed and self.camera not in listed):
            return faults.pulled_out(self.name)
        # Windows opens a camera that another program holds, and then gives no picture.
        return faults.no_pictures(self.name) if had_pictures else self._still_refused(listed)

    def _still_refused(self, listed: tuple[Camera, ...]) -> CameraFault:
        reason = self._refusal(self.camera, listed)
        return faults.no_pictures(self.name) if reason.code is faults.FaultCode.FAILED else reason

    def _again(self, listed: tuple[Camera, ...]) -> Camera:
        """The same camera in a new list: plugged in again it may have another number."""
        with suppress(UsageError):
            same_number = find_camera(self.camera.number, listed)
            if same_number.name == self.camera.name:
                return same_number
            if self.camera.name != f"camera {self.camera.number}":
                return find_camera(self.camera.name, tuple(one for one in listed if one.name == self.camera.name))
            return same_number
        return self.camera

    def _try(self, listed: tuple[Camera, ...]) -> FrameSource | None:
        if listed and self.camera not in listed:
            return None
        for name, value in _OPENCV_SETTINGS.items():
            os.environ.setdefault(name, value)
        cv2 = load_opencv()
        # What is wrong is told by us, in words.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        make = self._make or cv2.VideoCapture
        for backend in backends(cv2, connected=len(listed)):
            with suppress(cv2.error):
                capture = make(self.camera.number, backend)
                if capture.isOpened():
                    return OpenCamera(self.camera, capture, self._request, self._clock)
                capture.release()
        return None


def _three_channels(image: Any) -> Image:
    """A colour picture also of a camera that sends grey, or four channels."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(image.reshape(image.shape[0], image.shape[1], 1), 3, axis=2)
    return np.ascontiguousarray(image[:, :, :3])


def _fourcc_text(value: float) -> str:
    code = int(value) if math.isfinite(value) else 0
    letters = bytes(code >> shift & 0xFF for shift in (0, 8, 16, 24)) if code > 0 else b""
    return letters.decode("ascii", "ignore").strip() if letters.isascii() and letters.decode("ascii").isprintable() else ""
