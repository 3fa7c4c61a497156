"""Ranges in words: raw beside clean, left beside right with their error, and one direction beside the other."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from formcheck.exercise.session import Fault, FaultCode, Rejection, Rep, SessionReport
from formcheck.report.words import about_text, angle_text, at_once, degrees, degrees_up, joined, leg, plural, sentence, towards, what_began

__all__ = ["LegRange", "clean_lines", "difference_line", "direction_lines", "error_of", "leg_ranges", "range_lines", "seen_median"]


@dataclass(frozen=True, slots=True)
class LegRange:
    """The usual repetition of one leg in one direction: medians of its counted repetitions, degrees from rest; NaN: not measured.

    ``pm_deg`` is the median half width of the 95 % interval. It is not made smaller by counting many repetitions, as most of the error
    is the same in all of them. ``clean_count`` of ``judged_count`` repetitions were clean all the way, out and back.
    """

    side: str
    direction: str
    range_deg: float
    pm_deg: float
    clean_deg: float
    clean_count: int
    judged_count: int

    def line(self, name_direction: bool) -> str:
        """``Right leg: range 24° ± 3°, all of it clean`` or ``…, clean range 18°; 2 of 5 repetitions clean all the way``."""
        who = f"{sentence(leg(self.side)).rstrip('.')}{f', {towards(self.direction)}' if name_direction else ''}"
        raw = f"{who}: range {angle_text(self.range_deg, self.pm_deg)}"
        if not self.judged_count:
            return f"{raw}."
        if self.clean_count == self.judged_count:
            return f"{raw}, all of it clean."
        clean = about_text(self.clean_deg, self.pm_deg)
        return f"{raw}, clean range {clean}; {self.clean_count} of {plural(self.judged_count, 'repetition')} clean all the way."


def leg_ranges(report: SessionReport) -> tuple[LegRange, ...]:
    """The usual range of each leg that was counted and measured: right, left, both; directions in the order of the exercise."""
    found = []
    for direction in report.counts_by_direction:
        for side in ("right", "left", "both"):
            reps = [rep for rep in report.reps if rep.counted and rep.side_name == side and rep.direction == direction]
            ranges = _seen(rep.range_deg for rep in reps)
            if ranges:
                judged = [rep for rep in reps if math.isfinite(rep.clean_range_deg)]
                pm, clean = seen_median(rep.range_pm_deg for rep in reps), seen_median(rep.clean_range_deg for rep in judged)
                whole = sum(rep.culprit is None and rep.isolation_frac == 1 for rep in judged)
                found.append(LegRange(side, direction, median(ranges), pm, clean, whole, len(judged)))
    return tuple(found)


def difference_line(left: LegRange, right: LegRange) -> str:
    """Left against right: a difference only when it is larger than what the two errors together explain, √(pm² + pm²)."""
    error_deg = math.hypot(left.pm_deg, right.pm_deg)
    if not math.isfinite(error_deg):
        return "Whether left and right differ cannot be told, as the error of these ranges is not known."
    difference = right.range_deg - left.range_deg
    error = f"±{degrees_up(error_deg)}"
    if abs(difference) <= error_deg:
        return f"Left and right do not differ by more than the error of the measurement ({error})."
    further, other = ("right", "left") if difference > 0 else ("left", "right")
    return f"The {further} leg went {degrees(abs(difference))} further than the {other} one, which is more than the error ({error})."


def range_lines(report: SessionReport) -> tuple[str, ...]:
    """A sentence for the usual range of each leg, and one that compares the two."""
    legs = leg_ranges(report)
    several = len({item.direction for item in legs}) > 1
    lines = [item.line(several) for item in legs]
    for direction in dict.fromkeys(item.direction for item in legs):
        pair = {item.side: item for item in legs if item.direction == direction}
        if {"left", "right"} <= set(pair):
            lines.append(
                (f"{sentence(towards(direction)).rstrip('.')}: " if several else "") + difference_line(pair["left"], pair["right"])
            )
    return tuple(lines)


def clean_lines(report: SessionReport) -> tuple[str, ...]:
    """What began to help, and in which repetitions; empty when nothing did."""
    groups: dict[FaultCode, list[Rep]] = {}
    for rep in report.reps:
        if rep.counted and rep.culprit is not None:
            groups.setdefault(rep.culprit, []).append(rep)
    lines = []
    for code, reps in groups.items():
        numbers = f"{'repetition' if len(reps) == 1 else 'repetitions'} {joined([str(rep.number) for rep in reps])}"
        if len(reps) > 6:
            numbers = f"{len(reps)} repetitions"
        low, high = (pick(reps, key=lambda rep: rep.clean_range_deg) for pick in (min, max))
        least, most = (about_text(rep.clean_range_deg, rep.range_pm_deg) for rep in (low, high))
        of = f" of {about_text(low.range_deg, low.range_pm_deg)}" if len(reps) == 1 else ""
        if at_once(high):
            lines.append(f"In {numbers} {what_began(code)} as the movement began.")
        else:
            lines.append(f"In {numbers} {what_began(code)} at {least if least == most else f'{least} to {most}'}{of}.")
    return tuple(lines)


def direction_lines(report: SessionReport) -> tuple[str, ...]:
    """Which way the movements went, when not all went the same."""
    counts = report.counts_by_direction
    lines = []
    counted = [name for name, count in counts.items() if count["total"]]
    if len(counted) > 1:
        parts = [f"{counts[name]['total']} {towards(name)}" for name in counted]
        lines.append(f"Counted by direction: {joined(parts)}.")
    wanted = str(report.settings.get("direction") or "")
    for name in counts:
        wrong = [rep for rep in report.reps if rep.rejected is Rejection.WRONG_DIRECTION and rep.direction == name]
        if not wrong:
            continue
        furthest = max((rep for rep in wrong if math.isfinite(rep.range_deg)), key=lambda rep: rep.range_deg, default=None)
        far = f" (up to {about_text(furthest.range_deg, furthest.range_pm_deg)})" if furthest is not None else ""
        was = "was" if len(wrong) == 1 else "were"
        only = f"; only movements {towards(wanted)} count" if wanted else ""
        lines.append(f"{plural(len(wrong), 'movement')} went {towards(name)}{far} and {was} not counted{only}.")
    return tuple(lines)


def error_of(fault: Fault, report: SessionReport) -> float:
    """Half width of the 95 % interval of what a mistake measured, degrees; NaN when it is not known or it is no change from rest."""
    if fault.code is not FaultCode.OVER_ROTATION:
        return math.nan
    return next((rep.range_pm_deg for rep in report.reps if rep.number == fault.rep), math.nan)


def _seen(values: Iterable[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def seen_median(values: Iterable[float]) -> float:
    """The median of the values that are known; NaN when none is."""
    seen = _seen(values)
    return median(seen) if seen else math.nan
