"""The breath against the repetitions: held, in step, out of step, or not to be told, with the reason.

Both mistakes are those of a set, not of a repetition. They are put as a question and as a suggestion: nobody is alarmed by what a camera
believes to see of a chest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formcheck.exercise.breath_report import BreathReport, RepBreath, Step
from formcheck.exercise.session import Fault, FaultCode, NotMeasured, Rep
from formcheck.exercise.spec import BreathSpec
from formcheck.motion.breath import Breath, measure_breath
from formcheck.motion.breath_signal import Doubt
from formcheck.motion.geometry import Float
from formcheck.motion.recording import PoseRecording

__all__ = ["MIN_SHARE", "SEVERITY", "Breathing", "breathing_of", "judged_breath", "step_of_score", "step_score"]

#: Less than a fault: it is asked, or suggested.
SEVERITY = "hint"
#: This share of a repetition must be measured for its breath to be judged.
MIN_MEASURED = 0.9
#: A chest that goes in by less than this, in half usual breaths, during a repetition says nothing of the step.
MIN_RANGE = 1.0
#: Three quarters of what the chest moved went the right way.
STEP_SCORE = 0.5
#: This share of the repetitions must be out of step themselves.
MIN_SHARE = 0.8

_REASONS = {
    Doubt.UNSEEN: "The chest was not in sight, or behind an arm.",
    Doubt.FROZEN: "The picture stood still.",
    Doubt.PLAIN: "The clothes showed too little in this light to see a chest move; more light, or something with a pattern, helps.",
    Doubt.MOVED: "The trunk or the arms moved more than a breath does.",
    Doubt.ROCKED: "The head rocked along with the trunk, and the breath could not be told from it.",
    Doubt.FAINT: "The chest moved too little to be seen from here; closer clothes or a nearer camera help.",
    Doubt.UNCLEAR: "The chest did not lift and widen as in a breath clearly enough to be sure.",
}


@dataclass(frozen=True, slots=True)
class Breathing:
    """What a recording says of the breath.

    ``level`` is (N,), the breath at each frame of the recording, -1 to 1, NaN where it was not measured; ``checked`` the codes of the
    mistakes that could be looked for.
    """

    report: BreathReport
    level: Float
    faults: tuple[Fault, ...]
    not_measured: tuple[NotMeasured, ...]
    checked: tuple[str, ...]


def breathing_of(recording: PoseRecording, spec: BreathSpec | None, reps: Sequence[Rep]) -> Breathing | None:
    """Judge the breath of a recording, or None when it holds nothing of it or the exercise has no rule for it.

    Parameters
    ----------
    reps
        The repetitions in order of start; only the counted ones are judged.
    """
    if spec is None or not len(recording.breath_time_s):
        return None
    breath = measure_breath(recording.breath)
    report, faults = judged_breath(breath, spec, reps)
    counted = [rep for rep in reps if rep.counted and not _held(breath, rep)]
    told = len(report.reps) >= spec.min_reps
    checked = ([FaultCode.BREATH_HOLD.value] if breath.measured.any() else []) + ([FaultCode.BREATH_OUT_OF_STEP.value] if told else [])
    unseen = [*_hidden_holds(breath), *([] if told or len(counted) < spec.min_reps else _hidden_step(breath, counted))]
    return Breathing(report, _at_frames(breath, recording.time_s), faults, tuple(unseen), tuple(checked))


def judged_breath(breath: Breath, spec: BreathSpec, reps: Sequence[Rep]) -> tuple[BreathReport, tuple[Fault, ...]]:
    """How a breath went with the repetitions, in order of start, and what is to be asked or suggested."""
    judged = [seen for rep in reps if rep.counted and (seen := _of_rep(breath, rep)) is not None]
    report = _report(breath, judged, spec)
    faults = [_hold(start, end, spec) for start, end in breath.holds if end - start >= spec.hold_s - 1e-6]
    if report.step == "out_of_step":
        faults.append(_out_of_step(report, reps, spec))
    return report, tuple(faults)


def _at_frames(breath: Breath, time_s: Float) -> Float:
    if not len(breath.time_s):
        return np.full(len(time_s), np.nan)
    return np.asarray(np.interp(time_s, breath.time_s, breath.level, left=np.nan, right=np.nan), np.float64)


def _held(breath: Breath, rep: Rep) -> bool:
    return any(start < rep.end_s and end > rep.start_s for start, end in breath.holds)


def _of_rep(breath: Breath, rep: Rep) -> RepBreath | None:
    """The breath of one repetition; None when it could not be told."""
    if breath.share_measured(rep.start_s, rep.end_s) < MIN_MEASURED:
        return None
    if _held(breath, rep):
        return None
    at = int(np.searchsorted(breath.time_s, rep.start_s))
    inside = (breath.time_s >= rep.start_s) & (breath.time_s <= rep.end_s) & np.isfinite(breath.level)
    level, time = breath.level[inside], breath.time_s[inside]
    if at >= len(breath.time_s) or not np.isfinite(breath.phase_rad[at]) or len(level) < 2 or np.ptp(level) < MIN_RANGE:
        return None
    half_hold = rep.hold_s / 2 if np.isfinite(rep.hold_s) else 0.0
    score = step_score(time, level, rep.peak_s - half_hold, rep.peak_s + half_hold)
    if not np.isfinite(score):
        return None
    return RepBreath(rep.number, score, float(np.degrees(np.angle(np.exp(1j * breath.phase_rad[at])))), step_of_score(score))


def step_score(time_s: Float, level: Float, out_until_s: float, back_from_s: float) -> float:
    """What a breath moved in on the way out and out on the way back, less what it moved the other way, over all it moved: -1 to 1.

    Parameters
    ----------
    time_s, level
        (N,) each, of one repetition; ``level`` plus is in.
    out_until_s, back_from_s
        End of the way out and beginning of the way back. What lies between them does not count.
    """
    moved = np.diff(level)
    sign = np.where(time_s[1:] <= out_until_s, 1.0, np.where(time_s[:-1] >= back_from_s, -1.0, 0.0))
    total = float(np.abs(moved[sign != 0]).sum())
    return float((moved * sign).sum()) / total if total > 0 else float("nan")


def step_of_score(score: float) -> Step:
    """What a score says of one repetition."""
    return "in_step" if score >= STEP_SCORE else "out_of_step" if score <= -STEP_SCORE else "neither"


def _report(breath: Breath, judged: list[RepBreath], spec: BreathSpec) -> BreathReport:
    step, phase, steady, drift = _step(judged, spec)
    breaths = [
        (a.start_s, a.end_s, b.end_s)
        for a, b in pairwise(breath.strokes)
        if a.breathes_in and a.measured and b.measured and abs(a.end_s - b.start_s) < 1e-6
    ]
    return BreathReport(
        breath.measured_fraction, breath.rate_per_min, tuple(judged), step, phase, steady, drift, tuple(breaths), breath.holds
    )


def _step(judged: list[RepBreath], spec: BreathSpec) -> tuple[Step | None, float, float, float]:
    """How the breath went with the set, its mean phase, how steady that was, and how far it wandered."""
    nan = float("nan")
    if len(judged) < spec.min_reps:
        return None, nan, nan, nan
    phases = np.exp(1j * np.radians([rep.phase_deg for rep in judged]))
    mean = complex(phases.mean())
    phase, steady = float(np.degrees(np.angle(mean))), abs(mean)
    apart = np.degrees(np.angle(phases / mean))
    numbers = np.arange(len(apart))
    drift = float(np.polyfit(numbers, apart, 1)[0] * numbers[-1])
    if steady < spec.min_steadiness or abs(drift) > spec.max_drift_deg:
        return "neither", phase, steady, drift
    against = abs(phase) >= spec.out_of_step_deg and steady >= spec.out_of_step_steadiness
    wanted: Step = "in_step" if abs(phase) <= spec.in_step_deg else "out_of_step" if against else "neither"
    share = sum(rep.step == wanted for rep in judged) / len(judged)
    return (wanted if share >= MIN_SHARE else "neither"), phase, steady, drift


def _hold(start_s: float, end_s: float, spec: BreathSpec) -> Fault:
    code = FaultCode.BREATH_HOLD
    return Fault(code, SEVERITY, "both", None, start_s, end_s, end_s - start_s, spec.hold_s, "s", spec.hold_message)


def _out_of_step(report: BreathReport, reps: Sequence[Rep], spec: BreathSpec) -> Fault:
    numbers = {rep.number for rep in report.reps if rep.step == "out_of_step"}
    times = [(rep.start_s, rep.end_s) for rep in reps if rep.number in numbers]
    code, count, least = FaultCode.BREATH_OUT_OF_STEP, float(len(numbers)), float(spec.min_reps)
    return Fault(code, SEVERITY, "both", None, times[0][0], times[-1][1], count, least, "repetitions", spec.step_message)


def _hidden_holds(breath: Breath) -> list[NotMeasured]:
    """Stretches in which nobody could have seen a hold."""
    return [NotMeasured(FaultCode.BREATH_HOLD.value, f"breath_{why.value}", _REASONS[why], start, end) for why, start, end in breath.doubts]


def _hidden_step(breath: Breath, counted: Iterable[Rep]) -> list[NotMeasured]:
    """Why too few repetitions could be judged: what hid the breath for longest during them."""
    spans = [(rep.start_s, rep.end_s) for rep in counted]
    lost: dict[Doubt, float] = {}
    for why, start, end in breath.doubts:
        shared = sum(max(0.0, min(end, to) - max(start, since)) for since, to in spans)
        lost[why] = lost.get(why, 0.0) + shared
    code, first, last = FaultCode.BREATH_OUT_OF_STEP.value, spans[0][0], spans[-1][1]
    if not lost or max(lost.values()) <= 0:
        return [NotMeasured(code, "breath_unclear", _REASONS[Doubt.UNCLEAR], first, last)]
    why = max(lost, key=lambda doubt: lost[doubt])
    return [NotMeasured(code, f"breath_{why.value}", _REASONS[why], first, last)]
