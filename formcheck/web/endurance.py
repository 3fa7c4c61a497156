"""A session of an hour in a real page, lived through in minutes: whether the memory of the server and of the page stays flat."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.capture.frame import VideoFrame
from formcheck.errors import InputError
from formcheck.history.store import History
from formcheck.live import engine
from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.store import ProfileStore
from formcheck.web import browser_feed
from formcheck.web.app import make_app
from formcheck.web.live_rooms import Rooms
from formcheck.web.rehearsal import browser, free_port, served
from formcheck.web.services import Services

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["PageEndurance", "endure_page"]

_FPS = 30
_LOOK_MS = 3000
_STUCK_S = 60.0
#: The last minute is read more seldom than in a real hour; every picture is still taken in, shown and written.
_READ_EVERY_S = 3.0

#: A camera that gives the next picture as soon as the page wants one, each a thirtieth of a second after the one before.
_FAST_CAMERA = f"""
    let sent = 0;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {{
        if (data instanceof Blob) sent += 1;
        send.call(this, data);
    }};
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (work) {{
        setTimeout(() => work(performance.now(), {{ captureTime: 1000 * sent / {_FPS} }}), 0);
    }};
"""


@dataclass(frozen=True, slots=True)
class PageEndurance:
    """Memory in MB, the most until a sixth of the time and the most after it. NaN: this system does not tell.

    ``server`` is the whole process of the server, ``page`` the process in which Chromium runs the page, ``heap`` the objects of its
    scripts after they were tidied up.
    """

    frames: int
    server_early_mb: float
    server_late_mb: float
    page_early_mb: float
    page_late_mb: float
    heap_early_mb: float
    heap_late_mb: float


class _Poses:
    """A pose model that says what a recording says, over and over."""

    model, trouble = "full", ""

    def __init__(self, recording: PoseRecording) -> None:
        self._recording = recording

    def __enter__(self) -> _Poses:
        return self

    def __exit__(self, *_: object) -> None: ...

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        return replace(self._recording[frame.index % len(self._recording)], index=frame.index, time_s=frame.time_s)

    def note(self, time_s: float, busy_s: float) -> None: ...


def endure_page(recording: PoseRecording, minutes: float = 60.0) -> PageEndurance:
    """Go through a set of the left leg that does not end, in a page.

    Parameters
    ----------
    recording
        Landmarks of somebody seated, in which the left leg rests.
    minutes
        How long the session is for those in it.

    Raises
    ------
    InputError
        There is no browser, or the session came to a stop.
    """
    frames = round(60.0 * minutes * _FPS)
    usual = browser_feed.MOST_DRIFT_S, engine.READ_EVERY_S
    browser_feed.MOST_DRIFT_S, engine.READ_EVERY_S = float("inf"), _READ_EVERY_S
    try:
        with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
            port = free_port()
            services = Services(frozenset({f"localhost:{port}"}), None, History(Path(name)), ProfileStore(Path(name)))
            rooms = Rooms(services, lambda: _Poses(recording))
            camera = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
            with served(make_app(services, rooms=rooms), port) as base, browser(*camera) as chromium:
                return _lived(chromium, base, frames)
    finally:
        browser_feed.MOST_DRIFT_S, engine.READ_EVERY_S = usual


def _lived(chromium: Browser, base: str, frames: int) -> PageEndurance:
    page = chromium.new_context(permissions=["camera"]).new_page()
    page.add_init_script(_FAST_CAMERA)
    page.goto(f"{base}/live")
    page.wait_for_load_state("networkidle")
    page.select_option("#legs", "left")
    page.uncheck("[name=measure_range]")
    page.click("#begin")
    memory = _Memory(chromium, page)
    early: list[tuple[float, ...]] = []
    late: list[tuple[float, ...]] = []
    done, moved_s = 0, time.monotonic()
    while done < frames:
        page.wait_for_timeout(_LOOK_MS)
        now = int(page.evaluate("() => window.formcheck.frames()"))
        if now > done:
            moved_s = time.monotonic()
        elif time.monotonic() - moved_s > _STUCK_S:
            raise InputError(f"the session stopped after {done} pictures; the page says: {page.inner_text('main')[:300]}")
        done = now
        (early if done < frames / 6 else late).append(memory.now())
    most = [tuple(map(max, zip(*some, strict=True))) for some in (early or late, late)]
    (server_0, page_0, heap_0), (server_1, page_1, heap_1) = most
    return PageEndurance(done, server_0, server_1, page_0, page_1, heap_0, heap_1)


class _Memory:
    def __init__(self, chromium: Browser, page: Page) -> None:
        self._processes = chromium.new_browser_cdp_session()
        self._heap = page.context.new_cdp_session(page)
        self._heap.send("Performance.enable")

    def now(self) -> tuple[float, ...]:
        """Server, page and heap, MB."""
        self._heap.send("HeapProfiler.collectGarbage")
        figures: list[dict[str, Any]] = self._heap.send("Performance.getMetrics")["metrics"]
        heap = next(one["value"] for one in figures if one["name"] == "JSHeapUsedSize") / 1e6
        processes: list[dict[str, Any]] = self._processes.send("SystemInfo.getProcessInfo")["processInfo"]
        pages = [one["id"] for one in processes if one["type"] == "renderer"]
        return resident_mb(os.getpid()), sum(map(resident_mb, pages)), heap


def resident_mb(pid: int) -> float:
    """What a process has in memory, MB; NaN where the system does not tell."""
    if sys.platform == "win32":
        return float("nan")
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return int(said) * 1024 / 1e6 if said.isdigit() else float("nan")
