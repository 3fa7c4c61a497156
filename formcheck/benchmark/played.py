"""What a film played as a camera takes: the live loop, a session in the browser, and an hour of each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from formcheck.benchmark.bare import bare_frame_s, naive_frame_s
from formcheck.benchmark.parts import EXERCISE, landmarks_of
from formcheck.benchmark.turns import BARE, NAIVE, Figure, Work
from formcheck.capture.bundles import ModelBundle
from formcheck.errors import InputError
from formcheck.exercise import library
from formcheck.motion.landmarks import Side

__all__ = ["browser_hour_works", "browser_works", "live_hour_works", "live_works"]

#: Of the usual loop and the bare model, to hold a camera's frames against.
_FRAMES = 150
_PACE = "pace"


@contextmanager
def live_works(path: Path, bundle: ModelBundle) -> Iterator[list[Work]]:
    """The live loop with a film as the camera, in the film's own time.

    ``live/frame`` is the model and all of formcheck, ``live/own`` formcheck alone, both medians; ``live/own-p99`` its 99th percentile.
    """
    from formcheck.benchmark.live_loop import live_times

    def played() -> Mapping[str, float]:
        times = live_times(path, bundle.name)
        if not times.model_ms + times.own_median_ms > 0:
            raise InputError(f"{path.name} is too short to be played as a camera; choose one of several seconds.")
        return {
            "live/frame": (times.model_ms + times.own_median_ms) / 1e3,
            "live/own": times.own_median_ms / 1e3,
            "live/own-p99": times.own_p99_ms / 1e3,
        }

    with _usual(path, bundle) as works:
        yield [*works, Work((Figure("live/frame"), Figure("live/own"), Figure("live/own-p99")), played)]


@contextmanager
def browser_works(path: Path, bundle: ModelBundle, measured_s: float = 20.0) -> Iterator[list[Work]]:
    """A session in Chromium with a film as the camera.

    ``browser/latency`` and ``browser/latency-p95`` are from the capture of a picture to the body drawn over it. ``browser/body`` is the
    time between two bodies, held against the pace of the camera or of the bare model, whichever is slower.

    Raises
    ------
    InputError
        There is no browser, or nothing to drive it with.
    """
    from formcheck.benchmark.browser_loop import page_times
    from formcheck.web.rehearsal import browser

    with browser():
        pass

    def guided() -> Mapping[str, float]:
        times = page_times(path, bundle.name, measured_s=measured_s)
        return {
            "browser/body": 1.0 / times.page_fps,
            "browser/latency": times.median_ms / 1e3,
            "browser/latency-p95": times.p95_ms / 1e3,
            _PACE: 1.0 / min(times.camera_fps, times.bare_fps),
        }

    figures = (
        Figure("browser/body", bare=_PACE),
        Figure("browser/latency", "ms"),
        Figure("browser/latency-p95", "ms"),
        Figure(_PACE, is_shown=False),
    )
    with _usual(path, bundle) as works:
        yield [*works, Work(figures, guided)]


@contextmanager
def live_hour_works(path: Path, bundle: ModelBundle) -> Iterator[list[Work]]:
    """The most memory of a live session in its first ten minutes and in an hour, and the size of its journal."""
    from formcheck.live.endurance import endure

    recording = landmarks_of(path, bundle)

    def lived() -> Mapping[str, float]:
        # Nobody turns the left knee in the bundled sample, so a set of it goes on.
        found = endure(recording, library.load(EXERCISE), Side.LEFT)
        return {"live-hour/early": found.early_mb, "live-hour/end": found.end_mb, "live-hour/journal": found.journal_mb}

    names = ("live-hour/early", "live-hour/end", "live-hour/journal")
    yield [Work(tuple(Figure(name, "MB", 1.0) for name in names), lived)]


@contextmanager
def browser_hour_works(path: Path, bundle: ModelBundle) -> Iterator[list[Work]]:
    """The most memory of server, page and its scripts, in the first ten minutes of an hour in the page and after them.

    Raises
    ------
    InputError
        There is no browser, or nothing to drive it with.
    """
    from formcheck.web.endurance import endure_page
    from formcheck.web.rehearsal import browser

    with browser():
        pass
    recording = landmarks_of(path, bundle)
    names = [f"browser-hour/{who}-{when}" for who in ("server", "page", "scripts") for when in ("early", "late")]

    def lived() -> Mapping[str, float]:
        found = endure_page(recording)
        values = (
            *(found.server_early_mb, found.server_late_mb),
            *(found.page_early_mb, found.page_late_mb),
            *(found.heap_early_mb, found.heap_late_mb),
        )
        return dict(zip(names, values, strict=True))

    yield [Work(tuple(Figure(name, "MB", 1.0) for name in names), lived)]


@contextmanager
def _usual(path: Path, bundle: ModelBundle) -> Iterator[list[Work]]:
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        out = Path(name) / "naive.mp4"
        yield [
            Work.of(Figure(NAIVE, is_shown=False), lambda: naive_frame_s(path, bundle, out, _FRAMES)),
            Work.of(Figure(BARE, is_shown=False), lambda: bare_frame_s(path, bundle, _FRAMES)),
        ]
