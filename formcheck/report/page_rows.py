"""The rows and cards of the page: every number as the words, the widths and the moments that a template needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

from formcheck.exercise.session import Fault, Rep, SessionReport
from formcheck.report.breath_plot import has_curve, has_small_gaps
from formcheck.report.breath_words import (
    BREATH_CODES,
    MOST_SPANS,
    breath_gaps,
    breath_holds,
    breath_measured,
    breath_plot_text,
    breath_unmeasured,
    pace_text,
    step_text,
)
from formcheck.report.ranges import LegRange, error_of, leg_ranges
from formcheck.report.summary import LegCount
from formcheck.report.words import (
    DASH,
    FAULT_MEANING,
    REJECTION_WORDS,
    about_text,
    angle_text,
    clean_range_text,
    clean_text,
    clock,
    evidence,
    fault_title,
    isolation_text,
    leg,
    seconds,
    sentence,
    smooth_word,
    speed_text,
    subject,
    towards,
)

__all__ = [
    "breath_card",
    "fault_groups",
    "furthest_deg",
    "leg_card",
    "moments",
    "not_measured_rows",
    "range_bars",
    "rep_row",
    "sides_table",
]


def leg_card(item: LegCount, target: tuple[int, int]) -> dict[str, Any]:
    """A leg with its count, and the bar that holds it against the target, in percent."""
    least, most = target
    scale = max(most, item.count, 1)
    return {
        "name": item.name,
        "count": item.count,
        "note": item.note,
        "filled": round(100 * item.count / scale, 1),
        "from": round(100 * least / scale, 1),
        "width": round(100 * (most - least) / scale, 1),
    }


def furthest_deg(report: SessionReport) -> float:
    """What the longest bar of a range stands for."""
    return max((rep.range_deg for rep in report.reps if math.isfinite(rep.range_deg)), default=1.0) or 1.0


def range_bars(report: SessionReport) -> list[dict[str, Any]]:
    """The usual range of each leg as bars with their error: everything in percent of the longest."""
    ranges = leg_ranges(report)
    full = max((item.range_deg + (item.pm_deg if math.isfinite(item.pm_deg) else 0.0) for item in ranges), default=1.0)
    return [_range_bar(item, full, len({other.direction for other in ranges}) > 1) for item in ranges]


def _range_bar(item: LegRange, full_deg: float, name_direction: bool) -> dict[str, Any]:
    error = None
    if math.isfinite(item.pm_deg):
        low, high = max(item.range_deg - item.pm_deg, 0.0), item.range_deg + item.pm_deg
        error = {"low": round(100 * low / full_deg, 1), "high": round(100 * high / full_deg, 1)}
    return {
        "name": f"{sentence(leg(item.side)).rstrip('.')}{f', {clean_text(item.direction)}' if name_direction else ''}",
        "raw": round(100 * item.range_deg / full_deg, 1),
        "clean": round(100 * item.clean_deg / full_deg, 1) if math.isfinite(item.clean_deg) else None,
        "error": error,
    }


def rep_row(rep: Rep, furthest_deg: float) -> dict[str, Any]:
    """One movement as a row of the table."""
    measured = math.isfinite(rep.range_deg)
    clean = math.isfinite(rep.clean_range_deg)
    return {
        "number": rep.number,
        "side": rep.side_name,
        "direction": clean_text(rep.direction),
        "start": _seek(rep.start_s),
        "peak": angle_text(rep.peak_deg, rep.peak_pm_deg),
        "range": angle_text(rep.range_deg, rep.range_pm_deg),
        "clean": about_text(rep.clean_range_deg, rep.range_pm_deg) if clean else "not judged" if rep.counted else DASH,
        "clean_words": clean_range_text(rep) if clean and rep.culprit is not None else "",
        "isolation": isolation_text(rep.isolation_frac),
        "raw_bar": round(100 * max(rep.range_deg, 0.0) / furthest_deg, 1) if measured else None,
        "clean_bar": round(100 * max(rep.clean_range_deg, 0.0) / furthest_deg, 1) if clean else None,
        "tempo": " · ".join(seconds(value).removesuffix(" s") for value in (rep.out_s, rep.hold_s, rep.back_s)) + " s",
        "speed": speed_text(rep.peak_speed_deg_s),
        "smooth": smooth_word(rep),
        "smooth_reason": sentence(clean_text(rep.smoothness.reason)) if rep.smoothness.reason else "",
        "faults": [fault_title(code) for code in dict.fromkeys(rep.faults)],
        "counted": rep.counted,
        "result": "counted" if rep.rejected is None else REJECTION_WORDS[rep.rejected],
    }


def _seek(time_s: float) -> dict[str, Any]:
    return {"text": clock(time_s), "seconds": f"{time_s:.3f}" if math.isfinite(time_s) else ""}


def fault_groups(report: SessionReport, stills: Mapping[int, str]) -> list[dict[str, Any]]:
    """The faults by kind, in the order in which the kinds first happened."""
    groups: dict[str, dict[str, Any]] = {}
    for index, fault in enumerate(report.faults):
        meaning = FAULT_MEANING.get(fault.code, "")
        group = groups.setdefault(fault.code.value, {"title": fault_title(fault.code), "meaning": meaning, "faults": []})
        group["faults"].append(_fault_card(fault, stills.get(index), error_of(fault, report)))
    return list(groups.values())


def _fault_card(fault: Fault, still: str | None, pm_deg: float) -> dict[str, Any]:
    measured, limit = evidence(fault, pm_deg)
    whose = "the breath" if fault.code in BREATH_CODES else leg(fault.side)
    where = f"Repetition {fault.rep}, {whose}" if fault.rep is not None else sentence(whose).rstrip(".")
    return {
        "where": where,
        "start": _seek(fault.start_s),
        "lasting": seconds(fault.end_s - fault.start_s),
        "measured": clean_text(measured),
        "limit": clean_text(limit),
        "message": sentence(clean_text(fault.message)),
        "still": still,
        "alt": f"Still of the video at {clock(fault.start_s)}: {fault_title(fault.code).lower()}, {where[0].lower()}{where[1:]}.",
    }


def breath_card(report: SessionReport) -> dict[str, Any] | None:
    """The breath in words: what was told, what is asked, where the curve has gaps and why; None where it was not looked for."""
    if report.breath is None:
        return None
    told = breath_measured(report)
    lines = [line for line in (pace_text(report.breath), step_text(report, report.breath)) if line] if told else [breath_unmeasured(report)]
    gaps: dict[str, list[dict[str, Any]]] = {}
    for item in breath_gaps(report) if told else ():
        gaps.setdefault(sentence(clean_text(item.reason)), []).append({"start": _seek(item.start_s), "end": clock(item.end_s)})
    return {
        "told": told,
        "drawn": has_curve(report),
        "lines": lines,
        "plot_text": breath_plot_text(report),
        "holds": [
            {"start": _seek(fault.start_s), "lasting": seconds(fault.end_s - fault.start_s), "message": sentence(clean_text(fault.message))}
            for fault in breath_holds(report)
        ],
        "gaps": [{"reason": reason, "spans": spans[:MOST_SPANS], "more": len(spans) - MOST_SPANS} for reason, spans in gaps.items()],
        "small_gaps": told and has_small_gaps(report),
    }


def not_measured_rows(report: SessionReport) -> list[dict[str, str]]:
    """One line for each subject and reason, with the time of the first and how often."""
    lines: dict[tuple[str, str], list[Any]] = {}
    for item in report.not_measured:
        lines.setdefault((item.what, item.reason), []).append(item)
    return [
        {
            "what": subject(clean_text(what)),
            "reason": sentence(clean_text(reason)),
            "when": _when(report, items[0].start_s, items[-1].end_s) + (f", {len(items)} times" if len(items) > 1 else ""),
        }
        for (what, reason), items in lines.items()
    ]


def _when(report: SessionReport, start_s: float, end_s: float) -> str:
    time = report.timeline.time_s
    if len(time) and start_s <= time[0] + 0.05 and end_s >= time[-1] - 0.05:
        return "all the time"
    return f"{clock(start_s)} to {clock(end_s)}"


def moments(report: SessionReport) -> list[dict[str, Any]]:
    """When each movement was, in order of start, with the words that stand beside the clock of the page."""
    reps = [rep for rep in report.reps if math.isfinite(rep.start_s) and math.isfinite(rep.end_s)]
    return [
        {
            "number": rep.number,
            "start": round(rep.start_s, 3),
            "end": round(rep.end_s, 3),
            "words": f"movement {rep.number}, {leg(rep.side_name)}{'' if rep.counted else ', not counted'}",
        }
        for rep in sorted(reps, key=lambda rep: rep.start_s)
    ]


def sides_table(report: SessionReport) -> dict[str, Any] | None:
    """The counted repetitions of each leg beside each other: medians, left before right; None when nothing was counted."""
    order = {"left": 0, "right": 1, "both": 2}
    counted = [rep for rep in report.reps if rep.counted]
    keys = sorted(dict.fromkeys((rep.direction, rep.side_name) for rep in counted), key=lambda key: order[key[1]])
    several = len({direction for direction, _ in keys}) > 1
    groups = [[rep for rep in counted if (rep.direction, rep.side_name) == key] for key in keys]
    if not groups:
        return None
    ranges = {(item.direction, item.side): item for item in leg_ranges(report)}
    heads = [sentence(leg(side)).rstrip(".") + (f", {towards(clean_text(direction))}" if several else "") for direction, side in keys]
    rows = [
        ("Counted", [str(len(reps)) for reps in groups]),
        ("Range", [_range_of(ranges.get(key)) for key in keys]),
        ("Clean range", [_clean_of(ranges.get(key)) for key in keys]),
        ("Without help", [isolation_text(_middle(reps, lambda rep: rep.isolation_frac)) for reps in groups]),
        ("Way out", [seconds(_middle(reps, lambda rep: rep.out_s)) for reps in groups]),
        ("Hold", [seconds(_middle(reps, lambda rep: rep.hold_s)) for reps in groups]),
        ("Way back", [seconds(_middle(reps, lambda rep: rep.back_s)) for reps in groups]),
        ("Top speed", [speed_text(_middle(reps, lambda rep: rep.peak_speed_deg_s)) for reps in groups]),
        ("With something to work on", [f"{sum(bool(rep.faults) for rep in reps)} of {len(reps)}" for reps in groups]),
    ]
    return {"heads": heads, "rows": rows}


def _range_of(item: LegRange | None) -> str:
    return angle_text(item.range_deg, item.pm_deg) if item is not None else "not measured"


def _clean_of(item: LegRange | None) -> str:
    return about_text(item.clean_deg, item.pm_deg) if item is not None and item.judged_count else "not judged"


def _middle(reps: Iterable[Rep], value: Callable[[Rep], float]) -> float:
    seen = [number for rep in reps if math.isfinite(number := value(rep))]
    return median(seen) if seen else math.nan
