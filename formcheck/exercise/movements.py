"""Movements of one leg: away from rest and back, whatever their size, from one signed curve.

Rest is where the leg dwells: still stretches near the neutral position, followed as it drifts. A movement is what leaves it and returns;
two movements with no full return between them are parted at the valley.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from formcheck.motion.filters import MAX_GAP_S, bridged, measured_runs, slope, smoothed, true_runs
from formcheck.motion.geometry import Float

__all__ = ["LegCurve", "Movement", "leg_curve"]

#: Movements are found on a curve this slow, and timed on the one of the angles.
FIND_CUTOFF_HZ = 2.0
#: A leg slower than this rests, if it stays so for a while.
STILL_DEG_S = 3.0
STILL_S = 0.4
#: Noise makes a resting leg seem to move: at 2 Hz by 2-4 degrees a second for each degree of it. This is 2.5 times that.
STILL_NOISE_PER_S = 10.0
MAX_STILL_DEG_S = 10.0
#: A movement is over when it has come back under this part of its peak; the return to this part of it parts two movements.
VALLEY = 0.5
#: Smallest excursion that is looked at, and in multiples of the noise.
MIN_EXCURSION_DEG = 3.0
MIN_EXCURSION_NOISE = 4.0
#: From one rest to the next the resting angle drifts by at most this; more is a held end, or another place to rest if it lasts this long.
REST_STEP_DEG = 5.0
SETTLED_S = 8.0
#: Resting levels further than this from neutral are held ends of a movement, not rest, when there is a nearer one.
NEUTRAL_SPREAD_DEG = 15.0
#: Two frames further apart than this leave a movement between them unseen: sleep, a camera that was gone, a film with a piece cut out.
LONGEST_STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class Movement:
    """One excursion of a leg. Indices into the curve, ``[start, stop)``; ``sign`` of the angle; ``peak`` at the largest change.

    ``open_start``, ``open_stop``: the curve begins or ends (or a long gap does) before the leg came from or to rest.
    """

    start: int
    peak: int
    stop: int
    sign: int
    height_deg: float
    open_start: bool = False
    open_stop: bool = False


@dataclass(frozen=True, eq=False)
class LegCurve:
    """A leg's angle as change from rest.

    Attributes
    ----------
    change_deg
        (N,) degrees from rest, smoothed for timing; NaN where not measured.
    slow_deg
        The same, smoothed for finding.
    baseline_deg
        (N,) resting angle at each time.
    still
        (N,) bool, the leg rests.
    noise_deg
        Standard deviation of the fast part at rest, degrees; NaN when the leg never rests.
    """

    time_s: Float
    change_deg: Float
    slow_deg: Float
    baseline_deg: Float
    still: npt.NDArray[np.bool_]
    noise_deg: float

    def movements(self) -> list[Movement]:
        """All excursions in order of time, both directions."""
        noise = self.noise_deg if np.isfinite(self.noise_deg) else 0.0
        threshold = max(MIN_EXCURSION_DEG, MIN_EXCURSION_NOISE * noise)
        found: list[Movement] = []
        for start, stop in measured_runs(self.slow_deg):
            for a, b in _unbroken(self.time_s, start, stop):
                for sign in (1, -1):
                    found += _excursions(sign * self.slow_deg[a:b], a, sign, threshold)
        return sorted(found, key=lambda movement: movement.start)


def leg_curve(time_s: Float, angle_deg: Float, cutoff_hz: float) -> LegCurve:
    """The curve of one leg against its own rest. An empty or unseen leg gives NaN throughout."""
    slow = smoothed(time_s, angle_deg, FIND_CUTOFF_HZ)
    fine = smoothed(time_s, angle_deg, cutoff_hz)
    rough = bridged(time_s, angle_deg) - slow
    still = _still(time_s, slow, _spread_deg(rough))
    baseline = _baseline(time_s, slow, still)
    resting = still & (np.abs(slow - baseline) < MIN_EXCURSION_DEG)
    return LegCurve(time_s, fine - baseline, slow - baseline, baseline, resting, _spread_deg(rough[resting]))


def _spread_deg(rough: Float) -> float:
    """Standard deviation of a noise, from its median deviation; NaN for fewer than five samples."""
    seen = rough[np.isfinite(rough)]
    return 1.4826 * float(np.median(np.abs(seen - np.median(seen)))) if len(seen) >= 5 else float("nan")


def _still(time_s: Float, slow: Float, noise_deg: float) -> npt.NDArray[np.bool_]:
    limit = max(STILL_DEG_S, min(MAX_STILL_DEG_S, STILL_NOISE_PER_S * noise_deg)) if np.isfinite(noise_deg) else STILL_DEG_S
    with np.errstate(invalid="ignore"):
        quiet = np.abs(slope(time_s, slow)) < limit
    still = np.zeros(len(time_s), bool)
    for start, stop in true_runs(quiet & np.isfinite(slow)):
        if time_s[stop - 1] - time_s[start] >= STILL_S:
            still[start:stop] = True
    return still


def _baseline(time_s: Float, slow: Float, still: npt.NDArray[np.bool_]) -> Float:
    runs = list(true_runs(still))
    if not runs:
        seen = slow[np.isfinite(slow)]
        # Never at rest: the turning point nearest to neutral is all there is to go by.
        level = float(np.percentile(seen, 5 if np.median(seen) > 0 else 95)) if len(seen) else float("nan")
        return np.full(len(time_s), level)
    levels = np.array([np.median(slow[a:b]) for a, b in runs])
    lengths = np.array([time_s[b - 1] - time_s[a] for a, b in runs])
    first = _resting_level(levels, lengths, runs, len(time_s))
    times: list[float] = []
    values: list[float] = []
    # Outwards from the rest that is most sure, each rest near the one before it carries the level on.
    anchor = int(np.argmin(np.abs(levels - first)))
    for order in (list(range(anchor, len(runs))), list(range(anchor - 1, -1, -1))):
        level = first
        for place, i in enumerate(order):
            if abs(levels[i] - level) <= REST_STEP_DEG or _settled(levels, lengths, order[place:], level):
                level = float(levels[i])
                start, stop = runs[i]
                times += [float(time_s[start]), float(time_s[stop - 1])]
                values += [level, level]
    by_time = np.argsort(times, kind="stable")
    return np.asarray(np.interp(time_s, np.array(times)[by_time], np.array(values)[by_time]), np.float64)


def _settled(levels: Float, lengths: Float, ahead: list[int], old: float) -> bool:
    """The leg has taken another place to rest: it dwells there longer than any hold, and never comes back to the old one."""
    here = np.abs(levels[ahead] - levels[ahead[0]]) <= REST_STEP_DEG
    back = np.abs(levels[ahead] - old) <= REST_STEP_DEG
    return bool(not back.any() and lengths[ahead][here].sum() >= SETTLED_S and abs(levels[ahead[0]] - old) <= NEUTRAL_SPREAD_DEG)


def _resting_level(levels: Float, lengths: Float, runs: list[tuple[int, int]], count: int) -> float:
    """The level of rest: dwelt at long, near neutral, and where the recording begins or ends."""
    best, best_score = float(levels[0]), -np.inf
    for level in levels:
        near = np.abs(levels - level) <= MIN_EXCURSION_DEG
        score = float(lengths[near].sum())
        score += 4.0 * (runs[0][0] == 0 and near[0]) + 2.0 * (runs[-1][1] == count and near[-1])
        score *= float(np.exp(-abs(level) / NEUTRAL_SPREAD_DEG))
        if score > best_score + 1e-9:
            best, best_score = float(np.median(levels[near])), score
    return best


def _unbroken(time_s: Float, start: int, stop: int) -> list[tuple[int, int]]:
    """Cut ``[start, stop)`` where the frames themselves stop for a while: what the leg did meanwhile was not seen."""
    breaks = start + 1 + np.flatnonzero(np.diff(time_s[start:stop]) > LONGEST_STEP_S)
    return list(pairwise([start, *breaks.tolist(), stop]))


def _excursions(height: Float, offset: int, sign: int, threshold: float) -> list[Movement]:
    found = []
    for start, stop in true_runs(height > threshold):
        for a, b in _parted(height[start:stop], start):
            peak = a + int(np.argmax(height[a:b]))
            begin, end = _spread(height, a, b, 0.1 * height[peak])
            found.append(
                Movement(
                    offset + begin,
                    offset + peak,
                    offset + end,
                    sign,
                    float(height[peak]),
                    open_start=a == 0 and height[0] > VALLEY * height[peak] / 2,
                    open_stop=b == len(height) and height[-1] > VALLEY * height[peak] / 2,
                )
            )
    return found


def _spread(height: Float, start: int, stop: int, level: float) -> tuple[int, int]:
    """Widen ``[start, stop)`` until the curve falls under a level or turns up again."""
    while start > 0 and height[start - 1] > level and height[start - 1] <= height[start]:
        start -= 1
    while stop < len(height) and height[stop] > level and height[stop] <= height[stop - 1]:
        stop += 1
    return start, stop


def _parted(height: Float, offset: int) -> list[tuple[int, int]]:
    """Cut a stretch at each valley that is deeper than half of the lower of the peaks beside it."""
    cuts = [0]
    peak = height[0]
    low, low_at = np.inf, 0
    for i, value in enumerate(height):
        if value > peak and not np.isfinite(low):
            peak = value
        if value < VALLEY * peak and value < low:
            low, low_at = value, i
        if np.isfinite(low) and low < VALLEY * value:
            cuts.append(low_at)
            peak, low = value, np.inf
    cuts.append(len(height))
    return [(offset + a, offset + b) for a, b in pairwise(cuts) if b > a]


def longest_gap_s(time_s: Float, angle_deg: Float, start: int, stop: int) -> float:
    """Longest stretch without a measurement inside ``[start, stop)``, seconds; 0 when none is longer than what is bridged."""
    missing = np.isnan(angle_deg[start:stop])
    gaps = [time_s[min(start + b, len(time_s) - 1)] - time_s[max(start + a - 1, 0)] for a, b in true_runs(missing)]
    longest = max(gaps, default=0.0)
    return float(longest) if longest > MAX_GAP_S else 0.0
