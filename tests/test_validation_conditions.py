"""Poorer cameras made of good films: what each takes away, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.capture.frame import VideoFrame
from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.validation.conditions import CONDITIONS, Lens, condition


def frames(number: int, fps: float = 30.0, size: tuple[int, int] = (480, 640)) -> list[VideoFrame]:
    ramp = np.linspace(0, 255, size[1]).astype(np.uint8)
    image = np.repeat(np.repeat(ramp[None, :, None], size[0], axis=0), 3, axis=2).copy()
    return [VideoFrame(index, index / fps, image) for index in range(number)]


@pytest.mark.parametrize(("name", "every"), [("fps-15", 2), ("fps-10", 3)])
def test_fewer_pictures_are_evenly_spread_and_keep_their_times(name: str, every: int) -> None:
    lens = Lens(condition(name))
    kept = [frame for frame in map(lens, frames(31)) if frame is not None]
    assert [frame.time_s for frame in kept] == [index / 30 for index in range(0, 31, every)]
    assert [frame.index for frame in kept] == list(range(len(kept)))


@given(st.lists(st.floats(0.001, 0.2), min_size=1, max_size=80))
def test_never_more_pictures_than_said(steps: list[float]) -> None:
    lens = Lens(condition("fps-10"))
    image = np.zeros((4, 4, 3), np.uint8)
    times = np.concatenate([[0.0], np.cumsum(steps)])
    kept = [frame.time_s for frame in (lens(VideoFrame(i, float(t), image)) for i, t in enumerate(times)) if frame is not None]
    assert kept[0] == 0.0 and len(kept) <= times[-1] * 10 + 1.01


@pytest.mark.parametrize(("name", "size"), [("480p", (480, 853)), ("360p", (360, 640))])
def test_fewer_pixels(name: str, size: tuple[int, int]) -> None:
    large = Lens(condition(name))(frames(1, size=(720, 1280))[0])
    assert large is not None and large.image.shape[:2] == size and large.image_size == (size[1], size[0])
    small = frames(1, size=(240, 320))[0]
    kept = Lens(condition(name))(small)
    assert kept is not None and kept.image is small.image


def test_farther_is_smaller_in_the_middle() -> None:
    image = np.full((480, 640, 3), 255, np.uint8)
    image[:, 220:420] = 0
    far = Lens(condition("far"))(VideoFrame(0, 0.0, image))
    assert far is not None and far.image.shape == image.shape
    dark = np.flatnonzero(far.image[240, :, 0] < 128)
    assert len(dark) == pytest.approx(200 / 1.4, abs=2) and (dark[0] + dark[-1]) / 2 == pytest.approx(319.5, abs=2)


def test_dim_is_darker_and_noisier_and_the_same_every_time() -> None:
    flat = VideoFrame(0, 0.0, np.full((120, 160, 3), 128, np.uint8))
    first, again = Lens(condition("dim"))(flat), Lens(condition("dim"))(flat)
    assert first is not None and again is not None and np.array_equal(first.image, again.image)
    assert first.image.mean() < 90 and first.image.std() > 4


def test_hard_packing_changes_pixels_a_little() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    packed = Lens(condition("jpeg"))(VideoFrame(0, 0.0, image))
    assert packed is not None and packed.image.shape == image.shape and 1 < np.abs(packed.image.astype(int) - image).mean() < 80


def test_unknown_condition_names_those_there_are() -> None:
    with pytest.raises(InputError, match="fps-15, fps-10, 360p"):
        condition("fog")
    assert all(name == item.name and item.what for name, item in CONDITIONS.items())


def test_the_help_names_every_condition(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--help"]) == 0
    assert "|".join(CONDITIONS) in capsys.readouterr().out
