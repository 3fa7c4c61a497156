"""Clean range and isolation: closed forms, what may never happen, and filmed people whose help began when it was put there."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.exercise import faults
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.isolation import NOTHING_SEEN, NOTHING_WATCHED, Watched, helped, isolated, isolation_frac, watched
from formcheck.exercise.library import load
from formcheck.exercise.session import FaultCode, Rep, SessionReport
from tests.people import Camera, a_set, eased, film, seated
from tests.test_faults import CASES, LIFT, TURN, during, report_of, standing_with, turning

FPS = 50.0
TIME = np.arange(201) / FPS
#: Two seconds out and two back, 30 degrees, in straight lines.
RAMP = 30 * (1 - np.abs(TIME - 2.0) / 2.0)
LEAN = Watched(FaultCode.TRUNK_LEAN, np.zeros(201), 6.0, 3.0, 0.3)
WATCHED_CASES = [
    name for name, case in CASES.items() if case[4] in {*FaultCode} - {FaultCode.OVER_ROTATION, FaultCode.TOO_FAST, FaultCode.FAST_RETURN}
]


def from_to(start_s: float, end_s: float, size: float) -> np.ndarray:
    return np.where((start_s - 1e-9 <= TIME) & (end_s + 1e-9 >= TIME), size, 0.0)


def part(size: np.ndarray, **changed: object) -> Watched:
    return replace(LEAN, size=size, **changed)


def frac(*parts: Watched) -> float:
    return isolation_frac(TIME, RAMP, helped(TIME, parts).where, 2.0)


# --- closed forms


def test_without_help_everything_is_the_hips_own():
    found = helped(TIME, [part(np.zeros(201)), part(np.full(201, 2.9))])
    assert np.isnan(found.since_s) and found.culprit is None and not found.where.any()
    assert frac(part(np.zeros(201))) == 1.0


@pytest.mark.parametrize(
    ("start_s", "end_s", "share"),
    [(2.0, 4.0, 0.5), (0.0, 4.0, 0.0), (1.0, 3.0, 0.5), (1.5, 2.0, 0.875), (0.0, 1.0, 0.75), (3.0, 4.0, 0.75)],
)
def test_the_score_is_the_share_of_the_way_without_help(start_s, end_s, share):
    assert frac(part(from_to(start_s, end_s, 10.0))) == pytest.approx(share, abs=0.006)


def test_holding_and_wavering_make_no_way():
    height = np.concatenate([RAMP[:101], 30 + np.sin(np.arange(100)) - 1, RAMP[100:]])
    time = np.arange(len(height)) / FPS
    away = (time > 2.05) & (time < 3.95)
    assert isolation_frac(time, height, away, 3.0) == pytest.approx(1.0, abs=0.06)


def test_help_begins_where_it_rises_over_half_its_limit():
    ramp = np.clip((TIME - 1.0) * 12, 0.0, 12.0)
    found = helped(TIME, [part(ramp)])
    assert found.since_s == pytest.approx(1.25, abs=1e-6) and found.culprit is FaultCode.TRUNK_LEAN
    noisy = helped(TIME, [part(ramp, noise=1.0)])
    assert noisy.since_s == pytest.approx(1.0 + 4.0 / 12, abs=1e-6)
    assert helped(TIME, [part(ramp, noise=50.0)]).since_s == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize(("size", "length_s", "counts"), [(5.9, 3.0, False), (6.1, 0.26, False), (6.1, 0.34, True), (6.1, 3.0, True)])
def test_it_counts_only_when_it_gets_to_its_limit_and_stays(size, length_s, counts):
    found = helped(TIME, [part(from_to(0.5, 0.5 + length_s - 1 / FPS, size))])
    assert (found.culprit is not None) is counts is bool(found.where.any())


def test_the_first_to_begin_is_the_culprit_whatever_the_order():
    lean, foot = part(from_to(1.0, 3.0, 9.0)), part(from_to(0.5, 1.5, 0.2), code=FaultCode.FOOT_LIFTED, on=0.06, off=0.03)
    for parts in ([lean, foot], [foot, lean]):
        found = helped(TIME, parts)
        assert found.culprit is FaultCode.FOOT_LIFTED and found.since_s == pytest.approx(0.5, abs=0.02)
        assert found.where.sum() == helped(TIME, [part(from_to(0.5, 3.0, 9.0))]).where.sum()


def test_empty_single_and_hidden():
    nothing = helped(TIME[:0], [part(np.zeros(0))])
    assert np.isnan(nothing.since_s) and len(nothing.where) == 0
    assert helped(TIME[:1], [part(np.array([9.0]))]).culprit is FaultCode.TRUNK_LEAN
    assert helped(TIME, [part(np.full(201, np.nan))]).culprit is None
    hidden_before = from_to(1.0, 3.0, 9.0)
    hidden_before[:50] = np.nan
    assert helped(TIME, [part(hidden_before)]).since_s == TIME[50]
    assert np.isnan(isolation_frac(TIME[:1], RAMP[:1], np.zeros(1, bool), 0.0))
    assert np.isnan(isolation_frac(TIME, np.full(201, np.nan), np.zeros(201, bool), 2.0))
    assert np.isnan(isolation_frac(TIME, np.zeros(201), np.zeros(201, bool), 2.0))
    gap = RAMP.copy()
    gap[40:60] = np.nan
    assert isolation_frac(TIME, gap, from_to(0.0, 1.0, 1.0) > 0, 2.0) == pytest.approx(0.75, abs=0.006)


@given(st.lists(st.tuples(st.floats(0, 12), st.floats(0, 6)), min_size=2, max_size=40), st.floats(0, 2), st.floats(0, 0.5))
def test_more_help_never_raises_the_score_nor_comes_later(sizes, noise, hold_s):
    size, more = np.repeat(np.array(sizes), 5, axis=0).T
    time = np.arange(len(size)) / FPS
    height = 30 * (1 - np.abs(2 * time / time[-1] - 1))
    less = helped(time, [part(size, noise=noise, hold_s=hold_s)])
    greater = helped(time, [part(size + more, noise=noise, hold_s=hold_s)])
    assert not (less.where & ~greater.where).any()
    assert np.isnan(less.since_s) or greater.since_s <= less.since_s + 1e-9
    scores = [isolation_frac(time, height, found.where, float(time[-1]) / 2) for found in (less, greater)]
    assert 0 <= scores[1] <= scores[0] <= 1


@given(st.lists(st.floats(-3, 30), min_size=3, max_size=60), st.data())
def test_the_score_is_a_share(height, data):
    time = np.arange(len(height)) / 30
    away = np.array(data.draw(st.lists(st.booleans(), min_size=len(height), max_size=len(height))))
    score = isolation_frac(time, np.array(height), away, data.draw(st.floats(0, float(time[-1]))))
    assert np.isnan(score) or 0 <= score <= 1


# --- filmed people


def second(report: SessionReport) -> Rep:
    assert len(report.reps) == 3
    return report.reps[1]


@pytest.mark.parametrize("case", WATCHED_CASES)
def test_what_stays_inside_its_limit_leaves_the_range_clean(case):
    exercise, body_of, inside, *_ = CASES[case]
    report = report_of(body_of(inside), exercise)
    for rep in report.reps:
        assert rep.clean_range_deg == rep.range_deg and rep.isolation_frac == 1.0
        assert rep.culprit is None and np.isnan(rep.clean_until_s)


@pytest.mark.parametrize("case", WATCHED_CASES)
def test_what_goes_beyond_ends_the_clean_range_and_is_named(case):
    exercise, body_of, _, outside, code, *_ = CASES[case]
    report = report_of(body_of(1.3 * outside), exercise)
    rep = second(report)
    assert rep.culprit is code and rep.start_s < rep.clean_until_s < rep.peak_s
    assert 0 < rep.clean_range_deg <= rep.range_deg and 0 < rep.isolation_frac < 1
    # Feet that come apart turn the thigh as measured, too, and a hiked pelvis takes away from the hip's own angle: it may have been all.
    assert rep.clean_range_deg < rep.range_deg or case in ("feet apart", "pelvis_hike")
    for other in (report.reps[0], report.reps[2]):
        assert other.culprit is None and other.clean_range_deg == other.range_deg


def test_the_clean_range_ends_when_the_help_that_was_put_in_began():
    report = report_of(standing_with("trunk_bend_deg", 12.0), LIFT)
    rep, put_in = second(report), a_set(3, hold_s=0.5, height_deg=25.0)[1]
    time = np.arange(0.0, put_in.end_s, 1e-3)
    lean = during(time, put_in, 12.0)
    begins_s = float(time[np.argmax(lean > 3.0)])
    reached = 25.0 * eased((begins_s - put_in.start_s) / put_in.out_s)
    assert rep.clean_until_s == pytest.approx(begins_s, abs=0.1)
    assert rep.clean_range_deg == pytest.approx(reached, abs=2.0)
    ends_s = float(time[np.flatnonzero(lean > 3.0)[-1]])
    left = 25.0 * (1 - eased((ends_s - put_in.start_s - put_in.out_s - put_in.hold_s) / put_in.back_s))
    assert rep.isolation_frac == pytest.approx((reached + left) / 50, abs=0.06)


def test_help_on_the_way_back_alone_lowers_the_score_and_not_the_range():
    reps = a_set(3, hold_s=0.5, height_deg=25.0)
    body = standing_with("trunk_bend_deg", 0.0)
    back_s = reps[1].start_s + reps[1].out_s + reps[1].hold_s + 0.3
    body.trunk_bend_deg = 12.0 * (eased((body.time_s - back_s) / 0.3) - eased((body.time_s - back_s - 1.2) / 0.3))
    rep = second(report_of(body, LIFT))
    assert FaultCode.TRUNK_LEAN in rep.faults
    assert rep.clean_range_deg == rep.range_deg and rep.culprit is None and np.isnan(rep.clean_until_s)
    assert 0.4 < rep.isolation_frac < 0.9


def test_a_movement_that_does_not_count_is_not_judged():
    reps = a_set(3)
    reps[1] = replace(reps[1], height_deg=-20)
    report = report_of(seated(reps))
    rep = report.reps[1]
    assert not rep.counted and rep.direction == "outward" and rep.range_deg == pytest.approx(20, abs=3)
    assert np.isnan(rep.clean_range_deg) and np.isnan(rep.isolation_frac) and rep.culprit is None
    assert report.counts_by_direction == {
        "inward": {"left": 0, "right": 2, "both": 0, "total": 2, "wrong_direction": 0},
        "outward": {"left": 0, "right": 0, "both": 0, "total": 0, "wrong_direction": 1},
    }


def analysed(rules: tuple[object, ...]) -> SessionReport:
    recording = film(turning(), Camera(distance_m=30.0, high_m=2.2), noise_px=0.15, noise_m=0.002)
    return analyse(recording, load(TURN).model_copy(update={"faults": rules}))


def with_foot_lost_in_noise() -> tuple[object, ...]:
    """The rules, that of the foot so strict that the picture is too noisy for it."""
    strict = {"on_frac": 2e-5, "off_frac": 1e-5}
    return tuple(rule.model_copy(update=strict) if rule.code is FaultCode.FOOT_LIFTED else rule for rule in load(TURN).faults)


def test_where_nothing_could_be_watched_there_is_a_reason_instead():
    foot = tuple(rule for rule in with_foot_lost_in_noise() if rule.code is FaultCode.FOOT_LIFTED)
    for rules, reason in (((), NOTHING_WATCHED), (foot, NOTHING_SEEN)):
        report = analysed(rules)
        assert report.counts["right"] == 3 and report.checked == ()
        assert all(np.isnan(rep.clean_range_deg) and np.isnan(rep.isolation_frac) for rep in report.reps)
        (said,) = [item for item in report.not_measured if item.what == "clean_range"]
        assert said.reason == reason and said.start_s == report.reps[0].start_s and said.end_s == report.reps[-1].end_s


def test_one_part_that_is_hidden_leaves_the_others_to_judge_by():
    report = analysed(with_foot_lost_in_noise())
    assert "foot_lifted" not in report.checked and "trunk_lean" in report.checked
    assert all(rep.clean_range_deg == rep.range_deg and rep.isolation_frac == 1.0 for rep in report.reps)
    assert "clean_range" not in {item.what for item in report.not_measured}


def test_a_range_that_was_not_measured_has_no_clean_part():
    rep = replace(report_of(turning()).reps[0], range_deg=float("nan"), clean_range_deg=float("nan"))
    assert isolated(rep, (), None) == (rep, None)


def test_what_the_view_does_not_show_is_not_watched():
    rule = next(rule for rule in load(TURN).faults if rule.code is FaultCode.FOOT_LIFTED)
    assert watched(rule, SimpleNamespace(off={"foot_lifted": object()})) == []


def test_every_rule_is_named_as_looked_for():
    assert set(report_of(turning()).checked) == {rule.code.value for rule in load(TURN).faults}


def test_every_kind_of_rule_that_watches_a_part_is_known():
    assert set(faults.KINDS) == {"limit", "jerk", "phase", "foot", "feet_apart", "deviation"}
