"""Which pictures of a film are looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.capture.film_index import film_index
from formcheck.capture.thinning import SAMPLE_FPS, JustThese, Thinning
from formcheck.capture.video import VideoFile
from formcheck.cli.options import DEFAULT_SAMPLE_FPS
from tests.videos import number_of, write_video


def kept(thinning: Thinning, times_s: np.ndarray) -> list[int]:
    before = [-np.inf, *times_s[:-1]]
    return [k for k, (time_s, before_s) in enumerate(zip(times_s, before, strict=True)) if thinning.keeps(float(time_s), float(before_s))]


@pytest.mark.parametrize(
    ("fps", "step"),
    [(5.0, 1), (15.0, 1), (25.0, 1), (29.97, 1), (30.0, 1), (49.9, 1), (50.0, 2), (59.94, 2), (60.0, 2), (120.0, 4), (240.0, 9)],
)
def test_as_many_are_passed_over_as_leave_enough(fps, step):
    thinning = Thinning.to(SAMPLE_FPS, fps)
    assert thinning.step == step
    assert step == 1 or thinning.kept_fps >= SAMPLE_FPS - 0.05
    assert kept(thinning, np.arange(500) / fps) == list(range(0, 500, step))


@pytest.mark.parametrize("fps", [0.0, float("nan"), float("inf")])
def test_without_a_rate_every_picture_is_kept(fps):
    assert kept(Thinning.to(SAMPLE_FPS, fps), np.array([0.0, 0.001, 5.0])) == [0, 1, 2]


@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_times_that_are_off_by_less_than_half_a_picture_change_nothing(step, seed):
    off = np.random.default_rng(seed).uniform(-0.49, 0.49, 300)
    times_s = (np.arange(300) + off) / 240.0
    assert kept(Thinning(step, 240.0), times_s) == list(range(0, 300, step))


def test_a_film_and_any_stretch_of_it_are_thinned_alike(tmp_path):
    path = write_video(tmp_path / "fast.mp4", 120, fps=120, options={"g": "10"})
    film = film_index(path)
    assert film is not None
    with VideoFile(path) as video:
        video.thinning = Thinning.to(SAMPLE_FPS, film.fps)
        assert [number_of(frame.image) for frame in video] == list(range(0, 120, 4))
        assert (video.info.frames_estimate, round(video.info.fps)) == (120, 120)
        stretch = [frame.index for frame in video.between(film, 0.33, 0.66)]
    assert stretch == [k for k in range(0, 120, 4) if 0.33 <= k / 120 < 0.66]


def test_just_these():
    these = JustThese(np.array([0.0, 0.5, 0.75]))
    assert [time_s for time_s in (0.0, 0.25, 0.5001, 0.5, 0.7, 0.75, 0.76) if these.keeps(time_s, 0.0)] == [0.0, 0.5001, 0.5, 0.75]
    assert not JustThese(np.empty(0)).keeps(0.0, 0.0)


def test_the_command_line_knows_the_usual_rate_without_loading_what_decodes():
    assert DEFAULT_SAMPLE_FPS == SAMPLE_FPS
