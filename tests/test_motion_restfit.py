"""The fitted rest pose: what was pictured is found again, what is not seen is held by what is known, and what cannot be is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.motion.landmarks import MIRROR, Landmark, Side
from formcheck.motion.restfit import RestFit, assumed_rest, fitted_rest
from formcheck.motion.seat import LegPose, SeatedPose
from formcheck.motion.swivel import Swivel

SIZE = (640, 480)
SHANK_PX = 100.0
USUAL = SeatedPose(0.0, 3.0, 0.0, 0.77 * 640 / SHANK_PX, 0.24, 1.0, LegPose(10, 0, 85, 0), LegPose(10, 0, 85, 0))


def pictured(pose: SeatedPose, seed: int | None = None, noise_px: float = 0.0) -> np.ndarray:
    """(33, 2) px of a pose; everything but the legs NaN."""
    xy = np.full((33, 2), np.nan)
    for side in Side:
        for part, joint in zip(("hip", "knee", "ankle"), pose.joints(side), strict=True):
            xy[Landmark.of(side, part)] = pose.pictured(joint) * SHANK_PX + [320, 200]
    return xy + np.random.default_rng(seed).normal(0, 1, xy.shape) * noise_px


def fitted(pose: SeatedPose, yaw_deg: float | None = None, **of_picture: float) -> RestFit:
    fit = fitted_rest(pictured(pose, **of_picture), SIZE, pose.yaw_deg if yaw_deg is None else yaw_deg)
    assert fit is not None
    return fit


def test_the_usual_pose_is_found_as_it_is() -> None:
    fit = fitted(USUAL)
    assert fit.pose.pitch_deg == pytest.approx(3, abs=1.5) and fit.pose.yaw_deg == pytest.approx(0, abs=0.5)
    for side in Side:
        assert fit.pose.leg(side).abduction_deg == pytest.approx(10, abs=1.5)
        assert fit.pose.leg(side).rotation_deg == pytest.approx(0, abs=1)
    assert fit.shank_px == pytest.approx(SHANK_PX, rel=0.03)


@settings(max_examples=25, deadline=None)
@given(yaw=st.floats(-40, 40), pitch=st.floats(-8, 12), abduction=st.floats(0, 22), rotation=st.floats(-9, 9), knee=st.floats(82, 88))
def test_rotation_read_with_the_fit_is_within_its_own_error(
    yaw: float, pitch: float, abduction: float, rotation: float, knee: float
) -> None:
    leg = LegPose(abduction, 1.0, knee, rotation)
    true = replace(USUAL, yaw_deg=yaw, pitch_deg=pitch, left=leg, right=leg)
    fit = fitted(true, yaw_deg=yaw + 3)
    for side in Side:
        right, read = Swivel(side, true), Swivel(side, fit.pose)
        change = np.array([-12.0, 12.0])
        expected = right.rotation_deg(right.rest_tilt_deg + change) - right.rest_rotation_deg
        got = read.clipped_rotation_deg(read.rest_tilt_deg + change) - read.rest_rotation_deg
        spread = np.sqrt(sum(_off(Swivel(side, pose), change, got) ** 2 for pose in fit.variants))
        known = np.isfinite(expected)
        assert (np.abs(got - expected)[known] < 3 * spread[known] + 0.3).all()


def _off(swivel: Swivel, change: np.ndarray, got: np.ndarray) -> np.ndarray:
    return swivel.clipped_rotation_deg(swivel.rest_tilt_deg + change) - swivel.rest_rotation_deg - got


def test_a_mirrored_picture_gives_the_mirrored_pose() -> None:
    pose = replace(USUAL, yaw_deg=20.0, left=LegPose(15, 2, 84, 3))
    xy = pictured(pose)
    flipped = xy[MIRROR] * [-1, 1] + [SIZE[0], 0]
    one, other = fitted_rest(xy, SIZE, 20.0), fitted_rest(flipped, SIZE, -20.0)
    assert one is not None and other is not None
    assert one.pose.yaw_deg == pytest.approx(-other.pose.yaw_deg, abs=0.05)
    assert one.pose.left.rotation_deg == pytest.approx(other.pose.right.rotation_deg, abs=0.05)
    assert one.pose.left.abduction_deg == pytest.approx(other.pose.right.abduction_deg, abs=0.05)


def test_one_leg_out_of_sight_leaves_the_other_measured_and_itself_unsure() -> None:
    xy = pictured(USUAL)
    xy[[Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE]] = np.nan
    fit = fitted_rest(xy, SIZE, 0.0)
    assert fit is not None and fit.pose.right.abduction_deg == pytest.approx(10, abs=2)
    spread = {side: np.std([pose.leg(side).abduction_deg - fit.pose.leg(side).abduction_deg for pose in fit.variants]) for side in Side}
    assert spread[Side.LEFT] > 1.5 * spread[Side.RIGHT]


@pytest.mark.parametrize("gone", [[Landmark.LEFT_HIP], [Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE], list(Landmark)])
def test_without_hips_and_a_whole_leg_nothing_is_fitted(gone: list[Landmark]) -> None:
    xy = pictured(USUAL)
    xy[gone] = np.nan
    assert fitted_rest(xy, SIZE, 0.0) is None


def test_an_unknown_turn_or_a_body_that_does_not_sit_is_refused() -> None:
    assert fitted_rest(pictured(USUAL), SIZE, float("nan")) is None
    standing = pictured(USUAL)
    for side in Side:
        standing[Landmark.of(side, "knee")] = standing[Landmark.of(side, "hip")] + [0, 100]
        standing[Landmark.of(side, "ankle")] = standing[Landmark.of(side, "hip")] + [0, 200]
    assert fitted_rest(standing, SIZE, 0.0) is None


def test_an_assumed_rest_is_less_sure_than_a_fitted_one() -> None:
    assumed = assumed_rest(12.0, SIZE, SHANK_PX)
    assert assumed.pose.yaw_deg == 12.0 and assumed.shank_px == SHANK_PX
    assert assumed.sd["pitch_deg"] > fitted(USUAL).sd["pitch_deg"]
    assert len(assumed.variants) == 14
