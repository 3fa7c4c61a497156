"""A session of an hour on a simulated clock: the whole loop with window and journal, fed with the landmarks of a film again and again."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formcheck.capture.feed import CameraFrame, CameraState, FrameCounter, Look
from formcheck.capture.frame import VideoFrame
from formcheck.coach.choice import Choice
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.journal import JOURNAL_SUFFIX, Journal
from formcheck.live import engine
from formcheck.live.chooser import Chooser, Wishes
from formcheck.live.session import LiveSession, Parts
from formcheck.live.voice import Speaker
from formcheck.motion.landmarks import PoseFrame, Side
from formcheck.motion.recording import PoseRecording
from formcheck.report.overlay_sprites import Image

__all__ = ["Endurance", "endure"]

_SIZE = (1280, 720)
_MB = 1e6
#: The hour is lived through in minutes by reading the last minute more seldom; every frame is still taken in, shown and written.
_READ_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class Endurance:
    """The most memory in MB up to a sixth of the time and up to the end (NaN: this system does not tell), and the size of the journal."""

    frames: int
    early_mb: float
    end_mb: float
    journal_mb: float


class _Loop:
    """A camera and its pose model: the landmarks of a recording over and over, at its own frame rate."""

    model = name = "full"
    format = None
    trouble = ""

    def __init__(self, recording: PoseRecording, frames: int) -> None:
        self._recording, self._frames = recording, frames
        self._step_s = float(recording.time_s[-1]) / max(1, len(recording) - 1)
        height = round(_SIZE[0] * recording.image_size[1] / recording.image_size[0])
        self._image: Image = np.full((height, _SIZE[0], 3), 110, np.uint8)
        self._place = 0
        self.counter = FrameCounter()
        self.early_mb = float("nan")

    def start(self) -> None: ...

    def stop(self, timeout_s: float = 1.0) -> bool:
        return True

    def newest(self, timeout_s: float) -> Look:
        place, self._place = self._place, self._place + 1
        if place == self._frames // 6:
            self.early_mb = peak_mb()
        if place >= self._frames:
            return Look(CameraState.ENDED)
        return Look(CameraState.LIVE, CameraFrame(VideoFrame(place, place * self._step_s, self._image), place, 0))

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        seen = self._recording[frame.index % len(self._recording)]
        return PoseFrame(frame.index, frame.time_s, seen.image_xy, seen.world_xyz, seen.visibility, seen.image_size)

    def note(self, time_s: float, busy_s: float) -> None: ...


class _Shown:
    size, is_closed = _SIZE, False

    def show(self, image: Image) -> list[str]:
        return []

    def close(self) -> None: ...


def peak_mb() -> float:
    """The most memory this process ever had, in MB; NaN where the system does not tell."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0) / _MB


def endure(recording: PoseRecording, spec: ExerciseSpec, idle: Side, minutes: float = 60.0) -> Endurance:
    """Go through a set that does not end, since the leg that is waited for stays at rest.

    Parameters
    ----------
    recording
        Landmarks in which the other leg moves.
    idle
        The leg that is waited for.
    """
    frames = round(minutes * 60.0 / float(recording.time_s[-1]) * (len(recording) - 1))
    loop = _Loop(recording, frames)
    usual, engine.READ_EVERY_S = engine.READ_EVERY_S, _READ_EVERY_S
    try:
        with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
            path = Path(name) / f"endurance{JOURNAL_SUFFIX}"

            def journal(choice: Choice) -> Journal:
                return Journal(path, {"id": "endurance", "exercise": spec.id})

            parts = Parts(
                lambda place, first: loop,
                loop,
                _Shown(),
                Speaker(None, None),
                journal,
                lambda spec, direction: (),
                lambda text: None,
                threaded=False,
            )
            LiveSession(parts, Chooser([spec], Wishes(legs=(idle,), target=spec.target.max_reps)), guided=False, at_once=True).run()
            journal_mb = path.stat().st_size / _MB
    finally:
        engine.READ_EVERY_S = usual
    return Endurance(frames, loop.early_mb, peak_mb(), journal_mb)
