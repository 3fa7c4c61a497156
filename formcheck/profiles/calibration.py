"""From a few comfortable repetitions to a comfortable range with its error.

The range of a leg is the *median* of the changes from rest of its repetitions: one that went astray moves it little. Its 95 % interval
has two parts that are added as squares. The error of measuring (noise, view, model; ``Rep.range_pm_deg``) is mostly shared by the
repetitions of one recording, so it does not shrink with their number: its median is taken whole. How far the repetitions were apart
gives the error of the median as an estimate of what this person comfortably does: ``t · 1.2533 · s / √n``, with the standard deviation
``s`` of the n ranges, the large-sample standard error of a median, and Student's t of n - 1 degrees of freedom at 97.5 %.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import PureWindowsPath

import numpy as np
import numpy.typing as npt

from formcheck import __version__
from formcheck.errors import NotMeasurableError
from formcheck.exercise.session import FaultCode, Rep, SessionReport
from formcheck.exercise.spec import ExerciseSpec, LimitRule
from formcheck.profiles.profile import ComfortRange, margin_deg

__all__ = ["HOW_TO_RECORD", "MIN_REPS", "Calibration", "UsualRange", "calibrated", "usual_range", "without_limit"]

#: Fewer repetitions say little of what is usual.
MIN_REPS = 3
#: Standard error of a median over that of a mean, for many normal values.
_MEDIAN_TO_MEAN_ERROR = math.sqrt(math.pi / 2)
_MOST_RANGE_DEG = 180.0

HOW_TO_RECORD = (
    "Record 3 to 5 slow repetitions with each leg, only as far as is comfortable, resting shortly between them, "
    "with the camera where the exercise says."
)


@dataclass(frozen=True, slots=True)
class UsualRange:
    """What the repetitions of one leg have in common, degrees from rest.

    ``median_deg`` is their range, ``spread_deg`` their standard deviation (n - 1), ``pm_deg`` the half width of the 95 % interval of the
    median, NaN when the error of measuring is not known; ``count`` the number of repetitions.
    """

    median_deg: float
    spread_deg: float
    pm_deg: float
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a recording gave: at least one range, and sentences about what was left out."""

    ranges: tuple[ComfortRange, ...]
    notes: tuple[str, ...]


def without_limit(spec: ExerciseSpec) -> ExerciseSpec:
    """The same exercise, in which nothing is too far: while a limit is being found nothing is judged against one."""
    return spec.model_copy(update={"faults": tuple(rule for rule in spec.faults if not isinstance(rule, LimitRule))})


def usual_range(range_deg: npt.ArrayLike, range_pm_deg: npt.ArrayLike) -> UsualRange:
    """Median, spread and error of the ranges of some repetitions.

    Parameters
    ----------
    range_deg, range_pm_deg
        (n,) degrees and the half widths of their 95 % intervals, n at least 2; NaN among the latter: not known, ignored unless all are.

    Raises
    ------
    ValueError
        Fewer than two, or a range that is not finite.
    """
    ranges, errors = np.asarray(range_deg, np.float64), np.asarray(range_pm_deg, np.float64)
    if len(ranges) < 2 or not np.isfinite(ranges).all():
        raise ValueError(f"at least two finite ranges are needed, got {ranges.tolist()}")
    spread = float(np.std(ranges, ddof=1))
    known = errors[np.isfinite(errors)]
    pm = math.hypot(float(np.median(known)), _pm_of_median(spread, len(ranges))) if len(known) else float("nan")
    return UsualRange(float(np.median(ranges)), spread, pm, len(ranges))


def _pm_of_median(spread_deg: float, count: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, 0.975)) * _MEDIAN_TO_MEAN_ERROR * spread_deg / math.sqrt(count)


def calibrated(report: SessionReport, now: datetime) -> Calibration:
    """The comfortable ranges of a session: one for each leg and direction with at least three repetitions that were done well.

    Repetitions with a fault are left out: a lifted foot or a leaning trunk makes the range seem larger than the hip's, haste and jerks
    are no sign of comfort. A leg has no usual range when its largest repetition would be too far by the limit that follows from the median.

    Parameters
    ----------
    report
        Of an analysis without a limit (see `without_limit`).
    now
        The time to note, with its offset.

    Raises
    ------
    NotMeasurableError
        There is no such leg: why, and what to do.
    """
    groups: dict[tuple[str, str], list[Rep]] = {}
    for rep in report.reps:
        if rep.counted:
            groups.setdefault((rep.side_name, rep.direction), []).append(rep)
    if not groups:
        raise NotMeasurableError(f"no full repetition was counted, so there is no comfortable range to keep. {HOW_TO_RECORD}")
    ranges: list[ComfortRange] = []
    notes: list[str] = []
    lacking: list[str] = []
    for (side, direction), reps in sorted(groups.items()):
        good = [rep for rep in reps if not rep.faults and math.isfinite(rep.range_deg) and rep.range_deg <= _MOST_RANGE_DEG]
        who = f"{_leg(side)}, {direction}"
        left_out = _left_out(reps)
        if len(good) >= MIN_REPS and (uneven := _uneven(who, good)):
            lacking.append(uneven)
        elif len(good) >= MIN_REPS:
            ranges.append(_range_of(report, side, direction, good, now))
            notes += [f"{who}: {left_out}"] if left_out else []
        else:
            lacking.append(_lacking(report, who, reps, good, left_out))
    if not ranges:
        raise NotMeasurableError(f"{' '.join(lacking)} {HOW_TO_RECORD}")
    return Calibration(tuple(ranges), (*notes, *lacking))


def _range_of(report: SessionReport, side: str, direction: str, reps: list[Rep], now: datetime) -> ComfortRange:
    usual = usual_range([rep.range_deg for rep in reps], [rep.range_pm_deg for rep in reps])
    yaw = report.view.get("yaw_deg")
    # A Windows path knows both kinds of slashes.
    name = PureWindowsPath(str(report.source.get("path") or "")).name
    return ComfortRange.model_validate(
        {
            "exercise": report.exercise,
            "exercise_title": report.title,
            "direction": direction,
            "side": side,
            "comfortable_deg": round(usual.median_deg, 2),
            "spread_deg": round(usual.spread_deg, 2),
            "pm_deg": round(min(usual.pm_deg, 180.0), 2) if math.isfinite(usual.pm_deg) else None,
            "repetitions": usual.count,
            "measured_at": now,
            "model": report.model.get("name") or None,
            "view_yaw_deg": round(float(yaw), 1) if yaw is not None and math.isfinite(yaw) else None,
            "source": name.encode("utf-8", "replace").decode()[:1000],
            "formcheck": __version__,
        }
    )


def _left_out(reps: list[Rep]) -> str:
    """A sentence about the repetitions with faults; empty when there are none."""
    faulty = [rep for rep in reps if rep.faults]
    if not faulty:
        return ""
    codes: Counter[FaultCode] = Counter(code for rep in faulty for code in dict.fromkeys(rep.faults))
    why = ", ".join(code.value.replace("_", " ") for code, _ in sorted(codes.items(), key=lambda item: (-item[1], item[0])))
    what = "repetition was" if len(faulty) == 1 else "repetitions were"
    return f"{len(faulty)} of {len(reps)} {what} left out ({why})."


def _uneven(who: str, reps: list[Rep]) -> str:
    """Why repetitions of very different sizes are no range; empty when they are of about the same."""
    ranges = sorted(rep.range_deg for rep in reps)
    middle = float(np.median(ranges))
    if ranges[-1] <= middle + margin_deg(middle):
        return ""
    sizes = f"from {ranges[0]:.0f} to {ranges[-1]:.0f} degrees"
    return f"{who}: no range was kept, the repetitions were of very different sizes ({sizes}). Make them all about equal."


def _lacking(report: SessionReport, who: str, reps: list[Rep], good: list[Rep], left_out: str) -> str:
    if not any(math.isfinite(rep.range_deg) for rep in reps):
        reasons = dict.fromkeys(item.reason for item in report.not_measured if item.what.replace("_", " ") == report.shown_angle)
        why = " ".join(reasons) or "The picture does not show this angle."
        return f"{who}: repetitions were counted, but how far they went could not be measured. {why}"
    hidden = sum(not math.isfinite(rep.range_deg) for rep in reps)
    gone = f" {hidden} could not be measured." if hidden else ""
    found = f"{len(good)} repetition{'' if len(good) == 1 else 's'}"
    return f"{who}: no range was kept, {MIN_REPS} repetitions done well are needed and {found} could be used. {left_out}{gone}".rstrip()


def _leg(side: str) -> str:
    return "both legs" if side == "both" else f"{side} leg"
