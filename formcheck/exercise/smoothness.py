"""Was a phase even? Three signs of jerk, each against limits that grow with the noise of the clip.

A burst raises the peak over the mean speed, a stop makes the speed dip between the crossings, a tremble adds power above the
movement's own band. The usual indices (log dimensionless jerk, spectral arc length) divide by the peak and so call a burst smooth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.exercise.session import Smoothness
from formcheck.exercise.tempo import Tempo
from formcheck.motion.filters import median_step_s, slope, smoothed
from formcheck.motion.geometry import Float

__all__ = ["VELOCITY_CUTOFF_HZ", "Evenness", "evenness_of", "rest_speed_noise_deg_s"]

VELOCITY_CUTOFF_HZ = 3.0
#: More noise than this, relative to the speed of the movement, and one repetition cannot be judged.
MAX_NOISE_RATIO = 0.15
MIN_FPS = 20.0
MIN_REST_S = 1.0
#: Floors of the three limits, beyond what controlled repetitions reach (docs/measurement.md).
BURST_FLOOR = 2.4
DIP_FLOOR = -0.05
HIGH_BAND_FLOOR = -0.9
_PEAK_TO_MEAN = 1.875
_SPREAD = 0.506


@dataclass(frozen=True, slots=True)
class Evenness:
    """Judgement of one movement: the worse of its two phases. ``excess`` is the largest measure over its limit, 1 at the limit."""

    smoothness: Smoothness
    jerky: bool
    excess: float


def rest_speed_noise_deg_s(time_s: Float, speed_deg_s: Float, still: np.ndarray) -> float:
    """Standard deviation of the speed at rest; NaN for less than a second of rest."""
    values = speed_deg_s[still & np.isfinite(speed_deg_s)]
    step = median_step_s(time_s)
    if not len(values) or not len(values) * step >= MIN_REST_S:
        return float("nan")
    return float(np.std(values))


def evenness_of(time_s: Float, change_deg: Float, tempo: Tempo, noise_deg_s: float, min_phase_s: float, slow_phase_s: float) -> Evenness:
    """Judge the two phases of a movement.

    Parameters
    ----------
    change_deg
        Angle of the whole recording as change from rest, lightly smoothed; NaN where not measured.
    noise_deg_s
        From `rest_speed_noise_deg_s`.
    """
    reason = _refusal(time_s, tempo, noise_deg_s, min_phase_s)
    if reason:
        return Evenness(Smoothness(reason=reason), False, float("nan"))
    speed = slope(time_s, smoothed(time_s, change_deg, VELOCITY_CUTOFF_HZ))
    found = []
    for sign, begin, end, duration in (
        (1, tempo.out_10_s, tempo.out_90_s, tempo.out_s),
        (-1, tempo.back_90_s, tempo.back_10_s, tempo.back_s),
    ):
        if not duration >= min_phase_s:
            continue
        if found_phase := _phase(time_s, sign * speed, (begin, end), duration, tempo.height_deg, noise_deg_s):
            found.append(_judged(found_phase, 1.3 if duration > slow_phase_s else 1.0))
    if not found:
        return Evenness(Smoothness(reason="both phases were too quick to judge how even they were"), False, float("nan"))
    worst = max(found, key=lambda item: item.excess)
    if worst.smoothness.noise_ratio > MAX_NOISE_RATIO:
        reason = "the picture is too noisy for so slow or so small a movement"
        return Evenness(Smoothness(noise_ratio=worst.smoothness.noise_ratio, reason=reason), False, float("nan"))
    return worst


def _refusal(time_s: Float, tempo: Tempo, noise_deg_s: float, min_phase_s: float) -> str | None:
    step = median_step_s(time_s)
    if not step <= 1 / MIN_FPS + 1e-3:
        return f"under {MIN_FPS:.0f} frames a second the speed cannot be followed"
    if not np.isfinite(noise_deg_s):
        return "there was no second of rest to measure the noise on"
    if not max(tempo.out_s, tempo.back_s) >= min_phase_s:
        return "both phases were too quick to judge how even they were"
    return None


def _phase(time_s: Float, speed: Float, span: tuple[float, float], duration: float, height: float, noise: float) -> Smoothness | None:
    inside = (time_s >= span[0]) & (time_s <= span[1])
    values = speed[inside]
    if len(values) < 4 or not np.isfinite(values).all():
        return None
    mean = 0.8 * height / (span[1] - span[0])
    return Smoothness(
        peak_to_mean=float(values.max() / mean),
        mid_dip=float(values.min() / values.max()),
        high_band_log10=_high_band(time_s, speed, span, duration),
        noise_ratio=noise / (_PEAK_TO_MEAN * height / duration),
    )


def _high_band(time_s: Float, speed: Float, span: tuple[float, float], duration: float) -> float:
    """log10 of the power of the speed above 3 / duration, up to 6 Hz, over the power below it."""
    margin = 0.25 * duration
    middle, half = (span[0] + span[1]) / 2, duration / 2 + margin
    inside = (time_s >= middle - half) & (time_s <= middle + half)
    values = speed[inside]
    step = median_step_s(time_s)
    if len(values) < 8 or not np.isfinite(values).all():
        return float("nan")
    power = np.abs(np.fft.rfft(values * np.hanning(len(values)), 4 * len(values))) ** 2
    frequency = np.fft.rfftfreq(4 * len(values), step)
    edge = 3 / duration
    low, high = power[frequency <= edge].sum(), power[(frequency > edge) & (frequency <= 6.0)].sum()
    return float(np.log10(high / low)) if low > 0 and high > 0 else float("nan")


def _judged(measured: Smoothness, widen: float) -> Evenness:
    q = measured.noise_ratio
    burst = measured.peak_to_mean / (widen * max(BURST_FLOOR, 1.30 + 2.2 * q + 8 * q * q))
    # The dip counts downwards: 1 at its limit, more the further the speed falls under it.
    dip = 1 + (min(DIP_FLOOR, 0.42 - 2.1 * q) - measured.mid_dip * widen)
    high_limit = max(HIGH_BAND_FLOOR, 1.75 * np.log10(max(q, 1e-6)) + 0.65) + np.log10(widen)
    tremble = 10 ** (measured.high_band_log10 - high_limit) if np.isfinite(measured.high_band_log10) else 0.0
    excess = float(max(burst, dip, tremble))
    return Evenness(measured, excess > 1.0, excess)
