"""The figures that a group of clips comes to: what the tables print, what is recorded, and what may not get worse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np

from formcheck.validation.agreement import Coverage
from formcheck.validation.comparison import GROUPS, Comparison
from formcheck.validation.faults import FaultScore
from formcheck.validation.repetitions import PHASES

__all__ = ["Figures", "by_group", "fault_totals", "figures_of", "median_of"]

#: Name to value; NaN where there was nothing to measure.
Figures = dict[str, float]


def by_group(comparisons: Sequence[Comparison]) -> dict[tuple[str, str, str], list[Comparison]]:
    """Comparisons by model, condition and group, in the order in which models and conditions were run."""
    found: dict[tuple[str, str, str], list[Comparison]] = {}
    for model in dict.fromkeys(item.model for item in comparisons):
        for condition in dict.fromkeys(item.condition for item in comparisons):
            for group in GROUPS:
                mine = [item for item in comparisons if (item.model, item.condition, item.group) == (model, condition, group)]
                if mine:
                    found[model, condition, group] = mine
    return found


def figures_of(comparisons: Sequence[Comparison]) -> Figures:
    """What some clips come to.

    Angles (of the counted angle, degrees): means over the legs that moved, and the worst. Repetitions: medians of the sizes of the errors.
    Tempo: median error of each phase (s), and the share within 0.2 s or a tenth. Coverage of the 95 % intervals: shares.
    """
    angles = [item for one in comparisons for item in one.counted.values() if item.absolute.frames]
    reps = [rep for one in comparisons for rep in one.reps]
    change = [item.change.rmse_deg for item in angles]
    absolute = [item.absolute.rmse_deg for item in angles]
    slopes = [item.change.slope for item in angles]
    peaks = [abs(rep.peak_error_deg) for rep in reps]
    phases = [phase for rep in reps for phase in rep.phases if np.isfinite(phase.error_s)]
    figures = {
        "clips": float(len(comparisons)),
        "counts_exact": float(sum(one.counts_exact for one in comparisons)),
        "refused": float(sum(one.refused is not None or one.angle_off is not None for one in comparisons)),
        "legs": float(len(angles)),
        "change_rmse_deg": _mean(change),
        "change_rmse_worst_deg": _most(change),
        "slope": _mean(slopes),
        "slope_least": _least(slopes),
        "slope_most": _most(slopes),
        "absolute_rmse_deg": _mean(absolute),
        "absolute_rmse_worst_deg": _most(absolute),
        "peak_error_deg": median_of(peaks),
        "peak_error_worst_deg": _most(peaks),
        "start_error_s": median_of(abs(rep.start_error_s) for rep in reps),
        "end_error_s": median_of(abs(rep.end_error_s) for rep in reps),
    }
    for name in PHASES:
        figures[f"{name}_error_s"] = median_of(abs(phase.error_s) for phase in phases if phase.phase == name)
    figures["phases_good"] = _mean([float(phase.good) for phase in phases])
    figures["covered_angle"] = _covered(item.covered for item in angles)
    figures["covered_change"] = _covered(item.covered_change for item in angles)
    figures["covered_moving"] = _covered(item.covered_moving for item in angles)
    figures["covered_peaks"] = _covered(Coverage.of(np.array([rep.peak_error_deg]), np.array([rep.peak_pm_deg])) for rep in reps)
    return figures


def fault_totals(comparisons: Iterable[Comparison]) -> dict[str, FaultScore]:
    """Scores by code over some clips, sorted by code."""
    total: dict[str, FaultScore] = {}
    for one in comparisons:
        for code, score in one.faults.items():
            total[code] = total.get(code, FaultScore()) + score
    return dict(sorted(total.items()))


def median_of(values: Iterable[float]) -> float:
    """Median of the known values; NaN when there is none."""
    known = _known(values)
    return float(np.median(known)) if known else float("nan")


def _covered(parts: Iterable[Coverage]) -> float:
    return reduce(Coverage.__add__, parts, Coverage()).fraction


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if np.isfinite(value)]


def _mean(values: Iterable[float]) -> float:
    known = _known(values)
    return float(np.mean(known)) if known else float("nan")


def _most(values: Iterable[float]) -> float:
    return max(_known(values), default=float("nan"))


def _least(values: Iterable[float]) -> float:
    return min(_known(values), default=float("nan"))
