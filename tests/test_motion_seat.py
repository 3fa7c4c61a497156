"""The seated pose: joint angles put in are the joint angles of its points, and its picture is that of a pinhole camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.angles import hip_abduction_deg, hip_rotation_deg, knee_flexion_deg
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.seat import LegPose, SeatedPose

LEGS = st.builds(LegPose, st.floats(-10, 30), st.floats(-15, 15), st.floats(60, 120), st.floats(-30, 30))


def in_camera_axes(pose: SeatedPose, side: Side) -> np.ndarray:
    """(33, 3) hip, knee and ankle in the axes of a camera straight ahead: x right, y down, z away."""
    points = np.full((33, 3), np.nan)
    for part, joint in zip(("hip", "knee", "ankle"), pose.joints(side), strict=True):
        points[Landmark.of(side, part)] = [-joint[0], -joint[2], -joint[1]]
    return points


@pytest.mark.parametrize("side", Side)
@given(leg=LEGS)
def test_the_angles_put_in_are_those_of_the_points(side: Side, leg: LegPose) -> None:
    pose = SeatedPose(left=leg, right=leg)
    points = in_camera_axes(pose, side)
    right = np.array([-1.0, 0.0, 0.0])
    assert float(hip_rotation_deg(points, side, right)) == pytest.approx(leg.rotation_deg, abs=1e-6)
    assert float(hip_abduction_deg(points, side, right)) == pytest.approx(leg.abduction_deg, abs=1e-6)
    assert float(knee_flexion_deg(points, side)) == pytest.approx(leg.knee_flexion_deg, abs=1e-6)


@pytest.mark.parametrize("side", Side)
@given(leg=LEGS, angle=st.floats(-1, 1))
def test_a_swivel_keeps_every_length_and_the_foot(side: Side, leg: LegPose, angle: float) -> None:
    pose = SeatedPose(thigh_shanks=1.04, left=leg, right=leg)
    hip, _, ankle = pose.joints(side)
    knees, planted = pose.swivelled(side, np.array([angle]))
    assert np.allclose(planted, ankle)
    assert np.linalg.norm(knees[0] - hip) == pytest.approx(1.04)
    assert np.linalg.norm(knees[0] - ankle) == pytest.approx(1.0)


@pytest.mark.parametrize("side", Side)
def test_a_swivel_inwards_goes_inwards_and_so_does_a_swing(side: Side) -> None:
    pose = SeatedPose()
    knees, _ = pose.swivelled(side, np.array([0.0, 0.3]))
    assert side.sign * (knees[1, 0] - knees[0, 0]) < 0
    _, ankles = pose.swung(side, np.array([0.0, 20.0]))
    assert side.sign * (ankles[1, 0] - ankles[0, 0]) > 0, "internal rotation swings the foot outwards"


def test_straight_ahead_and_far_the_picture_is_the_body_seen_from_the_front() -> None:
    points = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    assert np.allclose(SeatedPose().pictured(points), [[-1, 0], [0, -1], [0, 0]])


def test_what_is_nearer_looks_larger() -> None:
    near = SeatedPose(distance_shanks=5.0).pictured(np.array([[1.0, 1.0, 0.0]]))
    assert np.allclose(near, [[-1.25, 0.0]])


def test_a_camera_that_looks_down_sees_near_things_lower() -> None:
    assert SeatedPose(pitch_deg=10.0).pictured(np.array([[0.0, 1.0, 0.0]]))[0, 1] > 0


def test_a_person_turned_to_their_left_shows_their_front_to_the_right_of_the_picture() -> None:
    assert SeatedPose(yaw_deg=30.0).pictured(np.array([[0.0, 1.0, 0.0]]))[0, 0] > 0


def test_turned_away_by_at_most() -> None:
    assert SeatedPose(yaw_deg=-70.0).faced(50.0).yaw_deg == -50.0
    assert SeatedPose(yaw_deg=20.0).faced(50.0).yaw_deg == 20.0
