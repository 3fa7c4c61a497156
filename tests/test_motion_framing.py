"""What borders cut off, who else is there, which way round: on made-up people before made-up cameras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.framing import Framing, alone, framing_of, several_people_s
from formcheck.motion.landmarks import MIRROR, Landmark, Side
from formcheck.motion.recording import PoseRecording
from tests.people import Body, Camera, a_set, clock, film, lying, seated, squatting, standing, walking


def shifted(recording: PoseRecording, dx: float, dy: float, scale: float = 1.0, frames: slice = slice(None)) -> PoseRecording:
    image = recording.image_xy.copy()
    image[frames] = (image[frames] - 240) * scale + 240 + np.array([dx, dy], np.float32)
    return replace(recording, image_xy=image)


def people(recording: PoseRecording, *looks: tuple[float, int]) -> PoseRecording:
    times, counts = zip(*looks, strict=True)
    return replace(recording, people_time_s=np.array(times, np.float64), people=np.array(counts, np.int64))


@pytest.mark.parametrize("body", [seated(a_set(1)), standing(a_set(1)), lying(a_set(1)), squatting(clock(6), 1)])
@pytest.mark.parametrize("yaw_deg", [0.0, 40.0, 80.0])
def test_a_whole_person_is_cut_nowhere_and_faces_as_its_sides_say(body: Body, yaw_deg: float) -> None:
    framing = framing_of(film(body, Camera(yaw_deg=yaw_deg, high_m=2.6)))
    assert framing.cuts == () and framing.several_s == () and not framing.mirrored and framing.found.all()
    assert framing.fps == pytest.approx(30)


@pytest.mark.parametrize(("high_m", "shank_px"), [(1.6, 126), (2.0, 101), (4.0, 50)])
def test_the_shank_is_as_long_as_the_camera_makes_it(high_m: float, shank_px: float) -> None:
    framing = framing_of(film(seated([], duration_s=1), Camera(high_m=high_m, distance_m=500)))
    assert framing.shank_px == pytest.approx(shank_px, rel=0.01)


@pytest.mark.parametrize(
    ("dx", "dy", "part", "border"),
    [
        (0, 190, "ankle", "bottom"),
        (0, 190, "foot", "bottom"),
        (0, -140, "head", "top"),
        (-400, 0, "knee", "left"),
        (400, 0, "hip", "right"),
    ],
)
def test_a_part_beyond_a_border_is_cut_off_there(dx: float, dy: float, part: str, border: str) -> None:
    framing = framing_of(shifted(film(seated([], duration_s=1)), dx, dy))
    assert framing.cut_fraction(part) == (1.0, border)
    assert framing_of(film(seated([], duration_s=1))).cut_fraction(part) == (0.0, "")


def test_one_foot_outside_is_cut_on_that_side_only() -> None:
    recording = film(seated([], duration_s=1))
    image = recording.image_xy.copy()
    image[:10, Landmark.LEFT_ANKLE, 1] = 500
    (cut,) = framing_of(replace(recording, image_xy=image)).cuts
    assert (cut.part, cut.border) == ("ankle", "bottom")
    assert cut.either[:10].all() and not cut.either[10:].any() and not cut.where.any()


def test_nobody_is_cut_nowhere() -> None:
    framing = framing_of(film(seated([], duration_s=1), gone=[(0, 9)]))
    assert not framing.found.any() and framing.cuts == () and np.isnan(framing.shank_px) and not framing.mirrored


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_frames(count: int) -> None:
    framing = framing_of(film(seated([], duration_s=max(count, 1e-9) / 30)))
    assert len(framing.found) == count == len(framing.other_person)
    assert np.isfinite(framing.fps) == (count > 1)


def with_feet_and_face(recording: PoseRecording, towards: float = -1.0) -> PoseRecording:
    """Nose before the ears, as a face has it; made-up people have none."""
    world = recording.world_xyz.copy()
    world[:, Landmark.NOSE, 2] += towards * 0.15
    return replace(recording, world_xyz=world)


@pytest.mark.parametrize("body", [seated(a_set(1)), standing(a_set(1))])
@pytest.mark.parametrize("yaw_deg", [-170.0, -60.0, 0.0, 30.0, 120.0])
def test_a_mirror_image_is_as_good_a_person_but_mixed_sides_are_not(body: Body, yaw_deg: float) -> None:
    recording = film(body, Camera(yaw_deg=yaw_deg))
    assert not framing_of(recording).mirrored
    assert not framing_of(film(body, Camera(yaw_deg=yaw_deg), mirrored=True)).mirrored
    assert framing_of(recording.sides_changed()).mirrored
    half = replace(recording, world_xyz=recording.world_xyz.copy())
    half.world_xyz[: len(recording) // 3] = recording.world_xyz[: len(recording) // 3, MIRROR]
    assert not framing_of(half).mirrored


def test_a_face_that_looks_at_the_camera_agrees_with_the_sides() -> None:
    assert not framing_of(with_feet_and_face(film(seated([], duration_s=1)))).mirrored


@pytest.mark.parametrize(
    ("counts", "spans"),
    [
        ([], ()),
        ([1, 1, 1], ()),
        ([2, 2, 2], ((0.0, 4.0),)),
        ([1, 3, 1], ((2.0, 2.0),)),
        ([2, 1, 1, 2, 2], ((0.0, 0.0), (6.0, 8.0))),
        ([0, 2, 0], ((2.0, 2.0),)),
    ],
)
def test_several_people_are_told_span_by_span(counts: list[int], spans: tuple[tuple[float, float], ...]) -> None:
    recording = replace(film(seated([], duration_s=1)), people_time_s=2.0 * np.arange(len(counts)), people=np.array(counts, np.int64))
    assert several_people_s(recording) == spans == framing_of(recording).several_s


LONG = seated(a_set(2), duration_s=12)


def test_somebody_else_followed_for_a_while_is_taken_away() -> None:
    recording = people(film(LONG), (0, 1), (2, 1), (4, 2), (6, 1), (8, 1))
    other = shifted(recording, 200, 0, frames=slice(100, 150))
    without, where = alone(other)
    assert np.flatnonzero(where).tolist() == list(range(100, 150))
    assert (without.visibility[where] == 0).all() and (without.visibility[~where] == 1).all()
    assert framing_of(without, where).other_person is where


def test_somebody_nearer_in_the_same_place_is_taken_away() -> None:
    recording = people(film(LONG), (0, 1), (4, 2), (8, 1))
    _, where = alone(shifted(recording, 0, 0, scale=1.8, frames=slice(90, 170)))
    assert np.flatnonzero(where).tolist() == list(range(90, 170))


def test_followed_to_the_end_and_from_the_beginning() -> None:
    recording = people(film(LONG), (0, 2), (4, 1), (8, 1), (11, 2))
    both = shifted(shifted(recording, 200, 0, frames=slice(0, 40)), -200, 0, frames=slice(-40, None))
    _, where = alone(both)
    assert np.flatnonzero(where).tolist() == [*range(40), *range(len(LONG.time_s) - 40, len(LONG.time_s))]


def test_alone_in_view_a_jump_is_no_other_person() -> None:
    recording = people(shifted(film(LONG), 200, 0, frames=slice(100, 150)), (0, 1), (4, 1), (8, 1))
    without, where = alone(recording)
    assert without is recording and not where.any()


def test_without_a_look_for_people_nothing_is_taken_away() -> None:
    recording = shifted(film(LONG), 200, 0, frames=slice(100, 150))
    assert alone(recording)[0] is recording


def test_who_walks_while_somebody_watches_is_the_same_person() -> None:
    recording = people(film(walking(clock(7)), Camera(high_m=2.6)), (0, 2), (4, 2))
    assert alone(recording)[0] is recording


def test_nobody_and_few_frames_are_alone() -> None:
    for body in (seated([], duration_s=1 / 30), seated([], duration_s=2)):
        recording = people(film(body, gone=[(0, 9)]), (0, 2))
        assert alone(recording)[0] is recording


@pytest.mark.parametrize("body", [seated(a_set(1)), standing(a_set(1)), lying(a_set(1))])
def test_mirrored_twice_is_the_recording_and_once_is_each_frame_mirrored(body: Body) -> None:
    recording = film(body, Camera(yaw_deg=20), gone=[(1.0, 1.2)])
    once, twice = recording.mirrored(), recording.mirrored().mirrored()
    for name in ("image_xy", "world_xyz", "visibility"):
        assert np.allclose(getattr(twice, name), getattr(recording, name), atol=1e-3, equal_nan=True)
        assert np.allclose(getattr(once, name)[5], getattr(recording[5].mirrored(), name), atol=1e-3)
    assert np.array_equal(once.time_s, recording.time_s)


def test_the_sides_changed_are_the_same_points_of_the_picture() -> None:
    recording = film(seated(a_set(1)), Camera(yaw_deg=20))
    changed = recording.sides_changed()
    for side in Side:
        mark, other = Landmark.of(side, "knee"), Landmark.of(side.other, "knee")
        assert np.array_equal(changed.image_xy[:, mark], recording.image_xy[:, other])


def test_what_is_not_known_cuts_nothing() -> None:
    framing = Framing(30.0, 100.0, np.ones(5, bool))
    assert framing.cut_fraction("foot") == (0.0, "")
