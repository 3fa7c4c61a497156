"""Postures and the turn from the camera, on filmed people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.filters import true_runs
from formcheck.motion.landmarks import Landmark
from formcheck.motion.view import Posture, body_yaw_deg, kept_up, postures, thigh_drop
from tests.people import FAR, Body, Camera, a_set, clock, film, lying, seated, squatting, standing

BODIES = {Posture.SEATED: seated(a_set(2)), Posture.STANDING: standing(a_set(2)), Posture.LYING: lying(a_set(2))}


@pytest.mark.parametrize("posture", BODIES)
@pytest.mark.parametrize("yaw_deg", [-45.0, 0.0, 30.0])
@pytest.mark.parametrize("pitch_deg", [0.0, 8.0])
def test_each_posture_is_known_all_through_a_set(posture: Posture, yaw_deg: float, pitch_deg: float) -> None:
    recording = film(BODIES[posture], Camera(yaw_deg=yaw_deg, pitch_deg=pitch_deg, high_m=3.0), noise_px=0.5)
    assert (postures(recording.image_xy) == posture).all()


def test_turning_the_knee_far_in_is_still_sitting() -> None:
    recording = film(seated(a_set(2, height_deg=40)))
    assert (postures(recording.image_xy) == Posture.SEATED).all()


def test_a_deep_squat_is_for_a_moment_sitting_and_keeps_up_nothing() -> None:
    recording = film(squatting(clock(10), 2, 0.42), FAR)
    found = postures(recording.image_xy)
    assert found[0] == found[-1] == Posture.STANDING
    assert (found == Posture.SEATED).any() and (found == Posture.UNKNOWN).any()
    assert not kept_up(recording.time_s, found == Posture.SEATED, 3.0, 1.0).any()


@pytest.mark.parametrize("count", [0, 1])
def test_few_frames(count: int) -> None:
    recording = film(seated([], duration_s=max(count, 1e-9) / 30))
    assert postures(recording.image_xy).tolist() == [Posture.SEATED] * count
    assert body_yaw_deg(recording.world_xyz, True).shape == (count,)


def test_who_is_not_seen_is_in_no_known_posture() -> None:
    recording = film(seated([], duration_s=1), gone=[(0, 9)])
    assert (postures(recording.image_xy) == Posture.UNKNOWN).all()
    assert np.isnan(thigh_drop(recording.image_xy)).all()
    assert np.isnan(body_yaw_deg(recording.world_xyz, True)).all()


def test_one_leg_is_enough_for_the_posture() -> None:
    image = film(seated([], duration_s=1)).image_xy.copy()
    image[:, 25::2] = np.nan
    assert (postures(image) == Posture.SEATED).all()


def test_thighs_of_who_sits_level_do_not_drop_and_of_who_stands_drop_a_shank() -> None:
    assert np.allclose(thigh_drop(film(seated([], duration_s=1), FAR).image_xy), 0, atol=0.01)
    assert np.allclose(thigh_drop(film(standing([], duration_s=1), FAR).image_xy), 1, atol=0.03)


@pytest.mark.parametrize(
    ("seat", "posture"), [(-0.2, "seated"), (0.0, "seated"), (0.55, "seated"), (0.67, "unknown"), (0.8, "standing"), (1.0, "standing")]
)
def test_between_a_high_seat_and_standing_the_posture_is_left_open(seat: float, posture: str) -> None:
    """Hips raised over the knees by a part of the shank."""
    image = film(seated([], duration_s=1), FAR).image_xy.copy()
    image[:, : Landmark.LEFT_KNEE, 1] -= seat * (image[0, Landmark.LEFT_ANKLE, 1] - image[0, Landmark.LEFT_KNEE, 1])
    assert set(postures(image)) == {posture}


@pytest.mark.parametrize(("bend_deg", "posture"), [(0.0, "seated"), (-50.0, "seated"), (50.0, "seated"), (60.0, "lying"), (-85.0, "lying")])
def test_a_trunk_far_from_upright_lies(bend_deg: float, posture: str) -> None:
    assert set(postures(film(Body(np.zeros(1), trunk_bend_deg=np.array([bend_deg])), FAR).image_xy)) == {posture}


@given(yaw=st.floats(-60, 60), rotation=st.floats(0, 30))
def test_yaw_is_recovered_seated(yaw: float, rotation: float) -> None:
    """The direction of the thighs belongs to it, so a knee that is turned in pulls it along by a quarter of its adduction."""
    body = Body(np.zeros(1))
    assert float(body_yaw_deg(film(body, Camera(yaw_deg=yaw)).world_xyz, True)[0]) == pytest.approx(yaw, abs=0.01)
    turned = Body(np.zeros(1), rotation_deg={side: np.array([rotation]) for side in body.rotation_deg})
    assert float(body_yaw_deg(film(turned, Camera(yaw_deg=yaw)).world_xyz, True)[0]) == pytest.approx(yaw, abs=0.01)


@given(yaw=st.floats(-60, 60))
def test_yaw_is_recovered_standing(yaw: float) -> None:
    assert float(body_yaw_deg(film(Body(np.zeros(1), "standing"), Camera(yaw_deg=yaw)).world_xyz, False)[0]) == pytest.approx(yaw, abs=0.01)


def test_yaw_is_recovered_from_noise_in_the_median() -> None:
    recording = film(seated([], duration_s=10), Camera(yaw_deg=35), noise_m=0.02)
    assert float(np.median(body_yaw_deg(recording.world_xyz, True))) == pytest.approx(35, abs=1.0)


def test_yaw_is_mirrored_with_the_person() -> None:
    recording = film(seated(a_set(1)), Camera(yaw_deg=20))
    frame = recording[len(recording) // 2]
    yaw = [float(body_yaw_deg(pose.world_xyz[None], True)[0]) for pose in (frame, frame.mirrored())]
    assert yaw[0] == pytest.approx(-yaw[1], abs=1e-4)


# --- kept up


def spans(time_s: np.ndarray, *inside: tuple[float, float]) -> np.ndarray:
    mask = np.zeros(len(time_s), bool)
    for start, end in inside:
        mask |= (time_s >= start) & (time_s < end)
    return mask


@pytest.mark.parametrize(
    ("inside", "kept"),
    [
        ([(0, 10)], [(0, 10)]),
        ([(2, 4.5)], []),
        ([(2, 5.5)], [(2, 5.5)]),
        ([(1, 3), (3.5, 6)], [(1, 6)]),
        ([(1, 3), (4.5, 6.5)], []),
        ([(0.5, 5), (8, 9)], [(0.5, 5)]),
        ([(0.5, 10)], [(0.5, 10)]),
        ([], []),
    ],
)
def test_gaps_are_closed_before_short_runs_are_dropped(inside: list[tuple[float, float]], kept: list[tuple[float, float]]) -> None:
    time = clock(10, 20)
    assert np.array_equal(kept_up(time, spans(time, *inside), 3.0, 1.0), spans(time, *kept))


@given(st.lists(st.booleans(), max_size=60))
def test_every_run_kept_is_long_enough_and_the_mask_given_is_unchanged(given_mask: list[bool]) -> None:
    mask = np.array(given_mask, bool)
    time = clock(len(mask) / 10, 10)
    before = mask.copy()
    kept = kept_up(time, mask, 1.0, 0.3)
    assert np.array_equal(mask, before)
    assert all(time[stop - 1] - time[start] >= 1.0 for start, stop in true_runs(kept))
    assert not (kept[:1] & ~mask[:1]).any() and not (kept[-1:] & ~mask[-1:]).any()
