"""Phases and speed of one movement, against minimum-jerk movements whose every time is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.tempo import Tempo, crossing_s, plateau_deg, tempo_of
from tests.people import Rep, clock, movement

SECONDS = st.floats(0.8, 4.0)


def timed(rep: Rep, fps: float = 60.0, noise_deg: float = 0.0, cut: slice = slice(None)) -> Tempo:
    time = clock(rep.end_s + 1.0, fps)
    height = movement(time, rep) + np.random.default_rng(1).normal(0, 1, len(time)) * noise_deg
    time, height = time[cut], height[cut]
    return tempo_of(time, height, float(time[0]), float(time[-1]))


@given(out_s=SECONDS, back_s=SECONDS, hold_s=st.floats(0.35, 3.0), height_deg=st.floats(8, 45))
def test_a_minimum_jerk_movement_is_timed_exactly(out_s: float, back_s: float, hold_s: float, height_deg: float) -> None:
    rep = Rep(1.0, out_s, hold_s, back_s, height_deg)
    tempo = timed(rep)
    assert tempo.start_s == pytest.approx(rep.start_s, abs=0.05)
    assert tempo.end_s == pytest.approx(rep.end_s, abs=0.05)
    assert tempo.out_s == pytest.approx(out_s, abs=0.05)
    assert tempo.back_s == pytest.approx(back_s, abs=0.05)
    assert tempo.hold_s == pytest.approx(hold_s, abs=0.05)
    assert tempo.height_deg == pytest.approx(height_deg, rel=0.005)
    assert rep.start_s + out_s * 0.7 <= tempo.peak_s <= rep.end_s - back_s * 0.7
    assert tempo.peak_speed_deg_s == pytest.approx(1.875 * height_deg / min(out_s, back_s), rel=0.05)


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0, 240.0])
def test_every_frame_rate_gives_the_same_times(fps: float) -> None:
    tempo = timed(Rep(1.0, 2.0, 1.0, 2.5), fps)
    assert tempo.out_s == pytest.approx(2.0, abs=0.08)
    assert tempo.hold_s == pytest.approx(1.0, abs=0.08)
    assert tempo.back_s == pytest.approx(2.5, abs=0.08)


def test_without_a_hold_the_turn_takes_no_time() -> None:
    tempo = timed(Rep(1.0, 2.0, 0.0, 2.0))
    assert tempo.hold_s == pytest.approx(0, abs=0.1)
    assert tempo.peak_s == pytest.approx(3.0, abs=0.05)
    assert tempo.peak_speed_deg_s == pytest.approx(1.875 * 20 / 2, rel=0.05)


def test_the_phases_fill_the_movement() -> None:
    tempo = timed(Rep(1.0, 1.5, 0.8, 2.5))
    assert tempo.out_s + tempo.hold_s + tempo.back_s == pytest.approx(tempo.end_s - tempo.start_s, abs=0.02)
    assert tempo.start_s < tempo.out_10_s < tempo.out_90_s < tempo.peak_s < tempo.back_90_s < tempo.back_10_s < tempo.end_s


def test_the_speed_of_noise_is_not_the_speed_of_the_leg() -> None:
    speeds = [timed(Rep(1.0), noise_deg=noise).peak_speed_deg_s for noise in (0.0, 0.3)]
    assert speeds[1] == pytest.approx(speeds[0], rel=0.1)


@pytest.mark.parametrize("unseen", ["start", "end"])
def test_an_end_that_was_not_seen_is_not_timed(unseen: str) -> None:
    rep = Rep(1.0, 2.0, 0.5, 2.0)
    cut = slice(60 * 3, None) if unseen == "start" else slice(None, 60 * 4 - 30)
    tempo = timed(rep, cut=cut)
    assert math.isnan(tempo.out_s) == (unseen == "start")
    assert math.isnan(tempo.back_s) == (unseen == "end")
    assert math.isnan(tempo.hold_s)
    assert tempo.peak_speed_deg_s == pytest.approx(18.75, rel=0.06)
    assert math.isfinite(tempo.start_s) and math.isfinite(tempo.end_s)


@pytest.mark.parametrize("height", [[12.0], [12.0, 12.0], [1.0, 12.0, 1.0], [0.0, 12.0], [12.0, 0.0]])
def test_few_samples_have_a_top_and_give_no_more_than_was_seen(height: list[float]) -> None:
    time = np.arange(len(height)) / 5
    tempo = tempo_of(time, np.array(height), 0.0, float(time[-1]))
    assert 0 <= tempo.start_s <= tempo.peak_s <= tempo.end_s <= time[-1]
    if len(height) == 1:
        assert math.isnan(tempo.out_s) and math.isnan(tempo.back_s) and math.isnan(tempo.peak_speed_deg_s)


def test_start_and_end_stay_within_their_bounds() -> None:
    rep = Rep(1.0)
    time = clock(rep.end_s + 1)
    tempo = tempo_of(time, movement(time, rep), 1.3, 5.0)
    assert tempo.start_s == pytest.approx(1.3, abs=0.05) and tempo.start_s >= 1.3
    assert tempo.end_s <= 5.0


@pytest.mark.parametrize(("level", "at"), [(0.0, 1.0), (5.0, 1.5), (10.0, 2.0), (-3.0, 1.0), (12.0, 2.0)])
def test_a_crossing_lies_on_the_line_between_two_samples_and_never_beyond(level: float, at: float) -> None:
    assert crossing_s(np.array([1.0, 2.0]), np.array([0.0, 10.0]), 0, level) == pytest.approx(at)


def test_a_level_stretch_is_crossed_at_its_start() -> None:
    assert crossing_s(np.array([1.0, 2.0]), np.array([4.0, 4.0]), 0, 4.0) == 1.0


def test_the_top_is_what_is_held_not_a_spike() -> None:
    time = clock(2)
    height = np.full(len(time), 20.0)
    height[30] = 50.0
    assert plateau_deg(time, height) < 24
    assert plateau_deg(time[:1], height[:1]) == 20.0
