"""A film entered in the middle gives the very pictures that reading it from its beginning gives, or says that it cannot."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.capture.film_index import film_index
from formcheck.capture.frame import VideoFrame
from formcheck.capture.video import NotSeekableError, VideoFile
from tests.videos import busy, cut, scratch, write_video

OFTEN = {"g": "8", "bf": "2"}
KINDS = {
    "b-frames.mp4": {"options": {"g": "8", "bf": "3"}},
    "open-gop.mp4": {"options": {"g": "8", "bf": "3", "x264-params": "open-gop=1"}},
    "one-key.mp4": {"options": {"g": "1000"}},
    "turned.mov": {"options": OFTEN, "rotation_ccw_deg": 90.0},
    "squeezed.mkv": {"options": OFTEN, "aspect": Fraction(4, 3)},
    "vp9.webm": {"options": {"g": "8"}},
    "with-sound.mp4": {"options": OFTEN, "audio_s": 1.0},
    "uneven.mp4": {"options": OFTEN, "times_s": [0.0, *(0.5 + k / 29 + 0.011 * (k % 3) for k in range(59))]},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {name: write_video(folder / name, 60, paint=busy, **how) for name, how in KINDS.items()}  # type: ignore[arg-type]


def same(a: list[VideoFrame], b: list[VideoFrame]) -> bool:
    return len(a) == len(b) and all(
        (x.index, x.time_s, x.full_size) == (y.index, y.time_s, y.full_size) and np.array_equal(x.image, y.image)
        for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("name", KINDS)
def test_pieces_of_every_kind_of_film_are_its_pictures(films, name):
    film = film_index(films[name])
    assert film is not None
    with VideoFile(films[name]) as video:
        whole = list(video)
        known = video.info
    assert [frame.time_s for frame in whole] == film.time_s.tolist()
    bounds = [0.0, 0.51, 0.52, 1.3, film.last_s, np.inf]
    with VideoFile(films[name], threads=1) as video:
        for start_s, end_s in pairwise(bounds):
            expected = [frame for frame in whole if start_s <= frame.time_s < end_s]
            assert same(list(video.between(film, start_s, end_s)), expected)
        video.conclude(film)
    assert (video.info, video.cut_short, video.damaged_frames) == (known, False, 0)


@settings(max_examples=25, deadline=None)
@given(st.floats(-1, 3), st.floats(-1, 3))
def test_any_piece_is_what_lies_in_it(films, start_s, end_s):
    film = film_index(films["b-frames.mp4"])
    assert film is not None
    with VideoFile(films["b-frames.mp4"]) as video:
        expected = [k for k, time_s in enumerate(film.time_s) if start_s <= time_s < end_s]
        assert [frame.index for frame in video.between(film, start_s, end_s)] == expected


def test_the_first_and_the_last_picture_alone(films):
    path = films["b-frames.mp4"]
    film = film_index(path)
    assert film is not None
    with VideoFile(path) as video:
        assert [frame.index for frame in video.between(film, 0.0, 1e-9)] == [0]
        assert [frame.index for frame in video.between(film, film.last_s, film.last_s + 1)] == [59]
        assert list(video.between(film, 0.0, 0.0)) == []


def test_a_door_lies_at_or_before_the_picture_before(films):
    film = film_index(films["b-frames.mp4"])
    assert film is not None
    assert len(film.keys) >= 8
    for shown in range(60):
        door = film.key_before(float(film.time_s[shown]))
        assert door in film.keys
        assert door <= film.stamps[max(0, shown - 1)]


@pytest.mark.parametrize("name", ["film.avi", "film.gif"])
def test_containers_that_cannot_be_entered_have_no_index(tmp_path, name):
    assert film_index(write_video(tmp_path / name)) is None


def test_one_picture_has_an_index(tmp_path):
    film = film_index(write_video(tmp_path / "one.mp4", frames=1))
    assert film is not None
    assert (film.time_s.tolist(), film.fps, film.key_before(5.0)) == ([0.0], 0.0, film.keys[0])


def test_damage_is_never_passed_over(tmp_path):
    """Whatever a piece of a damaged film gives is right, or it is refused."""
    refused = 0
    for number, start in enumerate((0.3, 0.5, 0.7)):
        path = scratch(write_video(tmp_path / f"{number}.mp4", 60, (160, 120), paint=busy, options=OFTEN), start, start + 0.02)
        film = film_index(path)
        with VideoFile(path) as video:
            whole = list(video)
            assert video.damaged_frames
        if film is None:
            refused += 1
            continue
        with VideoFile(path) as video:
            try:
                pieces = [frame for k in range(4) for frame in video.between(film, k * 0.5, (k + 1) * 0.5)]
            except NotSeekableError:
                refused += 1
            else:
                assert same(pieces, whole)
    assert refused


def test_a_film_that_ends_early_is_refused_or_right(tmp_path):
    path = cut(write_video(tmp_path / "film.mkv", 60, paint=busy, options=OFTEN), 0.6)
    film = film_index(path)
    with VideoFile(path) as video:
        whole = list(video)
        if film is not None:
            with suppress(NotSeekableError):
                assert same(list(video.between(film, 0.0, np.inf)), whole)
    assert 0 < len(whole) < 60
