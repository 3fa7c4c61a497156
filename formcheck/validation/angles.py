"""Every angle that the truth knows beside what was measured of it, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from formcheck.exercise.session import SessionReport
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.validation.agreement import MOVING_DEG, Agreement, Coverage
from formcheck.validation.truth import Truth

__all__ = ["AngleResult", "angle_results"]

#: Columns of the truth that are no joint angle of one leg, and the column of formcheck that measures the same, with its sign.
_BODY = {
    "trunk_lean_lateral_deg": "trunk_lean_deg",
    "trunk_lean_forward_deg": "trunk_forward_deg",
    "pelvis_obliquity_deg": "pelvis_obliquity_deg",
}
_LEG = ("hip_rotation", "hip_abduction", "hip_flexion", "knee_flexion")
#: Frames of the truth and of the recording that belong together agree to the rounding of their times.
_SAME_MOMENT_S = 2e-3
#: One frame in this many goes into the plot.
_PLOTTED = 3


@dataclass(frozen=True, eq=False)
class AngleResult:
    """One angle of one clip.

    Attributes
    ----------
    name, side
        "hip_rotation", "trunk_lean" ...; "left", "right", or "" for an angle of the whole body.
    counted
        Whether it is the angle by which the repetitions are counted.
    absolute, change
        Agreement of the angle as it is, and of its change from rest before the first repetition.
    covered, covered_change, covered_moving
        How often the interval held the truth: of the angle as it is; of the change (the counted angle only); of the change in those
        frames in which the leg was away from rest.
    points
        (M, 2) truth and estimate of the change in some of the frames, for a plot; the counted angle only.
    """

    name: str
    side: str
    counted: bool
    absolute: Agreement
    change: Agreement
    covered: Coverage
    covered_change: Coverage = field(default_factory=Coverage)
    covered_moving: Coverage = field(default_factory=Coverage)
    points: Float = field(default_factory=lambda: np.empty((0, 2)))


def angle_results(truth: Truth, report: SessionReport) -> tuple[AngleResult, ...]:
    """Compare every angle of the legs that moved, the trunk and the pelvis; those that were never measured are left out."""
    found = []
    index = _frames(truth, report)
    for name in _LEG:
        for side in truth.sides:
            column = f"{name}_{side}_deg"
            found.append(_result(truth, report, index, column, column, (name, side)))
    for true_column, column in _BODY.items():
        found.append(_result(truth, report, index, true_column, column, (column.removesuffix("_deg"), "")))
    return tuple(item for item in found if item is not None)


def _result(truth: Truth, report: SessionReport, index: Float, true_column: str, column: str, what: tuple[str, str]) -> AngleResult | None:
    line = report.timeline
    if true_column not in truth.columns or column not in line.values:
        return None
    name, side = what
    counted = name == truth.angle
    true, estimate = truth.columns[true_column], _taken(line.values[column], index)
    if not counted and not np.isfinite(estimate).any():
        return None
    half = _taken(line.pm_deg[column], index) if column in line.pm_deg else np.full(len(true), np.nan)
    true_change, change = _from_rest(true, truth), _from_rest(estimate, truth)
    absolute, of_change = Agreement.of(estimate, true), Agreement.of(change, true_change)
    covered = Coverage.of(estimate - true, half)
    if not counted:
        return AngleResult(name, side, counted, absolute, of_change, covered)
    half_change = _taken(line.shown_pm_deg[Side(side)], index) if Side(side) in line.shown_pm_deg else np.full(len(true), np.nan)
    error, moving = change - true_change, np.abs(true_change) > MOVING_DEG
    points = np.stack([true_change, change], axis=1)[np.isfinite(change)][::_PLOTTED]
    in_change, in_moving = Coverage.of(error, half_change), Coverage.of(error[moving], half_change[moving])
    return AngleResult(name, side, counted, absolute, of_change, covered, in_change, in_moving, points)


def _frames(truth: Truth, report: SessionReport) -> Float:
    """For each frame of the truth the frame of the recording at that moment, as a float; NaN where there is none."""
    times, wanted = report.timeline.time_s, truth.columns["time_s"]
    if not len(times):
        return np.full(len(wanted), np.nan)
    after = np.clip(np.searchsorted(times, wanted), 1, max(1, len(times) - 1))
    nearest = np.where(np.abs(times[after - 1] - wanted) <= np.abs(times[np.minimum(after, len(times) - 1)] - wanted), after - 1, after)
    nearest = np.minimum(nearest, len(times) - 1)
    return np.where(np.abs(times[nearest] - wanted) <= _SAME_MOMENT_S, nearest, np.nan)


def _taken(values: Float, index: Float) -> Float:
    known = np.isfinite(index)
    taken = np.full(len(index), np.nan)
    taken[known] = values[index[known].astype(int)]
    return taken


def _from_rest(curve: Float, truth: Truth) -> Float:
    rest = curve[(truth.columns["time_s"] < truth.first_s) & np.isfinite(curve)]
    return curve - float(np.median(rest)) if len(rest) else curve * np.nan
