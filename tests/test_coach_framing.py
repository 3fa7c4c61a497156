"""The check before a session, on made-up people before made-up cameras: it says what to change, and nothing when all is well."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from formcheck.coach.framing import PictureStats, framing_verdict
from formcheck.coach.moment import BLOCKING_HINTS, FramingHint, FramingVerdict
from formcheck.exercise.library import ids, load
from formcheck.motion.landmarks import Landmark, PoseFrame, Side
from tests.people import Body, Camera, a_set, film, lying, seated, standing

WELL_LIT = PictureStats(brightness=0.45, people=1)
SEATED = load("hip-internal-rotation")
STANDING = load("standing-hip-abduction")
LYING = load("side-lying-hip-external-rotation")


def pose_of(body: Body, camera: Camera | None = None) -> PoseFrame:
    """The first frame, at rest. A camera that shows the whole body with room around."""
    if camera is None:
        camera = Camera(high_m=2.4)
    recording = film(body, camera)
    return PoseFrame(0, 0.0, recording.image_xy[0], recording.world_xyz[0], recording.visibility[0], recording.image_size)


def sitting(camera: Camera | None = None) -> PoseFrame:
    return pose_of(seated([], duration_s=1), camera)


def upright(camera: Camera | None = None) -> PoseFrame:
    return pose_of(standing([], duration_s=1), camera)


def moved(pose: PoseFrame, dx: float, dy: float) -> PoseFrame:
    return replace(pose, image_xy=(pose.image_xy + np.array([dx, dy])).astype(np.float32))


def hidden(pose: PoseFrame, *marks: Landmark) -> PoseFrame:
    visibility = pose.visibility.copy()
    visibility[list(marks)] = 0.1
    return replace(pose, visibility=visibility)


def hints(pose: PoseFrame | None, picture: PictureStats = WELL_LIT, spec=SEATED, side: Side | None = Side.RIGHT) -> set[str]:  # type: ignore[no-untyped-def]
    return {hint.value for hint in framing_verdict(pose, picture, spec, side).hints}


@pytest.mark.parametrize("name", ids())
def test_somebody_in_the_right_place_is_told_nothing(name: str) -> None:
    spec = load(name)
    body = {"seated": seated, "standing": standing, "lying": lying}[spec.view.posture.value](a_set(1))
    assert framing_verdict(pose_of(body), WELL_LIT, spec) == FramingVerdict()


def test_without_a_picture_nothing_else_is_said() -> None:
    assert hints(None) == hints(sitting(), PictureStats(brightness=0.01)) == {"no_picture"}


@pytest.mark.parametrize(
    ("picture", "wanted"),
    [
        (PictureStats(0.05), {"more_light"}),
        (PictureStats(0.95), {"less_light"}),
        (PictureStats(0.45, 2), {"other_person"}),
        (PictureStats(0.05, 3), {"more_light", "other_person"}),
        (PictureStats(), set()),
        (PictureStats(math.nan, 0), set()),
    ],
)
def test_light_and_other_people(picture: PictureStats, wanted: set[str]) -> None:
    assert hints(sitting(), picture) == wanted


def test_an_empty_room_has_nobody_in_it() -> None:
    pose = sitting()
    empty = replace(
        pose,
        image_xy=np.full_like(pose.image_xy, np.nan),
        world_xyz=np.full_like(pose.world_xyz, np.nan),
        visibility=np.zeros_like(pose.visibility),
    )
    assert hints(empty) == {"nobody"}
    assert not framing_verdict(empty, WELL_LIT, SEATED).in_sight


@pytest.mark.parametrize(
    ("pose", "wanted"),
    [
        (sitting(Camera(high_m=1.0)), "step_back"),
        (sitting(Camera(high_m=7.0)), "come_closer"),
        (moved(sitting(), 300, 0), "move_to_middle"),
        (moved(sitting(), -300, 0), "move_to_middle"),
        (moved(sitting(), 0, 150), "feet_in_view"),
        (hidden(sitting(), Landmark.LEFT_HEEL), "feet_in_view"),
        (hidden(sitting(), Landmark.RIGHT_KNEE), "legs_in_view"),
        (sitting(Camera(yaw_deg=48, high_m=2.6)), "turn_towards"),
        (sitting(Camera(yaw_deg=-48, high_m=2.6)), "turn_towards"),
        (sitting(Camera(pitch_deg=35, high_m=2.8)), "camera_lower"),
        (sitting(Camera(pitch_deg=-35, high_m=2.8)), "camera_higher"),
        (sitting(Camera(roll_deg=25, high_m=2.8)), "hold_upright"),
        (sitting(Camera(roll_deg=-25, high_m=2.8)), "hold_upright"),
        (upright(), "sit_down"),
    ],
)
def test_what_is_wrong_with_the_place_of_somebody_sitting(pose: PoseFrame, wanted: str) -> None:
    assert wanted in hints(pose)


@pytest.mark.parametrize(
    ("pose", "wanted"),
    [
        (sitting(), "stand_up"),
        (upright(Camera(yaw_deg=24, high_m=2.6)), "turn_towards"),
        (upright(Camera(roll_deg=13, high_m=2.8)), "hold_upright"),
        (upright(Camera(pitch_deg=30, high_m=2.8, distance_m=2.2)), "camera_lower"),
        (upright(Camera(pitch_deg=-30, high_m=2.8, distance_m=2.2)), "camera_higher"),
    ],
)
def test_what_is_wrong_with_the_place_of_somebody_standing(pose: PoseFrame, wanted: str) -> None:
    assert wanted in hints(pose, spec=STANDING)


def test_hidden_hips_are_nobody_and_hidden_legs_are_legs() -> None:
    pose = sitting()
    legs = [Landmark.of(side, part) for side in Side for part in ("knee", "ankle", "heel", "foot_index")]
    assert "legs_in_view" in hints(hidden(pose, *legs)) and "nobody" not in hints(hidden(pose, *legs))
    assert "nobody" in hints(hidden(pose, Landmark.LEFT_HIP, Landmark.RIGHT_HIP, *legs))
    assert "step_back" in hints(moved(pose, 0, -120)), "the head is over the top"


def test_somebody_lying_may_hide_the_leg_below_and_somebody_sitting_is_asked_to_lie_down() -> None:
    pose = hidden(pose_of(lying([], duration_s=1)), Landmark.LEFT_HEEL, Landmark.LEFT_FOOT_INDEX)
    assert hints(pose, spec=LYING) == set()
    assert "feet_in_view" in hints(pose, spec=LYING, side=None)
    assert hints(sitting(), spec=LYING) == {"lie_down"}


@pytest.mark.parametrize("spec", [SEATED, STANDING])
def test_it_asks_for_less_than_the_analysis_allows_so_that_nobody_drifts_over_the_edge(spec) -> None:  # type: ignore[no-untyped-def]
    limit_deg = spec.view.of(spec.reps.angle).max_yaw_deg
    body = seated([], duration_s=1) if spec is SEATED else standing([], duration_s=1)
    for yaw_deg, wanted in ((limit_deg - 7, False), (limit_deg - 2, True)):
        pose = pose_of(body, Camera(yaw_deg=yaw_deg, high_m=2.6, distance_m=500))
        assert ("turn_towards" in hints(pose, spec=spec)) is wanted


def test_the_most_important_comes_first() -> None:
    verdict = framing_verdict(hidden(sitting(Camera(yaw_deg=48, high_m=2.6)), Landmark.LEFT_HEEL), PictureStats(0.05, 2), SEATED)
    order = list(FramingHint)
    assert len(verdict.hints) >= 4 and list(verdict.hints) == sorted(verdict.hints, key=order.index)
    assert not verdict.ok and verdict.in_sight


def test_only_what_hides_the_person_stops_a_set() -> None:
    assert {"no_picture", "nobody", "legs_in_view"} == set(BLOCKING_HINTS)


@given(
    arrays(np.float32, (len(Landmark), 2), elements=st.floats(-2000, 4000, width=32) | st.just(math.nan)),
    arrays(np.float32, (len(Landmark), 3), elements=st.floats(-3, 3, width=32) | st.just(math.nan)),
    arrays(np.float32, (len(Landmark),), elements=st.floats(0, 1, width=32)),
    st.floats() | st.just(math.nan),
    st.sampled_from([SEATED, STANDING, LYING]),
)
@settings(max_examples=80, deadline=None)
def test_whatever_a_model_says_there_is_a_verdict(image, world, visibility, brightness, spec) -> None:  # type: ignore[no-untyped-def]
    gone = np.isnan(image).any(axis=1) | np.isnan(world).any(axis=1)
    image[gone], world[gone], visibility[gone] = np.nan, np.nan, 0.0
    pose = PoseFrame(0, 0.0, image, world, visibility, (640, 480))
    verdict = framing_verdict(pose, PictureStats(brightness), spec, Side.LEFT)
    order = list(FramingHint)
    assert list(verdict.hints) == sorted(set(verdict.hints), key=order.index)
