"""Captures in a thread of its own and keeps the newest picture only, whatever the camera does."""

from __future__ import annotations

import math
import threading
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from formcheck.capture import camera_faults as faults
from formcheck.capture.camera_faults import CameraFault, backoff_s
from formcheck.capture.clock import Clock
from formcheck.capture.feed import CameraFormat, CameraState, EndOfVideo, FrameCounter, FrameSource, Look, Shot

__all__ = ["CameraThread", "SourceOpener"]

#: A camera that gives nothing for so long is closed and opened again; some miss a few pictures while they set their exposure.
_GIVE_UP_S = 1.0
#: The first picture may take its time while the camera wakes up.
_FIRST_PICTURE_S = 4.0
#: Between two reads that fail at once.
_FAILED_READ_PAUSE_S = 0.02
#: After so long without a word from the driver it is called stuck. Opening is slower: up to 5 s are usual on Windows.
_SILENT_S, _SLOW_TO_OPEN_S = 2.5, 10.0
#: A camera that lived for so long has recovered: the next failure is the first again.
_RECOVERED_S = 2.0


class SourceOpener(Protocol):
    """Opens a source, again and again if need be."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def open(self) -> FrameSource | CameraFault:
        """Open it, or say why that cannot be done now."""
        ...

    def is_gone(self) -> bool:
        """Whether it was unplugged, where that can be told at once."""
        ...

    def lost(self, had_pictures: bool) -> CameraFault:
        """Say why an open source sends nothing (more)."""
        ...


class _Waiting(NamedTuple):
    shot: Shot
    number: int
    is_bgr: bool


class CameraThread:
    """The newest picture of a camera; nothing is queued.

    A thread grabs all the time and leaves each picture in one slot, where the next one replaces it. What fails is told by `newest`, tried
    again after 0.5, 1, 2, 4, 5, 5 … seconds, and goes on by itself. Used as a context manager, or with `start` and `stop`.

    Parameters
    ----------
    opener
        Opens the source.
    clock
        The clock of the session; the same one for the next camera, whose times then go on.
    first_index
        Index of the first frame; `FrameCounter.next_index` of the camera before.
    open_here
        Open it for the first time in the thread that calls `start`, as macOS demands to ask for the permission.
    """

    def __init__(self, opener: SourceOpener, clock: Clock, *, first_index: int = 0, open_here: bool = False) -> None:
        self._opener = opener
        self._clock = clock
        self._open_here = open_here
        self._counter = FrameCounter(first_index)
        self._stop = threading.Event()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._slot: _Waiting | None = None
        self._state = CameraState.OPENING
        self._fault: CameraFault | None = None
        self._next_try_s = math.nan
        self._sign_of_life_s = clock.now_s()
        self._error: BaseException | None = None
        self._format: CameraFormat | None = None
        self._source: FrameSource | None = None

    @property
    def counter(self) -> FrameCounter:
        """How many pictures were captured and dropped, and how fast they come."""
        return self._counter

    @property
    def format(self) -> CameraFormat | None:
        """What the camera said it sends; None before it was open."""
        return self._format

    @property
    def name(self) -> str:
        """What people call the source."""
        return self._opener.name

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to capture. Returns at once, but see ``open_here``."""
        if self._thread is not None:
            raise RuntimeError("a CameraThread is started once; make a new one")
        self._sign_of_life_s = self._clock.now_s()
        first = self._opener.open() if self._open_here else None
        self._thread = threading.Thread(target=self._run, args=(first,), name=f"camera {self._opener.name}", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> bool:
        """End the capture and close the camera.

        Returns whether that was done within ``timeout_s`` seconds. Where the driver blocks, its thread is left to itself: it closes the
        camera and ends as soon as the driver lets go, and does not keep the program from ending.
        """
        self._stop.set()
        if (source := self._source) is not None:
            source.interrupt()
        if self._thread is not None:
            self._thread.join(timeout_s)
        with self._news:
            self._slot = None
            if self._state is not CameraState.ENDED:
                self._state = CameraState.STOPPED
            self._news.notify_all()
        return self._thread is None or not self._thread.is_alive()

    def newest(self, timeout_s: float) -> Look:
        """Return the newest picture that was not handed over yet and how the camera is doing.

        Parameters
        ----------
        timeout_s
            How many seconds to wait for a picture; then the answer is without one. 0 does not wait.

        Raises
        ------
        BaseException
            Whatever the capturing thread failed with that is no fault of a camera.
        """
        with self._news:
            self._news.wait_for(self._has_news, timeout_s)
            waiting, self._slot, fault = self._slot, None, self._fault
            if waiting is None:
                if self._error is not None:
                    raise self._error
                return self._quiet_look()
        # Outside the lock, so that the next picture need not wait for this one's colours.
        return Look(CameraState.LIVE, self._counter.hand_over(*waiting), fault)

    def _has_news(self) -> bool:
        return self._slot is not None or self._error is not None or self._state in {CameraState.ENDED, CameraState.STOPPED}

    def _quiet_look(self) -> Look:
        now = self._clock.now_s()
        if self._state is CameraState.WAITING:
            return Look(self._state, None, self._fault, max(0.0, self._next_try_s - now))
        silent_s = now - self._sign_of_life_s
        if self._state is CameraState.OPENING and silent_s > _SLOW_TO_OPEN_S:
            return Look(self._state, None, faults.no_pictures(self.name))
        if self._state is CameraState.LIVE and silent_s > _SILENT_S:
            return Look(CameraState.WAITING, None, faults.no_pictures(self.name))
        return Look(self._state, None, self._fault)

    def _run(self, first: FrameSource | CameraFault | None) -> None:
        end = CameraState.STOPPED
        error: BaseException | None = None
        try:
            end = self._work(first)
        except BaseException as failure:
            error = failure
        with self._news:
            self._error = error
            self._state = end
            self._news.notify_all()

    def _work(self, opened: FrameSource | CameraFault | None) -> CameraState:
        failures = 0
        while not self._stop.is_set():
            if opened is None:
                self._say(CameraState.OPENING, self._fault)
                opened = self._opener.open()
            if isinstance(opened, CameraFault):
                fault = opened
            else:
                began = self._clock.now_s()
                self._source = opened
                try:
                    lost = self._watch(opened)
                except EndOfVideo:
                    return CameraState.ENDED
                finally:
                    self._source = None
                    opened.release()
                if lost is None:
                    break
                fault = lost
                failures = 0 if self._clock.now_s() - began >= _RECOVERED_S else failures
            opened = None
            failures += 1
            delay_s = backoff_s(failures)
            self._say(CameraState.WAITING, fault, self._clock.now_s() + delay_s)
            self._clock.wait(delay_s, self._stop)
        return CameraState.STOPPED

    def _watch(self, source: FrameSource) -> CameraFault | None:
        """Grab until the camera fails, which is returned, or it is stopped, which is None."""
        if self._stop.is_set():
            return None
        self._format = source.format
        self._counter.reopened()
        had_pictures = False
        good_s = self._clock.now_s()
        while not self._stop.is_set():
            shot = source.read()
            if shot is not None:
                self._put(shot, source.is_bgr)
                good_s = self._clock.now_s()
                had_pictures = True
                continue
            patience_s = _GIVE_UP_S if had_pictures else _FIRST_PICTURE_S
            if self._opener.is_gone() or self._clock.now_s() - good_s > patience_s:
                return self._opener.lost(had_pictures)
            with self._news:
                self._sign_of_life_s = self._clock.now_s()
            self._clock.wait(_FAILED_READ_PAUSE_S, self._stop)
        return None

    def _put(self, shot: Shot, is_bgr: bool) -> None:
        with self._news:
            shot, number, fault = self._counter.captured(shot)
            self._slot = _Waiting(shot, number, is_bgr)
            self._state, self._fault = CameraState.LIVE, fault
            self._sign_of_life_s = self._clock.now_s()
            self._news.notify_all()

    def _say(self, state: CameraState, fault: CameraFault | None, next_try_s: float = math.nan) -> None:
        with self._news:
            self._slot = None
            self._state, self._fault, self._next_try_s = state, fault, next_try_s
            self._sign_of_life_s = self._clock.now_s()
            self._news.notify_all()
