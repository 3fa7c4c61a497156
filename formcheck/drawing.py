"""Second pass over a video: the overlay on every frame, a picture of every fault, and the files of the result folder.

Decoding, drawing and encoding overlap where there are cores for it: the video is decoded in one thread, drawn on in this one, and
encoded in a third.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from formcheck.capture.prefetch import prefetched
from formcheck.capture.thinning import JustThese
from formcheck.capture.video import VideoFile
from formcheck.exercise.frames import frame_results
from formcheck.exercise.session import SessionReport
from formcheck.motion.recording import PoseRecording
from formcheck.progress import Stage, StageClock
from formcheck.report.annotated import AnnotatedVideo, still
from formcheck.report.html import write_html
from formcheck.report.overlay import Overlay
from formcheck.report.session_json import write_session_json
from formcheck.report.tables import write_frames_csv, write_reps_csv

__all__ = ["ANNOTATED", "MAX_STILLS", "Drawing", "draw", "still_times", "write_results"]

#: Name of the annotated video in a result folder.
ANNOTATED = "annotated.mp4"

#: Faults that get a picture in the report, at most.
MAX_STILLS = 60

_PREFETCH = 8


@dataclass(frozen=True, slots=True)
class Drawing:
    """What drawing brought.

    Attributes
    ----------
    stills
        JPEG by the fault's place in the report.
    finished
        False when the user stopped it: then there is no annotated video.
    note
        A sentence about sound that could not be taken over, or None.
    """

    stills: dict[int, bytes] = field(default_factory=dict)
    finished: bool = True
    note: str | None = None


def draw(
    path: Path,
    recording: PoseRecording,
    report: SessionReport,
    folder: Path,
    clock: StageClock,
    stage: Stage,
    stop: threading.Event,
    *,
    annotated: bool = True,
    pacer: bool = False,
    workers: int = 1,
) -> Drawing:
    """Draw what was found onto the video.

    Parameters
    ----------
    path
        The video that the recording and the report are of.
    folder
        Where `ANNOTATED` is written.
    clock, stage
        Who is told how far this is, and which part of the whole job it is.
    stop
        When set, the annotated video is given up.
    annotated
        Whether the annotated video is wanted; if not, only the pictures of the faults are made.
    pacer
        Whether the video shows the breathing that goes with the movement.
    workers
        With more than one, decoding and encoding go on in threads of their own beside the drawing.

    Raises
    ------
    InputError
        The video cannot be read any more.
    OutputError
        The annotated video cannot be written.
    """
    wanted = still_times(report)
    if not (annotated or wanted):
        return Drawing()
    last_s = float(recording.time_s[-1]) if annotated else wanted[-1][0]
    stills: dict[int, bytes] = {}
    with VideoFile(path, threads=1) as video, ExitStack() as stack:
        video.thinning = JustThese(recording.time_s)
        fps = (len(recording) - 1) / last_s if last_s else video.info.fps
        drawn = AnnotatedVideo(folder / ANNOTATED, fps=fps, sound_from=path, beside=workers > 1)
        sink = stack.enter_context(drawn) if annotated else None
        frames = stack.enter_context(closing(prefetched(video, _PREFETCH))) if workers > 1 else iter(video)
        overlay: Overlay | None = None
        for frame, result in zip(frames, frame_results(recording, report), strict=False):
            if stop.is_set():
                if sink is not None:
                    sink.abandon()
                return Drawing(stills, finished=False)
            overlay = overlay or Overlay.of(report, (frame.image.shape[1], frame.image.shape[0]), pacer=pacer)
            while wanted and frame.time_s >= wanted[0][0]:
                number = wanted.pop(0)[1]
                stills[number] = still(frame.image, replace(result, faults=(report.faults[number],)), overlay)
            if sink is not None:
                sink.write(overlay.draw(frame.image, result, in_place=True), frame.time_s)
            elif wanted:
                overlay.follow(result)
            else:
                break
            clock.tell(stage, frame.time_s / last_s if last_s else 1.0, frame.index)
    return Drawing(stills, note=sink.sound_trouble if sink is not None else None)


def still_times(report: SessionReport) -> list[tuple[float, int]]:
    """Find the moment at which each fault shows best.

    That is the peak of its repetition where it lies within the fault, else the middle of the fault.

    Returns
    -------
    list of (float, int)
        Seconds, and the fault's place in ``report.faults``, in order of time; of the first `MAX_STILLS` faults only.
    """
    peaks = {rep.number: rep.peak_s for rep in report.reps}
    times = []
    for number, fault in enumerate(report.faults[:MAX_STILLS]):
        peak_s = peaks.get(fault.rep, math.nan) if fault.rep is not None else math.nan
        times.append((peak_s if fault.start_s <= peak_s < fault.end_s else (fault.start_s + fault.end_s) / 2, number))
    return sorted(times)


def write_results(folder: Path, recording: PoseRecording, report: SessionReport, stills: Mapping[int, bytes]) -> None:
    """Write everything but the annotated video, which is there already if it is wanted.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    recording.save(folder / "landmarks.npz")
    write_session_json(report, folder / "session.json")
    write_reps_csv(report, folder / "reps.csv")
    write_frames_csv(report, folder / "frames.csv")
    write_html(report, folder / "report.html", stills, ANNOTATED if (folder / ANNOTATED).exists() else None)
