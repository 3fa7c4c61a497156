"""Smoothing of measured curves: zero-lag for recordings, gaps bridged only when short, NaN where nothing was measured.

Everything is in seconds from the true timestamps; a variable frame rate is resampled to an even grid for the filter and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from formcheck.motion.geometry import Float

__all__ = ["MAX_GAP_S", "bridged", "measured_runs", "median_step_s", "running_median", "slope", "smoothed", "true_runs"]

#: Gaps up to this long are bridged by a straight line; longer ones stay unmeasured.
MAX_GAP_S = 0.2


def median_step_s(time_s: Float) -> float:
    """The usual time between two frames; NaN for fewer than two."""
    return float(np.median(np.diff(time_s))) if len(time_s) > 1 else float("nan")


def true_runs(mask: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Start and end, ``[start, end)``, of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def bridged(time_s: Float, value: Float, max_gap_s: float = MAX_GAP_S) -> Float:
    """The curve with inner gaps of at most ``max_gap_s`` filled by straight lines. NaN at the ends stays.

    The gap is the time between the measured samples on its two sides, less one frame step.
    """
    filled = np.array(value, np.float64)
    missing = np.isnan(filled)
    if not missing.any() or missing.all():
        return filled
    step = median_step_s(time_s)
    for start, end in true_runs(missing):
        inner = start > 0 and end < len(filled)
        if inner and time_s[end] - time_s[start - 1] - step <= max_gap_s + 1e-9:
            filled[start:end] = np.interp(time_s[start:end], [time_s[start - 1], time_s[end]], [filled[start - 1], filled[end]])
    return filled


def measured_runs(value: Float) -> Iterator[tuple[int, int]]:
    """Start and end, ``[start, end)``, of each run without NaN."""
    return true_runs(np.isfinite(value))


def smoothed(time_s: Float, value: Float, cutoff_hz: float) -> Float:
    """Zero-lag Butterworth low-pass (2nd order forwards and backwards), run by run between gaps.

    Short gaps are bridged first. A run too short to filter, or a frame rate too low for the cut-off, is given back as it is:
    what cannot be smoothed is not invented. NaN stays NaN.
    """
    curve = bridged(time_s, value)
    for start, end in measured_runs(curve):
        curve[start:end] = _smoothed_run(time_s[start:end], curve[start:end], cutoff_hz)
    return curve


def _smoothed_run(time_s: Float, value: Float, cutoff_hz: float) -> Float:
    step = median_step_s(time_s)
    if len(value) < 4 or not np.isfinite(step) or cutoff_hz >= 0.45 / step:
        return value
    # Loading it takes longer than filtering a minute: it is left to whoever has something to filter.
    from scipy import signal

    count = max(2, round(float(time_s[-1] - time_s[0]) / step) + 1)
    grid = np.linspace(time_s[0], time_s[-1], count)
    pad = min(count - 1, round(2 / (cutoff_hz * step)))
    sections, standing = _low_pass(cutoff_hz, step)
    curve = np.interp(grid, time_s, value)
    # Both ends go on as their own mirror image, turned about the end point; each pass begins as if it had stood there.
    even = np.concatenate([2 * curve[0] - curve[pad:0:-1], curve, 2 * curve[-1] - curve[-2 : -pad - 2 : -1]])
    for _ in range(2):
        even = signal.sosfilt(sections, even, zi=standing * even[0])[0][::-1]
    return np.asarray(np.interp(time_s, grid, even[pad:-pad]), np.float64)


@lru_cache(maxsize=64)
def _low_pass(cutoff_hz: float, step_s: float) -> tuple[Float, Float]:
    """Second-order sections, and their state where the curve stands at 1. They take longer than filtering a minute does."""
    from scipy import signal

    sections = signal.butter(2, cutoff_hz, fs=1 / step_s, output="sos")
    return sections, signal.sosfilt_zi(sections)


def slope(time_s: Float, value: Float) -> Float:
    """First derivative per second by central differences; NaN next to NaN and for fewer than two samples."""
    if len(value) < 2:
        return np.full(len(value), np.nan)
    return np.asarray(np.gradient(value, time_s), np.float64)


def running_median(value: Float, width: int) -> Float:
    """Median of ``width`` (odd) samples around each, ends repeated; NaN where the window holds one."""
    if width <= 1 or len(value) == 0:
        return value
    padded = np.pad(value, width // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    return np.asarray(np.median(windows, axis=-1), np.float64)
