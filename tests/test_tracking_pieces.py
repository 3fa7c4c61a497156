"""Pieces of a film: where they are cut, when they agree, and that joining them leaves no seam."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.motion.landmarks import MIRROR
from formcheck.motion.recording import PoseRecorder, PoseRecording
from formcheck.tracking.pieces import Part, Piece, agree, cut, joined
from tests.builders import example_recording

WHOLE = example_recording(duration_s=12.0, reps=2)
NEXT = Piece(6.0, np.inf, 0.6)


def parts_of(before: PoseRecording = WHOLE, after: PoseRecording = WHOLE) -> list[Part]:
    return [Part(Piece(end_s=6.0), before.part(-np.inf, 6.0)), Part(NEXT, after.part(NEXT.begin_s, np.inf))]


def shifted(px: float) -> PoseRecording:
    return replace(WHOLE, image_xy=WHOLE.image_xy + np.float32(px))


def gone(start_s: float, end_s: float) -> PoseRecording:
    hidden = (WHOLE.time_s >= start_s) & (WHOLE.time_s < end_s)
    image, world = WHOLE.image_xy.copy(), WHOLE.world_xyz.copy()
    image[hidden], world[hidden] = np.nan, np.nan
    return replace(WHOLE, image_xy=image, world_xyz=world)


def same(a: PoseRecording, b: PoseRecording) -> bool:
    names = ("time_s", "image_xy", "world_xyz", "visibility", "people_time_s", "people")
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in names) and a.image_size == b.image_size


@given(st.floats(0, 20_000), st.sampled_from([0.0, 5.0, 15.0, 30.0, 60.0]))
def test_pieces_cover_the_film_and_are_long_enough(duration_s, fps):
    pieces = cut(duration_s, fps)
    assert (pieces[0].start_s, pieces[0].warm_up_s, pieces[-1].end_s) == (-np.inf, 0.0, np.inf)
    assert all(a.end_s == b.start_s for a, b in pairwise(pieces))
    lengths = np.diff([0.0, *(piece.end_s for piece in pieces[:-1]), duration_s])
    assert len(pieces) in (1, 2) or len(pieces) % 4 == 0
    if len(pieces) > 1:
        assert lengths.min() > 3.9
        assert lengths.max() <= 15.01
        assert all(piece.warm_up_s >= 0.6 and piece.warm_up_s * (fps or 30) >= 12 - 1e-9 for piece in pieces[1:])


@pytest.mark.parametrize(("duration_s", "count"), [(0.0, 1), (7.99, 1), (8.0, 2), (23.9, 2), (24.0, 4), (60.0, 8), (3600.0, 360)])
def test_how_many_pieces(duration_s, count):
    assert len(cut(duration_s, 30.0)) == count


def test_an_unknown_length_is_one_piece():
    assert cut(float("nan"), 30.0) == (Piece(),)


def test_what_is_the_same_is_joined_as_it_was():
    assert agree(parts_of()[0].recording, parts_of()[1])
    assert same(joined(parts_of()), WHOLE)


def test_one_part_is_the_film():
    assert joined([Part(Piece(), WHOLE)]) is WHOLE


def test_a_difference_fades_over_a_third_of_the_warming_up():
    film = joined(parts_of(after=shifted(1.0)))
    moved = (film.image_xy - WHOLE.image_xy)[:, 0, 0]
    assert same(film.part(-np.inf, 5.8), WHOLE.part(-np.inf, 5.8))
    assert np.allclose(moved[film.time_s >= 6.0], 1.0, atol=1e-3)
    fade = moved[(film.time_s >= 5.8) & (film.time_s < 6.0)]
    assert len(fade) == 6
    assert (np.diff(fade) > 0).all()
    assert np.abs(np.diff(moved)).max() < 0.2


def test_where_one_has_nobody_the_nearer_end_decides():
    film = joined(parts_of(after=gone(0.0, 5.89)))
    seen = ~np.isnan(film.image_xy).all(axis=(1, 2))
    fade = (film.time_s >= 5.8) & (film.time_s < 6.0)
    assert seen[film.time_s < 5.8].all()
    assert seen[film.time_s >= 6.0].all()
    assert seen[fade].tolist() == [True, True, True, True, True, True]
    film = joined(parts_of(before=gone(5.8, 6.0)))
    assert (~np.isnan(film.image_xy).all(axis=(1, 2)))[fade].tolist() == [False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        (WHOLE, True),
        (shifted(5.0), True),
        (shifted(300.0), False),
        (gone(5.0, 7.0), False),
        (gone(5.0, 5.87), True),
        (replace(WHOLE, image_xy=WHOLE.image_xy[:, MIRROR]), False),
    ],
    ids=["same", "a little beside", "somebody else", "nobody", "nobody at first", "sides changed"],
)
def test_pieces_agree_on_one_person_and_their_sides(other, fits):
    assert agree(WHOLE.part(-np.inf, 6.0), parts_of(after=other)[1]) is fits


def test_nobody_agrees_with_nobody():
    nobody = gone(0.0, 99.0)
    assert agree(nobody.part(-np.inf, 6.0), parts_of(after=nobody)[1])
    assert same(joined(parts_of(nobody, nobody)), nobody)


def test_a_gap_at_the_seam_leaves_nothing_to_compare():
    holed = WHOLE.part(-np.inf, 5.0).followed_by(WHOLE.part(7.0, np.inf))
    before, after = parts_of(holed, holed)
    assert agree(before.recording, after)
    assert same(joined([before, after]), holed)


def test_parts_of_other_frames_are_refused():
    before, after = parts_of()
    late = replace(after, recording=replace(after.recording, time_s=after.recording.time_s + 0.001))
    with pytest.raises(ValueError, match="same frames"):
        joined([before, late])


def test_looks_for_people_come_from_the_piece_they_lie_in():
    looked = replace(WHOLE, people_time_s=np.array([0.0, 2.0, 4.0, 5.9, 6.0, 8.0]), people=np.arange(6))
    assert same(joined(parts_of(looked, looked)), looked)


def test_a_part_without_a_frame_of_its_own():
    assert not Part(NEXT, WHOLE.part(5.4, 6.0)).own
    assert Part(NEXT, WHOLE.part(5.4, 6.05)).own
    assert not Part(NEXT, PoseRecorder().finish()).own


@given(st.lists(st.floats(0, 12), max_size=4))
def test_a_recording_cut_anywhere_and_put_together_is_the_same(places):
    bounds = [-np.inf, *sorted(places), np.inf]
    film = WHOLE.part(-np.inf, -1.0)
    for start_s, end_s in pairwise(bounds):
        film = film.followed_by(WHOLE.part(start_s, end_s))
    assert same(film, WHOLE)
