"""The angle over time as a plotly figure: plain dictionaries with colour names that the page fills in for light and dark."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Fault, Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report.plot_marks import clean_marks, comfortable_marks, error_band
from formcheck.report.plot_style import AXIS, LOOK
from formcheck.report.ranges import error_of
from formcheck.report.words import REJECTION_WORDS, angle_text, clean_range_text, clock, degrees, evidence, fault_title, leg

__all__ = ["MAX_POINTS", "angle_figure", "decimated", "shown_sides"]

#: Most points of one curve.
MAX_POINTS = 4000
_DASHES = {Side.RIGHT: "solid", Side.LEFT: "dash"}
_COLOURS = {Side.RIGHT: "@accent", Side.LEFT: "@ink"}

Float = npt.NDArray[np.float64]


def decimated(values: npt.NDArray[np.floating], most: int = MAX_POINTS) -> npt.NDArray[np.intp]:
    """Indices of a curve that keep its look: of each stretch the lowest, the highest and one missing value, and both ends.

    Parameters
    ----------
    values
        (N,) numbers, NaN where missing.
    most
        Most indices to give, at least 5.

    Returns
    -------
    indices
        (M,) increasing, M <= ``most``; all of them when N <= ``most``.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    stretches = (most - 2) // 3
    edges = np.linspace(0, count, stretches + 1).astype(np.intp)
    kept: set[int] = {0, count - 1}
    missing = ~np.isfinite(values)
    low, high = np.where(missing, np.inf, values), np.where(missing, -np.inf, values)
    for start, stop in pairwise(edges):
        hidden = missing[start:stop]
        if hidden.any():
            kept.add(int(start + np.argmax(hidden)))
        if not hidden.all():
            kept.update((int(start + np.argmin(low[start:stop])), int(start + np.argmax(high[start:stop]))))
    return np.array(sorted(kept), np.intp)


def shown_sides(report: SessionReport) -> tuple[Side, ...]:
    """The legs whose curves are drawn: those that worked, or else those that moved, or else both."""
    names = set(report.sides) or {rep.side_name for rep in report.reps}
    return tuple(side for side in Side if side.value in names) if names and "both" not in names else tuple(Side)


def angle_figure(report: SessionReport) -> dict[str, Any]:
    """Data and layout of the angle plot, with None where a value was not measured.

    Colours are names with an @ before them (``@accent``, ``@ink``, ``@muted``, ``@band``, ``@paper``, ``@grid``,
    ``@haze``, ``@mist``, ``@comfort``, ``@veil``). The angle is the change
    from rest in degrees, positive in the usual direction of the exercise; the page writes other units at the axis where they are asked for.
    """
    sides = shown_sides(report)
    bands = [error_band(report, side, decimated(report.timeline.shown_deg[side], MAX_POINTS // 4)) for side in sides]
    curves = [_curve(report, side) for side in sides]
    low, high = _range(report)
    marks = [clean_marks(report, sides), _fault_markers(report) if report.faults else None]
    traces = [trace for trace in (*bands, *curves, *marks) if trace is not None]
    limits = _limits(report)
    comfort, comfort_notes = comfortable_marks(report, _signs(report))
    shapes = comfort + [_band(rep) for rep in report.reps] + [_limit_line(value) for value in limits]
    differ = len({abs(value) for value in limits}) > 1
    notes = [_limit_note(value, sides if differ else set()) for value, sides in limits.items()]
    notes += comfort_notes + [_rep_note(rep) for rep in report.reps]
    time = report.timeline.time_s
    span = [float(time[0]), float(time[-1])] if len(time) > 1 else [0.0, 1.0]
    axis = AXIS | {"title": {"standoff": 8}}
    return {
        "data": traces,
        "layout": LOOK
        | {
            "margin": {"l": 52, "r": 14, "t": 30, "b": 46},
            "hovermode": "closest",
            "xaxis": axis | {"range": span, "title": {"text": "seconds of the video", "standoff": 8}},
            "yaxis": axis | {"range": [low, high], "ticksuffix": "°", "fixedrange": True, "zeroline": True, "zerolinecolor": "@grid"},
            "shapes": shapes,
            "annotations": notes,
        },
    }


def _curve(report: SessionReport, side: Side) -> dict[str, Any]:
    time, shown = report.timeline.time_s, report.timeline.shown_deg[side]
    index = decimated(shown)
    pm = report.timeline.shown_pm_deg.get(side)
    said = (f"about {degrees(float(shown[at]))}" if pm is None else angle_text(float(shown[at]), float(pm[at])) for at in index)
    texts = [words if math.isfinite(shown[at]) else None for at, words in zip(index, said, strict=True)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": leg(side.value),
        "x": [round(float(value), 3) for value in time[index]],
        "y": [round(float(value), 2) if math.isfinite(value) else None for value in shown[index]],
        "connectgaps": False,
        "line": {"color": _COLOURS[side], "width": 2, "dash": _DASHES[side]},
        "text": texts,
        "hovertemplate": f"%{{x:.1f}} s: %{{text}}<extra>{leg(side.value)}</extra>",
    }


def _fault_markers(report: SessionReport) -> dict[str, Any]:
    spots = [_spot(report, fault) for fault in report.faults]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "to work on",
        "x": [round(time, 3) for time, _ in spots],
        "y": [round(value, 2) for _, value in spots],
        "text": [f"{fault_title(fault.code)}<br>{evidence(fault, error_of(fault, report))[0]}" for fault in report.faults],
        "customdata": [fault.start_s if math.isfinite(fault.start_s) else None for fault in report.faults],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"symbol": "diamond", "size": 12, "color": "@ink", "line": {"color": "@paper", "width": 2}},
    }


def _spot(report: SessionReport, fault: Fault) -> tuple[float, float]:
    """Time and height of a fault's marker: where the curve is furthest from rest within it, else on the zero line."""
    line = report.timeline
    sides = [Side(fault.side)] if fault.side in tuple(Side) else list(Side)
    sides = [side for side in sides if side in shown_sides(report)] or list(shown_sides(report))
    inside = (line.time_s >= fault.start_s) & (line.time_s <= fault.end_s)
    best = (fault.start_s if math.isfinite(fault.start_s) else 0.0, 0.0)
    for side in sides:
        seen = np.flatnonzero(inside & np.isfinite(line.shown_deg[side]))
        if len(seen):
            far = seen[np.argmax(np.abs(line.shown_deg[side][seen]))]
            if abs(line.shown_deg[side][far]) >= abs(best[1]):
                best = (float(line.time_s[far]), float(line.shown_deg[side][far]))
    return best


def _limits(report: SessionReport) -> dict[float, set[str]]:
    """The limits on the sides of rest to which counted repetitions went, on the usual one when there is none, and of which legs."""
    limits: dict[float, set[str]] = {}
    went = {(rep.side_name, _sign(report, rep)) for rep in report.reps if rep.counted} or {(side.value, 1) for side in shown_sides(report)}
    for side, sign in sorted(went, key=lambda item: (-item[1], item[0])):
        if math.isfinite(report.limit_of(side)):
            limits.setdefault(sign * report.limit_of(side), set()).add(side)
    return limits


def _sign(report: SessionReport, rep: Rep) -> int:
    line = report.timeline
    side = rep.side if rep.side is not None else Side.RIGHT
    inside = (line.time_s >= rep.start_s) & (line.time_s <= rep.end_s) & np.isfinite(line.shown_deg[side])
    shown = line.shown_deg[side][inside]
    return -1 if len(shown) and shown[np.argmax(np.abs(shown))] < 0 else 1


def _signs(report: SessionReport) -> dict[str, int]:
    """The side of rest to which each direction goes: where its first movement went, else up."""
    signs = {one.direction: 1 for one in report.against_profile}
    for rep in reversed(report.reps):
        signs[rep.direction] = _sign(report, rep)
    return signs


def _range(report: SessionReport) -> tuple[float, float]:
    line = report.timeline
    heights = [value for side in shown_sides(report) for value in _extremes(line.shown_deg[side])]
    for side in set(shown_sides(report)) & set(line.shown_pm_deg):
        for sign in (-1, 1):
            heights += _extremes(line.shown_deg[side] + sign * line.shown_pm_deg[side])
    signs = _signs(report)
    heights += [signs[one.direction] * one.comfortable_deg for one in report.against_profile if math.isfinite(one.comfortable_deg)]
    heights += [0.0, 10.0, *_limits(report)]
    low, high = min(heights), max(heights)
    room = 0.08 * (high - low)
    return round(low - room, 2), round(high + room, 2)


def _extremes(values: Float) -> list[float]:
    seen = values[np.isfinite(values)]
    return [float(seen.min()), float(seen.max())] if len(seen) else []


def _band(rep: Rep) -> dict[str, Any]:
    look: dict[str, Any] = (
        {"fillcolor": "@band", "line": {"width": 0}}
        if rep.counted
        else {"fillcolor": "rgba(0,0,0,0)", "line": {"width": 1, "dash": "dot", "color": "@muted"}}
    )
    span = {"x0": round(rep.start_s, 3), "x1": round(rep.end_s, 3), "y0": 0, "y1": 1}
    return {"type": "rect", "xref": "x", "yref": "paper", "layer": "below", **span, **look}


def _rep_note(rep: Rep) -> dict[str, Any]:
    words = "counted" if rep.rejected is None else f"not counted, {REJECTION_WORDS[rep.rejected]}"
    hover = f"{leg(rep.side_name)}, {clock(rep.start_s)}: {words}, range {angle_text(rep.range_deg, rep.range_pm_deg)}"
    hover += f", {clean_range_text(rep)}" if math.isfinite(rep.clean_range_deg) else ""
    text = f"<b>{rep.number}</b>" if rep.counted else f"{rep.number} ✕"
    place = {"x": round((rep.start_s + rep.end_s) / 2, 3), "xref": "x", "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {
        **place,
        "name": "movement",
        "text": text,
        "hovertext": hover,
        "showarrow": False,
        "font": {"color": "@ink" if rep.counted else "@muted"},
    }


def _limit_line(value: float) -> dict[str, Any]:
    line = {"color": "@ink", "width": 1.5, "dash": "dashdot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value, "line": line}


def _limit_note(value: float, sides: set[str]) -> dict[str, Any]:
    # Limits that differ between the legs may lie close together: each has its words at an end of its own.
    whose = f", {leg(' and '.join(sorted(sides)))}" if sides else ""
    end = {"x": 0, "xanchor": "left"} if sides == {"left"} else {"x": 1, "xanchor": "right"}
    place = {**end, "xref": "paper", "y": value, "yref": "y", "yanchor": "bottom" if value > 0 else "top"}
    return {**place, "text": f"limit {degrees(abs(value))}{whose}", "showarrow": False, "font": {"color": "@ink"}}
