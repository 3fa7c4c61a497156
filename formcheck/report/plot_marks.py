"""What the angle plot shows around its curves: how far off they may be, and where each clean range ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Rep, SessionReport
from formcheck.motion.filters import true_runs
from formcheck.motion.landmarks import Side
from formcheck.report.words import about_text, clean_range_text, leg

__all__ = ["clean_marks", "error_band"]

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
