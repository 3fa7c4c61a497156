"""How fast the guided session is in the page: its pictures a second and the time from the camera to the body drawn over it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from formcheck.benchmark.bare import bare_frame_s
from formcheck.capture.bundles import bundle
from formcheck.capture.motion_jpeg import write_motion_jpeg
from formcheck.errors import InputError
from formcheck.history.store import History
from formcheck.live.adaptive import AdaptiveEstimator
from formcheck.live.model_choice import ModelLadder
from formcheck.profiles.store import ProfileStore
from formcheck.web.app import make_app
from formcheck.web.live_rooms import Rooms
from formcheck.web.rehearsal import browser, camera_args, free_port, served
from formcheck.web.services import Services

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["PageTimes", "page_times"]

_VIEW = {"width": 1280, "height": 800}
_BARE_FRAMES = 150
#: The camera opens, the model finds the person, and the browser compiles its scripts.
_WARM_UP_S = 5.0
_MEASURED_S = 20.0
_LAST_CALL_S = 60.0

#: The pictures that the camera gave the page, counted by the browser itself.
_CAMERA_FRAMES = """() => new Promise((resolve) => document.getElementById("video").requestVideoFrameCallback(
    (now, facts) => resolve([performance.now(), facts.presentedFrames, window.formcheck.latencies.length])))"""


@dataclass(frozen=True, slots=True)
class PageTimes:
    """What a session in a page comes to.

    ``camera_fps`` pictures a second that the camera gave the page, ``bare_fps`` of the bare pose model on the same film, measured before
    and after; ``page_fps`` bodies drawn a second. ``median_ms``, ``p95_ms``: from the capture of a picture to the frame of the browser
    in which its body is drawn.
    """

    model: str
    camera_fps: float
    bare_fps: float
    page_fps: float
    median_ms: float
    p95_ms: float

    @property
    def ratio(self) -> float:
        """``page_fps`` over the lower of the camera's and the model's."""
        return self.page_fps / min(self.camera_fps, self.bare_fps)


def page_times(video: Path, model: str, *, measured_s: float = _MEASURED_S) -> PageTimes:
    """Guide the person of a film through a session in a real browser, and measure it there.

    Parameters
    ----------
    video
        What the camera plays. It is played at 30 pictures a second.
    model
        "lite", "full" or "heavy".
    measured_s
        For how long, seconds.

    Raises
    ------
    InputError
        There is no browser, or film or model cannot be read.
    """
    before = _bare_fps(video, model)
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        film = write_motion_jpeg(video, folder / "camera.mjpeg")
        port = free_port()
        services = Services(frozenset({f"localhost:{port}"}), None, History(folder), ProfileStore(folder))
        rooms = Rooms(services, lambda: AdaptiveEstimator(ModelLadder(model, models=(model,))))
        with served(make_app(services, rooms=rooms), port) as base, browser(*camera_args(film)) as chromium:
            page = chromium.new_context(viewport=_VIEW, permissions=["camera"]).new_page()  # type: ignore[arg-type]
            camera_fps, page_fps, latencies_ms = _session(page, base, measured_s)
    bare_fps = (before + _bare_fps(video, model)) / 2
    return PageTimes(model, camera_fps, bare_fps, page_fps, float(np.median(latencies_ms)), float(np.percentile(latencies_ms, 95)))


def _session(page: Page, base: str, measured_s: float) -> tuple[float, float, Any]:
    page.goto(f"{base}/live")
    page.wait_for_load_state("networkidle")
    page.uncheck("[name=measure_range]")
    page.click("#begin")
    page.wait_for_selector("body[data-stage]", timeout=1000 * _LAST_CALL_S)
    page.wait_for_timeout(1000 * _WARM_UP_S)
    first_ms, first_shown, first_drawn = page.evaluate(_CAMERA_FRAMES)
    page.wait_for_timeout(1000 * measured_s)
    last_ms, last_shown, last_drawn = page.evaluate(_CAMERA_FRAMES)
    if last_drawn <= first_drawn:
        raise InputError(f"no body came back to the page; it says: {page.inner_text('#trouble')}")
    latencies_ms = page.evaluate("() => window.formcheck.latencies")[first_drawn:last_drawn]
    length_s = (last_ms - first_ms) / 1000.0
    return (last_shown - first_shown) / length_s, (last_drawn - first_drawn) / length_s, latencies_ms


def _bare_fps(path: Path, model: str) -> float:
    return 1.0 / bare_frame_s(path, bundle(model), _BARE_FRAMES, lean=True)
