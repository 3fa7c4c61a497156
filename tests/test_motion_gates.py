"""Gates: what is not seen, not in the picture, or not a body is not measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.gates import MIN_SHANK_PX, gated_points, leg_seen, person_seen
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording
from tests.people import Body, Camera, a_set, clock, film, lying, seated, squatting, standing, walking

KNEE, ANKLE = Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE


def legs_seen(recording: PoseRecording) -> dict[Side, np.ndarray]:
    image, _ = gated_points(recording)
    return {side: leg_seen(recording, image, side) for side in Side}


def sitting(**of_film: object) -> PoseRecording:
    return film(seated([], duration_s=1.0), **of_film)  # type: ignore[arg-type]


def moved(recording: PoseRecording, changes: dict[Landmark, tuple[float, float]], frames: slice = slice(None)) -> PoseRecording:
    image = recording.image_xy.copy()
    for mark, shift in changes.items():
        image[frames, mark] += np.array(shift, np.float32)
    return replace(recording, image_xy=image)


@pytest.mark.parametrize("body", [seated(a_set(2)), standing(a_set(2)), lying(a_set(2)), squatting(clock(9), 2)])
@pytest.mark.parametrize("yaw_deg", [0.0, 45.0])
def test_a_whole_person_is_seen_with_both_legs_in_every_frame(body: Body, yaw_deg: float) -> None:
    recording = film(body, Camera(yaw_deg=yaw_deg, high_m=2.4))
    assert person_seen(recording).all()
    assert all(seen.all() for seen in legs_seen(recording).values())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_frames(count: int) -> None:
    recording = film(seated([], duration_s=max(count, 1e-9) / 30))
    assert len(recording) == count
    assert person_seen(recording).shape == (count,) and person_seen(recording).all()
    for seen in legs_seen(recording).values():
        assert seen.shape == (count,) and seen.all()


def test_nobody_is_not_seen() -> None:
    recording = sitting(gone=[(0.0, 9.0)])
    assert not person_seen(recording).any()
    assert not any(seen.any() for seen in legs_seen(recording).values())


def test_nobody_in_some_frames() -> None:
    recording = sitting(gone=[(0.4, 0.6)])
    assert np.array_equal(person_seen(recording), (recording.time_s < 0.4) | (recording.time_s >= 0.6))


def test_a_joint_that_the_model_doubts_is_gated_in_picture_and_metres_alone() -> None:
    recording = sitting(hidden={KNEE: [(0.0, 0.5)]})
    image, world = gated_points(recording)
    early = recording.time_s < 0.5
    for points in (image, world):
        assert np.isnan(points[early][:, KNEE]).all() and np.isfinite(points[~early][:, KNEE]).all()
        assert np.isfinite(points[:, ANKLE]).all()
    seen = legs_seen(recording)
    assert np.array_equal(seen[Side.LEFT], ~early) and seen[Side.RIGHT].all()
    assert person_seen(recording).all()


def test_the_recording_is_not_changed_by_gating() -> None:
    recording = sitting(hidden={KNEE: [(0.0, 9.0)]})
    image, _ = gated_points(recording)
    image[:] = 0
    assert np.isfinite(recording.image_xy).all() and recording.image_xy[0, KNEE].any()


@pytest.mark.parametrize("mark", [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP])
def test_without_shoulders_and_hips_there_is_no_person(mark: Landmark) -> None:
    assert not person_seen(sitting(hidden={mark: [(0.0, 9.0)]})).any()


@pytest.mark.parametrize("shift_px", [(0, 400), (-700, 0), (700, 0)])
def test_a_foot_outside_the_picture_is_guessed_and_not_seen(shift_px: tuple[float, float]) -> None:
    recording = moved(sitting(), {ANKLE: shift_px})
    seen = legs_seen(recording)
    assert not seen[Side.LEFT].any() and seen[Side.RIGHT].all()


def test_legs_below_the_picture_are_not_seen_though_the_trunk_is() -> None:
    recording = film(seated([], duration_s=1), Camera(high_m=0.8))
    assert (recording.image_xy[:, ANKLE, 1] > 480).all() and (recording.visibility == 1).all()
    assert not any(seen.any() for seen in legs_seen(recording).values())


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("shoulders wider than any trunk is long", {Landmark.LEFT_SHOULDER: (150, 0), Landmark.RIGHT_SHOULDER: (-150, 0)}),
        ("hips wider than any trunk is long", {Landmark.LEFT_HIP: (120, 0), Landmark.RIGHT_HIP: (-120, 0)}),
        ("shanks far longer than a trunk", {ANKLE: (0, 250), Landmark.RIGHT_ANKLE: (0, 250)}),
        ("shanks of hardly any length", {ANKLE: (0, -90), Landmark.RIGHT_ANKLE: (0, -90)}),
        ("hips beyond the border", {mark: (600, 0) for mark in Landmark}),
    ],
)
def test_a_skeleton_that_no_body_could_have_is_nobody(what: str, changes: dict[Landmark, tuple[float, float]]) -> None:
    assert not person_seen(moved(sitting(), changes)).any(), what


def test_all_landmarks_in_one_point_are_nobody() -> None:
    recording = sitting()
    assert not person_seen(replace(recording, image_xy=np.full_like(recording.image_xy, 300.0))).any()


@pytest.mark.parametrize(("shank_px", "seen"), [(MIN_SHANK_PX - 2, False), (MIN_SHANK_PX + 2, True)])
def test_a_person_too_small_to_measure_is_not_measured(shank_px: float, seen: bool) -> None:
    recording = film(seated([], duration_s=1), Camera(high_m=480 * 0.42 / shank_px, distance_m=500))
    assert all((leg == seen).all() for leg in legs_seen(recording).values())


@pytest.mark.parametrize("fps", [10.0, 30.0, 240.0])
def test_one_jump_of_a_joint_takes_that_frame_only(fps: float) -> None:
    recording = film(seated([], fps=fps, duration_s=1.5))
    middle = len(recording) // 2
    jumped = moved(recording, {ANKLE: (0, 60)}, slice(middle, middle + 1))
    assert np.flatnonzero(~legs_seen(jumped)[Side.LEFT]).tolist() == [middle]
    assert legs_seen(jumped)[Side.RIGHT].all()


def test_a_walker_keeps_legs_while_in_the_picture() -> None:
    recording = film(walking(clock(6), 0.3), Camera(high_m=2.4))
    assert person_seen(recording).mean() > 0.95
