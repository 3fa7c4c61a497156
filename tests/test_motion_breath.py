"""The breath from samples: rate, phase and holds of breaths that are known, and silence about everything that is none."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.motion.breath import Breath, BreathMeter, measure_breath
from formcheck.motion.breath_cycles import Stroke, rate_per_min
from formcheck.motion.breath_signal import Doubt
from formcheck.motion.breath_traces import FLOW_WIDTH, BreathTraces
from tests.breaths import held, sine, still, traces


def main_doubt(breath: Breath) -> Doubt:
    """Why for longest."""
    lengths: dict[Doubt, float] = {}
    for why, start, end in breath.doubts:
        lengths[why] = lengths.get(why, 0.0) + end - start
    return max(lengths, key=lambda why: lengths[why])


@settings(deadline=None, max_examples=25)
@given(rate=st.floats(6, 24), size=st.floats(0.002, 0.012), first_s=st.floats(0, 8), seed=st.integers(0, 99))
def test_a_steady_breath_is_read_with_its_rate_and_phase(rate: float, size: float, first_s: float, seed: int) -> None:
    breath = measure_breath(traces(45.0, sine(rate, size, first_s), seed=seed))
    assert breath.measured_fraction > 0.95
    assert breath.rate_per_min == pytest.approx(rate, abs=0.5)
    assert not breath.holds
    inner = (breath.time_s > 5) & (breath.time_s < 40) & np.isfinite(breath.phase_rad)
    assert inner.sum() > 200
    true = 2 * np.pi * rate / 60 * (breath.time_s[inner] - first_s)
    error = np.degrees(np.angle(np.exp(1j * (breath.phase_rad[inner] - true))))
    assert np.abs(error).max() < 20


def test_plus_is_in_and_the_usual_breath_reaches_from_minus_one_to_one() -> None:
    breath = measure_breath(traces(40.0, sine(12)))
    inner = (breath.time_s > 5) & (breath.time_s < 35)
    assert np.corrcoef(breath.level[inner], sine(12)(breath.time_s[inner]))[0, 1] > 0.99
    assert breath.level[inner].max() == pytest.approx(1.0, abs=0.2)
    assert breath.level[inner].min() == pytest.approx(-1.0, abs=0.2)
    assert breath.usual == pytest.approx(4 * 0.005, rel=0.15)  # lifting and widening, crest to trough
    for stroke in breath.strokes:
        assert stroke.measured and stroke.depth == pytest.approx(1.0, abs=0.25)
    ways = [stroke.breathes_in for stroke in breath.strokes]
    assert all(a != b for a, b in pairwise(ways)) and len(ways) >= 12


@settings(deadline=None, max_examples=20)
@given(rate=st.floats(8, 20), start_s=st.floats(14, 24), length_s=st.floats(12, 20))
def test_a_hold_is_found_where_it_is(rate: float, start_s: float, length_s: float) -> None:
    breath = measure_breath(traces(60.0, held(sine(rate), start_s, start_s + length_s)))
    assert len(breath.holds) == 1
    start, end = breath.holds[0]
    assert start == pytest.approx(start_s, abs=3.0)
    assert end == pytest.approx(start_s + length_s, abs=3.0)
    assert breath.rate_per_min == pytest.approx(rate, abs=1.0)


@settings(deadline=None, max_examples=20)
@given(rate=st.floats(6, 24), pause_s=st.floats(0, 5), seed=st.integers(0, 99))
def test_neither_a_slow_breath_nor_a_pause_is_a_hold(rate: float, pause_s: float, seed: int) -> None:
    assert measure_breath(traces(50.0, held(sine(rate), 22.0, 22.0 + pause_s), seed=seed)).holds == ()


def test_sitting_still_with_a_quiet_breath_holds_nothing() -> None:
    breath = measure_breath(traces(30.0, sine(14, 0.0025), noise_px=0.01))
    assert breath.holds == () and breath.measured_fraction > 0.9
    assert breath.rate_per_min == pytest.approx(14, abs=1.0)


def test_no_breath_from_beginning_to_end_is_no_hold_because_nothing_is_known_of_the_usual_one() -> None:
    breath = measure_breath(traces(40.0))
    assert breath.holds == () and breath.measured_fraction == 0.0 and np.isnan(breath.usual)
    assert np.isnan(breath.level).all() and np.isnan(breath.rate_per_min)


@pytest.mark.parametrize(
    ("moves", "why"),
    [
        ({"camera": sine(14, 0.01)}, Doubt.FAINT),
        ({"trunk": sine(14, 0.01)}, Doubt.ROCKED),
        ({"lift": sine(14, 0.01), "wide": still}, Doubt.UNCLEAR),
        ({"lift": still, "wide": sine(14, 0.01)}, Doubt.UNCLEAR),
        ({"lift": sine(14, 0.01), "wide": sine(14, 0.01, first_s=1.1)}, Doubt.UNCLEAR),
        ({"lift": sine(14), "head": sine(14, 0.02)}, Doubt.ROCKED),
        ({"lift": sine(14), "sway": sine(14, 0.012, first_s=1.0)}, Doubt.MOVED),
        ({"lift": sine(14), "sway": sine(20, 0.1)}, Doubt.MOVED),
        ({"lift": sine(14, 0.06)}, Doubt.MOVED),
        ({"lift": sine(14, 0.0002), "noise_px": 0.0005}, Doubt.FAINT),
        ({"lift": sine(14), "texture": 0.1}, Doubt.PLAIN),
        ({"noise_px": 0.0}, Doubt.FROZEN),
    ],
)
def test_what_is_no_breath_is_told_apart_and_said(moves: dict, why: Doubt) -> None:
    breath = measure_breath(traces(40.0, **moves))
    assert breath.measured_fraction < 0.1 and breath.holds == ()
    assert main_doubt(breath) is why
    assert not breath.measured[np.isnan(breath.level)].any()


def test_a_camera_that_shakes_and_a_leg_that_works_change_nothing() -> None:
    quiet = measure_breath(traces(40.0, sine(13)))
    breath = measure_breath(traces(40.0, sine(13), camera=sine(37, 0.004), leg=sine(13, 0.05, first_s=1.0)))
    assert breath.measured_fraction > 0.95
    assert breath.rate_per_min == pytest.approx(13, abs=0.3)
    assert np.nanmax(np.abs(breath.level - quiet.level)) < 0.1


def test_a_picture_that_stands_still_is_no_hold() -> None:
    whole = traces(60.0, held(sine(14), 20.0, 34.0))
    flow = whole.flow_px.copy()
    flow[(whole.time_s > 20) & (whole.time_s < 34), :-2] = 0.0
    breath = measure_breath(BreathTraces(whole.time_s, flow))
    assert breath.holds == ()
    assert any(why is Doubt.FROZEN for why, _, _ in breath.doubts)


def test_a_light_that_goes_out_is_no_hold() -> None:
    whole = traces(60.0, held(sine(14), 20.0, 34.0))
    flow = whole.flow_px.copy()
    flow[(whole.time_s > 20) & (whole.time_s < 34), -2] = 0.5
    assert measure_breath(BreathTraces(whole.time_s, flow)).holds == ()
    assert len(measure_breath(whole).holds) == 1


def test_a_chest_out_of_sight_is_neither_breath_nor_hold_and_the_breath_goes_on_after_it() -> None:
    whole = traces(70.0, sine(14))
    flow = whole.flow_px.copy()
    flow[(whole.time_s > 25) & (whole.time_s < 40)] = np.nan
    breath = measure_breath(BreathTraces(whole.time_s, flow))
    assert breath.holds == ()
    assert not breath.measured[(breath.time_s > 25.2) & (breath.time_s < 39.8)].any()
    assert breath.measured[(breath.time_s > 46) & (breath.time_s < 65)].all()
    assert breath.rate_per_min == pytest.approx(14, abs=0.5)


def test_pictures_that_are_missing_are_a_gap() -> None:
    whole = traces(60.0, sine(14))
    kept = (whole.time_s < 25) | (whole.time_s > 40)
    breath = measure_breath(BreathTraces(whole.time_s[kept], whole.flow_px[kept]))
    assert breath.holds == () and not breath.measured[(breath.time_s > 26) & (breath.time_s < 39)].any()
    assert breath.measured[breath.time_s > 48].all()


def test_cells_behind_an_arm_leave_the_others_to_tell() -> None:
    whole = traces(40.0, sine(14))
    flow = whole.flow_px.copy()
    flow[:, 0:8] = np.nan  # the uppermost row
    assert measure_breath(BreathTraces(whole.time_s, flow)).rate_per_min == pytest.approx(14, abs=0.5)
    flow[:, :28] = np.nan
    assert measure_breath(BreathTraces(whole.time_s, flow)).measured_fraction == 0.0


@pytest.mark.parametrize("step_s", [1 / 8, 0.13])
def test_a_slow_camera_is_slow_but_good_enough(step_s: float) -> None:
    assert measure_breath(traces(45.0, sine(15), step_s=step_s)).rate_per_min == pytest.approx(15, abs=0.5)


@pytest.mark.parametrize("count", [0, 1, 2, 30, 39])
def test_few_samples_tell_nothing_and_break_nothing(count: int) -> None:
    whole = traces(10.0, sine(14))
    breath = measure_breath(BreathTraces(whole.time_s[:count], whole.flow_px[:count]))
    assert len(breath.time_s) == count and breath.measured_fraction == 0.0
    assert breath.holds == () and breath.strokes == () and breath.share_measured(0.0, 10.0) == 0.0


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), noise_px=st.floats(0.01, 0.3))
def test_noise_alone_is_rarely_a_breath_and_never_a_hold(seed: int, noise_px: float) -> None:
    breath = measure_breath(traces(60.0, noise_px=noise_px, seed=seed))
    assert breath.holds == () and breath.measured_fraction < 0.35


def test_the_same_samples_give_the_same_breath() -> None:
    one, other = (measure_breath(traces(40.0, sine(14))) for _ in range(2))
    assert np.array_equal(one.level, other.level, equal_nan=True) and one.strokes == other.strokes


def test_in_a_mirror_it_is_the_same_breath() -> None:
    whole = traces(40.0, sine(14), leg=sine(10, 0.02))
    mirrored = whole.mirrored()
    assert np.array_equal(mirrored.mirrored().flow_px, whole.flow_px, equal_nan=True)
    assert np.allclose(measure_breath(mirrored).level, measure_breath(whole).level, equal_nan=True)
    assert np.allclose(mirrored.moved("pelvis_right")[1:, 1], whole.moved("pelvis_left")[1:, 1])


def fed(whole: BreathTraces, until_s: float, memory_s: float = 45.0) -> BreathMeter:
    meter = BreathMeter(memory_s)
    for time_s, row in zip(whole.time_s, whole.flow_px, strict=True):
        if time_s <= until_s:
            meter.add(float(time_s), row)
    return meter


def test_live_the_breath_is_read_as_it_goes() -> None:
    rate = 15.0
    whole = traces(60.0, sine(rate))
    right = []
    for until_s in np.arange(20.0, 58.0, 0.9):
        now = fed(whole, until_s).now()
        assert now.doubt is Doubt.NONE and now.quality > 0.6 and now.held_s == 0.0
        assert now.rate_per_min == pytest.approx(rate, abs=1.0)
        right.append(now.breathes_in is bool(np.sin(2 * np.pi * rate / 60 * (until_s - 0.2)) > 0))
    assert np.mean(right) > 0.85


def test_live_a_hold_is_noticed_within_three_seconds_of_its_eighth() -> None:
    whole = traces(60.0, held(sine(14), 25.0, 42.0))
    noticed = next(t for t in np.arange(25.0, 45.0, 0.5) if fed(whole, t).now().held_s >= 8.0 - 1e-6)
    assert noticed == pytest.approx(33.0, abs=3.0)
    over = fed(whole, 50.0).now()
    assert over.held_s == 0.0 and over.doubt is Doubt.NONE


def test_live_it_says_why_it_cannot_tell() -> None:
    assert fed(traces(30.0, sine(14), sway=sine(20, 0.1)), 30.0).now().doubt is Doubt.MOVED
    nothing = BreathMeter().now()
    assert np.isnan(nothing.time_s) and nothing.doubt is Doubt.UNSEEN and nothing.breathes_in is None


def test_a_meter_forgets_what_is_long_ago_and_everything_when_told() -> None:
    meter = fed(traces(60.0, sine(14)), 60.0, memory_s=20.0)
    assert len(meter.breath().time_s) == 201
    meter.forget()
    assert len(meter.breath().time_s) == 0


def test_a_meter_refuses_what_is_no_sample() -> None:
    meter = BreathMeter()
    meter.add(1.0, np.zeros(FLOW_WIDTH, np.float32))
    with pytest.raises(ValueError, match="increase strictly"):
        meter.add(1.0, np.zeros(FLOW_WIDTH, np.float32))
    with pytest.raises(ValueError, match="shape"):
        meter.add(2.0, np.zeros(3, np.float32))


def test_samples_have_their_shape_and_order() -> None:
    with pytest.raises(ValueError, match="shape"):
        BreathTraces(np.zeros(1), np.zeros((1, 3), np.float32))
    with pytest.raises(ValueError, match="increase"):
        BreathTraces(np.zeros(2), np.zeros((2, FLOW_WIDTH), np.float32))
    assert len(BreathTraces.none()) == 0


def strokes(lengths_s: list[float], measured: bool = True) -> list[Stroke]:
    """Ways in and out in turn, of these lengths."""
    ends = np.concatenate([[0.0], np.cumsum(lengths_s)])
    return [Stroke(k % 2 == 0, float(a), float(b), 1.0, measured) for k, (a, b) in enumerate(pairwise(ends))]


def test_breaths_of_very_different_length_have_no_rate_while_they_are_few() -> None:
    assert rate_per_min(strokes([2.0] * 4)) == pytest.approx(15)
    assert np.isnan(rate_per_min(strokes([2.0] * 3))) and np.isnan(rate_per_min([]))
    assert np.isnan(rate_per_min(strokes([2.0] * 8, measured=False)))
    uneven = [1.4, 1.4, 2.6, 2.6]
    assert np.isnan(rate_per_min(strokes(uneven + uneven[:1])))
    assert rate_per_min(strokes(uneven * 10)) == pytest.approx(15, abs=0.2)
