"""The intervals: wider where less is known, and wide enough for what is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.exercise.analyzer import analyse
from formcheck.exercise.curves import ANGLE_CUTOFF_HZ, Curves, curves_of
from formcheck.exercise.library import load
from formcheck.exercise.movements import leg_curve
from formcheck.exercise.uncertainty import Intervals, intervals_of
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from tests.people import DESK, Camera, Rep, film, lying, seated, standing

TURN, LIFT, CLAM = "hip-internal-rotation", "standing-hip-abduction", "side-lying-hip-external-rotation"
RIGHT = "hip_rotation_right_deg"
REPS = [Rep(1.5, height_deg=24.0)]


def measured(recording: PoseRecording, exercise: str = TURN, model: str | None = "heavy") -> tuple[Curves, Intervals]:
    spec = load(exercise)
    curves = curves_of(recording, spec)
    legs = {side: leg_curve(curves.time_s, curves.angle_deg[side], ANGLE_CUTOFF_HZ) for side in Side}
    return curves, intervals_of(curves, legs, spec, model)


def at_peak(pm: np.ndarray) -> float:
    return float(pm[round((1.5 + 2.15) * 30)])


@pytest.mark.parametrize(
    ("exercise", "body", "column"),
    [(TURN, seated, RIGHT), (LIFT, standing, "hip_abduction_right_deg"), (CLAM, lying, RIGHT)],
)
def test_every_angle_has_an_interval_where_it_is_measured_and_nowhere_else(exercise: str, body, column: str) -> None:
    recording = film(body(REPS), DESK, gone=[(3.0, 3.8)])
    curves, intervals = measured(recording, exercise)
    for name, value in curves.columns.items():
        pm = intervals.pm_deg[name]
        assert (np.isfinite(pm) == np.isfinite(value)).all(), name
        assert (pm[np.isfinite(pm)] > 0).all(), name
    assert np.isnan(intervals.pm_deg[column][(curves.time_s > 3.1) & (curves.time_s < 3.7)]).all()
    assert set(intervals.shown_pm_deg) == set(Side)


def test_a_lighter_model_is_less_sure_of_a_movement_and_as_sure_of_a_rest() -> None:
    recording = film(seated(REPS), DESK)
    pm = {model: measured(recording, model=model)[1].shown_pm_deg[Side.RIGHT] for model in ("heavy", "full", "lite")}
    assert at_peak(pm["heavy"]) < at_peak(pm["full"]) < at_peak(pm["lite"])
    assert pm["heavy"][0] == pytest.approx(pm["lite"][0], abs=0.01)


def test_an_unknown_model_is_taken_to_be_the_middle_one() -> None:
    recording = film(seated(REPS), DESK)
    unknown, middle = (measured(recording, model=model)[1].shown_pm_deg[Side.RIGHT] for model in (None, "full"))
    assert np.array_equal(unknown, middle)


def test_a_larger_movement_is_less_sure() -> None:
    _, intervals = measured(film(seated(REPS), DESK))
    pm = intervals.shown_pm_deg[Side.RIGHT]
    assert pm[0] < pm[75] < at_peak(pm)


@pytest.mark.parametrize("side", Side)
def test_from_the_side_a_movement_is_less_sure_and_the_mirror_image_as_sure(side: Side) -> None:
    def sure(yaw: float, leg: Side) -> float:
        curves, intervals = measured(film(seated([replace(REPS[0], side=leg)]), replace(DESK, yaw_deg=yaw)))
        assert np.isfinite(curves.yaw_deg)
        return at_peak(intervals.shown_pm_deg[leg])

    assert sure(0.0, side) < 0.8 * sure(35.0, side)
    assert sure(25.0, side) == pytest.approx(sure(-25.0, side.other), rel=0.05)


def test_noise_at_rest_makes_every_angle_less_sure() -> None:
    quiet, noisy = (measured(film(seated(REPS), DESK, noise_px=px))[1].pm_deg[RIGHT] for px in (0.0, 6.0))
    assert np.nanmedian(noisy) > np.nanmedian(quiet)


def test_of_a_standing_leg_the_pelvis_is_the_doubt() -> None:
    _, intervals = measured(film(standing(REPS), DESK), LIFT)
    pm = intervals.shown_pm_deg[Side.RIGHT]
    assert pm[0] < 2 < 4 < at_peak(pm)


@settings(max_examples=20, deadline=None)
@given(
    yaw=st.floats(-40, 40),
    pitch=st.floats(-8, 10),
    distance=st.floats(1.8, 3.2),
    height=st.floats(12, 28),
    side=st.sampled_from(Side),
)
def test_without_landmark_errors_the_truth_is_in_the_interval(yaw: float, pitch: float, distance: float, height: float, side: Side) -> None:
    """The seat of the made-up person is square and its camera a webcam: other than assumed, and within what is assumed of people."""
    camera = Camera(yaw, pitch, distance, distance * 0.973)
    body = seated([Rep(1.5, height_deg=height, side=side)])
    report = analyse(film(body, camera), load(TURN))
    reps = [rep for rep in report.reps if rep.counted]
    assert len(reps) == 1
    if np.isfinite(reps[0].range_deg):
        assert abs(reps[0].range_deg - height) <= reps[0].range_pm_deg
