"""Even or not: smooth movements pass at any tempo, bursts, stops and trembles do not, and noise is admitted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercise import smoothness
from formcheck.exercise.session import Smoothness
from formcheck.exercise.smoothness import MIN_FPS, VELOCITY_CUTOFF_HZ, Evenness, evenness_of, rest_speed_noise_deg_s
from formcheck.exercise.tempo import tempo_of
from formcheck.motion.filters import slope, smoothed
from tests.people import Rep, clock, eased, movement

ONE = Rep(3.0, 2.0, 0.5, 2.0, 20.0)


def judged(
    angle_deg: np.ndarray, time_s: np.ndarray, noise_deg: float = 0.0, seed: int = 2, rest_until_s: float = 2.5, slow_phase_s: float = 4.0
) -> Evenness:
    angle_deg = angle_deg + np.random.default_rng(seed).normal(0, 1, len(time_s)) * noise_deg
    fine = smoothed(time_s, angle_deg, 6.0)
    speed = slope(time_s, smoothed(time_s, fine, VELOCITY_CUTOFF_HZ))
    noise = rest_speed_noise_deg_s(time_s, speed, time_s < rest_until_s)
    inside = time_s > 1.5
    tempo = tempo_of(time_s[inside], fine[inside], 1.5, float(time_s[-1]))
    return evenness_of(time_s, fine, tempo, noise, 0.8, slow_phase_s)


def clock_of(rep: Rep = ONE, fps: float = 30.0) -> np.ndarray:
    return clock(rep.end_s + 2.0, fps)


def way_of(time_s: np.ndarray, parts: list[tuple[float, float, float]], back_s: float = 2.0) -> np.ndarray:
    """Minimum-jerk pieces ``(start_s, duration_s, height_deg)``, then an even way back from the last."""
    out = sum(height * eased((time_s - start) / length) for start, length, height in parts)
    end = max(start + length for start, length, _ in parts) + 0.5
    return np.asarray(out - sum(height for *_, height in parts) * eased((time_s - end) / back_s))


@pytest.mark.parametrize("fps", [20.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("out_s", [1.0, 2.0, 3.5, 6.0])
def test_a_smooth_movement_is_not_jerky_at_any_tempo_or_frame_rate(fps: float, out_s: float) -> None:
    rep = Rep(3.0, out_s, 0.5, out_s, 20.0)
    time = clock_of(rep, fps)
    even = judged(movement(time, rep), time, 0.02)
    assert even.smoothness.reason is None
    assert not even.jerky and even.excess < 1


@pytest.mark.parametrize("seed", range(6))
def test_a_smooth_movement_in_noise_is_not_called_jerky(seed: int) -> None:
    time = clock_of()
    assert not judged(movement(time, ONE), time, 0.2, seed).jerky


def test_the_measures_of_a_minimum_jerk_movement_are_the_known_ones() -> None:
    time = clock_of(fps=120)
    smooth = judged(movement(time, ONE), time, 1e-4).smoothness
    assert smooth.peak_to_mean == pytest.approx(1.19, abs=0.05)
    # At a tenth of its way, 0.247 of its time, a minimum-jerk movement has 30 s^2 (1 - s)^2 / 1.875 of its peak speed.
    assert smooth.mid_dip == pytest.approx(30 * (0.247 * 0.753) ** 2 / 1.875, abs=0.03)
    assert smooth.high_band_log10 < -1
    assert smooth.noise_ratio == pytest.approx(0, abs=1e-3)


def test_a_burst_is_jerky() -> None:
    time = clock_of()
    even = judged(way_of(time, [(3.0, 3.0, 13.0), (4.4, 0.2, 7.0)]), time, 0.05)
    assert even.jerky and even.smoothness.peak_to_mean > 2.4


def test_a_stop_is_jerky() -> None:
    time = clock_of()
    even = judged(way_of(time, [(3.0, 0.7, 6.0), (4.0, 0.7, 6.0), (5.0, 0.7, 8.0)]), time, 0.05)
    assert even.jerky and even.smoothness.mid_dip < 0.1


def test_a_step_back_on_the_way_is_jerky() -> None:
    time = clock_of()
    assert judged(way_of(time, [(3.0, 0.8, 14.0), (3.9, 0.5, -5.0), (4.5, 0.8, 11.0)]), time, 0.05).smoothness.mid_dip < -0.05


def test_a_tremble_is_jerky() -> None:
    time = clock_of()
    angle = movement(time, ONE)
    angle = angle + np.where(angle > 0.5, 1.0 * np.sin(2 * np.pi * 2.5 * time), 0.0)
    even = judged(angle, time, 0.05)
    assert even.jerky and even.smoothness.high_band_log10 > -1


@pytest.mark.parametrize("phase", ["out", "back"])
def test_the_worse_of_the_two_phases_decides(phase: str) -> None:
    time = clock_of()
    angle = way_of(time, [(3.0, 0.7, 6.0), (4.0, 0.7, 6.0), (5.0, 0.7, 8.0)])
    if phase == "back":
        angle = np.interp(time[-1] - time + 1.2, time, angle, left=0, right=0)
    assert judged(angle, time, 0.05, rest_until_s=1.8).jerky


@pytest.mark.parametrize(
    ("peak_to_mean", "mid_dip", "high_band", "jerky"),
    [
        (1.2, 0.5, -3.0, False),
        (2.35, 0.5, -3.0, False),
        (2.45, 0.5, -3.0, True),
        (1.2, 0.0, -3.0, False),
        (1.2, -0.1, -3.0, True),
        (1.2, 0.5, -1.0, False),
        (1.2, 0.5, -0.8, True),
        (1.2, 0.5, math.nan, False),
    ],
)
def test_each_of_the_three_signs_is_enough_and_none_is_none(peak_to_mean: float, mid_dip: float, high_band: float, jerky: bool) -> None:
    even = smoothness._judged(Smoothness(peak_to_mean, mid_dip, high_band, 0.01), 1.0)
    assert even.jerky == jerky == (even.excess > 1)


@pytest.mark.parametrize("measured", [Smoothness(2.45, 0.5, -3.0, 0.14), Smoothness(1.2, 0.5, -0.8, 0.14)])
def test_noise_widens_the_limits(measured: Smoothness) -> None:
    quiet = smoothness._judged(replace(measured, noise_ratio=0.01), 1.0)
    assert smoothness._judged(measured, 1.0).excess <= quiet.excess


def test_a_very_slow_movement_gets_wider_limits() -> None:
    time = clock_of()
    angle = way_of(time, [(3.0, 3.0, 13.0), (4.4, 0.2, 7.0)])
    narrow, wide = (judged(angle, time, 0.05, slow_phase_s=limit_s) for limit_s in (9.0, 1.0))
    assert narrow.jerky
    assert wide.excess < narrow.excess


@pytest.mark.parametrize("noise_deg", [1.5, 3.0])
def test_in_too_much_noise_it_refuses_with_the_reason(noise_deg: float) -> None:
    time = clock_of()
    even = judged(movement(time, ONE), time, noise_deg)
    assert even.smoothness.reason is not None and "too noisy" in even.smoothness.reason
    assert not even.jerky and math.isnan(even.excess)
    assert math.isnan(even.smoothness.peak_to_mean) and even.smoothness.noise_ratio > 0.15


@pytest.mark.parametrize("fps", [5.0, 10.0, MIN_FPS - 2])
def test_below_twenty_frames_a_second_it_refuses(fps: float) -> None:
    time = clock_of(fps=fps)
    even = judged(movement(time, ONE), time)
    assert even.smoothness.reason == "under 20 frames a second the speed cannot be followed"
    assert not even.jerky and math.isnan(even.excess)


def test_without_rest_there_is_no_noise_to_go_by() -> None:
    time = clock_of()
    even = judged(movement(time, ONE), time, 0.1, rest_until_s=0.5)
    assert even.smoothness.reason == "there was no second of rest to measure the noise on"


def test_a_hurried_movement_is_not_judged_for_evenness() -> None:
    rep = Rep(3.0, 0.5, 0.5, 0.5, 20.0)
    time = clock_of(rep)
    assert "too quick" in (judged(movement(time, rep), time, 0.05).smoothness.reason or "")


def test_only_the_phase_that_is_slow_enough_is_judged() -> None:
    rep = Rep(3.0, 2.0, 0.5, 0.4, 20.0)
    time = clock_of(rep)
    even = judged(movement(time, rep), time, 0.05)
    assert even.smoothness.reason is None and not even.jerky


@pytest.mark.parametrize("hole_s", [(3.5, 4.5), (0.0, 99.0)])
def test_a_phase_that_was_not_seen_is_not_judged(hole_s: tuple[float, float]) -> None:
    time = clock_of()
    angle = movement(time, ONE)
    tempo = tempo_of(time, angle, 1.5, float(time[-1]))
    unseen = np.where((time >= hole_s[0]) & (time < hole_s[1]), np.nan, angle)
    even = evenness_of(time, unseen, tempo, 0.1, 0.8, 4.0)
    assert not even.jerky
    assert (even.smoothness.reason is None) == (hole_s[1] < 90)


@pytest.mark.parametrize(("rest_s", "known"), [(0.0, False), (0.9, False), (1.1, True)])
def test_noise_needs_a_second_of_rest(rest_s: float, known: bool) -> None:
    time = clock(5)
    speed = np.random.default_rng(0).normal(0, 2, len(time))
    noise = rest_speed_noise_deg_s(time, speed, time < rest_s)
    assert math.isfinite(noise) == known
    if known:
        assert noise == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize("count", [0, 1])
def test_noise_of_next_to_nothing_is_unknown(count: int) -> None:
    assert math.isnan(rest_speed_noise_deg_s(np.zeros(count), np.zeros(count), np.ones(count, bool)))
