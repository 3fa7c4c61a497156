"""The session as a moving picture: one `FrameResult` a frame, for an overlay or a page to draw."""

from __future__ import annotations

from collections.abc import Iterator

from formcheck.exercise.preparation import prepared
from formcheck.exercise.session import Fault, FrameResult, Phase, Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording

__all__ = ["faults_at", "frame_results"]

_PHASES = tuple(Phase)


def frame_results(recording: PoseRecording, report: SessionReport) -> Iterator[FrameResult]:
    """Each frame of a recording with what the report says of that moment; the body as it was measured, in the picture as it was filmed.

    Raises
    ------
    ValueError
        The report is not of this recording: another number of frames.
    """
    line = report.timeline
    if len(recording) != len(line.time_s):
        raise ValueError(f"the report has {len(line.time_s)} frames, the recording {len(recording)}")
    drawn = prepared(recording, bool(report.settings.get("mirrored"))).drawn
    for index, time_s in enumerate(line.time_s):
        yield FrameResult(
            drawn[index],
            {side: float(line.shown_deg[side][index]) for side in Side},
            {side: _PHASES[line.phase[side][index]] for side in Side},
            _counts_at(report.reps, float(time_s)),
            faults_at(report.faults, float(time_s)),
            _rep_at(report.reps, float(time_s)),
            {side: float(pm_deg[index]) for side, pm_deg in line.shown_pm_deg.items()},
        )


def faults_at(faults: tuple[Fault, ...], time_s: float) -> tuple[Fault, ...]:
    """The faults whose interval ``[start, end)`` holds a moment."""
    return tuple(fault for fault in faults if fault.start_s <= time_s < fault.end_s)


def _counts_at(reps: tuple[Rep, ...], time_s: float) -> dict[str, int]:
    counts = {"left": 0, "right": 0, "both": 0}
    for rep in reps:
        if rep.counted and rep.end_s <= time_s:
            counts[rep.side_name] += 1
    return counts | {"total": sum(counts.values())}


def _rep_at(reps: tuple[Rep, ...], time_s: float) -> Rep | None:
    return next((rep for rep in reps if rep.start_s <= time_s < rep.end_s), None)
