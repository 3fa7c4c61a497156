"""What each part of the way costs a frame: reading, landmarks, analysis, drawing, encoding, and the report."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from formcheck.benchmark.bare import bare_frame_s, bare_results, naive_frame_s
from formcheck.benchmark.film import stretch
from formcheck.benchmark.turns import BARE, NAIVE, Figure, Work, timed
from formcheck.capture.bundles import ModelBundle
from formcheck.capture.estimator import pose_of
from formcheck.capture.frame import VideoFrame
from formcheck.capture.video import VideoFile
from formcheck.exercise import library
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.frames import frame_results
from formcheck.exercise.session import SessionReport
from formcheck.motion.recording import PoseRecording
from formcheck.poses import measure_poses
from formcheck.progress import Stage, StageClock
from formcheck.report.annotated import AnnotatedVideo
from formcheck.report.overlay import Overlay
from formcheck.report.overlay_sprites import Image

__all__ = ["EXERCISE", "PARTS", "landmarks_of", "part_works", "repeated"]

PARTS = ("decode", "convert", "analysis", "hour", "draw", "encode", "report")
#: What the bundled sample shows.
EXERCISE = "hip-internal-rotation"

_HOUR_S = 3600.0


@contextmanager
def part_works(path: Path, bundle: ModelBundle, names: tuple[str, ...], hour_s: float = _HOUR_S) -> Iterator[list[Work]]:
    """Make what the parts need; within the block their works can be done. The usual loop and the bare model go with them.

    Parameters
    ----------
    names
        Of `PARTS`.
    hour_s
        How long an hour is, seconds.

    Raises
    ------
    InputError
        Film or model cannot be read.
    NotMeasurableError
        There is nobody to measure in the film.
    """
    frames = stretch(path)
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        count = len(frames)
        works = [
            Work.of(Figure(NAIVE, is_shown=False), lambda: naive_frame_s(path, bundle, folder / "naive.mp4", count)),
            Work.of(Figure(BARE, is_shown=False), lambda: bare_frame_s(path, bundle, count)),
        ]
        if "decode" in names:
            works.append(Work.of(Figure("decode"), lambda: timed(lambda: _decode(path, count)) / count))
        if "convert" in names:
            works.append(_convert_work(frames, bundle))
        if {"analysis", "hour", "draw", "encode", "report"} & set(names):
            works += _measured_works(frames, landmarks_of(path, bundle), names, folder, hour_s)
        yield works


def landmarks_of(path: Path, bundle: ModelBundle) -> PoseRecording:
    """The landmarks of a whole film, measured as `count` does."""
    return measure_poses(path, bundle, StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event()).recording


def repeated(recording: PoseRecording, duration_s: float) -> PoseRecording:
    """The same landmarks over and over, until they last so long."""
    step_s = float(np.median(np.diff(recording.time_s)))
    length_s = float(recording.time_s[-1] - recording.time_s[0]) + step_s
    times = max(1, round(duration_s / length_s))
    starts_s = np.repeat(np.arange(times) * length_s, len(recording))
    return PoseRecording(
        np.tile(recording.time_s, times) + starts_s,
        np.tile(recording.image_xy, (times, 1, 1)),
        np.tile(recording.world_xyz, (times, 1, 1)),
        np.tile(recording.visibility, (times, 1)),
        recording.image_size,
        np.tile(recording.people_time_s, times) + np.repeat(np.arange(times) * length_s, len(recording.people)),
        np.tile(recording.people, times),
        dict(recording.source),
    )


def _decode(path: Path, count: int) -> None:
    with VideoFile(path) as video:
        for _ in islice(iter(video), count):
            pass


def _convert_work(frames: list[VideoFrame], bundle: ModelBundle) -> Work:
    results = bare_results(frames, bundle)

    def convert() -> None:
        for result, frame in zip(results, frames, strict=True):
            pose_of(result, frame)

    return Work.of(Figure("convert"), lambda: timed(convert) / len(frames))


def _measured_works(frames: list[VideoFrame], recording: PoseRecording, names: tuple[str, ...], folder: Path, hour_s: float) -> list[Work]:
    spec = library.load(EXERCISE)
    report = analyse(recording, spec)
    works = []
    if "analysis" in names:
        works.append(Work.of(Figure("analysis"), lambda: timed(lambda: analyse(recording, spec)) / len(recording)))
    if "hour" in names:
        hour = repeated(recording, hour_s)
        works.append(Work.of(Figure("hour"), lambda: timed(lambda: analyse(hour, spec)) / len(hour)))
    if "draw" in names:
        works.append(_draw_work(frames, recording, report))
    if "encode" in names:
        drawn = list(_drawn(frames, recording, report))
        works.append(Work.of(Figure("encode"), lambda: timed(lambda: _encode(drawn, frames, folder / "encoded.mp4")) / len(frames)))
    if "report" in names:
        works.append(_report_work(recording, report, folder))
    return works


def _draw_work(frames: list[VideoFrame], recording: PoseRecording, report: SessionReport) -> Work:
    def draw() -> None:
        for _ in _drawn(frames, recording, report):
            pass

    return Work.of(Figure("draw"), lambda: timed(draw) / len(frames))


def _drawn(frames: list[VideoFrame], recording: PoseRecording, report: SessionReport) -> Iterator[Image]:
    height, width = frames[0].image.shape[:2]
    overlay = Overlay.of(report, (width, height))
    for frame, result in zip(frames, frame_results(recording, report), strict=False):
        yield overlay.draw(frame.image, result)


def _encode(drawn: list[Image], frames: list[VideoFrame], path: Path) -> None:
    with AnnotatedVideo(path) as video:
        for image, frame in zip(drawn, frames, strict=False):
            video.write(image, frame.time_s)


def _report_work(recording: PoseRecording, report: SessionReport, folder: Path) -> Work:
    from formcheck.drawing import write_results
    from formcheck.report.html import write_html

    makes: dict[str, Callable[[], object]] = {
        "report/page": lambda: write_html(report, folder / "page.html", {}, None),
        "report/all": lambda: write_results(folder, recording, report, {}),
    }
    figures = tuple(Figure(name, "s", 1.0, len(recording)) for name in makes)
    return Work(figures, lambda: {name: timed(make) for name, make in makes.items()})
