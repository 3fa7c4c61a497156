"""Landmarks and one pose frame: shapes, sides, mirroring."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.landmarks import EDGES, MIRROR, Landmark, PoseFrame, Side

SIZE = (640, 480)


def a_frame(time_s: float = 0.0) -> PoseFrame:
    values = np.arange(33, dtype=np.float32)
    return PoseFrame(7, time_s, np.stack([values, values + 1], -1), np.stack([values, values + 1, values + 2], -1), values / 33, SIZE)


def test_landmarks_are_the_33_rows_of_the_model_in_order() -> None:
    assert [mark.value for mark in Landmark] == list(range(33))
    assert Landmark.of(Side.LEFT, "knee") is Landmark.LEFT_KNEE
    assert Landmark.of(Side.RIGHT, "foot_index") is Landmark.RIGHT_FOOT_INDEX


def test_a_part_that_no_body_has_is_refused() -> None:
    with pytest.raises(KeyError, match="LEFT_TAIL"):
        Landmark.of(Side.LEFT, "tail")


def test_mirror_is_an_involution_that_keeps_only_the_nose() -> None:
    assert np.array_equal(MIRROR[MIRROR], np.arange(33))
    assert [Landmark(i) for i in np.flatnonzero(np.arange(33) == MIRROR)] == [Landmark.NOSE]


@pytest.mark.parametrize("part", ["shoulder", "hip", "knee", "ankle", "heel", "foot_index", "wrist"])
def test_mirror_swaps_the_sides_of_each_part(part: str) -> None:
    assert MIRROR[Landmark.of(Side.LEFT, part)] == Landmark.of(Side.RIGHT, part)


def test_mirror_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        MIRROR[0] = 1


def test_edges_join_different_landmarks_once_and_mirror_onto_one_another() -> None:
    pairs = {frozenset(edge) for edge in EDGES}
    assert len(pairs) == len(EDGES)
    assert all(len(pair) == 2 for pair in pairs)
    assert {frozenset(int(MIRROR[mark]) for mark in pair) for pair in pairs} == {frozenset(map(int, pair)) for pair in pairs}


def test_sides_are_opposite_in_name_and_sign() -> None:
    assert Side.LEFT.other is Side.RIGHT and Side.RIGHT.other is Side.LEFT
    assert Side.RIGHT.sign == 1 == -Side.LEFT.sign


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("image_xy", (32, 2), r"image_xy must have shape \(33, 2\), got \(32, 2\)"),
        ("world_xyz", (33, 2), r"world_xyz must have shape \(33, 3\), got \(33, 2\)"),
        ("visibility", (33, 1), r"visibility must have shape \(33,\), got \(33, 1\)"),
    ],
)
def test_a_frame_refuses_a_wrong_shape_and_names_it(name: str, shape: tuple[int, ...], message: str) -> None:
    arrays = {"image_xy": np.zeros((33, 2)), "world_xyz": np.zeros((33, 3)), "visibility": np.zeros(33)} | {name: np.zeros(shape)}
    with pytest.raises(ValueError, match=message):
        PoseFrame(0, 0.0, **arrays, image_size=SIZE)


@pytest.mark.parametrize("time_s", [np.nan, np.inf])
def test_a_frame_refuses_a_time_that_is_none(time_s: float) -> None:
    with pytest.raises(ValueError, match="time_s must be finite"):
        a_frame(time_s)


def test_a_frame_copies_and_freezes_its_arrays() -> None:
    mine = np.zeros((33, 2))
    frame = PoseFrame(0, 0.0, mine, np.zeros((33, 3)), np.zeros(33), SIZE)
    mine[0] = 5
    assert frame.image_xy[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        frame.image_xy[0] = 1


def test_nobody_is_a_frame_of_nan_with_nothing_visible() -> None:
    frame = PoseFrame.missing(3, 0.1, SIZE)
    assert frame.is_missing and not a_frame().is_missing
    assert np.isnan(frame.image_xy).all() and np.isnan(frame.world_xyz).all()
    assert not frame.visibility.any()
    assert frame.mirrored().is_missing


def test_a_mirrored_frame_swaps_sides_and_flips_the_picture() -> None:
    frame, mirrored = a_frame(), a_frame().mirrored()
    left, right = Landmark.LEFT_KNEE, Landmark.RIGHT_KNEE
    assert mirrored.image_xy[left, 0] == SIZE[0] - frame.image_xy[right, 0]
    assert mirrored.image_xy[left, 1] == frame.image_xy[right, 1]
    assert mirrored.world_xyz[left].tolist() == [-frame.world_xyz[right, 0], *frame.world_xyz[right, 1:]]
    assert mirrored.visibility[left] == frame.visibility[right]
    back = mirrored.mirrored()
    assert np.allclose(back.image_xy, frame.image_xy) and np.array_equal(back.world_xyz, frame.world_xyz)
