"""The planted-foot swivel: against its closed form, against a filmed person, and at the ends of what a view can show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.angles import hip_abduction_deg, shin_tilt_deg
from formcheck.motion.landmarks import Side
from formcheck.motion.seat import LegPose, SeatedPose
from formcheck.motion.swivel import Swivel
from tests.people import FAR, Body, Camera, film

FAR_SEAT = 1e6


def square(side: Side, yaw_deg: float = 0.0, knee_deg: float = 90.0) -> Swivel:
    """A leg with the thigh level and straight ahead, seen from far away."""
    leg = LegPose(knee_flexion_deg=knee_deg)
    return Swivel(side, SeatedPose(yaw_deg=yaw_deg, distance_shanks=FAR_SEAT, left=leg, right=leg))


YAWS = [-50.0, -30.0, -10.0, 0.0, 10.0, 30.0, 50.0]


def turned(side: Side, rotation_deg: np.ndarray) -> Body:
    return Body(np.arange(len(rotation_deg)) / 30, rotation_deg={side: rotation_deg})


def seen_from_ahead(tilt_deg: float, knee_deg: float) -> float:
    """Rotation by the closed form: half the swivel is ``atan(cos(k/2) tan(tilt))``, the rotation ``atan(cos(k/2) tan(swivel))``."""
    half_k = np.radians(knee_deg) / 2
    swivel = 2 * np.arctan(np.cos(half_k) * np.tan(np.radians(tilt_deg)))
    return float(np.degrees(np.arctan(np.cos(half_k) * np.tan(swivel))))


@pytest.mark.parametrize("side", Side)
@given(tilt=st.floats(-35, 35), knee=st.floats(70, 110))
def test_from_ahead_it_is_the_closed_form(side: Side, tilt: float, knee: float) -> None:
    knee = round(knee, 1)
    assert float(square(side, 0.0, knee).rotation_deg(tilt)) == pytest.approx(seen_from_ahead(tilt, knee), abs=0.02)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("yaw_deg", YAWS)
def test_a_filmed_persons_rotation_is_read_back(side: Side, yaw_deg: float) -> None:
    rotation = np.linspace(-20, 20, 41)
    tilt = shin_tilt_deg(film(turned(side, rotation), Camera(yaw_deg=yaw_deg, distance_m=500)).image_xy, side)
    read = square(side, yaw_deg).rotation_deg(tilt)
    known = np.isfinite(read)
    assert known[np.abs(rotation) <= 10].all()
    assert np.allclose(read[known], rotation[known], atol=0.1)


@pytest.mark.parametrize("side", Side)
def test_adduction_is_that_of_the_filmed_thigh(side: Side) -> None:
    recording = film(turned(side, np.linspace(-30, 30, 31)), FAR)
    adduction = square(side).adduction_deg(shin_tilt_deg(recording.image_xy, side))
    assert np.allclose(adduction, -hip_abduction_deg(recording.world_xyz, side), atol=0.1)


@pytest.mark.parametrize("yaw_deg", YAWS)
@pytest.mark.parametrize("side", Side)
def test_upright_is_zero_and_more_tilt_is_more_rotation(side: Side, yaw_deg: float) -> None:
    swivel = square(side, yaw_deg)
    assert float(swivel.rotation_deg(0.0)) == pytest.approx(0, abs=1e-4)
    read = swivel.rotation_deg(np.linspace(-60, 60, 241))
    assert (np.diff(read[np.isfinite(read)]) > 0).all()


@given(tilt=st.floats(-60, 60), yaw=st.floats(-50, 50), knee=st.floats(70, 110))
def test_a_mirrored_view_of_the_other_leg_is_the_same(tilt: float, yaw: float, knee: float) -> None:
    left, right = square(Side.LEFT, yaw, knee), square(Side.RIGHT, -yaw, knee)
    assert np.allclose(left.rotation_deg(tilt), right.rotation_deg(tilt), equal_nan=True, atol=1e-6)
    assert np.allclose(left.adduction_deg(tilt), right.adduction_deg(tilt), equal_nan=True, atol=1e-6)
    assert np.allclose(left.clipped_rotation_deg(tilt), right.clipped_rotation_deg(tilt), atol=1e-6)


@pytest.mark.parametrize("tilt_deg", [-89.0, 89.0, np.nan])
def test_what_no_swivel_makes_is_not_measured(tilt_deg: float) -> None:
    assert np.isnan(square(Side.LEFT).rotation_deg(tilt_deg))
    assert np.isnan(square(Side.LEFT).adduction_deg(tilt_deg))


def test_for_counting_the_ends_are_held_and_nan_stays_nan() -> None:
    swivel = square(Side.RIGHT, 40.0)
    clipped = swivel.clipped_rotation_deg([-89.0, 0.0, 89.0, np.nan])
    reached = swivel.rotation_deg(np.linspace(-89, 89, 17801))
    assert clipped[0] == pytest.approx(np.nanmin(reached), abs=0.5) and clipped[2] == pytest.approx(np.nanmax(reached), abs=0.5)
    assert clipped[1] == pytest.approx(0, abs=1e-4) and np.isnan(clipped[3])


@pytest.mark.parametrize("yaw_deg", [-50.0, 50.0])
def test_far_from_the_front_one_direction_has_a_nearer_end(yaw_deg: float) -> None:
    """The knee that swings towards the camera soon stops crossing the picture."""
    ends = [abs(float(square(Side.RIGHT, yaw_deg).clipped_rotation_deg(end))) for end in (-89.0, 89.0)]
    front = float(square(Side.RIGHT, 0.0).clipped_rotation_deg(89.0))
    assert min(ends) < 0.8 * max(ends) <= front + 1


@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3)])
def test_the_shape_is_kept(shape: tuple[int, ...]) -> None:
    for read in (square(Side.LEFT).rotation_deg, square(Side.LEFT).clipped_rotation_deg, square(Side.LEFT).adduction_deg):
        assert read(np.zeros(shape)).shape == shape


@pytest.mark.parametrize("side", Side)
@given(rotation=st.floats(-25, 25))
def test_a_swinging_shank_seen_from_ahead_tilts_by_its_rotation(side: Side, rotation: float) -> None:
    """With the thigh pointing at a far camera and the knee square, the tilt of the shin is the rotation of the hip."""
    assert float(square(side).swung_rotation_deg(rotation)) == pytest.approx(rotation, abs=0.01)


@pytest.mark.parametrize("side", Side)
def test_rest_is_where_the_table_says_it_is(side: Side) -> None:
    leg = LegPose(abduction_deg=12, thigh_slope_deg=3, knee_flexion_deg=84, rotation_deg=5)
    swivel = Swivel(side, SeatedPose(10, 5, 1, 5.0, 0.24, 1.0, leg, leg))
    assert float(swivel.rotation_deg(swivel.rest_tilt_deg)) == pytest.approx(swivel.rest_rotation_deg, abs=1e-4) == 5
    assert float(swivel.swung_rotation_deg(swivel.rest_tilt_deg)) == pytest.approx(5, abs=1e-4)
    assert float(swivel.adduction_deg(swivel.rest_tilt_deg)) == pytest.approx(-12, abs=1e-4)
    assert float(swivel.knee_shift_shanks(swivel.rest_tilt_deg)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("side", Side)
def test_the_knee_moves_inwards_with_internal_rotation(side: Side) -> None:
    swivel = Swivel(side, SeatedPose(distance_shanks=5.0))
    shift = swivel.knee_shift_shanks(swivel.rest_tilt_deg + np.array([-20.0, -5.0, 5.0, 20.0]))
    assert (np.diff(shift) > 0).all() and shift[0] < 0 < shift[-1]
