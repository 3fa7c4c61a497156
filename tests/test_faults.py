"""Faults of filmed people: each just inside and just outside its limit, for a frame only, hidden, and in noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.library import load
from formcheck.exercise.session import FaultCode, SessionReport
from formcheck.motion.landmarks import Landmark, Side
from tests.people import Body, Camera, Rep, a_set, angle_of, clock, eased, film, length_s, lying, seated, standing

TURN, PRESS, LIFT, CLAM = (
    "hip-internal-rotation",
    "banded-seated-hip-abduction",
    "standing-hip-abduction",
    "side-lying-hip-external-rotation",
)
RIGHT, LEFT = Side.RIGHT, Side.LEFT


def report_of(body: Body, exercise: str = TURN, options: AnalysisOptions | None = None, **of_film: Any) -> SessionReport:
    of_film = {"noise_px": 0.15, "noise_m": 0.002} | of_film
    return analyse(film(body, Camera(distance_m=30.0, high_m=2.2), **of_film), load(exercise), options)


def codes(report: SessionReport) -> dict[str, int]:
    return {code: n for code, n in report.fault_counts.items() if n}


def during(time_s: np.ndarray, rep: Rep, amount: float) -> np.ndarray:
    """Something that is done along with a movement: eased in and out over half a second, held for a second at its top."""
    top = rep.start_s + rep.out_s + rep.hold_s / 2
    return amount * (eased((time_s - top + 1.0) / 0.5) - eased((time_s - top - 0.5) / 0.5))


# --- filmed people: (what, exercise, body made from an amount, inside, outside, code, unit, side)


def turning(out_s: float = 2.0, hold_s: float = 0.5, back_s: float = 2.0, height_deg: float = 20.0, side: Side = RIGHT) -> Body:
    return seated(a_set(3, side=side, out_s=out_s, hold_s=hold_s, back_s=back_s, height_deg=height_deg))


def with_second(body: Body, reps: list[Rep], name: str, amount: float, side: Side | None = None) -> Body:
    """The body with something added during its second movement alone."""
    value = getattr(body, name)
    added = during(body.time_s, reps[1], amount)
    if side is None:
        setattr(body, name, value + added)
    else:
        value[side] = value[side] + added
    return body


def seated_with(name: str, amount: float, side: Side | None = None, height_deg: float = 20.0) -> Body:
    reps = a_set(3, hold_s=0.5, height_deg=height_deg)
    return with_second(seated(reps), reps, name, amount, side)


def standing_with(name: str, amount: float, side: Side | None = None) -> Body:
    reps = a_set(3, hold_s=0.5, height_deg=25.0)
    return with_second(standing(reps), reps, name, amount, side)


def lying_with(name: str, amount: float, side: Side) -> Body:
    reps = a_set(3, hold_s=0.5, height_deg=25.0)
    return with_second(lying(reps), reps, name, amount, side)


def second_too_far(height_deg: float) -> Body:
    reps = a_set(3, hold_s=0.5)
    reps[1] = replace(reps[1], height_deg=height_deg)
    return seated(reps)


def second_timed(out_s: float, back_s: float) -> Body:
    reps = a_set(3, hold_s=0.5)
    reps[1] = replace(reps[1], out_s=out_s, back_s=back_s)
    return seated(reps)


CASES = {
    "over_rotation": (TURN, second_too_far, 33.5, 36.5, FaultCode.OVER_ROTATION, "deg", "right"),
    "foot_lifted seated": (
        TURN,
        lambda x: seated_with("foot_lift_frac", x, RIGHT),
        0.045,
        0.075,
        FaultCode.FOOT_LIFTED,
        "shank lengths",
        "right",
    ),
    "foot_lifted standing": (
        LIFT,
        lambda x: standing_with("foot_lift_frac", x, LEFT),
        0.045,
        0.075,
        FaultCode.FOOT_LIFTED,
        "shank lengths",
        "left",
    ),
    "feet apart": (CLAM, lambda x: lying_with("foot_lift_frac", x, RIGHT), 0.08, 0.16, FaultCode.FOOT_LIFTED, "shank lengths", "right"),
    "trunk_lean left": (TURN, lambda x: seated_with("trunk_bend_deg", x), 5.0, 7.0, FaultCode.TRUNK_LEAN, "deg", "right"),
    "trunk_lean right": (TURN, lambda x: seated_with("trunk_bend_deg", -x), 5.0, 7.0, FaultCode.TRUNK_LEAN, "deg", "right"),
    "trunk_lean standing": (LIFT, lambda x: standing_with("trunk_bend_deg", x), 5.0, 7.0, FaultCode.TRUNK_LEAN, "deg", "right"),
    "pelvis_hike": (LIFT, lambda x: standing_with("pelvis_hike_deg", x, RIGHT), 5.5, 8.0, FaultCode.PELVIS_HIKE, "deg", "right"),
    "posture_changed": (TURN, lambda x: seated_with("trunk_forward_deg", x), 22.0, 29.0, FaultCode.POSTURE_CHANGED, "frac", "right"),
    "knee_drift": (TURN, lambda x: seated_with("rotation_deg", -x, LEFT, 30.0), 10.0, 14.0, FaultCode.KNEE_DRIFT, "frac", "left"),
    "too_fast out": (TURN, lambda x: second_timed(1 / x, 2.0), 1 / 1.0, 1 / 0.65, FaultCode.TOO_FAST, "s", "right"),
    "too_fast back": (TURN, lambda x: second_timed(1.2, 1 / x), 1 / 1.0, 1 / 0.65, FaultCode.TOO_FAST, "s", "right"),
    "fast_return": (TURN, lambda x: second_timed(2.6, 1 / x), 1 / 1.5, 1 / 1.05, FaultCode.FAST_RETURN, "s", "right"),
}


@pytest.mark.parametrize("case", CASES)
def test_just_inside_its_limit_is_no_fault(case: str) -> None:
    exercise, body_of, inside, *_ = CASES[case]
    report = report_of(body_of(inside), exercise)
    assert report.counts["right"] == 3 and codes(report) == {}


@pytest.mark.parametrize("case", CASES)
def test_just_outside_its_limit_is_that_fault_in_that_repetition_with_its_evidence(case: str) -> None:
    exercise, body_of, _, outside, code, unit, side = CASES[case]
    report = report_of(body_of(outside), exercise)
    assert report.counts["right"] == 3
    assert codes(report) == {code.value: 1}
    (fault,) = report.faults
    rep = next(r for r in report.reps if r.number == fault.rep)
    assert rep.number == 2 and rep.faults == (code,)
    assert rep.start_s - 1e-6 <= fault.start_s < fault.end_s <= rep.end_s + 1e-6
    assert (fault.unit, fault.side) == (unit, side)
    worse = fault.measured < fault.limit if unit == "s" else fault.measured > fault.limit
    assert worse and fault.severity == "fault"
    assert fault.message in {rule.message for rule in load(exercise).faults if rule.code is code}


@pytest.mark.parametrize("case", ["foot_lifted seated", "foot_lifted standing", "trunk_lean left", "pelvis_hike", "posture_changed"])
def test_one_frame_of_it_is_a_slip_of_the_model_and_no_fault(case: str) -> None:
    exercise, body_of, _, outside, *_ = CASES[case]
    body = body_of(0.0)
    spike = int(np.argmin(np.abs(body.time_s - 9.0)))
    much = body_of(3 * outside)
    for name in ("trunk_bend_deg", "trunk_forward_deg"):
        getattr(body, name)[spike] = getattr(much, name)[spike]
    for name in ("foot_lift_frac", "pelvis_hike_deg"):
        for side in Side:
            getattr(body, name)[side][spike] = getattr(much, name)[side][spike]
    assert codes(report_of(body, exercise)) == {}


@pytest.mark.parametrize(("limit_deg", "faults"), [(16.0, 3), (24.0, 0)])
def test_the_limit_may_be_chosen(limit_deg: float, faults: int) -> None:
    report = report_of(turning(), options=AnalysisOptions(limit_deg=limit_deg))
    assert codes(report) == ({"over_rotation": faults} if faults else {})
    assert report.limit_deg == limit_deg
    assert all(fault.limit == limit_deg and fault.measured == pytest.approx(20, abs=1) for fault in report.faults)


def test_both_legs_of_a_band_exercise_are_watched_and_the_worse_foot_is_named() -> None:
    reps = a_set(3, height_deg=-20)
    body = seated(reps + a_set(3, height_deg=-20, side=LEFT))
    report = report_of(with_second(body, reps, "foot_lift_frac", 0.12, LEFT), PRESS)
    assert report.counts["both"] == 3
    assert [(f.code, f.side, f.rep) for f in report.faults] == [(FaultCode.FOOT_LIFTED, "left", 2)]


def test_a_shaken_camera_lifts_both_feet_and_is_no_fault() -> None:
    reps = a_set(3)
    body = seated(reps)
    for side in Side:
        body.foot_lift_frac[side] = during(body.time_s, reps[1], 0.1)
    assert "foot_lifted" not in codes(report_of(body))


def test_a_hurried_repetition_has_a_quick_return_too_and_it_is_said_once() -> None:
    assert codes(report_of(second_timed(0.6, 0.6))) == {"too_fast": 1}


def test_a_shrug_is_no_lean() -> None:
    assert codes(report_of(seated_with("shrug_m", 0.06))) == {}


def test_bursts_and_stops_on_film_are_jerky() -> None:
    reps = a_set(4, pause_s=1.5)
    time = clock(length_s(reps), 30)
    angle = angle_of(time, reps)
    start = reps[2].start_s
    inside = (time >= start) & (time < start + 4.3)
    steps = sum(5.0 * eased((time - start - 0.7 * k) / 0.3) for k in range(4)) - sum(
        5.0 * eased((time - start - 2.8 - 0.5 * k) / 0.3) for k in range(4)
    )
    angle = np.where(inside, steps, angle)
    report = report_of(Body(time, rotation_deg={RIGHT: angle}))
    assert report.counts["right"] == 4
    assert [(fault.code, fault.rep) for fault in report.faults if fault.code is FaultCode.JERKY] == [(FaultCode.JERKY, 3)]
    jerky = next(fault for fault in report.faults if fault.code is FaultCode.JERKY)
    assert jerky.measured > jerky.limit == 1.0 and jerky.unit == "times the limit"


def test_rejected_movements_have_no_faults() -> None:
    reps = a_set(3)
    reps[1] = replace(reps[1], height_deg=-20)
    report = report_of(with_second(seated(reps), reps, "foot_lift_frac", 0.15, RIGHT))
    assert report.counts["right"] == 2 and report.reps[1].faults == () and codes(report) == {}


def test_hidden_landmarks_are_named_with_the_reason_and_are_no_fault() -> None:
    reps = a_set(3)
    feet = {Landmark.of(RIGHT, part): [(0.0, 99.0)] for part in ("foot_index", "heel")}
    feet |= {Landmark.LEFT_FOOT_INDEX: [(0.0, 99.0)], Landmark.LEFT_HEEL: [(0.0, 99.0)]}
    other_knee = {Landmark.LEFT_KNEE: [(0.0, 99.0)]}
    report = report_of(seated(reps), hidden=feet | other_knee)
    assert report.counts["right"] == 3 and codes(report) == {}
    assert {(item.what, item.reason) for item in report.not_measured if item.code == "hidden"} == {
        ("knee_drift", "the landmarks it needs were hidden")
    }


def test_in_noise_a_small_change_is_not_judged() -> None:
    report = report_of(standing(a_set(3, hold_s=0.5, height_deg=25.0), fps=8), LIFT, noise_px=4.0)
    said = {item.what: item.reason for item in report.not_measured if item.code == "hidden"}
    assert "too noisy" in said["pelvis_hike"] and "pelvis_hike" not in codes(report)


def test_a_hike_is_not_told_apart_from_a_lean() -> None:
    reps = a_set(3, height_deg=25)
    body = with_second(standing(reps), reps, "pelvis_hike_deg", 9.0, RIGHT)
    report = report_of(with_second(body, reps, "trunk_bend_deg", 12.0), LIFT)
    assert codes(report) == {"trunk_lean": 1}
    assert "the trunk leaned, and the hip line leans with it" in {item.reason for item in report.not_measured}
