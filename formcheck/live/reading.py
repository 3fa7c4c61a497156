"""One analysis of the last minute: what is settled, what is going on, and how to tell the angle of the frames that come next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from formcheck.coach.moment import BreathState
from formcheck.errors import NotMeasurableError
from formcheck.exercise.analyzer import report_of
from formcheck.exercise.groundwork import groundwork
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.session import Fault, NotMeasured, Rep
from formcheck.exercise.spec import ExerciseSpec
from formcheck.exercise.unfinished import faults_so_far, under_way
from formcheck.live.chest import breath_state
from formcheck.live.proxy import proxy_deg
from formcheck.motion.breath_traces import BreathTraces
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording

__all__ = ["Anchor", "Reading", "read"]

#: The last samples of a zero-lag filter know only one side of themselves: the angle is carried on from this long before the end.
ANCHOR_BEFORE_S = 0.1
#: A fault lasts when it was seen this near to the last frame.
LASTING_S = 0.15
#: A movement is told when it has been over for this long: its last frames are then smoothed with what came after.
SETTLED_S = 0.35
#: With less movement than this in the picture, how far the angle goes with it cannot be told from the window.
LEAST_SPREAD_DEG = 2.0
#: How far the angle goes with the line in the picture, where that was not told yet, and what is believed.
USUAL_SLOPE, SLOPE_RANGE = 1.2, (0.4, 3.0)


@dataclass(frozen=True, slots=True)
class Anchor:
    """How to carry the shown angle of one leg on: ``shown_deg`` belongs to ``proxy_deg`` at ``time_s``, and goes ``slope`` with it."""

    time_s: float
    shown_deg: float
    proxy_deg: float
    slope: float
    pm_deg: float


@dataclass(frozen=True)
class Reading:
    """What one analysis says.

    Attributes
    ----------
    run, until_s
        The run it is of, and the time of its last frame.
    from_s
        Time of the first frame of the run that it saw: what lies before is not known to it.
    reps
        Finished movements.
    faults, lasting
        Faults of finished movements; those of the movement under way that go on now.
    anchors
        Per side, where the angle is known near the end.
    rest_deg, rest_noise_deg
        Per side the angle as it is over the last seconds, and its standard deviation: of use when the legs rest.
    trunk_deg
        Sideways lean over the same seconds.
    limit_deg
        The over-rotation limit in force; NaN for none.
    not_measured
        What could not be measured.
    refused
        Why nothing could be measured, or None.
    breath
        The breath; None when it was not asked for.
    """

    run: int
    until_s: float
    from_s: float
    reps: tuple[Rep, ...] = ()
    faults: tuple[Fault, ...] = ()
    lasting: tuple[Fault, ...] = ()
    anchors: Mapping[Side, Anchor] = field(default_factory=dict)
    rest_deg: Mapping[Side, float] = field(default_factory=dict)
    rest_noise_deg: Mapping[Side, float] = field(default_factory=dict)
    trunk_deg: float = float("nan")
    limit_deg: float = float("nan")
    not_measured: tuple[NotMeasured, ...] = ()
    refused: str | None = None
    breath: BreathState | None = None


def read(
    run: int,
    from_s: float,
    recording: PoseRecording,
    spec: ExerciseSpec,
    options: AnalysisOptions,
    breath: BreathTraces | None = None,
    *,
    ended: bool = False,
) -> Reading:
    """Analyse the window of a run; what cannot be measured is a reading, too.

    Parameters
    ----------
    from_s
        Time of the first frame of the run itself; frames before it are those of the rest.
    breath
        Samples of the chest to read the breath from; None: not now.
    ended
        Nothing more will come: what is over is told without waiting for what follows it.
    """
    until_s = float(recording.time_s[-1])
    try:
        work = groundwork(recording, spec, options)
    except NotMeasurableError as error:
        return Reading(run, until_s, from_s, refused=str(error), breath=_breath(breath, spec, (), from_s))
    report = report_of(work)
    open_numbers = {number for number, attempt in enumerate(work.of_this_exercise, 1) if attempt in under_way(work)}
    settled_s = until_s if ended else until_s - SETTLED_S
    finished = tuple(rep for rep in report.reps if rep.number not in open_numbers and from_s <= rep.end_s <= settled_s)
    numbers = {rep.number for rep in finished}
    lasting = tuple(fault for fault in faults_so_far(work) if fault.end_s >= until_s - LASTING_S)
    line = report.timeline
    recent = line.time_s >= until_s - 3.0
    columns = {side: line.values[f"{spec.reps.angle}_{side.value}_deg"][recent] for side in Side}
    # A proxy is of the body as the camera sees it: left and right as they were put right.
    xy = work.ready.measured.image_xy
    anchors = {
        side: anchor
        for side in Side
        if (anchor := _anchor(line.time_s, line.shown_deg[side], proxy_deg(xy, side, spec), line.shown_pm_deg[side])) is not None
    }
    return Reading(
        run,
        until_s,
        from_s,
        finished,
        tuple(fault for fault in report.faults if fault.rep in numbers),
        lasting,
        anchors,
        {side: _median(value) for side, value in columns.items()},
        {side: float(np.nanstd(value)) if np.isfinite(value).any() else float("nan") for side, value in columns.items()},
        _median(line.values["trunk_lean_deg"][recent]),
        report.limit_deg,
        report.not_measured,
        breath=_breath(breath, spec, finished, from_s),
    )


def _breath(traces: BreathTraces | None, spec: ExerciseSpec, reps: tuple[Rep, ...], from_s: float) -> BreathState | None:
    return breath_state(traces, spec.breath, reps, from_s) if traces is not None and spec.breath is not None else None


def _anchor(time_s: Float, shown: Float, proxy: Float, pm: Float) -> Anchor | None:
    known = np.flatnonzero(np.isfinite(shown) & np.isfinite(proxy) & (time_s <= time_s[-1] - ANCHOR_BEFORE_S))
    if not len(known):
        return None
    last = int(known[-1])
    near = known[known > last - 3]
    spread = float(np.std(proxy[known]))
    slope = USUAL_SLOPE
    if spread > LEAST_SPREAD_DEG:
        slope = float(np.cov(proxy[known], shown[known])[0, 1] / np.var(proxy[known], ddof=1))
        sign = np.sign(slope) if slope else 1.0
        slope = float(sign * np.clip(abs(slope), *SLOPE_RANGE))
    return Anchor(float(time_s[last]), float(np.median(shown[near])), float(np.median(proxy[near])), slope, float(pm[last]))


def _median(value: Float) -> float:
    seen = value[np.isfinite(value)]
    return float(np.median(seen)) if len(seen) else float("nan")
