"""Filters: what they leave alone, what they take away, and what they refuse to make up."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from formcheck.motion.filters import bridged, measured_runs, median_step_s, running_median, slope, smoothed, true_runs
from tests.people import clock

CUTOFF_HZ = 6.0


@given(st.floats(-180, 180), st.integers(0, 40), st.sampled_from([1.0, 3.0, 6.0, 20.0]))
def test_a_constant_comes_out_as_it_went_in(value: float, count: int, cutoff_hz: float) -> None:
    time = clock(count / 30)
    assert np.allclose(smoothed(time, np.full(len(time), value), cutoff_hz), value, atol=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_few_samples_are_given_back(count: int) -> None:
    value = np.array([1.0, 2.0, 3.0, 4.0, 5.0])[:count]
    out = smoothed(clock(count / 30), value, CUTOFF_HZ)
    assert out.shape == (count,) and np.isfinite(out).all()
    if count < 4:
        assert np.array_equal(out, value)


def test_the_curve_given_is_not_changed() -> None:
    value = np.array([0.0, np.nan, 2.0, 9.0, 1.0])
    kept = value.copy()
    smoothed(clock(5 / 30), value, CUTOFF_HZ)
    bridged(clock(5 / 30), value)
    assert np.array_equal(value, kept, equal_nan=True)


@pytest.mark.parametrize(("frequency_hz", "low", "high"), [(0.5, 0.99, 1.01), (2.0, 0.97, 1.01), (6.0, 0.45, 0.55), (12.0, 0.0, 0.06)])
def test_gain_is_that_of_a_butterworth_run_forwards_and_backwards(frequency_hz: float, low: float, high: float) -> None:
    time = clock(8, 60)
    out = smoothed(time, np.sin(2 * np.pi * frequency_hz * time), CUTOFF_HZ)
    inner = out[120:-120]
    assert low <= np.ptp(inner) / 2 <= high


def test_there_is_no_lag() -> None:
    time = clock(4, 60)
    value = np.exp(-(((time - 2.0) / 0.3) ** 2))
    assert time[np.argmax(smoothed(time, value, 3.0))] == pytest.approx(2.0, abs=1 / 120)


def test_a_variable_frame_rate_gives_the_curve_of_an_even_one() -> None:
    even, uneven = clock(6, 30), clock(6, 30, jitter=0.7)
    at = [np.sin(2 * np.pi * 0.6 * t) for t in (even, uneven)]
    on_even = np.interp(even, uneven, smoothed(uneven, at[1], CUTOFF_HZ))
    assert np.abs(on_even - smoothed(even, at[0], CUTOFF_HZ))[15:-15].max() < 0.02


@pytest.mark.parametrize("fps", [5.0, 10.0])
def test_a_rate_too_low_for_the_cut_off_is_left_as_it_is(fps: float) -> None:
    time = clock(3, fps)
    value = np.random.default_rng(1).normal(size=len(time))
    assert np.array_equal(smoothed(time, value, CUTOFF_HZ), value)


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0, 240.0])
@pytest.mark.parametrize(("gap_s", "mended"), [(0.1, True), (0.2, True), (0.31, False), (1.0, False)])
def test_only_a_short_gap_is_bridged_by_a_straight_line(fps: float, gap_s: float, mended: bool) -> None:
    time = clock(4, fps)
    value = 3 * time
    missing = np.arange(len(time))
    hole = (missing >= fps) & (missing < fps + round(gap_s * fps))
    value[hole] = np.nan
    out = bridged(time, value)
    assert np.allclose(out, 3 * time) if mended else np.isnan(out[hole]).all()
    assert np.array_equal(out[~hole], value[~hole])


def test_what_is_missing_at_the_ends_stays_so() -> None:
    value = np.array([np.nan, 1.0, np.nan, 3.0, np.nan])
    assert np.allclose(bridged(clock(5 / 30), value), [np.nan, 1.0, 2.0, 3.0, np.nan], equal_nan=True)


@pytest.mark.parametrize("value", [[], [np.nan], [np.nan] * 9])
def test_nothing_measured_stays_nothing(value: list[float]) -> None:
    time = clock(len(value) / 30)
    for out in (smoothed(time, np.array(value), CUTOFF_HZ), bridged(time, np.array(value))):
        assert len(out) == len(value) and np.isnan(out).all()


def test_two_sides_of_a_long_gap_know_nothing_of_each_other() -> None:
    time = clock(4)
    value = np.where(time < 2, 0.0, 100.0)
    value[(time >= 1.5) & (time < 2.5)] = np.nan
    out = smoothed(time, value, 2.0)
    assert np.allclose(out[time < 1.5], 0) and np.allclose(out[time >= 2.5], 100) and np.isnan(out[(time >= 1.5) & (time < 2.5)]).all()


@given(st.lists(st.booleans(), max_size=30))
def test_runs_put_together_are_the_mask(mask: list[bool]) -> None:
    again = np.zeros(len(mask), bool)
    last = -1
    for start, stop in true_runs(np.array(mask, bool)):
        assert last < start < stop
        again[start:stop] = True
        last = stop
    assert again.tolist() == mask


def test_measured_runs_are_the_runs_without_nan() -> None:
    assert list(measured_runs(np.array([np.nan, 1, 2, np.nan, 3]))) == [(1, 3), (4, 5)]
    assert list(measured_runs(np.empty(0))) == []


@pytest.mark.parametrize("count", [0, 1])
def test_the_step_of_fewer_than_two_frames_is_unknown(count: int) -> None:
    assert np.isnan(median_step_s(np.zeros(count)))


def test_the_step_is_the_usual_one() -> None:
    assert median_step_s(np.array([0.0, 0.1, 0.2, 5.0])) == pytest.approx(0.1)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_slope_of_a_line_is_exact_on_any_clock(rate: float, offset: float) -> None:
    time = clock(1, 30, jitter=0.8)
    assert np.allclose(slope(time, rate * time + offset), rate, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_samples_have_no_slope(count: int) -> None:
    assert np.isnan(slope(np.zeros(count), np.ones(count))).all()


def test_slope_is_unknown_next_to_the_unknown() -> None:
    out = slope(clock(5 / 30), np.array([0.0, 1.0, np.nan, 3.0, 4.0]))
    assert np.isnan(out[[1, 3]]).all()


def test_running_median_drops_a_spike_and_keeps_a_step() -> None:
    assert running_median(np.array([1.0, 1, 9, 1, 1]), 3).tolist() == [1, 1, 1, 1, 1]
    assert running_median(np.array([0.0, 0, 0, 5, 5, 5]), 3).tolist() == [0, 0, 0, 5, 5, 5]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_running_median_of_few_samples(count: int) -> None:
    value = np.arange(count, dtype=float)
    assert running_median(value, 3).shape == (count,)
    assert np.array_equal(running_median(value, 1), value)


def test_running_median_is_nan_where_its_window_holds_one() -> None:
    assert np.isnan(running_median(np.array([1.0, 1, np.nan, 1, 1]), 3)).tolist() == [False, True, True, True, False]


def test_the_filters_are_loaded_ahead_in_a_thread() -> None:
    code = (
        "import sys; from formcheck.motion.ahead import load_ahead; before = 'scipy.signal' in sys.modules; "
        "load_ahead().join(); print(before, 'scipy.signal' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "True"], done.stderr


@given(st.integers(4, 200), st.sampled_from([1.5, 3.0, 6.0]), st.integers(0, 2**32 - 1))
def test_the_filter_is_to_the_last_bit_what_scipy_makes_of_it(count: int, cutoff_hz: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    time = np.cumsum(random.uniform(0.02, 0.05, count))
    value = random.normal(0, 20, count)
    step = median_step_s(time)
    grid = np.linspace(time[0], time[-1], max(2, round(float(time[-1] - time[0]) / step) + 1))
    sections = signal.butter(2, cutoff_hz, fs=1 / step, output="sos")
    pad = min(len(grid) - 1, round(2 / (cutoff_hz * step)))
    even = signal.sosfiltfilt(sections, np.interp(grid, time, value), padlen=pad)
    assert np.array_equal(smoothed(time, value, cutoff_hz), np.interp(time, grid, even))
