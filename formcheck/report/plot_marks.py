"""What the angle plot shows around its curves: how far off they may be, where each clean range ends, and what is comfortable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Rep, SessionReport
from formcheck.motion.filters import true_runs
from formcheck.motion.landmarks import Side
from formcheck.report.words import about_text, clean_range_text, degrees, leg

__all__ = ["clean_marks", "comfortable_marks", "comfortable_of", "error_band"]

_FILLS = {Side.RIGHT: "@haze", Side.LEFT: "@mist"}


def error_band(report: SessionReport, side: Side, index: npt.NDArray[np.intp]) -> dict[str, Any] | None:
    """The 95 % interval of one curve as a filled shape, a piece for each stretch in which it is known; None when it never is.

    Parameters
    ----------
    index
        (M,) frames to draw, increasing.
    """
    line = report.timeline
    if side not in line.shown_pm_deg:
        return None
    time, angle, pm = line.time_s[index], line.shown_deg[side][index], line.shown_pm_deg[side][index]
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, stop in true_runs(np.isfinite(angle) & np.isfinite(pm)):
        part = slice(start, stop)
        there, high, low = time[part], angle[part] + pm[part], angle[part] - pm[part]
        xs += [*(round(float(x), 3) for x in np.concatenate([there, there[::-1]])), None]
        ys += [*(round(float(y), 2) for y in np.concatenate([high, low[::-1]])), None]
    if not xs:
        return None
    shape = {"fill": "toself", "fillcolor": _FILLS[side], "line": {"width": 0}, "hoverinfo": "skip"}
    return {"type": "scatter", "mode": "lines", "name": f"± {leg(side.value)}", "x": xs[:-1], "y": ys[:-1], "connectgaps": False, **shape}


def clean_marks(report: SessionReport, sides: tuple[Side, ...]) -> dict[str, Any] | None:
    """A ring with its degrees where each clean range ends, on the curve; None when none does."""
    reps = [rep for rep in report.reps if rep.culprit is not None and math.isfinite(rep.clean_until_s)]
    if not reps:
        return None
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "clean range ends",
        "x": [round(rep.clean_until_s, 3) for rep in reps],
        "y": [round(_height(report, rep, sides), 2) for rep in reps],
        "text": [about_text(rep.clean_range_deg, rep.range_pm_deg) for rep in reps],
        "textposition": "top left",
        "textfont": {"color": "@ink", "size": 11},
        "hovertext": [f"Movement {rep.number}: {clean_range_text(rep)}" for rep in reps],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": "circle-open", "size": 12, "color": "@ink", "line": {"width": 2.5}},
        "cliponaxis": False,
    }


def _height(report: SessionReport, rep: Rep, sides: tuple[Side, ...]) -> float:
    """Height of the drawn curve at the end of a clean range; the clean range itself where the curve is hidden."""
    line = report.timeline
    legs = [rep.side] if rep.side is not None and rep.side in sides else list(sides)
    at = int(np.argmin(np.abs(line.time_s - rep.clean_until_s))) if len(line.time_s) else -1
    seen = [float(line.shown_deg[side][at]) for side in legs if at >= 0 and np.isfinite(line.shown_deg[side][at])]
    return sum(seen) / len(seen) if seen else rep.clean_range_deg


def comfortable_of(report: SessionReport, side: str, direction: str) -> float:
    """The comfortable range of a leg in a direction as the person's profile has it, degrees from rest; NaN: none is known."""
    found = (one.comfortable_deg for one in report.against_profile if (one.side, one.direction) == (side, direction))
    return next(found, math.nan)


def comfortable_marks(report: SessionReport, signs: dict[str, int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A field from rest to the end of each comfortable range, and its words.

    Parameters
    ----------
    signs
        The side of rest, 1 or -1, of each direction.

    Returns
    -------
    shapes, annotations
        As plotly takes them; a range that both legs share is drawn once.
    """
    ends: dict[float, list[str]] = {}
    for one in report.against_profile:
        if math.isfinite(one.comfortable_deg) and one.direction in signs:
            ends.setdefault(round(signs[one.direction] * one.comfortable_deg, 2), []).append(one.side)
    shapes, notes = [], []
    for end, sides in ends.items():
        span = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y"}
        shapes.append({"type": "rect", **span, "y0": 0, "y1": end, "fillcolor": "@comfort", "line": {"width": 0}, "layer": "below"})
        shapes.append({"type": "line", **span, "y0": end, "y1": end, "line": {"color": "@accent", "width": 1.5, "dash": "dot"}})
        # As with the limits, words of two legs that lie close together are at an end of their own.
        place = {"x": 0, "xanchor": "left"} if sides != ["right"] else {"x": 1, "xanchor": "right"}
        whose = f", {sides[0]}" if len(sides) == 1 and len(ends) > 1 else ""
        words = {
            "text": f"comfortable {degrees(abs(end))}{whose}",
            "showarrow": False,
            "bgcolor": "@veil",
            "font": {"color": "@ink", "size": 11},
        }
        notes.append({**place, **words, "xref": "paper", "y": end, "yref": "y", "yanchor": "bottom" if end > 0 else "top"})
    return shapes, notes
