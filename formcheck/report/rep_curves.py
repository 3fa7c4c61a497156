"""Repetitions laid over each other: the numbers behind those plots, and the same in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report.plot_marks import comfortable_of
from formcheck.report.words import angle_text, clean_text, degrees, leg, plural, seconds, sentence, towards

__all__ = ["POINTS", "RepGroup", "between", "overlay_data", "rep_groups"]

#: Points of one repetition, evenly from its start to its end.
POINTS = 51

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RepGroup:
    """The movements of one leg in one direction, on a common scale from start to end.

    Attributes
    ----------
    name
        For people: "Right leg", or "Right leg, inwards" where both directions happened.
    reps, curves
        The movements and, in the same order, (`POINTS`,) degrees of change from rest; NaN where not measured.
    usual
        (`POINTS`,) the median of the counted ones at each part of the way, NaN where less than half of them were measured; None when
        fewer than two were counted.
    usual_s
        Median duration of the counted ones, seconds; NaN when none was.
    """

    name: str
    side: str
    direction: str
    reps: tuple[Rep, ...]
    curves: tuple[Float, ...]
    usual: Float | None
    usual_s: float

    def words(self) -> str:
        """What the plot of this group shows, for those who do not see it."""
        counted = [rep for rep in self.reps if rep.counted]
        said = f"{self.name}: {plural(len(self.reps), 'movement')} laid over each other, {len(counted)} counted."
        ranges = [rep.range_deg for rep in counted if math.isfinite(rep.range_deg)]
        if ranges:
            lengths = [rep.end_s - rep.start_s for rep in counted]
            said += f" The counted ones go {between(ranges, degrees)} from rest and take {between(lengths, seconds)}."
        return said


def rep_groups(report: SessionReport) -> tuple[RepGroup, ...]:
    """The movements by leg and direction: right, left, both, and the direction that counts first."""
    wanted = str(report.settings.get("direction") or "")
    directions = sorted(dict.fromkeys(rep.direction for rep in report.reps), key=lambda name: name != wanted)
    groups = []
    for direction in directions:
        for side in ("right", "left", "both"):
            reps = tuple(rep for rep in report.reps if rep.side_name == side and rep.direction == direction and rep.end_s > rep.start_s)
            if reps:
                name = sentence(leg(side)).rstrip(".") + (f", {towards(direction)}" if len(directions) > 1 else "")
                groups.append(_group(report, name, reps))
    return tuple(groups)


def overlay_data(report: SessionReport, groups: Iterable[RepGroup]) -> list[dict[str, Any]]:
    """The groups as plain values for the page, with None where a value was not measured."""
    return [_plain(report, group) for group in groups]


def between(values: list[float], words: Callable[[float], str]) -> str:
    """``20° to 24°``, or ``20°`` where the least and the most read the same."""
    least, most = words(min(values)), words(max(values))
    return least if least == most else f"{least} to {most}"


def _group(report: SessionReport, name: str, reps: tuple[Rep, ...]) -> RepGroup:
    curves = tuple(_curve(report, rep) for rep in reps)
    counted = [curve for rep, curve in zip(reps, curves, strict=True) if rep.counted]
    usual = None
    if len(counted) > 1:
        stacked = np.stack(counted)
        enough = np.isfinite(stacked).sum(axis=0) * 2 >= len(counted)
        usual = np.full(POINTS, np.nan)
        usual[enough] = np.nanmedian(stacked[:, enough], axis=0)
    lengths = [rep.end_s - rep.start_s for rep in reps if rep.counted]
    return RepGroup(name, reps[0].side_name, reps[0].direction, reps, curves, usual, median(lengths) if lengths else math.nan)


def _curve(report: SessionReport, rep: Rep) -> Float:
    """One movement from start to end; of both legs together the mean of those that were measured."""
    line = report.timeline
    if len(line.time_s) < 2:
        return np.full(POINTS, np.nan)
    sides = [rep.side] if rep.side is not None else list(Side)
    at = np.linspace(rep.start_s, rep.end_s, POINTS)
    found = np.stack([np.interp(at, line.time_s, line.shown_deg[side], left=np.nan, right=np.nan) for side in sides])
    seen = np.isfinite(found)
    total = np.where(seen, found, 0.0).sum(axis=0)
    curve: Float = np.divide(total, seen.sum(axis=0), out=np.full(POINTS, np.nan), where=seen.any(axis=0))
    return curve


def _plain(report: SessionReport, group: RepGroup) -> dict[str, Any]:
    seen = np.concatenate([curve[np.isfinite(curve)] for curve in group.curves])
    sign = -1 if len(seen) and seen.sum() < 0 else 1
    limit = report.limit_of(group.side)
    comfortable = comfortable_of(report, group.side, group.direction)
    return {
        "name": clean_text(group.name),
        "side": group.side,
        "usual": _values(group.usual) if group.usual is not None else None,
        "usual_s": round(group.usual_s, 3) if math.isfinite(group.usual_s) else None,
        "limit": sign * limit if math.isfinite(limit) and any(rep.counted for rep in group.reps) else None,
        "comfortable": round(sign * comfortable, 1) if math.isfinite(comfortable) else None,
        "reps": [
            {
                "number": rep.number,
                "start": round(rep.start_s, 3),
                "length": round(rep.end_s - rep.start_s, 3),
                "counted": rep.counted,
                "marked": bool(rep.faults),
                "range": angle_text(rep.range_deg, rep.range_pm_deg),
                "y": _values(curve),
            }
            for rep, curve in zip(group.reps, group.curves, strict=True)
        ],
    }


def _values(curve: Float) -> list[float | None]:
    return [round(float(value), 1) if math.isfinite(value) else None for value in curve]
