"""The pose model by itself: pictures that are decoded already go in, its own results come out.

The bare model is the bundle as it comes; the lean one is what formcheck makes of it, see `formcheck.capture.lean_model`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from formcheck.benchmark.naive import naive_loop
from formcheck.capture.bundles import ModelBundle
from formcheck.capture.frame import VideoFrame
from formcheck.capture.runtime import load_landmarker, load_mediapipe, quiet
from formcheck.capture.video import VideoFile

__all__ = ["bare_frame_s", "bare_results", "naive_frame_s"]

_PIECE = 60


def bare_frame_s(path: Path, bundle: ModelBundle, most_frames: int | None = None, *, lean: bool = False) -> float:
    """Seconds a frame that the model takes on the frames of a film: they are decoded piece by piece, and only the model is timed.

    Raises
    ------
    InputError
        Film or model cannot be read.
    """
    spent_s, frames = 0.0, 0
    with VideoFile(path) as video, quiet(), load_landmarker(bundle, video=True, lean=lean) as landmarker:
        stream = islice(iter(video), most_frames)
        while piece := list(islice(stream, _PIECE)):
            start_s = time.perf_counter()
            _results(landmarker, piece)
            spent_s += time.perf_counter() - start_s
            frames += len(piece)
    return spent_s / frames if frames else float("nan")


def bare_results(frames: Iterable[VideoFrame], bundle: ModelBundle) -> list[Any]:
    """What the model says of each frame, in its own form."""
    with quiet(), load_landmarker(bundle, video=True, lean=False) as landmarker:
        return _results(landmarker, frames)


def naive_frame_s(path: Path, bundle: ModelBundle, out: Path, most_frames: int | None = None) -> float:
    """Seconds a frame that the usual loop takes, opening the film and loading the model included, as they are in `count`."""
    start_s = time.perf_counter()
    with quiet():
        frames = naive_loop(str(path), str(bundle.path), str(out), most_frames)
    return (time.perf_counter() - start_s) / frames if frames else float("nan")


def _results(landmarker: Any, frames: Iterable[VideoFrame]) -> list[Any]:
    mp = load_mediapipe()
    found = []
    for frame in frames:
        picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.image)
        found.append(landmarker.detect_for_video(picture, round(1000 * frame.time_s)))
    return found
