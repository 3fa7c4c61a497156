"""Landmarks of one video: decoding, the pose model, and the look for other people, side by side.

The video is decoded in one thread while the pose model works in another; people are looked for every two seconds in a third.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from formcheck.capture.bundles import ModelBundle
from formcheck.capture.bundles import bundle as find_bundle
from formcheck.capture.estimator import MediaPipeEstimator
from formcheck.capture.frame import VideoFrame
from formcheck.capture.people import PeopleCounter
from formcheck.capture.prefetch import prefetched
from formcheck.capture.video import VideoFile, VideoInfo
from formcheck.errors import InputError, NotMeasurableError
from formcheck.motion.recording import PoseRecorder, PoseRecording
from formcheck.progress import Stage, StageClock

__all__ = ["PEOPLE_INTERVAL_S", "Measured", "PeopleWatch", "is_recording", "measure_poses", "replay"]

#: Seconds between two looks for more than one person.
PEOPLE_INTERVAL_S = 2.0

_PREFETCH = 8


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


class PeopleWatch:
    """Looks for people in a thread of its own, now and then, and never makes the main work wait.

    Parameters
    ----------
    make_counter
        Makes a context manager with ``count(frame) -> int``; called in the thread, because loading the model takes a while.
    """

    def __init__(self, make_counter: Callable[[], Any], interval_s: float = PEOPLE_INTERVAL_S) -> None:
        self._make_counter = make_counter
        self._interval_s = interval_s
        self._due_s = -float("inf")
        self._todo: queue.Queue[VideoFrame | None] = queue.Queue(maxsize=2)
        self._found: list[tuple[float, int]] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="people", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def offer(self, frame: VideoFrame) -> None:
        """Look at this frame if it is time to; while the thread is busy with earlier ones the next frame is taken instead."""
        if frame.time_s < self._due_s:
            return
        try:
            self._todo.put_nowait(frame)
        except queue.Full:
            return
        self._due_s = frame.time_s + self._interval_s

    def finish(self) -> list[tuple[float, int]]:
        """Wait for the last look and return (time in seconds, number of people) in order of time; raises what went wrong in the thread."""
        self._stop()
        if self._error is not None:
            raise self._error
        return self._found

    def _stop(self) -> None:
        if self._thread.is_alive():
            self._todo.put(None)
            self._thread.join()

    def _work(self) -> None:
        try:
            with self._make_counter() as counter:
                while (frame := self._todo.get()) is not None:
                    self._found.append((frame.time_s, int(counter.count(frame))))
        except BaseException as error:
            self._error = error
            while self._todo.get() is not None:
                pass


def measure_poses(
    path: Path,
    bundle: ModelBundle,
    clock: StageClock,
    stage: Stage,
    stop: threading.Event,
    altered: Callable[[VideoFrame], VideoFrame | None] | None = None,
) -> Measured:
    """First pass: every frame of a video through the pose model.

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
        Gives the frame that is looked at in place of the film's, or None to leave it out: a poorer camera, tried on a good film.

    Raises
    ------
    InputError
        The video or the model cannot be read.
    KeyboardInterrupt
        Stopped before the first frame.
    """
    recorder, stopped, last_s = PoseRecorder(), False, 0.0
    with VideoFile(path) as video, MediaPipeEstimator(bundle) as estimator, PeopleWatch(lambda: PeopleCounter(_quickest(bundle))) as people:
        clock.tell(stage, 0.0, 0)
        with closing(prefetched(video, _PREFETCH)) as frames:
            for film_frame in frames:
                stopped = stop.is_set()
                if stopped:
                    break
                frame = film_frame if altered is None else altered(film_frame)
                if frame is None:
                    continue
                recorder.append(estimator.estimate(frame))
                last_s = frame.time_s
                people.offer(frame)
                clock.tell(stage, _done(frame, video.info), len(recorder))
        for time_s, count in people.finish():
            recorder.note_people(time_s, count)
        info = video.info
    if not len(recorder):
        raise KeyboardInterrupt
    clock.tell(stage, 1.0, len(recorder))
    source: dict[str, str | int | float | None] = {
        "path": str(path),
        "duration_s": info.duration_s,
        "frames": len(recorder),
        "fps": info.fps,
        "width": info.width,
        "height": info.height,
        "rotation_deg": info.rotation_deg,
        "damaged_frames": video.damaged_frames,
        "model_name": bundle.name,
        "model_sha256": bundle.sha256,
    }
    if stopped:
        source["stopped_s"] = round(last_s, 3)
    recording = recorder.finish(source)
    return Measured(recording, last_s if stopped else None, () if stopped else tuple(_damage(video)))


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


def _done(frame: VideoFrame, info: VideoInfo) -> float:
    return frame.time_s / info.duration_s if info.duration_s else 0.0
