"""The breath against the true one: how well it follows, its rate, its step with the movement, and its holds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from formcheck.exercise.breath_report import Step
from formcheck.exercise.breathing import MIN_SHARE, step_of_score, step_score
from formcheck.exercise.session import SessionReport
from formcheck.motion.breath_cycles import HOLD_S
from formcheck.motion.breath_signal import banded
from formcheck.motion.breath_traces import STEP_S
from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float
from formcheck.validation.truth import Truth

__all__ = ["BreathResult", "breath_result"]

#: A true breath that changes by less than this a second, of -1 to 1, stands still.
_STILL_PER_S = 0.02
#: The eighth second of a hold is found when it is told within this.
MARK_S = 3.0
#: So few repetitions say nothing of a habit.
_MIN_REPS = 5


@dataclass(frozen=True, slots=True)
class BreathResult:
    """One clip's breath beside the true one; NaN where nothing was measured.

    Attributes
    ----------
    measured_fraction
        Share of the time in which the breath was told.
    correlation, phase_error_deg
        Over that time: correlation with the true breath, and the median size of the error of the phase.
    rate_per_min, rate_error_per_min
        Breaths a minute, and how much that is more than the true ones.
    step, true_step
        What was said of the step over the set and what was true; None: nothing, too few repetitions.
    holds_found, holds_true, holds_wrong
        Holds whose eighth second was told within three; all there were of eight seconds or more; those told that were none.
    mark_error_s
        The largest error of an eighth second.
    """

    measured_fraction: float
    correlation: float
    phase_error_deg: float
    rate_per_min: float
    rate_error_per_min: float
    step: Step | None
    true_step: Step | None
    holds_found: int = 0
    holds_true: int = 0
    holds_wrong: int = 0
    mark_error_s: float = float("nan")


def breath_result(truth: Truth, report: SessionReport) -> BreathResult | None:
    """Compare the breath of a report with the truth of its clip; None where the truth or the report has none."""
    true = truth.columns.get("breath")
    if report.breath is None or true is None:
        return None
    time = np.arange(report.timeline.time_s[0], report.timeline.time_s[-1] + 1e-9, STEP_S)
    level = np.interp(time, report.timeline.time_s, report.timeline.values["breath"])
    curve = np.interp(time, truth.columns["time_s"], true)
    told = np.isfinite(level)
    holds = _holds(time, curve)
    found, wrong, mark = _compared(report.breath.holds, holds)
    rate = report.breath.rate_per_min
    return BreathResult(
        report.breath.measured_fraction,
        _correlation(level[told], curve[told]),
        _phase_error_deg(np.where(told, level, 0.0), curve, told & ~_inside(time, holds)),
        rate,
        rate - _rate_per_min(time, curve, holds),
        report.breath.step,
        _true_step(truth, time, curve),
        found,
        len(holds),
        wrong,
        mark,
    )


def _correlation(a: Float, b: Float) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and np.std(a) > 1e-9 and np.std(b) > 1e-9 else float("nan")


def _phase_error_deg(level: Float, curve: Float, where: npt.NDArray[np.bool_]) -> float:
    from scipy.signal import hilbert

    if not where.any():
        return float("nan")
    apart = hilbert(banded(level)) * np.conj(hilbert(banded(curve)))
    return float(np.median(np.abs(np.degrees(np.angle(apart[where])))))


def _holds(time: Float, curve: Float) -> list[tuple[float, float]]:
    still = np.abs(np.gradient(curve, time)) < _STILL_PER_S
    spans = [(float(time[start]), float(time[stop - 1])) for start, stop in true_runs(still)]
    return [(start, end) for start, end in spans if end - start >= HOLD_S - 2 * STEP_S]


def _inside(time: Float, spans: list[tuple[float, float]]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(time), bool)
    for start, end in spans:
        inside |= (time >= start) & (time <= end)
    return inside


def _compared(said: tuple[tuple[float, float], ...], true: list[tuple[float, float]]) -> tuple[int, int, float]:
    """Holds found, holds that were none, and the largest error of an eighth second."""
    errors, matched = [], set()
    for start, end in true:
        over = [hold for hold in said if hold[0] < end and hold[1] > start]
        if over:
            matched |= set(over)
            errors.append(min((hold[0] - start for hold in over), key=abs))
    found = sum(abs(error) <= MARK_S for error in errors)
    return found, len(set(said) - matched), max(errors, key=abs) if errors else float("nan")


def _rate_per_min(time: Float, curve: Float, holds: list[tuple[float, float]]) -> float:
    """From one way up through the middle to the next, without those that a hold lies in."""
    up = time[1:][(curve[:-1] < 0) & (curve[1:] >= 0)]
    lengths = [b - a for a, b in pairwise(up) if not any(start < b and end > a for start, end in holds)]
    return 60.0 / float(np.mean(lengths)) if lengths else float("nan")


def _true_step(truth: Truth, time: Float, curve: Float) -> Step | None:
    steps = []
    for rep in truth.reps:
        inside = (time >= rep.start_s) & (time <= rep.end_s)
        if rep.counts and inside.sum() > 2:
            score = step_score(time[inside], curve[inside], rep.peak_s, rep.peak_s)
            steps += [step_of_score(score)] if np.isfinite(score) else []
    if len(steps) < _MIN_REPS:
        return None
    most: Step
    for most in ("in_step", "out_of_step"):
        if steps.count(most) >= MIN_SHARE * len(steps):
            return most
    return "neither"
