"""Phases and speed of one movement, from where it crosses 10 and 90 % of its height.

The largest derivative reads a third too fast at a degree of noise; the crossings read 4 % too slow (docs/measurement.md, D). For a
minimum-jerk movement of duration T the crossings are 0.506 T apart and the first comes 0.247 T after its start; the peak speed is
1.875 times the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float

__all__ = ["Tempo", "crossing_s", "tempo_of"]

_SPREAD = 0.506
_LEAD = 0.247
_PEAK_TO_MEAN = 1.875
#: The height of a movement is its mean over at least this long around the top.
PLATEAU_S = 0.3


@dataclass(frozen=True, slots=True)
class Tempo:
    """Times of one movement, seconds of the recording; durations in seconds; NaN where an end was not seen.

    ``height_deg`` is the plateau, positive; ``out_10_s`` … are the crossings themselves.
    """

    start_s: float
    peak_s: float
    end_s: float
    out_s: float
    hold_s: float
    back_s: float
    out_10_s: float
    out_90_s: float
    back_90_s: float
    back_10_s: float
    height_deg: float
    peak_speed_deg_s: float


def crossing_s(time_s: Float, height: Float, index: int, level: float) -> float:
    """When the curve crosses a level between samples ``index`` and ``index + 1``, by a straight line."""
    low, high = height[index], height[index + 1]
    part = 0.0 if high == low else (level - low) / (high - low)
    return float(time_s[index] + np.clip(part, 0.0, 1.0) * (time_s[index + 1] - time_s[index]))


def plateau_deg(time_s: Float, height: Float) -> float:
    """Height held at the top: the largest level that the curve stays above for `PLATEAU_S` in all, else its maximum."""
    step = float(np.median(np.diff(time_s))) if len(time_s) > 1 else PLATEAU_S
    count = max(1, min(len(height), round(PLATEAU_S / step)))
    return float(np.mean(np.sort(height)[-count:]))


def tempo_of(time_s: Float, height: Float, earliest_s: float, latest_s: float) -> Tempo:
    """Phases of a movement whose curve, positive and in degrees, is given from rest to rest.

    ``earliest_s`` and ``latest_s`` bound the start and the end, which lie before and after the 10 % crossings.
    """
    top = plateau_deg(time_s, height)
    reached = np.flatnonzero(height >= 0.9 * top)
    first, last = int(reached[0]), int(reached[-1])
    out_90 = crossing_s(time_s, height, first - 1, 0.9 * top) if first > 0 else float("nan")
    back_90 = crossing_s(time_s, height, last, 0.9 * top) if last + 1 < len(height) else float("nan")
    below_before = np.flatnonzero(height[: first + 1] < 0.1 * top)
    below_after = np.flatnonzero(height[last:] < 0.1 * top)
    out_10 = crossing_s(time_s, height, int(below_before[-1]), 0.1 * top) if len(below_before) else float("nan")
    back_10 = crossing_s(time_s, height, last + int(below_after[0]) - 1, 0.1 * top) if len(below_after) else float("nan")
    lead_out = _LEAD / _SPREAD * (out_90 - out_10)
    lead_back = _LEAD / _SPREAD * (back_10 - back_90)
    start = max(earliest_s, out_10 - lead_out) if np.isfinite(lead_out) else float(time_s[0])
    end = min(latest_s, back_10 + lead_back) if np.isfinite(lead_back) else float(time_s[-1])
    out, back = (out_90 - out_10) / _SPREAD, (back_10 - back_90) / _SPREAD
    hold = max(0.0, (back_90 - lead_back) - (out_90 + lead_out)) if np.isfinite(lead_out + lead_back) else float("nan")
    quickest = np.nanmin([out, back]) if np.isfinite([out, back]).any() else float("nan")
    return Tempo(
        start,
        _top_s(time_s, height, top),
        end,
        out,
        hold,
        back,
        out_10,
        out_90,
        back_90,
        back_10,
        top,
        _PEAK_TO_MEAN * top / quickest,
    )


def _top_s(time_s: Float, height: Float, top: float) -> float:
    """Middle of the stretch near the top; of several, the one with the highest point."""
    highest = int(np.argmax(height))
    for start, stop in true_runs(height >= 0.97 * min(top, float(height[highest]))):
        if start <= highest < stop:
            return float((time_s[start] + time_s[stop - 1]) / 2)
    return float(time_s[highest])
