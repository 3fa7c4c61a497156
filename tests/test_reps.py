"""Repetitions of filmed people: which are counted, for which leg, and why the others are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.library import load
from formcheck.exercise.reps import usual_height_deg
from formcheck.exercise.session import Rejection, SessionReport
from formcheck.motion.landmarks import Landmark, Side
from tests.people import DESK, NEAR, Body, Camera, Rep, a_set, alternating, film, length_s, lying, seated, standing

NOISE: dict[str, Any] = {"noise_px": 0.5, "noise_m": 0.004}
TURN, PRESS, LIFT, PULL, CLAM = (
    "hip-internal-rotation",
    "banded-seated-hip-abduction",
    "standing-hip-abduction",
    "banded-seated-hip-internal-rotation",
    "side-lying-hip-external-rotation",
)


def report_of(
    body: Body, exercise: str = TURN, camera: Camera = NEAR, options: AnalysisOptions | None = None, **of_film: Any
) -> SessionReport:
    return analyse(film(body, camera, **(NOISE | of_film)), load(exercise), options)


def counted(report: SessionReport) -> tuple[int, int, int]:
    return report.counts["left"], report.counts["right"], report.counts["both"]


def rejected(report: SessionReport) -> list[tuple[str, Rejection]]:
    return [(rep.side_name, rep.rejected) for rep in report.reps if rep.rejected is not None]


def both_legs(count: int, **of_rep: float) -> list[Rep]:
    return a_set(count, **of_rep) + a_set(count, side=Side.LEFT, **of_rep)


def with_heights(heights: list[float], side: Side = Side.RIGHT) -> list[Rep]:
    return [replace(rep, height_deg=height) for rep, height in zip(a_set(len(heights), side=side), heights, strict=True)]


# --- counted


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("yaw_deg", [-45.0, -20.0, 0.0, 20.0, 45.0])
def test_a_seated_set_of_either_leg_from_any_allowed_view(side: Side, yaw_deg: float) -> None:
    report = report_of(seated(a_set(4, side=side)), camera=Camera(yaw_deg=yaw_deg))
    assert counted(report) == ((4, 0, 0) if side is Side.LEFT else (0, 4, 0))
    assert rejected(report) == [] and report.sides == (side.value,)
    assert all(rep.direction == "inward" for rep in report.reps)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("yaw_deg", [-25.0, 0.0, 25.0])
def test_a_standing_set_of_either_leg(side: Side, yaw_deg: float) -> None:
    report = report_of(standing(a_set(4, side=side, height_deg=25)), LIFT, Camera(yaw_deg=yaw_deg, high_m=2.4))
    assert counted(report) == ((4, 0, 0) if side is Side.LEFT else (0, 4, 0))
    assert rejected(report) == []


def test_a_side_lying_set_of_the_upper_leg() -> None:
    report = report_of(lying(a_set(4, height_deg=25)), CLAM)
    assert counted(report) == (0, 4, 0) and rejected(report) == []
    assert all(rep.direction == "outward" for rep in report.reps)


@pytest.mark.parametrize(("exercise", "height_deg"), [(PULL, 20.0), (PRESS, -20.0)])
def test_both_legs_together_are_one_repetition(exercise: str, height_deg: float) -> None:
    report = report_of(seated(both_legs(4, height_deg=height_deg)), exercise)
    assert counted(report) == (0, 0, 4) and report.counts["total"] == 4 and report.sides == ("both",)


def test_legs_that_do_not_move_quite_alike_are_still_together() -> None:
    reps = a_set(4, height_deg=22) + [replace(rep, start_s=rep.start_s + 0.4, height_deg=14) for rep in a_set(4, side=Side.LEFT)]
    assert counted(report_of(seated(reps), PULL)) == (0, 0, 4)


@pytest.mark.parametrize("pause_s", [0.3, 1.0])
def test_legs_in_turn(pause_s: float) -> None:
    report = report_of(seated(alternating(6, pause_s=pause_s)))
    assert counted(report) == (3, 3, 0) and rejected(report) == []
    assert [rep.side for rep in report.reps] == [Side.RIGHT, Side.LEFT] * 3
    assert [rep.number for rep in report.reps] == [1, 2, 3, 4, 5, 6]


def test_one_leg_and_then_the_other() -> None:
    first = a_set(3)
    report = report_of(seated(first + a_set(3, side=Side.LEFT, first_s=length_s(first) + 2)))
    assert counted(report) == (3, 3, 0)


def test_times_and_heights_are_those_put_in() -> None:
    reps = with_heights([15.0, 20.0, 28.0])
    report = report_of(seated(reps), camera=DESK)
    for found, rep in zip(report.reps, reps, strict=True):
        assert found.start_s == pytest.approx(rep.start_s, abs=0.25) and found.end_s == pytest.approx(rep.end_s, abs=0.25)
        assert found.peak_s == pytest.approx(rep.start_s + rep.out_s + rep.hold_s / 2, abs=0.25)
        assert abs(found.range_deg - rep.height_deg) < 1.0
        assert abs(found.peak_deg - rep.height_deg) <= found.peak_pm_deg
        assert found.out_s == pytest.approx(rep.out_s, abs=0.3) and found.back_s == pytest.approx(rep.back_s, abs=0.3)
        assert found.start_s < found.peak_s < found.end_s


@settings(max_examples=15)
@given(
    heights=st.lists(st.floats(14, 28), min_size=2, max_size=5),
    way_s=st.floats(1.2, 3.5),
    hold_s=st.floats(0, 1.0),
    pause_s=st.floats(0.5, 2.5),
    side=st.sampled_from(list(Side)),
    yaw_deg=st.floats(-40, 40),
    seed=st.integers(0, 99),
)
def test_any_set_of_good_form_is_counted_exactly_and_without_fault(
    heights: list[float], way_s: float, hold_s: float, pause_s: float, side: Side, yaw_deg: float, seed: int
) -> None:
    reps, at = [], 1.5
    for height in heights:
        reps.append(Rep(at, way_s, hold_s, way_s, height, side))
        at = reps[-1].end_s + pause_s
    report = report_of(seated(reps), camera=Camera(yaw_deg=yaw_deg), noise_px=0.3, seed=seed)
    assert report.counts[side.value] + report.partial == len(heights)
    assert [rep for rep in rejected(report) if rep[1] is not Rejection.PARTIAL] == []
    assert report.counts["total"] == sum(rep.counted for rep in report.reps)
    if min(heights) > 0.65 * max(heights):
        assert report.counts[side.value] == len(heights)
    assert report.faults == ()


@pytest.mark.parametrize("fps", [5.0, 12.0, 30.0, 60.0, 120.0])
@pytest.mark.parametrize("jitter", [0.0, 0.6])
def test_every_frame_rate_counts_the_same(fps: float, jitter: float) -> None:
    assert counted(report_of(seated(a_set(4), fps=fps, jitter=jitter))) == (0, 4, 0)


@pytest.mark.parametrize("drift_deg", [8.0, 15.0])
def test_a_resting_leg_may_drift_over_the_set(drift_deg: float) -> None:
    body = seated(a_set(6))
    body.rotation_deg[Side.RIGHT] += drift_deg * body.time_s / body.time_s[-1]
    assert counted(report_of(body)) == (0, 6, 0)


# --- not counted, with the reason


def test_a_partial_one_is_reported_and_not_counted() -> None:
    report = report_of(seated(with_heights([20, 20, 7, 20])))
    assert counted(report) == (0, 3, 0)
    assert rejected(report) == [("right", Rejection.PARTIAL)] and report.partial == 1
    assert [rep.counted for rep in report.reps] == [True, True, False, True]


def test_a_turn_the_wrong_way_is_reported_and_not_counted() -> None:
    report = report_of(seated(with_heights([20, 20, -20, 20])))
    assert counted(report) == (0, 3, 0)
    assert rejected(report) == [("right", Rejection.WRONG_DIRECTION)]
    assert report.reps[2].direction == "outward"
    assert report.reps[2].faults == ()


@pytest.mark.parametrize(("direction", "expected"), [("inward", 2), ("outward", 3), ("both", 5), (None, 2)])
def test_the_direction_may_be_chosen(direction: str | None, expected: int) -> None:
    report = report_of(seated(with_heights([20, -20, -20, 20, -20])), options=AnalysisOptions(direction=direction))
    assert counted(report) == (0, expected, 0)
    assert len(report.reps) == 5


def test_a_twitch_is_too_short() -> None:
    reps = [*a_set(3), Rep(20.0, 0.22, 0.0, 0.22, 20.0)]
    report = report_of(seated(reps, fps=60))
    assert counted(report) == (0, 3, 0)
    assert rejected(report) == [("right", Rejection.TOO_SHORT)]


@pytest.mark.parametrize("cut", ["start", "end"])
def test_a_repetition_cut_by_the_start_or_end_of_the_recording_is_partial(cut: str) -> None:
    body = seated(a_set(3))
    time = body.time_s
    inside = time >= 3.3 if cut == "start" else time <= time[-1] - 1.5 - 2.0
    angle = body.rotation_deg[Side.RIGHT][inside]
    report = report_of(Body(time[inside] - time[inside][0], rotation_deg={Side.RIGHT: angle}))
    assert counted(report) == (0, 2, 0)
    assert rejected(report) == [("right", Rejection.PARTIAL)]


LEG = tuple(Landmark.of(Side.RIGHT, part) for part in ("knee", "ankle", "heel", "foot_index"))


def test_a_leg_hidden_for_a_moment_keeps_its_repetition() -> None:
    report = report_of(seated(a_set(3)), hidden={mark: [(8.6, 9.0)] for mark in LEG})
    assert counted(report) == (0, 3, 0)


def test_a_leg_hidden_for_long_in_the_middle_is_lost_sight() -> None:
    reps = a_set(3, hold_s=2.0)
    top = reps[1].start_s + reps[1].out_s
    report = report_of(seated(reps), hidden={mark: [(top - 0.2, reps[1].end_s - 0.2)] for mark in LEG})
    assert counted(report) == (0, 2, 0)
    assert ("right", Rejection.LOST_SIGHT) in rejected(report)


@pytest.mark.parametrize(("gap_s", "whole"), [(0.6, True), (2.0, False)])
def test_a_leg_hidden_while_it_is_held_keeps_its_repetition_only_when_it_is_soon_back(gap_s: float, whole: bool) -> None:
    reps = a_set(3, hold_s=4.0, pause_s=3.0)
    start = reps[1].start_s + reps[1].out_s + 1.0
    report = report_of(seated(reps), hidden={mark: [(start, start + gap_s)] for mark in LEG})
    assert counted(report) == (0, 3 if whole else 2, 0)
    if whole:
        assert rejected(report) == [] and np.isnan([report.reps[1].out_s, report.reps[1].peak_speed_deg_s]).all()
    else:
        assert {reason for _, reason in rejected(report)} == {Rejection.LOST_SIGHT}


def test_a_gap_between_two_repetitions_costs_none() -> None:
    reps = a_set(3, pause_s=2.0)
    between = [(reps[0].end_s + 0.4, reps[1].start_s - 0.4)]
    report = report_of(seated(reps), hidden={mark: between for mark in LEG})
    assert counted(report) == (0, 3, 0) and rejected(report) == []


# --- the other leg


@pytest.mark.parametrize("fidget_deg", [4.0, 7.0, 8.5])
def test_the_other_leg_may_fidget_along(fidget_deg: float) -> None:
    reps = a_set(4, height_deg=26) + [replace(rep, height_deg=fidget_deg) for rep in a_set(4, side=Side.LEFT)]
    report = report_of(seated(reps))
    assert counted(report) == (0, 4, 0) and rejected(report) == []


def test_the_other_leg_may_fidget_in_the_pauses() -> None:
    reps = a_set(4, height_deg=24, pause_s=3.0)
    fidgets = [Rep(rep.end_s + 0.6, 0.8, 0.0, 0.8, 7.0, Side.LEFT) for rep in reps[:-1]]
    report = report_of(seated(reps + fidgets))
    assert counted(report) == (0, 4, 0) and rejected(report) == []


@pytest.mark.parametrize(("side", "expected"), [("auto", (2, 3, 0)), ("both", (2, 3, 0)), ("left", (2, 0, 0)), ("right", (0, 3, 0))])
def test_the_side_may_be_chosen(side: Any, expected: tuple[int, int, int]) -> None:
    first = a_set(3)
    body = seated(first + a_set(2, side=Side.LEFT, first_s=length_s(first) + 1))
    report = report_of(body, options=AnalysisOptions(side=side))
    assert counted(report) == expected
    assert {rep.side_name for rep in report.reps} == {name for name, n in zip(("left", "right"), expected, strict=False) if n}


def test_auto_finds_the_leg_that_works() -> None:
    assert report_of(seated(a_set(3, side=Side.LEFT))).sides == ("left",)


def test_standing_both_legs_at_once_is_not_this_exercise() -> None:
    report = report_of(standing(both_legs(4, height_deg=25)), LIFT)
    assert counted(report) == (0, 0, 0) and report.reps == ()
    assert "both_legs" in {item.code for item in report.not_measured}


@pytest.mark.parametrize("moving", Side)
def test_one_knee_of_a_band_exercise_is_never_both(moving: Side) -> None:
    """The band holds both knees: one of them alone is its own, and nothing at all when both were asked for."""
    body = seated(a_set(3, side=moving))
    assert report_of(body, PULL).counts["both"] == 0
    assert report_of(body, PULL, options=AnalysisOptions(side="both")).counts["total"] == 0


def test_a_lift_with_a_bent_knee_is_not_this_exercise() -> None:
    body = standing(a_set(3, height_deg=25))
    body.foot_lift_frac[Side.RIGHT] = np.where(body.abduction_deg[Side.RIGHT] > 2, 0.7, 0.0)
    report = report_of(body, LIFT)
    assert counted(report) == (0, 0, 0)
    assert "knee_bent" in {item.code for item in report.not_measured}


def test_a_leg_that_stays_away_for_half_a_minute_is_not_a_repetition() -> None:
    report = report_of(seated([*a_set(2, pause_s=6), Rep(30.0, hold_s=24.0)], fps=15))
    assert counted(report) == (0, 2, 0)


# --- the usual height


@pytest.mark.parametrize(
    ("heights", "usual"),
    [([], np.nan), ([3.0], np.nan), ([20.0], 20.0), ([10.0, 20.0, 24.0, 3.0], 20.0), ([20.0, 22.0, 60.0], 21.0), ([50.0, 60.0], 30.0)],
)
def test_the_usual_height_leaves_out_the_tiny_and_the_huge(heights: list[float], usual: float) -> None:
    assert usual_height_deg(heights, load(TURN)) == pytest.approx(usual, nan_ok=True)
