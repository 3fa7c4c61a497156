"""The breath over time as a plotly figure: its curve, filled as it goes in and striped as it goes out, under what the leg did."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Fault, Rep, SessionReport
from formcheck.motion.filters import true_runs
from formcheck.report.breath_words import breath_gaps, breath_holds, breath_measured
from formcheck.report.plot_style import AXIS, LOOK
from formcheck.report.plots import MAX_POINTS, decimated
from formcheck.report.words import clock, leg, seconds

__all__ = ["breath_figure", "has_curve", "has_small_gaps"]

#: The column of the timeline: -1 to 1 in usual breathing, plus is in.
_COLUMN = "breath"
#: Share of the plot's height for the curve; above it lies what the leg did.
_CURVE_SHARE = 0.74
#: A gap shorter than this is not seen in the plot.
_SEEN_GAP_S = 0.3

Float = npt.NDArray[np.float64]


def breath_figure(report: SessionReport) -> dict[str, Any] | None:
    """Data and layout of the breath, on the time axis of `angle_figure`; None where there is nothing of it to draw.

    Colours are names with an @ before them, as in `angle_figure`. The curve has None where the breath was not measured.
    """
    if report.breath is None or not has_curve(report):
        return None
    time = report.timeline.time_s
    level = np.asarray(report.timeline.values[_COLUMN], np.float64)
    low, high = min(-1.2, float(np.nanmin(level)) - 0.2), max(1.2, float(np.nanmax(level)) + 0.2)
    index = decimated(level, MAX_POINTS // 2)
    into = [(start, turn) for start, turn, _ in report.breath.breaths]
    out = [(turn, end) for _, turn, end in report.breath.breaths]
    data = [
        _rep_edges(report.reps, low, high),
        _filled("going in", into, time[index], level[index], low, {"fillcolor": "@haze"}),
        _filled("going out", out, time[index], level[index], low, _stripes()),
        _curve(time[index], level[index], into, out),
        _movements(
            "counted", [rep for rep in report.reps if rep.counted], {"fillcolor": "@band", "line": {"width": 1, "color": "@accent"}}
        ),
        _movements("not counted", [rep for rep in report.reps if not rep.counted], _open()),
    ]
    gaps = list(_gaps(time, level))
    holds = breath_holds(report)
    span = [float(time[0]), float(time[-1])] if len(time) > 1 else [0.0, 1.0]
    return {
        "data": [trace for trace in data if trace["x"]],
        "layout": LOOK
        | {
            "margin": {"l": 52, "r": 14, "t": 20, "b": 46},
            "hovermode": "closest",
            "xaxis": AXIS | {"range": span, "anchor": "y", "showgrid": False, "title": {"text": "seconds of the video", "standoff": 8}},
            "yaxis": _axis([round(low, 2), round(high, 2)], [0.0, _CURVE_SHARE], {low / 2: "out", high / 2: "in"}),
            "yaxis2": _axis([0, 1.15], [_CURVE_SHARE + 0.06, 1.0], {0.5: "leg"}) | {"anchor": "x"},
            "shapes": [*map(_gap_box, gaps), *map(_hold_box, holds)],
            "annotations": [*map(_rep_number, report.reps), *map(_gap_note, gaps), *map(_hold_note, holds)],
        },
    }


def has_curve(report: SessionReport) -> bool:
    """Whether there is anything of the breath to draw."""
    return breath_measured(report) and bool(np.isfinite(report.timeline.values.get(_COLUMN, np.empty(0))).any())


def has_small_gaps(report: SessionReport) -> bool:
    """Whether the curve is interrupted where no reason is given: for moments too short for one."""
    if _COLUMN not in report.timeline.values:
        return False
    told = [(item.start_s - 0.5, item.end_s + 0.5) for item in breath_gaps(report)]
    found = _gaps(report.timeline.time_s, np.asarray(report.timeline.values[_COLUMN], np.float64))
    return any(not any(start < to and end > since for since, to in told) for start, end in found)


def _axis(span: list[float], domain: list[float], ticks: dict[float, str]) -> dict[str, Any]:
    words = {"tickmode": "array", "tickvals": [round(at, 2) for at in ticks], "ticktext": list(ticks.values())}
    return AXIS | words | {"range": span, "domain": domain, "fixedrange": True, "showgrid": False}


def _curve(time: Float, level: Float, into: list[tuple[float, float]], out: list[tuple[float, float]]) -> dict[str, Any]:
    words = np.full(len(time), "the breath", dtype=object)
    for spans, name in ((into, "breathing in"), (out, "breathing out")):
        for start, end in spans:
            words[(time >= start) & (time < end)] = name
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "breath",
        "x": [round(float(at), 3) for at in time],
        "y": [round(float(value), 3) if math.isfinite(value) else None for value in level],
        "connectgaps": False,
        "line": {"color": "@ink", "width": 2},
        "text": list(words),
        "hovertemplate": "%{x:.1f} s: %{text}<extra></extra>",
    }


def _filled(name: str, spans: list[tuple[float, float]], time: Float, level: Float, floor: float, look: dict[str, Any]) -> dict[str, Any]:
    """What lies under the curve in some stretches of time, as one shape with a piece for each."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    known = np.isfinite(level)
    for start, end in spans:
        at = np.unique(np.concatenate([[start], time[(time > start) & (time < end)], [end]]))
        # Read off the curve as it is drawn, so that a fill never bridges what was not measured.
        height = np.interp(at, time, np.where(known, level, np.nan))
        for first, last in true_runs(np.isfinite(height)):
            there = [round(float(x), 3) for x in at[first:last]]
            xs += [there[0], *there, there[-1], None]
            ys += [round(floor, 2), *(round(float(y), 3) for y in height[first:last]), round(floor, 2), None]
    shape = {"fill": "toself", "line": {"width": 0}, "hoverinfo": "skip", "connectgaps": False}
    return {"type": "scatter", "mode": "lines", "name": name, "x": xs[:-1], "y": ys[:-1], **shape, **look}


def _stripes() -> dict[str, Any]:
    pattern = {"shape": "/", "fgcolor": "@muted", "bgcolor": "rgba(0,0,0,0)", "size": 7, "solidity": 0.25, "fillmode": "overlay"}
    return {"fillpattern": pattern, "fillcolor": "rgba(0,0,0,0)"}


def _open() -> dict[str, Any]:
    return {"fillcolor": "rgba(0,0,0,0)", "line": {"width": 1, "dash": "dot", "color": "@muted"}}


def _movements(name: str, reps: list[Rep], look: dict[str, Any]) -> dict[str, Any]:
    """What the leg did: up on the way out, level while it holds, down on the way back."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    texts: list[str | None] = []
    for rep in reps:
        out, back = _turns(rep)
        xs += [*(round(at, 3) for at in (rep.start_s, out, back, rep.end_s)), None]
        ys += [0, 1, 1, 0, None]
        says = f"movement {rep.number}, {leg(rep.side_name)}, {clock(rep.start_s)}: {'counted' if rep.counted else 'not counted'}"
        texts += [says] * 4 + [None]
    shape = {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": xs[:-1],
        "y": ys[:-1],
        "yaxis": "y2",
        "fill": "toself",
        "connectgaps": False,
    }
    return shape | {"text": texts[:-1], "hoveron": "points", "hovertemplate": "%{text}<extra></extra>"} | look


def _turns(rep: Rep) -> tuple[float, float]:
    """End of the way out and beginning of the way back, seconds; both at the peak where the hold is not known."""
    half = rep.hold_s / 2 if math.isfinite(rep.hold_s) else 0.0
    return max(rep.peak_s - half, rep.start_s), min(rep.peak_s + half, rep.end_s)


def _rep_edges(reps: Iterable[Rep], low: float, high: float) -> dict[str, Any]:
    """Where each counted movement begins and where it turns back, through the curve of the breath."""
    moments = [round(at, 3) for rep in reps if rep.counted for at in (rep.start_s, _turns(rep)[1])]
    xs = [x for at in moments for x in (at, at, None)]
    look = {"hoverinfo": "skip", "connectgaps": False, "line": {"width": 1, "color": "@muted", "dash": "dot"}}
    return {"type": "scatter", "mode": "lines", "name": "turns", "x": xs, "y": [low, high, None] * len(moments), **look}


def _rep_number(rep: Rep) -> dict[str, Any]:
    text = f"<b>{rep.number}</b>" if rep.counted else f"{rep.number} ✕"
    place = {"x": round((rep.start_s + rep.end_s) / 2, 3), "xref": "x", "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {**place, "name": "movement", "text": text, "showarrow": False, "font": {"color": "@ink" if rep.counted else "@muted"}}


def _gaps(time: Float, level: Float) -> Iterable[tuple[float, float]]:
    """The stretches without a curve that are long enough to be seen."""
    for first, last in true_runs(~np.isfinite(level)):
        start, end = float(time[max(first - 1, 0)]), float(time[min(last, len(time) - 1)])
        if end - start >= _SEEN_GAP_S:
            yield start, end


def _box(start_s: float, end_s: float, line: dict[str, Any]) -> dict[str, Any]:
    span = {"x0": round(start_s, 3), "x1": round(end_s, 3), "y0": 0, "y1": _CURVE_SHARE}
    return {"type": "rect", "xref": "x", "yref": "paper", "layer": "below", "fillcolor": "rgba(0,0,0,0)", "line": line, **span}


def _gap_box(gap: tuple[float, float]) -> dict[str, Any]:
    return _box(*gap, {"width": 1, "dash": "dot", "color": "@muted"})


def _hold_box(fault: Fault) -> dict[str, Any]:
    return _box(fault.start_s, fault.end_s, {"width": 1.5, "dash": "dash", "color": "@ink"})


def _inside(start_s: float, end_s: float, text: str, y: float, colour: str) -> dict[str, Any]:
    # The page leaves out what has no room in its box.
    room = {"start": round(start_s, 3), "end": round(end_s, 3)}
    place = {"x": round((start_s + end_s) / 2, 3), "xref": "x", "y": y, "yref": "paper", "yanchor": "middle"}
    return {
        **place,
        "name": "stretch",
        "text": text,
        "showarrow": False,
        "bgcolor": "@veil",
        "font": {"color": colour, "size": 11},
        "room": room,
    }


def _gap_note(gap: tuple[float, float]) -> dict[str, Any]:
    return _inside(*gap, "not measured", _CURVE_SHARE / 2, "@muted")


def _hold_note(fault: Fault) -> dict[str, Any]:
    return _inside(fault.start_s, fault.end_s, f"breath held? {seconds(fault.end_s - fault.start_s)}", 0.86 * _CURVE_SHARE, "@ink")
