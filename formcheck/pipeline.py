"""One video from beginning to end: poses, report, and the result folder with the annotated video.

There are two passes over a video, because a mistake can only be named once the whole repetition is known: the first measures
(`formcheck.poses`), the second draws (`formcheck.drawing`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.capture.bundles import ModelBundle
from formcheck.capture.thinning import SAMPLE_FPS
from formcheck.errors import NotMeasurableError
from formcheck.exercise.analyzer import AnalysisOptions
from formcheck.exercise.analyzer import analyse as analyse_recording
from formcheck.exercise.session import SessionReport
from formcheck.exercise.spec import ExerciseSpec
from formcheck.exports import NO_EXPORTS, Exports
from formcheck.outputs import ResultFolder
from formcheck.poses import Measured, is_recording, measure_poses, replay
from formcheck.profiles.judging import held_against
from formcheck.profiles.profile import Profile
from formcheck.progress import ProgressCallback, Stage, StageClock

if TYPE_CHECKING:
    from formcheck.drawing import Drawing

__all__ = ["Job", "Outcome", "analyse_video", "count_video"]

_ALL = Stage("measuring", 0.0, 1.0)
_MEASURING = Stage("measuring", 0.0, 0.8)
_DRAWING = Stage("drawing", 0.8, 1.0)
_NEVER = threading.Event()


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with each video. ``bundle`` may be None when only recordings are read; ``profile`` is whom to compare with.

    ``exports`` are files to write beside the usual ones; ``pacer`` shows the breath that goes with the movement in the video. ``workers``
    is how many threads one video may keep busy, and changes nothing in the results; ``sample_fps`` how many frames a second are enough.
    """

    spec: ExerciseSpec
    options: AnalysisOptions
    bundle: ModelBundle | None
    annotated: bool = True
    profile: Profile | None = None
    exports: Exports = NO_EXPORTS
    pacer: bool = False
    workers: int = 1
    sample_fps: float = SAMPLE_FPS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one video.

    Attributes
    ----------
    report
        What was measured.
    folder
        Where the results are; None when none were to be written.
    stopped_s
        The time of the last frame measured when the user stopped the work, else None.
    interrupted
        Whether the user stopped the work, while measuring or while drawing.
    notes
        Sentences about pictures that could not be decoded, and results that are missing on purpose.
    """

    report: SessionReport
    folder: Path | None = None
    stopped_s: float | None = None
    interrupted: bool = False
    notes: tuple[str, ...] = ()


def count_video(
    path: Path, job: Job, *, progress: ProgressCallback | None = None, stop: threading.Event = _NEVER, named: str | None = None
) -> Outcome:
    """Measure one video or recording, and write nothing.

    Parameters
    ----------
    named
        How the results call a video, where it was named otherwise than by the path it is read from: an address on another computer.

    Raises
    ------
    InputError
        It cannot be read.
    NotMeasurableError
        Nobody, or nothing of this exercise, can be measured in it.
    """
    measured, report = _measure(path, job, StageClock(progress), _ALL, stop, named)
    return Outcome(report, stopped_s=measured.stopped_s, interrupted=measured.stopped_s is not None, notes=measured.notes)


def analyse_video(
    path: Path,
    folder: ResultFolder,
    job: Job,
    *,
    progress: ProgressCallback | None = None,
    stop: threading.Event = _NEVER,
    named: str | None = None,
) -> Outcome:
    """Measure one video or recording and fill its result folder.

    When ``stop`` is set while measuring, the results are of the frames so far. When it is set while drawing, the annotated video and
    the pictures of the report are left out. ``named`` is as for `count_video`.

    Raises
    ------
    InputError
        The video cannot be read.
    NotMeasurableError
        Nobody, or nothing of this exercise, can be measured in it.
    UsageError, OutputError
        The folder exists already, or cannot be written.
    """
    from formcheck.drawing import draw, write_results

    clock = StageClock(progress)
    replayed = is_recording(path)
    with folder:
        measured, report = _measure(path, job, clock, _ALL if replayed else _MEASURING, stop, named)
        notes = list(measured.notes)
        stills: dict[int, bytes] = {}
        interrupted = measured.stopped_s is not None
        if not replayed:
            # After a stop in the first pass the second one still shows what was measured until then.
            again = _NEVER if interrupted else stop
            staging = folder.staging
            how = {"annotated": job.annotated, "pacer": job.pacer}
            drawing = draw(path, measured.recording, report, staging, clock, _DRAWING, again, **how, workers=job.workers)
            stills = drawing.stills
            interrupted |= not drawing.finished
            notes += _notes(drawing)
        elif job.annotated:
            notes.append("recorded landmarks hold no pictures, so there is no annotated video.")
        write_results(folder.staging, measured.recording, report, stills)
        job.exports.write(folder.staging, measured.recording, report)
        place = folder.commit()
    clock.tell(_DRAWING, 1.0, len(measured.recording))
    return Outcome(report, place, measured.stopped_s, interrupted, tuple(notes))


def _notes(drawing: Drawing) -> list[str]:
    notes = [drawing.note] if drawing.note else []
    if not drawing.finished:
        notes.append("stopped while drawing; everything was measured, but the annotated video is left out.")
    return notes


def _measure(
    path: Path, job: Job, clock: StageClock, stage: Stage, stop: threading.Event, named: str | None
) -> tuple[Measured, SessionReport]:
    if is_recording(path):
        measured = replay(path)
    else:
        if job.bundle is None:
            raise ValueError("a video needs a pose model")
        workers, sample_fps, breath = job.workers, job.sample_fps, job.options.breath
        measured = measure_poses(path, job.bundle, clock, stage, stop, workers=workers, sample_fps=sample_fps, breath=breath)
        if named is not None:
            measured = replace(measured, recording=replace(measured.recording, source={**measured.recording.source, "path": named}))
    try:
        report = analyse_recording(measured.recording, job.spec, job.options)
    except NotMeasurableError as error:
        if measured.stopped_s is None:
            raise
        raise NotMeasurableError(f"{error} (stopped early at {measured.stopped_s:.1f} s)") from error
    return measured, held_against(report, job.profile, job.spec) if job.profile is not None else report
