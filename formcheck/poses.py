"""Landmarks of one video: its frames through the pose model, and now and then a look for other people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from formcheck.capture.bundles import ModelBundle
from formcheck.capture.bundles import bundle as find_bundle
from formcheck.capture.estimator import MediaPipeEstimator
from formcheck.capture.film_index import film_index
from formcheck.capture.frame import VideoFrame
from formcheck.capture.people import PeopleCounter
from formcheck.capture.thinning import SAMPLE_FPS, Thinning
from formcheck.capture.video import VideoFile
from formcheck.errors import InputError, NotMeasurableError
from formcheck.motion.ahead import load_ahead
from formcheck.motion.recording import PoseRecording
from formcheck.progress import Stage, StageClock
from formcheck.tracking.reel import Reel
from formcheck.tracking.side_by_side import measured
from formcheck.tracking.tracker import PeopleLook, Tracking

__all__ = ["Measured", "is_recording", "measure_poses", "replay"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The poses of one video.

    ``stopped_s`` is the time of the last frame when the user stopped the work early, else None; ``notes`` are sentences about pictures
    that could not be decoded.
    """

    recording: PoseRecording
    stopped_s: float | None = None
    notes: tuple[str, ...] = ()


def is_recording(path: Path) -> bool:
    """Whether a path names recorded landmarks rather than a video."""
    return path.suffix.lower() == ".npz"


def replay(path: Path) -> Measured:
    """Read recorded landmarks in place of a video.

    Raises
    ------
    InputError
        No such file, a folder, or no recording of formcheck.
    NotMeasurableError
        The recording holds no frame.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name the landmarks.npz in it.")
    recording = PoseRecording.load(path)
    if len(recording) == 0:
        raise NotMeasurableError(f"{path}: the recording holds no frame; record again.")
    return Measured(recording)


def measure_poses(
    path: Path,
    bundle: ModelBundle,
    clock: StageClock,
    stage: Stage,
    stop: threading.Event,
    altered: Callable[[VideoFrame], VideoFrame | None] | None = None,
    *,
    workers: int = 1,
    sample_fps: float = SAMPLE_FPS,
    breath: bool = True,
) -> Measured:
    """First pass: the frames of a video through the pose model.

    Parameters
    ----------
    path
        The video.
    bundle
        The checked pose model.
    clock, stage
        Who is told how far this is, and which part of the whole job it is.
    stop
        When set, the frames so far are all there is.
    altered
        Gives the frame that is looked at in place of the film's, or None to leave it out: a poorer camera, tried on a good film. It sees
        every frame once, in order.
    workers
        How many pieces of the film are measured at once, each in a thread of its own. The result does not depend on it.
    sample_fps
        At least so many frames a second are looked at, where the film has them; more are passed over.
    breath
        Whether the movement around the chest is kept with the landmarks, for the breath to be read from; nothing of the picture is.

    Raises
    ------
    InputError
        The video or the model cannot be read.
    KeyboardInterrupt
        Stopped before the first frame.
    """
    film = film_index(path) if altered is None else None
    # With an index each thread decodes for itself; without one the decoder may use the cores that the model leaves.
    alone = workers == 1 or film is not None
    with VideoFile(path, threads=1 if alone else 0) as video, PeopleLook(lambda: PeopleCounter(_quickest(bundle))) as people:
        thinning = Thinning.to(sample_fps, film.fps if film is not None else video.info.fps)
        reel = Reel(video, film, thinning, altered, ahead=workers > 1)
        heard = _Heard(clock, stage, reel.frames_expected, load_ahead if workers > 1 else _nothing)
        recording, whole = measured(reel, Tracking(lambda: MediaPipeEstimator(bundle), people, heard, stop.is_set, breath), workers)
        source = _source(video, bundle, recording) | {"sampled_fps": round(thinning.kept_fps, 3)}
    if not len(recording):
        raise KeyboardInterrupt
    clock.tell(stage, 1.0, len(recording))
    if whole:
        return Measured(replace(recording, source=source), None, tuple(_damage(video)))
    last_s = float(recording.time_s[-1])
    return Measured(replace(recording, source=source | {"stopped_s": round(last_s, 3)}), last_s)


def _nothing() -> None: ...


class _Heard:
    """Counts the frames that all threads have looked at, and passes the count on; ``first`` is called at the first one."""

    def __init__(self, clock: StageClock, stage: Stage, expected: int | None, first: Callable[[], object]) -> None:
        self._first = first
        self._clock = clock
        self._stage = stage
        self._expected = expected
        self._lock = threading.Lock()
        self._frames = 0

    def __call__(self, _time_s: float) -> None:
        with self._lock:
            self._frames += 1
            if self._frames == 1:
                # Not sooner: two libraries that load at once only wait for each other.
                self._first()
            self._clock.tell(self._stage, min(1.0, self._frames / self._expected) if self._expected else 0.0, self._frames)


def _source(video: VideoFile, bundle: ModelBundle, recording: PoseRecording) -> dict[str, str | int | float | None]:
    info = video.info
    return {
        "path": str(video.path),
        "duration_s": info.duration_s,
        "frames": len(recording),
        "fps": info.fps,
        "width": info.width,
        "height": info.height,
        "rotation_deg": info.rotation_deg,
        "damaged_frames": video.damaged_frames,
        "model_name": bundle.name,
        "model_sha256": bundle.sha256,
    }


def _quickest(bundle: ModelBundle) -> ModelBundle:
    """Find the quickest model to count people with; where it is not to be had, the one in use does as well."""
    try:
        return find_bundle("lite")
    except InputError:
        return bundle


def _damage(video: VideoFile) -> Iterator[str]:
    if video.damaged_frames:
        spans = ", ".join(f"{start:.1f} to {end:.1f} s" for start, end in video.damaged_ranges_s[:3])
        more = " and later" if len(video.damaged_ranges_s) > 3 else ""
        count = "one picture" if video.damaged_frames == 1 else f"{video.damaged_frames} pictures"
        yield f"{count} could not be decoded ({spans}{more}); the results leave them out."
    if video.cut_short:
        yield "the file ends before the length it claims; the results are of what is there."
