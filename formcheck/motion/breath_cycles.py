"""Breaths one by one: where the chest turns, how deep each breath is, and where it stands still."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from formcheck.motion.breath_signal import BreathSignal, banded
from formcheck.motion.breath_traces import STEP_S
from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float

__all__ = ["HOLD_S", "SWING_OF_SD", "Stroke", "holds_of", "phase_rad", "rate_per_min", "strokes_of", "usual_swing"]

#: No breath for this long is worth a question: two repetitions. A clinic calls 10 s without breath an apnoea.
HOLD_S = 8.0
#: A chest whose standard deviation over these seconds is below this part of the usual, and so is that of its width, does not breathe. Of
#: steady breathing any 8 s keep more than 0.75 at eight breaths a minute or more, and 0.48 at four; of a breath of 8 mm, what a leg and the
#: picture's noise leave in a hold is below 0.25, of one of 5 mm below 0.4.
HOLD_PART = 0.42
#: A hold begins and ends where the chest is this much of the usual standard deviation away: half way from the middle to a crest.
EDGE_PART = 0.7
#: Over this long before and after a hold the breath must have been told for this share of the time that was usable: where it comes and goes
#: with the noise, its absence says nothing.
AROUND_S, AROUND_SHARE = 30.0, 0.6
#: There must be this much measured breath for anything to be called usual.
LEAST_MEASURED_S = 10.0
#: The usual breath: not the shallowest, because a hold may take half of the time.
USUAL_PERCENTILE = 70.0
#: A rate is told when its standard error is at most this.
MAX_RATE_ERROR_PER_MIN = 1.2
#: A chest has turned when it came back by this part of the usual breath, crest to trough.
TURN_PART = 0.3
#: Crest to trough of a sine in standard deviations.
SWING_OF_SD = 2 * 2**0.5
#: While it is held, the texture may not fall below this part of what it was while it was breathed: movement would shrink with it.
TEXTURE_PART = 0.8


@dataclass(frozen=True, slots=True)
class Stroke:
    """One way of a breath: in or out, from turn to turn. ``depth`` is its size in usual breaths; ``measured`` whether all of it was."""

    breathes_in: bool
    start_s: float
    end_s: float
    depth: float
    measured: bool


def usual_swing(signal: BreathSignal) -> float:
    """Standard deviation of the chest over eight seconds of usual breath, lengths of the trunk; NaN when too little was measured."""
    return _usual(signal, signal.chest)


def _usual(signal: BreathSignal, curve: Float) -> float:
    if signal.measured.sum() * STEP_S < LEAST_MEASURED_S:
        return float("nan")
    swing = _swing(curve)
    middle = np.zeros(len(signal), bool)
    half = round(HOLD_S / STEP_S) // 2
    middle[half : half + len(swing)] = True
    full = np.full(len(signal), np.nan)
    full[half : half + len(swing)] = swing
    wanted = full[signal.measured & middle]
    return float(np.percentile(wanted, USUAL_PERCENTILE)) if len(wanted) else float("nan")


def _swing(curve: Float) -> Float:
    """Standard deviation of every full stretch of `HOLD_S`; fewer values than samples, none when there is no full one."""
    width = round(HOLD_S / STEP_S)
    if len(curve) < width:
        return np.empty(0)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(curve, width).std(axis=1), np.float64)


def holds_of(signal: BreathSignal, usual: float) -> list[tuple[float, float]]:
    """Start and end, seconds, of every stretch of `HOLD_S` or more in which the chest was in sight, undisturbed, and still."""
    if not np.isfinite(usual):
        return []
    width = round(HOLD_S / STEP_S)
    still = (_swing(signal.chest) < HOLD_PART * usual) & (_swing(signal.wide) < HOLD_PART * _usual(signal, signal.wide))
    if not len(still):
        return []
    clear = signal.usable & (signal.texture >= TEXTURE_PART * np.median(signal.texture[signal.measured]))
    seen = np.lib.stride_tricks.sliding_window_view(clear, width).all(axis=1)
    held = np.zeros(len(signal), bool)
    for start in np.flatnonzero(still & seen):
        held[start : start + width] = True
    spans = [_trimmed(signal.chest, start, stop, EDGE_PART * usual) for start, stop in true_runs(held)]
    long = [(start, stop) for start, stop in spans if stop - start > width and _believed(signal, start, stop)]
    return [(float(signal.time_s[start]), float(signal.time_s[stop - 1])) for start, stop in long]


def _believed(signal: BreathSignal, start: int, stop: int) -> bool:
    """Whether the breath was told well enough before and after a still stretch for its stillness to mean something."""
    reach = round(AROUND_S / STEP_S)
    near = np.zeros(len(signal), bool)
    near[max(start - reach, 0) : stop + reach] = True
    near[start:stop] = False
    near &= signal.usable
    return bool(near.sum() * STEP_S >= LEAST_MEASURED_S and signal.measured[near].mean() >= AROUND_SHARE)


def _trimmed(chest: Float, start: int, stop: int, near: float) -> tuple[int, int]:
    """The part of a still stretch that stays near its middle: eight seconds may hold the end of a breath and be still on the whole."""
    level, middle = float(np.median(chest[start:stop])), (start + stop) // 2
    away = np.abs(chest[start:stop] - level) > near
    before, after = np.flatnonzero(away[: middle - start]), np.flatnonzero(away[middle - start :])
    return (start + int(before[-1]) + 1 if len(before) else start), (middle + int(after[0]) if len(after) else stop)


def strokes_of(signal: BreathSignal, usual: float, holds: list[tuple[float, float]]) -> list[Stroke]:
    """The breath in strokes, in order of time, without those that a hold or the ends of the recording cut."""
    if not np.isfinite(usual):
        return []
    turns = _turns(signal.chest, TURN_PART * SWING_OF_SD * usual)
    strokes = []
    for first, last in pairwise(turns):
        start_s, end_s = float(signal.time_s[first]), float(signal.time_s[last])
        if any(start_s < end and end_s > start for start, end in holds):
            continue
        rise = float(signal.chest[last] - signal.chest[first])
        strokes.append(Stroke(rise > 0, start_s, end_s, abs(rise) / (SWING_OF_SD * usual), bool(signal.measured[first : last + 1].all())))
    return strokes


def _turns(value: Float, least: float) -> list[int]:
    """Indices of the crests and troughs in turn, each followed by a way back of at least ``least``; the first and last point are none."""
    turns: list[int] = []
    high = low = 0
    rising: bool | None = None
    for i in range(1, len(value)):
        high, low = (i if value[i] > value[high] else high), (i if value[i] < value[low] else low)
        if rising is not False and value[high] - value[i] > least:
            turns.append(high)
            rising, high, low = False, i, i
        elif rising is not True and value[i] - value[low] > least:
            turns.append(low)
            rising, high, low = True, i, i
    return [turn for turn in turns if turn > 0]


def rate_per_min(strokes: list[Stroke]) -> float:
    """Breaths a minute over all whole breaths that were measured; NaN for fewer than two of them, or when they differ too much to say."""
    lengths = [
        second.end_s - first.start_s
        for first, second in pairwise(strokes)
        if first.measured and second.measured and first.end_s == second.start_s
    ]
    if len(lengths) < 3:
        return float("nan")
    rate = 60.0 / float(np.mean(lengths))
    # From turn to turn but one they overlap by half.
    error = rate * float(np.std(lengths) / np.mean(lengths)) / (len(lengths) / 2) ** 0.5
    return rate if error <= MAX_RATE_ERROR_PER_MIN else float("nan")


def phase_rad(signal: BreathSignal, strokes: list[Stroke]) -> npt.NDArray[np.float64]:
    """(G,) where the breath is: 0 as it begins to go in, pi as it begins to go out, up to 2 pi; NaN outside the strokes.

    Of the analytic signal, because the turn of a breath that pauses is no moment.
    """
    inside = np.zeros(len(signal), bool)
    for stroke in strokes:
        inside |= (signal.time_s >= stroke.start_s) & (signal.time_s < stroke.end_s)
    if not inside.any():
        return np.full(len(signal), np.nan)
    from scipy.signal import hilbert

    crest = np.angle(hilbert(banded(signal.chest)))
    return np.where(inside, np.mod(crest + np.pi, 2 * np.pi), np.nan)
