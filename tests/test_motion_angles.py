"""Vectors and clinical angles: closed forms, symmetries, and the poses in which an angle has no meaning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from formcheck.motion import angles
from formcheck.motion.geometry import angle_between_deg, dot, from_vertical_deg, unit
from formcheck.motion.landmarks import MIRROR, Landmark, Side
from tests.people import FAR, Body, Camera, a_set, camera_axes, clock, film, lying, person_points, seated, standing

DEGREES = st.floats(-180, 180)
VECTOR = st.tuples(*[st.floats(-10, 10)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1).map(np.array)
TURNS = st.tuples(DEGREES, DEGREES, DEGREES).map(lambda e: Rotation.from_euler("xyz", e, degrees=True).as_matrix())

SPATIAL: dict[str, Callable[..., np.ndarray]] = {
    "hip_rotation": angles.hip_rotation_deg,
    "hip_abduction": angles.hip_abduction_deg,
    "hip_flexion": angles.hip_flexion_deg,
    "knee_flexion": angles.knee_flexion_deg,
}
FLAT: dict[str, Callable[..., np.ndarray]] = {"shin_tilt": angles.shin_tilt_deg, "leg_to_vertical": angles.leg_to_vertical_deg}
TRUNK: dict[str, Callable[..., np.ndarray]] = {
    "trunk_lean": angles.trunk_lean_deg,
    "pelvis_obliquity": angles.pelvis_obliquity_deg,
    "shoulder_tilt": angles.shoulder_tilt_deg,
}


def one(body: Body, posture_yaw_deg: float = 0.0) -> np.ndarray:
    """(33, 3) the first moment of a body in camera axes."""
    return person_points(body)[0] @ camera_axes(body.posture, posture_yaw_deg)


def held(rotation_deg: float, side: Side = Side.RIGHT, **changed: object) -> Body:
    return Body(np.zeros(1), rotation_deg={side: np.array([rotation_deg])}, **changed)  # type: ignore[arg-type]


# --- vectors


@given(VECTOR)
def test_a_unit_vector_has_length_one_and_the_same_direction(vector: np.ndarray) -> None:
    assert np.linalg.norm(unit(vector)) == pytest.approx(1)
    assert float(dot(unit(vector), vector)) == pytest.approx(np.linalg.norm(vector))


@pytest.mark.parametrize("vector", [[0.0, 0.0, 0.0], [np.nan, 1.0, 0.0]])
def test_no_direction_is_nan(vector: list[float]) -> None:
    assert np.isnan(unit(np.array(vector))).any()
    assert np.isnan(angle_between_deg(np.array(vector), np.array([1.0, 0, 0])))


@given(VECTOR, VECTOR, TURNS, st.floats(0.01, 100))
def test_an_angle_does_not_change_with_turning_scaling_or_order(a: np.ndarray, b: np.ndarray, turn: np.ndarray, scale: float) -> None:
    angle = float(angle_between_deg(a, b))
    assert 0 <= angle <= 180
    assert float(angle_between_deg(b, a)) == pytest.approx(angle, abs=1e-4)
    assert float(angle_between_deg(turn @ a * scale, turn @ b)) == pytest.approx(angle, abs=1e-4)


@given(VECTOR, st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3))
def test_parallel_and_opposite_vectors(a: np.ndarray, factor: float) -> None:
    assert float(angle_between_deg(a, factor * a)) == pytest.approx(0 if factor > 0 else 180, abs=1e-4)


@pytest.mark.parametrize(("vector", "lean"), [((0, -1), 0), ((1, -1), 45), ((-1, -1), -45), ((1, 0), 90), ((0, 1), 180)])
def test_lean_from_the_vertical(vector: tuple[int, int], lean: float) -> None:
    assert float(from_vertical_deg(np.array(vector, float))) == pytest.approx(lean)


def test_an_empty_array_has_no_angles() -> None:
    assert angle_between_deg(np.empty((0, 3)), np.empty((0, 3))).shape == (0,)
    assert angles.hip_rotation_deg(np.empty((0, 33, 3)), Side.LEFT).shape == (0,)
    assert angles.trunk_lean_deg(np.empty((0, 33, 2))).shape == (0,)


# --- closed forms


@pytest.mark.parametrize("side", Side)
@given(rotation=st.floats(-40, 40), yaw=DEGREES)
def test_hip_rotation_is_what_was_put_in_from_any_direction(side: Side, rotation: float, yaw: float) -> None:
    assert float(angles.hip_rotation_deg(one(held(rotation, side), yaw), side)) == pytest.approx(rotation, abs=1e-6)
    assert float(angles.hip_rotation_deg(one(held(rotation, side), yaw), side.other)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("side", Side)
@given(rotation=st.floats(-40, 40))
def test_hip_rotation_in_side_lying_is_what_was_put_in(side: Side, rotation: float) -> None:
    points = one(held(rotation, side, posture="lying"))
    assert float(angles.hip_rotation_deg(points, side)) == pytest.approx(rotation, abs=1e-6)


@pytest.mark.parametrize("side", Side)
@given(out=st.floats(0.1, 60))
def test_abduction_of_a_straight_leg_is_what_was_put_in(side: Side, out: float) -> None:
    points = one(Body(np.zeros(1), "standing", abduction_deg={side: np.array([out])}))
    assert float(angles.leg_to_vertical_deg(points[..., :2], side)) == pytest.approx(out, abs=1e-6)
    flat = points.copy()
    flat[Landmark.of(side, "knee")] = (flat[Landmark.of(side, "hip")] + flat[Landmark.of(side, "ankle")]) / 2
    assert float(angles.hip_abduction_deg(flat, side)) == pytest.approx(out, abs=1e-6)


@pytest.mark.parametrize("side", Side)
def test_a_square_seat(side: Side) -> None:
    points = one(held(0.0))
    assert float(angles.knee_flexion_deg(points, side)) == pytest.approx(90)
    assert float(angles.hip_flexion_deg(points, side)) == pytest.approx(90)
    assert float(angles.hip_abduction_deg(points, side)) == pytest.approx(0, abs=1e-9)
    assert float(angles.shin_tilt_deg(points[..., :2], side)) == pytest.approx(0, abs=1e-9)
    assert float(angles.shank_length(points, side)) == pytest.approx(0.42)
    assert float(angles.trunk_length(points)) == pytest.approx(0.5)


@given(st.floats(-30, 30))
def test_the_trunk_leans_towards_the_persons_left_positive(bend: float) -> None:
    xy = one(held(0.0, trunk_bend_deg=np.array([bend])))[..., :2]
    assert float(angles.trunk_lean_deg(xy)) == pytest.approx(bend, abs=1e-9)
    assert float(angles.shoulder_tilt_deg(xy)) == pytest.approx(-bend, abs=1e-9)


@given(st.floats(-30, 60))
def test_the_trunk_leans_forwards_positive(forward: float) -> None:
    points = one(held(0.0, trunk_forward_deg=np.array([forward])))
    assert float(angles.trunk_forward_deg(points)) == pytest.approx(forward, abs=1e-9)
    assert float(angles.hip_flexion_deg(points, Side.LEFT)) == pytest.approx(90 + forward, abs=1e-9)


@pytest.mark.parametrize(("side", "sign"), [(Side.LEFT, 1), (Side.RIGHT, -1)])
@given(hike=st.floats(0, 20))
def test_the_pelvis_is_positive_with_the_left_hip_up(side: Side, sign: int, hike: float) -> None:
    points = one(Body(np.zeros(1), "standing", pelvis_hike_deg={side: np.array([hike])}))
    assert float(angles.pelvis_obliquity_deg(points[..., :2])) == pytest.approx(sign * hike, abs=1e-9)


@pytest.mark.parametrize("side", Side)
def test_knee_inwards_is_positive_shin_tilt_in_the_picture(side: Side) -> None:
    image = film(Body(np.zeros(1), rotation_deg={side: np.array([25.0])}), FAR).image_xy[0]
    knee, ankle, hips = (image[Landmark.of(side, "knee"), 0], image[Landmark.of(side, "ankle"), 0], angles.middle(image, "hip")[0])
    assert abs(knee - hips) < abs(ankle - hips)
    assert float(angles.shin_tilt_deg(image, side)) > 5


# --- symmetries


def some_poses() -> list[tuple[str, np.ndarray]]:
    bodies = {
        "seated": seated(a_set(1)),
        "standing": standing(a_set(1)),
        "lying": lying(a_set(1)),
        "leaning": held(15.0, Side.LEFT, trunk_bend_deg=np.array([9.0]), trunk_forward_deg=np.array([20.0])),
    }
    return [(name, person_points(body) @ camera_axes(body.posture, 25.0)) for name, body in bodies.items()]


@pytest.mark.parametrize(("name", "points"), some_poses())
def test_a_mirrored_pose_gives_the_same_clinical_angle_on_the_other_leg(name: str, points: np.ndarray) -> None:
    mirrored = points[:, MIRROR] * [-1, 1, 1]
    for side in Side:
        for measure in SPATIAL.values():
            assert np.allclose(measure(points, side), measure(mirrored, side.other), equal_nan=True, atol=1e-6)
        for measure in FLAT.values():
            assert np.allclose(measure(points[..., :2], side), measure(mirrored[..., :2], side.other), atol=1e-6)
    if name != "lying":
        for measure in TRUNK.values():
            assert np.allclose(measure(points[..., :2]), -measure(mirrored[..., :2]), atol=1e-6)


@pytest.mark.parametrize("side", Side)
@given(turn=TURNS, scale=st.floats(0.1, 10), shift=VECTOR, rotation=st.floats(-35, 35))
def test_spatial_angles_do_not_change_when_the_person_is_turned_scaled_or_moved(
    side: Side, turn: np.ndarray, scale: float, shift: np.ndarray, rotation: float
) -> None:
    points = one(held(rotation, side))
    moved = scale * points @ turn + shift
    for name, measure in SPATIAL.items():
        assert float(measure(moved, side)) == pytest.approx(float(measure(points, side)), abs=1e-5), name


@given(st.floats(0.1, 10), st.tuples(st.floats(-500, 500), st.floats(-500, 500)))
def test_picture_angles_do_not_change_with_size_or_place(scale: float, shift: tuple[float, float]) -> None:
    xy = one(held(20.0, trunk_bend_deg=np.array([4.0])), 10.0)[..., :2]
    for side in Side:
        for measure in FLAT.values():
            assert float(measure(scale * xy + shift, side)) == pytest.approx(float(measure(xy, side)), abs=1e-6)
    for measure in TRUNK.values():
        assert float(measure(scale * xy + shift)) == pytest.approx(float(measure(xy)), abs=1e-6)


@pytest.mark.parametrize("part", ["hip", "knee", "ankle", "shoulder"])
@pytest.mark.parametrize("side", Side)
def test_nan_in_nan_out_and_only_where_the_joint_is_used(part: str, side: Side) -> None:
    points = one(held(10.0))
    points[Landmark.of(side, part)] = np.nan
    assert np.isnan(angles.knee_flexion_deg(points, side)) == (part != "shoulder")
    assert np.isnan(angles.hip_rotation_deg(points, side)) == (part != "shoulder")
    assert np.isnan(angles.hip_rotation_deg(points, side.other)) == (part == "hip")
    assert np.isnan(angles.shin_tilt_deg(points[..., :2], side)) == (part in ("knee", "ankle"))
    assert np.isnan(angles.trunk_lean_deg(points[..., :2])) == (part in ("hip", "shoulder"))


# --- where an angle has no meaning


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("flexion_deg", "known"), [(0.0, False), (20.0, False), (34.0, False), (36.0, True), (90.0, True), (120.0, True)])
def test_rotation_needs_a_bent_knee(side: Side, flexion_deg: float, known: bool) -> None:
    points = one(held(0.0))
    knee, flexion = points[Landmark.of(side, "knee")], np.radians(flexion_deg)
    points[Landmark.of(side, "ankle")] = knee + 0.42 * np.array([0.0, np.sin(flexion), -np.cos(flexion)])
    assert float(angles.knee_flexion_deg(points, side)) == pytest.approx(flexion_deg, abs=1e-4)
    assert np.isfinite(angles.hip_rotation_deg(points, side)) == known


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("abduction_deg", "known"), [(60.0, True), (69.0, True), (71.0, False), (90.0, False)])
def test_rotation_needs_a_thigh_off_the_pelvic_axis(side: Side, abduction_deg: float, known: bool) -> None:
    points = one(held(0.0))
    out = np.radians(abduction_deg)
    knee = points[Landmark.of(side, "hip")] + 0.42 * np.array([-side.sign * np.sin(out), 0.0, -np.cos(out)])
    points[Landmark.of(side, "knee")] = knee
    points[Landmark.of(side, "ankle")] = knee + np.array([0.0, 0.42, 0.0])
    assert float(angles.hip_abduction_deg(points, side)) == pytest.approx(abduction_deg, abs=1e-4)
    assert np.isfinite(angles.hip_rotation_deg(points, side)) == known


def test_a_leg_without_length_has_no_angles() -> None:
    points = np.zeros((33, 3))
    for measure in SPATIAL.values():
        assert np.isnan(measure(points, Side.LEFT))


@given(TURNS, st.floats(-35, 35))
def test_an_axis_may_be_given_for_all_samples(turn: np.ndarray, rotation: float) -> None:
    points = np.repeat(one(held(rotation, Side.LEFT))[None], 3, axis=0) @ turn
    axis = angles.pelvic_axis(points)[0]
    assume(np.isfinite(axis).all())
    assert np.allclose(angles.hip_rotation_deg(points, Side.LEFT, axis), rotation, atol=1e-5)
    assert np.allclose(angles.hip_abduction_deg(points, Side.LEFT, axis), angles.hip_abduction_deg(points, Side.LEFT), atol=1e-5)


def test_a_near_camera_changes_the_picture_and_not_the_metres() -> None:
    body = seated(a_set(1))
    near, far = film(body, Camera(distance_m=1.5)), film(body, FAR)
    assert np.allclose(near.world_xyz, far.world_xyz)
    assert not np.allclose(near.image_xy, far.image_xy, atol=5)
    assert len(near) == len(clock(float(near.time_s[-1]) + 1 / 30))
