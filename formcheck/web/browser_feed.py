"""A camera that is in a browser: its pictures come as JPEG over a connection, and only the newest is looked at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from formcheck.capture.camera_faults import CameraFault, FaultCode
from formcheck.capture.feed import CameraFormat, CameraState, FrameCounter, Look, Shot
from formcheck.capture.jpeg import decoded_jpeg
from formcheck.errors import InputError

__all__ = ["BrowserFeed", "FeedClosed"]

#: A full HD picture.
MOST_PIXELS = 1920 * 1088
#: Without a picture for this long the session waits, and says so.
SILENCE_S = 1.5
#: A page's clock that runs away from ours by more than this is taken anew.
MOST_DRIFT_S = 1.0


class FeedClosed(Exception):
    """The session should end where it is, to be gone on with another time."""


class BrowserFeed:
    """The pictures of one page. `offer` is called by the connection, everything else by the session.

    Parameters
    ----------
    first_s
        Session time now; a session that goes on begins after its last moment.
    now_s
        A clock, seconds.
    """

    name = "the browser's camera"

    def __init__(self, first_s: float = 0.0, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._began_s = now_s() - first_s
        self._news = threading.Condition()
        self._waiting: tuple[int, float, bytes] | None = None
        self._epoch: tuple[float, float] | None = None
        self._newest_s = now_s()
        self._away = False
        self._woken = self._closed = False
        self._size: tuple[int, int] | None = None
        self.counter = FrameCounter()
        self.handed_over = -1

    @property
    def format(self) -> CameraFormat | None:
        """What comes; None before the first picture."""
        return CameraFormat(*self._size, float("nan"), "JPEG", "browser") if self._size is not None else None

    def start(self) -> None:
        """Nothing to do: the page begins."""

    def stop(self, timeout_s: float = 1.0) -> bool:
        """Nothing to do: the page ends."""
        return True

    def offer(self, number: int, page_ms: float, jpeg: bytes) -> None:
        """Take in a picture that was captured at a time of the page's clock; one that was not looked at yet gives way."""
        with self._news:
            self._waiting = number, page_ms, jpeg
            self._newest_s = self._now_s()
            self._news.notify_all()

    def attached(self) -> None:
        """A page is connected; its clock is a new one."""
        with self._news:
            self._away, self._epoch = False, None
            self._newest_s = self._now_s()

    def detached(self) -> None:
        """No page is connected."""
        with self._news:
            self._away, self._waiting = True, None

    def wake(self) -> None:
        """Let the session look at what was pressed, picture or not."""
        with self._news:
            self._woken = True
            self._news.notify_all()

    def close(self) -> None:
        """End the session where it is."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def newest(self, timeout_s: float) -> Look:
        """The newest picture that was not handed over yet.

        Raises
        ------
        FeedClosed
            After `close`.
        """
        with self._news:
            self._news.wait_for(lambda: self._waiting is not None or self._woken or self._closed, timeout=timeout_s)
            if self._closed:
                raise FeedClosed
            self._woken = False
            waiting, self._waiting = self._waiting, None
            silent_s = self._now_s() - self._newest_s
            away = self._away
        if waiting is None:
            return self._without(away, silent_s)
        number, page_ms, jpeg = waiting
        try:
            image = decoded_jpeg(jpeg, MOST_PIXELS)
        except InputError as error:
            self.handed_over = number
            return Look(CameraState.LIVE, None, CameraFault(FaultCode.FAILED, f"The browser sends what is no picture: {error}"))
        self._size = (image.shape[1], image.shape[0])
        shot, place, fault = self.counter.captured(Shot(image, self._time_s(page_ms)))
        self.handed_over = number
        return Look(CameraState.LIVE, self.counter.hand_over(shot, place, is_bgr=False), fault)

    def _time_s(self, page_ms: float) -> float:
        """When a picture was captured, on the session's clock: the page's own intervals, laid on ours when it connects."""
        here_s = self._now_s() - self._began_s
        if self._epoch is None or abs(self._epoch[1] + (page_ms - self._epoch[0]) / 1000.0 - here_s) > MOST_DRIFT_S:
            self._epoch = page_ms, here_s
        return self._epoch[1] + (page_ms - self._epoch[0]) / 1000.0

    def _without(self, away: bool, silent_s: float) -> Look:
        if away:
            return Look(CameraState.WAITING, None, CameraFault(FaultCode.NO_PICTURES, "The page is not connected. Your count is kept."))
        if silent_s < SILENCE_S:
            return Look(CameraState.OPENING if self._size is None else CameraState.LIVE)
        why = "No pictures come from the browser. Look whether its camera is on, and leave this page in front."
        return Look(CameraState.WAITING, None, CameraFault(FaultCode.NO_PICTURES, why))
