"""From what a person typed to a live source: a camera's number or name, or a file that is played as a camera."""

from __future__ import annotations

import sys
from pathlib import Path

from formcheck.capture.camera import CameraOpener, CameraRequest
from formcheck.capture.camera_thread import CameraThread
from formcheck.capture.clock import Clock, SimulatedClock
from formcheck.capture.feed import Feed
from formcheck.capture.paced_file import FileOpener, SteppedFile

__all__ = ["is_file", "open_feed"]

_VIDEO_SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".m4v", ".mpg", ".mpeg", ".wmv", ".ts", ".3gp"}


def is_file(wanted: int | str | Path) -> bool:
    """Whether this means a video file and not a camera: a path, something that exists, or a name that ends as a video does."""
    if isinstance(wanted, int):
        return False
    if isinstance(wanted, Path):
        return True
    return Path(wanted).is_file() or Path(wanted).suffix.lower() in _VIDEO_SUFFIXES


def open_feed(wanted: int | str | Path, clock: Clock, *, first_index: int = 0, request: CameraRequest | None = None) -> Feed:
    """Make a live source; it captures from `Feed.start` on, or within a ``with`` block.

    Parameters
    ----------
    wanted
        A camera's number, a part of its name, or a video file.
    clock
        The clock of the session. With a `SimulatedClock` a file is stepped through without waiting.
    first_index
        Index of its first frame; `FrameCounter.next_index` of the source before, when it is another one's turn.
    request
        What to ask a camera for; 720p at 30 pictures a second by default.

    Raises
    ------
    UsageError
        No connected camera has this name.
    InputError
        The file cannot be read.
    """
    if is_file(wanted):
        path = Path(wanted)  # type: ignore[arg-type]
        if isinstance(clock, SimulatedClock):
            return SteppedFile(path, clock, first_index=first_index)
        return CameraThread(FileOpener(path, clock), clock, first_index=first_index)
    opener = CameraOpener(wanted if isinstance(wanted, int) else str(wanted), clock, request or CameraRequest())
    # Only the thread that runs the main loop can make macOS ask whether the camera may be used.
    return CameraThread(opener, clock, first_index=first_index, open_here=sys.platform == "darwin")
