"""Movements of one leg: how many, where, and what is none, on curves that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise.movements import LegCurve, leg_curve, longest_gap_s
from tests.people import REST_S, Rep, a_set, angle_of, clock, eased, length_s

CUTOFF_HZ = 6.0


def curve(time_s: np.ndarray, angle_deg: np.ndarray, noise_deg: float = 0.0, seed: int = 3) -> LegCurve:
    noise = np.random.default_rng(seed).normal(0, noise_deg, len(time_s)) if noise_deg else 0.0
    return leg_curve(time_s, angle_deg + noise, CUTOFF_HZ)


def of_reps(reps: list[Rep], fps: float = 30.0, noise_deg: float = 0.5, jitter: float = 0.0, rest_deg: float = 0.0) -> LegCurve:
    time = clock(length_s(reps), fps, jitter)
    return curve(time, rest_deg + angle_of(time, reps), noise_deg)


def cosines(
    count: int, height_deg: float = 20.0, each_s: float = 4.0, pause_s: float = 1.0, fps: float = 30.0
) -> tuple[np.ndarray, np.ndarray]:
    time = clock(2 * REST_S + count * (each_s + pause_s), fps)
    angle = np.zeros(len(time))
    for k in range(count):
        part = (time - REST_S - k * (each_s + pause_s)) / each_s
        angle += np.where((part > 0) & (part < 1), height_deg * (1 - np.cos(2 * np.pi * np.clip(part, 0, 1))) / 2, 0)
    return time, angle


@pytest.mark.parametrize("count", [0, 1, 2, 5, 12])
@pytest.mark.parametrize("noise_deg", [0.0, 0.5, 1.0])
def test_as_many_movements_as_cosines(count: int, noise_deg: float) -> None:
    found = curve(*cosines(count), noise_deg).movements()
    assert len(found) == count
    assert all(m.sign == 1 and not m.open_start and not m.open_stop for m in found)
    assert all(m.height_deg == pytest.approx(20, abs=1.5) for m in found)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_sign_is_that_of_the_angle(sign: int) -> None:
    assert [m.sign for m in of_reps(a_set(3, height_deg=sign * 15)).movements()] == [sign] * 3


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0, 60.0, 240.0])
@pytest.mark.parametrize("jitter", [0.0, 0.6])
def test_every_frame_rate_agrees_on_count_and_times(fps: float, jitter: float) -> None:
    reps = a_set(4)
    legs = of_reps(reps, fps, 0.3, jitter)
    found = legs.movements()
    assert len(found) == 4
    for movement, rep in zip(found, reps, strict=True):
        assert legs.time_s[movement.peak] == pytest.approx((rep.start_s + rep.end_s) / 2, abs=0.35)
        assert rep.start_s - 0.25 <= legs.time_s[movement.start] <= rep.start_s + 0.9
        assert rep.end_s - 0.9 <= legs.time_s[movement.stop - 1] <= rep.end_s + 0.25


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("noise_deg", [0.05, 0.5, 1.0, 2.0])
def test_noise_alone_is_no_movement(noise_deg: float, fps: float) -> None:
    """In half an hour of it there is hardly ever one, and none that stands out of the noise."""
    time = clock(20, fps)
    found = [m for seed in range(90) for m in curve(time, np.full(len(time), 7.0), noise_deg, seed).movements()]
    assert len(found) <= 1
    assert all(m.height_deg < 5 * noise_deg for m in found)


@pytest.mark.parametrize("value", [-40.0, 0.0, 40.0])
def test_a_leg_that_stays_anywhere_does_not_move(value: float) -> None:
    time = clock(6)
    legs = curve(time, np.full(len(time), value))
    assert legs.movements() == [] and legs.still.all()
    assert np.allclose(legs.baseline_deg, value) and np.allclose(legs.change_deg, 0, atol=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("value", [0.0, 25.0, np.nan])
def test_few_samples(count: int, value: float) -> None:
    legs = curve(clock(count / 30), np.full(count, value))
    assert legs.movements() == []
    assert len(legs.change_deg) == len(legs.baseline_deg) == len(legs.still) == count
    assert np.isnan(legs.noise_deg)


def test_an_unseen_leg_is_nan_and_does_not_move() -> None:
    time = clock(10)
    legs = curve(time, np.full(len(time), np.nan))
    assert legs.movements() == [] and np.isnan(legs.change_deg).all() and not legs.still.any()


@pytest.mark.parametrize("drift_deg", [8.0, -8.0, 15.0, -15.0])
def test_rest_may_drift_over_a_set(drift_deg: float) -> None:
    reps = a_set(8, pause_s=1.2)
    time = clock(length_s(reps))
    drift = drift_deg * eased(time / time[-1])
    legs = curve(time, angle_of(time, reps) + drift, 0.4)
    assert len(legs.movements()) == 8
    assert all(m.height_deg == pytest.approx(20, abs=3) for m in legs.movements())


@pytest.mark.parametrize("rest_deg", [-10.0, 12.0])
def test_rest_need_not_be_neutral(rest_deg: float) -> None:
    legs = of_reps(a_set(4), rest_deg=rest_deg)
    assert len(legs.movements()) == 4
    assert np.median(legs.baseline_deg) == pytest.approx(rest_deg, abs=1)


@pytest.mark.parametrize("pause_s", [0.0, 0.3, 1.0, 6.0])
def test_pauses_of_any_length_part_the_same_movements(pause_s: float) -> None:
    assert len(of_reps(a_set(5, pause_s=pause_s)).movements()) == 5


@pytest.mark.parametrize("hold_s", [0.0, 1.0, 3.0, 6.0])
def test_a_held_end_belongs_to_its_movement(hold_s: float) -> None:
    found = of_reps(a_set(4, hold_s=hold_s)).movements()
    assert len(found) == 4 and all(m.sign == 1 and m.height_deg == pytest.approx(20, abs=1.5) for m in found)


@pytest.mark.parametrize(("valley_deg", "count"), [(2.0, 2), (8.0, 2), (13.0, 1), (18.0, 1)])
def test_two_movements_are_parted_where_the_leg_comes_back_under_half(valley_deg: float, count: int) -> None:
    time = clock(11)
    steps = [(1.5, 20.0), (4.0, valley_deg - 20), (5.5, 20 - valley_deg), (7.5, -20.0)]
    angle = sum(height * eased((time - at) / 1.5) for at, height in steps)
    assert len(curve(time, np.asarray(angle), 0.3).movements()) == count


@pytest.mark.parametrize("cut", ["start", "end"])
def test_a_recording_that_begins_or_ends_in_the_middle_says_so(cut: str) -> None:
    reps = a_set(3)
    time = clock(length_s(reps))
    inside = time >= reps[0].start_s + reps[0].out_s if cut == "start" else time <= reps[-1].start_s + reps[-1].out_s
    legs = curve(time[inside], angle_of(time, reps)[inside], 0.3)
    found = legs.movements()
    assert len(found) == 3
    assert [m.open_start for m in found] == [cut == "start", False, False]
    assert [m.open_stop for m in found] == [False, False, cut == "end"]


@pytest.mark.parametrize(("gap_s", "pieces"), [(0.1, 1), (0.8, 2)])
def test_a_gap_at_the_top_parts_a_movement_only_when_it_is_long(gap_s: float, pieces: int) -> None:
    rep = Rep(1.5, hold_s=1.5)
    time = clock(length_s([rep]))
    angle = angle_of(time, [rep])
    top = rep.start_s + rep.out_s + rep.hold_s / 2
    angle[np.abs(time - top) < gap_s / 2] = np.nan
    found = curve(time, angle, 0.3).movements()
    assert len(found) == pieces
    if pieces == 2:
        assert found[0].open_stop and found[1].open_start and not found[0].open_start and not found[1].open_stop


@pytest.mark.parametrize(("height_deg", "count"), [(1.5, 0), (2.5, 0), (6.0, 1), (9.0, 1)])
@pytest.mark.parametrize("hold_s", [0.0, 1.0])
def test_a_small_sway_is_no_movement_and_a_small_turn_is_one(height_deg: float, count: int, hold_s: float) -> None:
    assert len(of_reps([Rep(2.0, height_deg=height_deg, hold_s=hold_s)], noise_deg=0.0).movements()) == count


@pytest.mark.parametrize(("noise_deg", "count"), [(0.5, 1), (3.0, 0)])
def test_in_noise_a_movement_must_be_larger(noise_deg: float, count: int) -> None:
    assert len(of_reps([Rep(4.0, height_deg=7.0, hold_s=1.0)], noise_deg=noise_deg).movements()) == count


@pytest.mark.parametrize("noise_deg", [0.3, 1.0, 2.0])
def test_noise_is_measured_at_rest(noise_deg: float) -> None:
    legs = of_reps(a_set(3, pause_s=2.5), fps=60, noise_deg=noise_deg)
    assert legs.noise_deg == pytest.approx(noise_deg, rel=0.25)


def test_movements_of_both_directions_come_in_order_of_time() -> None:
    reps = [Rep(1.5, height_deg=20), Rep(7.0, height_deg=-20), Rep(12.5, height_deg=20)]
    found = of_reps(reps).movements()
    assert [m.sign for m in found] == [1, -1, 1]
    assert all(a.stop <= b.start for a, b in pairwise(found))


@given(
    heights=st.lists(st.sampled_from([12.0, 18.0, 25.0, 33.0]), min_size=1, max_size=6),
    out_s=st.floats(1.0, 4.0),
    back_s=st.floats(1.0, 4.0),
    hold_s=st.floats(0, 1.5),
    pause_s=st.floats(0.5, 3.0),
    rest_deg=st.floats(-8, 8),
)
def test_any_slow_set_is_counted_exactly(
    heights: list[float], out_s: float, back_s: float, hold_s: float, pause_s: float, rest_deg: float
) -> None:
    reps, at = [], 1.5
    for height in heights:
        reps.append(Rep(at, out_s, hold_s, back_s, height))
        at = reps[-1].end_s + pause_s
    assert len(of_reps(reps, noise_deg=0.3, rest_deg=rest_deg).movements()) == len(heights)


def test_the_longest_gap_inside_a_stretch() -> None:
    time = clock(3, 10)
    angle = np.zeros(30)
    angle[5:6] = np.nan
    assert longest_gap_s(time, angle, 0, 30) == 0.0
    angle[10:15] = np.nan
    assert longest_gap_s(time, angle, 0, 30) == pytest.approx(0.6)
    assert longest_gap_s(time, angle, 15, 30) == 0.0
