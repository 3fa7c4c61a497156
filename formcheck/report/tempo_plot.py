"""How long the way out, the hold and the way back of each movement took, against what the exercise asks for: a plot, and words."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from formcheck.exercise.session import FaultCode, Rep, SessionReport
from formcheck.report.plot_style import AXIS, LOOK
from formcheck.report.rep_curves import between
from formcheck.report.words import joined, leg, plural, seconds

__all__ = ["tempo_figure", "tempo_target", "tempo_text"]

_HURRIED = {FaultCode.TOO_FAST, FaultCode.FAST_RETURN}
_PHASES = (("out", "Way out"), ("hold", "Hold"), ("back", "Way back"))
#: Where each row of bars lies, from bottom (0) to top (1).
_ROWS = {"out": (0.74, 0.96), "hold": (0.37, 0.59), "back": (0.0, 0.22)}

_AXIS = AXIS | {"fixedrange": True}


def tempo_target(report: SessionReport) -> str:
    """How long each way should take, and when it is called hurried: a sentence or two; empty when the exercise does not say."""
    target = [f"{value:g} s {way}" for way, value in _advised(report).items()]
    least = dict(report.least_phase_s)
    said = [f"The exercise asks for about {joined(target)}."] if target else []
    if len(least) == 2 and len(set(least.values())) == 1:
        said.append(f"A way of less than {least['out']:g} s is called hurried.")
    else:
        said += [f"A way {key} of less than {value:g} s is called hurried." for key, value in least.items()]
    return " ".join(said)


def tempo_text(report: SessionReport) -> str:
    """The plot in words."""
    reps = [rep for rep in report.reps if rep.counted]
    parts = []
    for key, title in _PHASES:
        seen = [value for rep in reps if math.isfinite(value := _length(rep, key))]
        if seen:
            parts.append(f"{title.lower()} {between(seen, seconds)}, {seconds(median(seen))} in the median")
    start = f"How long the phases of {plural(len(report.reps), 'movement')} took."
    return f"{start} Of the counted ones: {'; '.join(parts)}." if parts else start


def tempo_figure(report: SessionReport) -> dict[str, Any]:
    """Bars for the way out, the hold and the way back of each movement, with the target and the least time, as a plotly figure.

    Colours are names as in `formcheck.report.plots.angle_figure`; ``customdata`` is the start of each movement, seconds of the video.
    """
    reps = [rep for rep in report.reps if math.isfinite(rep.start_s)]
    data: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    layout = _layout([rep.number for rep in reps])
    for row, (key, title) in enumerate(_PHASES, 1):
        axis = f"y{row}" if row > 1 else "y"
        lines = ((_advised(report).get(key), "target", "dot"), (report.least_phase_s.get(key), "least", "dashdot"))
        known = [(value, word, dash) for value, word, dash in lines if value is not None]
        high = 1.22 * max([value for rep in reps if math.isfinite(value := _length(rep, key))] + [value for value, *_ in known] + [1.0])
        layout[axis.replace("y", "yaxis")] = {**_AXIS, "domain": list(_ROWS[key]), "range": [0, round(high, 3)]}
        layout[axis.replace("y", "yaxis")] |= {"ticksuffix": " s", "nticks": 4}
        data += _phase_bars(reps, key, axis)
        notes.append(_row_title(title, _ROWS[key][1]))
        shapes += [_line(axis, value, dash) for value, _, dash in known]
        notes += [_line_note(axis, value, word) for value, word, _ in known]
    return {"data": data, "layout": layout | {"shapes": shapes, "annotations": notes}}


def _advised(report: SessionReport) -> dict[str, float]:
    return {way: value for way, value in zip(("out", "back"), report.advised_s, strict=True) if math.isfinite(value)}


def _length(rep: Rep, key: str) -> float:
    return float(getattr(rep, f"{key}_s"))


def _layout(numbers: list[int]) -> dict[str, Any]:
    span = [min(numbers, default=1) - 0.7, max(numbers, default=1) + 0.7]
    ticks = {"tickmode": "linear", "dtick": 1} if len(numbers) <= 20 else {"nticks": 12}
    return LOOK | {
        "margin": {"l": 52, "r": 74, "t": 10, "b": 46},
        "hovermode": "closest",
        "dragmode": False,
        "barmode": "overlay",
        "bargap": 0.35,
        "xaxis": {**_AXIS, **ticks, "range": span, "anchor": "y3", "title": {"text": "movement", "standoff": 6}, "showgrid": False},
    }


def _phase_bars(reps: list[Rep], key: str, axis: str) -> list[dict[str, Any]]:
    """A trace for each look: right, left or both legs, and what was not counted."""
    looks: dict[str, list[Rep]] = {}
    for rep in reps:
        if math.isfinite(_length(rep, key)):
            looks.setdefault(rep.side_name if rep.counted else "not counted", []).append(rep)
    return [_bar_trace(look, found, key, axis) for look, found in looks.items()]


def _bar_trace(look: str, reps: list[Rep], key: str, axis: str) -> dict[str, Any]:
    hurried = [key != "hold" and bool(_HURRIED & set(rep.faults)) for rep in reps]
    marker: dict[str, Any] = {"color": "@accent", "line": {"width": 0}}
    if look == "not counted":
        marker = {"color": "rgba(0,0,0,0)", "line": {"width": 1, "color": "@muted"}}
    elif look == "left":
        pattern = {"shape": "/", "size": 5, "solidity": 0.5, "bgcolor": "rgba(0,0,0,0)", "fgcolor": "@ink", "fillmode": "replace"}
        marker = {"color": "@ink", "line": {"width": 1, "color": "@ink"}, "pattern": pattern}
    whose = [f"movement {rep.number}, {leg(rep.side_name)}{'' if rep.counted else ', not counted'}" for rep in reps]
    return {
        "type": "bar",
        "name": look,
        "yaxis": axis,
        "x": [rep.number for rep in reps],
        "y": [round(_length(rep, key), 3) for rep in reps],
        "text": ["◆" if mark else "" for mark in hurried],
        "textposition": "outside",
        "textangle": 0,
        "textfont": {"color": "@ink", "size": 11},
        "cliponaxis": False,
        "customdata": [round(rep.start_s, 3) for rep in reps],
        "hovertext": [f"{who}: {key} {seconds(_length(rep, key))}" for who, rep in zip(whose, reps, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": marker,
    }


def _row_title(title: str, top: float) -> dict[str, Any]:
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": top, "yref": "paper", "yanchor": "bottom"}
    return {**place, "text": f"<b>{title}</b>", "showarrow": False, "font": {"color": "@ink", "size": 13}}


def _line(axis: str, value: float, dash: str) -> dict[str, Any]:
    line = {"color": "@ink", "width": 1.5, "dash": dash}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": value, "y1": value, "line": line}


def _line_note(axis: str, value: float, word: str) -> dict[str, Any]:
    place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 4, "y": value, "yref": axis, "yanchor": "middle"}
    return {**place, "text": f"{word} {value:g} s", "showarrow": False, "font": {"color": "@ink", "size": 11}}
