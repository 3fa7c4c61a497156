"""Left and right exchanged by the pose model: put right, and only then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.exercise.analyzer import analyse
from formcheck.exercise.library import load
from formcheck.motion.crossing import unswapped
from formcheck.motion.landmarks import MIRROR, Landmark, Side
from formcheck.motion.recording import PoseRecording
from tests.people import NEAR, Body, Camera, Rep, a_set, clock, film, jumping_jacks, lying, seated, squatting, standing, walking

LEGS = [Landmark.of(side, part) for side in Side for part in ("knee", "ankle", "heel", "foot_index")]
HIPS = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
WHOLE = list(Landmark)


def noisy(body: Body, camera: Camera = NEAR, fps_seed: int = 1) -> PoseRecording:
    return film(body, camera, noise_px=0.8, noise_m=0.006, seed=fps_seed)


def exchanged(recording: PoseRecording, marks: list[Landmark], *spans: tuple[int, int]) -> tuple[PoseRecording, np.ndarray]:
    """The recording with the sides of some landmarks exchanged in spans of frames, and where."""
    where = np.zeros(len(recording), bool)
    for start, stop in spans:
        where[start:stop] = True
    arrays = {name: getattr(recording, name).copy() for name in ("image_xy", "world_xyz", "visibility")}
    for array, source in ((arrays[name], getattr(recording, name)) for name in arrays):
        for mark in marks:
            array[where, mark] = source[where, MIRROR[mark]]
    return replace(recording, **arrays), where


def same(a: PoseRecording, b: PoseRecording) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in ("image_xy", "world_xyz", "visibility"))


MOVES = {
    "seated": lambda: seated(a_set(3, height_deg=28)),
    "turned": lambda: seated(a_set(3)),
    "jerky": lambda: seated(a_set(4, out_s=0.4, back_s=0.4, height_deg=30)),
    "standing": lambda: standing(a_set(3, height_deg=30)),
    "lying": lambda: lying(a_set(3)),
    "squats": lambda: squatting(clock(14), 4),
    "jumping jacks": lambda: jumping_jacks(clock(12), 10),
    "walking": lambda: walking(clock(8)),
}


@pytest.mark.parametrize("yaw_deg", [0.0, 30.0, 60.0])
@pytest.mark.parametrize("what", MOVES)
def test_what_was_never_exchanged_is_left_as_it_is(what: str, yaw_deg: float) -> None:
    recording = noisy(MOVES[what](), Camera(yaw_deg=yaw_deg, high_m=2.6))
    put_right, swaps = unswapped(recording)
    assert put_right is recording
    assert swaps.swapped_frames == 0 and swaps.doubtful_frames == 0


def test_a_walker_seen_from_the_side_crosses_legs_for_true() -> None:
    body = walking(clock(8), 0.0)
    recording = noisy(body, Camera(yaw_deg=90, high_m=2.6))
    apart = recording.image_xy[:, Landmark.LEFT_ANKLE, 0] - recording.image_xy[:, Landmark.RIGHT_ANKLE, 0]
    assert apart.min() < -20 and apart.max() > 20
    put_right, swaps = unswapped(recording)
    assert put_right is recording and swaps.swapped_frames == 0


@pytest.mark.parametrize("marks", [LEGS, LEGS + HIPS, WHOLE], ids=["legs", "legs and hips", "whole body"])
@pytest.mark.parametrize("frames", [1, 5, 20, 100])
@pytest.mark.parametrize("where", ["start", "middle", "end"])
@pytest.mark.parametrize("what", ["seated", "standing", "lying"])
def test_an_exchange_is_put_right_to_the_frame(what: str, where: str, frames: int, marks: list[Landmark]) -> None:
    recording = noisy(MOVES[what]())
    first = {"start": 0, "middle": 130, "end": len(recording) - frames}[where]
    mixed, wrong = exchanged(recording, marks, (first, first + frames))
    put_right, swaps = unswapped(mixed)
    assert np.array_equal(swaps.swapped, wrong)
    assert same(put_right, recording) and not same(mixed, recording)
    assert swaps.swapped_frames == frames and swaps.doubtful_frames == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=6, unique=True), st.sampled_from([15.0, 30.0, 60.0]), st.integers(0, 9))
def test_any_number_of_exchanges_is_put_right(edges: list[int], fps: float, seed: int) -> None:
    recording = noisy(seated(a_set(3), fps=fps), fps_seed=seed)
    edges = sorted(edge * len(recording) // 401 for edge in edges)
    spans = [(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=False)]
    mixed, wrong = exchanged(recording, LEGS, *spans)
    put_right, swaps = unswapped(mixed)
    # The majority is right by definition only where the sides of the body do not tell; here they do.
    assert np.array_equal(swaps.swapped, wrong) and same(put_right, recording)


def test_more_than_half_of_a_recording_may_be_exchanged() -> None:
    recording = noisy(seated(a_set(3)))
    mixed, wrong = exchanged(recording, LEGS, (40, len(recording) - 60))
    put_right, swaps = unswapped(mixed)
    assert wrong.mean() > 0.6 and np.array_equal(swaps.swapped, wrong) and same(put_right, recording)


def test_legs_exchanged_from_the_first_frame_to_the_last_are_put_right() -> None:
    recording = noisy(seated(a_set(2)))
    mixed, _ = exchanged(recording, LEGS, (0, len(recording)))
    put_right, swaps = unswapped(mixed)
    assert swaps.swapped.all() and same(put_right, recording)


@pytest.mark.parametrize("drawn_out", [3, 5])
def test_an_exchange_drawn_out_by_smoothing_is_put_right_and_its_glide_unseen(drawn_out: int) -> None:
    recording = noisy(seated(a_set(3)))
    mixed, wrong = exchanged(recording, LEGS, (120, 160))
    blur = np.ones(drawn_out) / drawn_out
    half = drawn_out // 2
    image = mixed.image_xy.copy()
    for mark in LEGS:
        for axis in (0, 1):
            image[half:-half, mark, axis] = np.convolve(mixed.image_xy[:, mark, axis], blur, "valid")
    put_right, swaps = unswapped(replace(mixed, image_xy=image))
    assert (swaps.swapped ^ wrong).sum() <= drawn_out
    gliding = np.flatnonzero(swaps.doubtful[Side.LEFT])
    assert 2 <= len(gliding) <= 2 * drawn_out + 2
    assert all(min(abs(frame - 120), abs(frame - 160)) <= drawn_out for frame in gliding)
    assert (put_right.visibility[gliding][:, LEGS] == 0).all()
    sure = ~(swaps.doubtful[Side.LEFT] | swaps.doubtful[Side.RIGHT])
    off = np.abs(put_right.image_xy - recording.image_xy)[sure][:, LEGS]
    assert np.median(off) < 1.0 and off.max() < 15


def test_nobody_for_a_while_does_not_change_sides() -> None:
    recording = film(seated(a_set(3)), gone=[(3.0, 4.0)], noise_px=0.5, noise_m=0.004)
    mixed, wrong = exchanged(recording, LEGS, (200, 230))
    put_right, swaps = unswapped(mixed)
    assert np.array_equal(swaps.swapped, wrong) and same(put_right, recording)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_frames(count: int) -> None:
    recording = film(seated([], duration_s=max(count, 1e-9) / 30))
    put_right, swaps = unswapped(recording)
    assert put_right is recording and swaps.swapped.shape == (count,)


def test_nobody_at_all() -> None:
    recording = film(seated([], duration_s=2), gone=[(0, 9)])
    assert unswapped(recording)[0] is recording


def test_at_too_few_frames_a_second_nothing_is_guessed() -> None:
    mixed, _ = exchanged(film(seated(a_set(3), fps=5)), LEGS, (20, 25))
    assert unswapped(mixed)[0] is mixed


def collapsed(recording: PoseRecording, onto: Side, start: int, stop: int) -> PoseRecording:
    image = recording.image_xy.copy()
    for part in ("knee", "ankle", "heel", "foot_index"):
        image[start:stop, Landmark.of(onto.other, part)] = image[start:stop, Landmark.of(onto, part)] + 1.0
    return replace(recording, image_xy=image)


@pytest.mark.parametrize("onto", list(Side))
@pytest.mark.parametrize(("start", "stop"), [(0, 20), (100, 160), (-30, None)])
def test_a_leg_drawn_on_the_other_is_unseen_and_the_other_is_kept(onto: Side, start: int, stop: int | None) -> None:
    recording = noisy(seated([], duration_s=8))
    first, last, _ = slice(start, stop).indices(len(recording))
    put_right, swaps = unswapped(collapsed(recording, onto, first, last))
    where = np.zeros(len(recording), bool)
    where[first:last] = True
    assert np.array_equal(swaps.doubtful[onto.other], where) and not swaps.doubtful[onto].any()
    assert (put_right.visibility[where, Landmark.of(onto.other, "ankle")] == 0).all()
    assert (put_right.visibility[:, Landmark.of(onto, "ankle")] == 1).all()
    assert (put_right.visibility[~where] == 1).all()


def test_legs_in_line_through_the_whole_recording_are_a_side_view_and_are_kept() -> None:
    recording = film(squatting(clock(12), 3), Camera(yaw_deg=90, distance_m=500, high_m=2.6))
    assert unswapped(recording)[0] is recording


def test_the_recording_itself_is_not_changed() -> None:
    mixed, _ = exchanged(noisy(seated(a_set(2))), LEGS, (100, 120))
    before = mixed.image_xy.copy()
    unswapped(mixed)
    assert np.array_equal(mixed.image_xy, before)


@pytest.mark.parametrize("span", [(150, 155), (150, 170), (100, 200), (0, 60)])
def test_the_repetitions_are_those_of_the_right_leg_whatever_was_exchanged(span: tuple[int, int]) -> None:
    recording = noisy(seated([*a_set(3), Rep(18.5, side=Side.LEFT)]))
    mixed, _ = exchanged(recording, LEGS, span)
    a, b = analyse(recording, load("hip-internal-rotation")), analyse(mixed, load("hip-internal-rotation"))
    assert a.counts == b.counts == {"left": 1, "right": 3, "both": 0, "total": 4}
    assert [rep.peak_deg for rep in a.reps] == [rep.peak_deg for rep in b.reps]
    assert b.view["swapped_frames"] == span[1] - span[0]
    assert "sides_swapped" in {item.code for item in b.not_measured}
