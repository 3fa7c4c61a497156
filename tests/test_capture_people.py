"""How many people are in a picture."""

from __future__ import annotations

from itertools import islice, permutations
from pathlib import Path

import numpy as np
import pytest

from formcheck.capture.bundles import bundle
from formcheck.capture.frame import VideoFrame
from formcheck.capture.people import MOST_PEOPLE, PeopleCounter, count_separate
from formcheck.capture.video import VideoFile
from tests.builders import seated_points

CLIPS = [
    "hip-internal-rotation-good-form",
    "banded-seated-hip-internal-rotation-dim",
    "standing-hip-abduction-lean-hike",
    "side-lying-hip-external-rotation-roll-feet-apart",
    "hip-internal-rotation-oblique-45",
]


def bodies(*shifts: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    body = seated_points(0.0)
    found = np.array([body + shift for shift in shifts]).reshape(-1, 33, 2)
    return found, np.ones(found.shape[:2])


def test_nobody_one_and_two():
    assert count_separate(*bodies()) == 0
    assert count_separate(*bodies((0, 0))) == 1
    assert count_separate(*bodies((0, 0), (200, 0))) == 2
    assert count_separate(*bodies((0, 0), (200, 0), (-200, 0))) == 3


def test_the_same_person_found_twice_is_one():
    assert count_separate(*bodies((0, 0), (6, -4))) == 1
    assert count_separate(*bodies((0, 0), (200, 0), (205, 3))) == 2


def test_what_is_not_visible_is_no_second_person():
    found, seen = bodies((0, 0), (200, 0))
    seen[1] = 0.2
    assert count_separate(found, seen) == 1


def test_a_body_without_extent_is_counted_once():
    found = np.zeros((2, 33, 2))
    found[1] += 50
    assert count_separate(found, np.ones((2, 33))) == 2


def pictures(root: Path, clip: str, count: int = 1, every: int = 100) -> list[VideoFrame]:
    with VideoFile(root / "samples" / f"{clip}.mp4") as video:
        return list(islice(video, 30, 31 + every * (count - 1), every))


@pytest.fixture(scope="module")
def counter():
    with PeopleCounter(bundle("lite")) as counter:
        yield counter


@pytest.mark.model
@pytest.mark.parametrize("clip", CLIPS)
def test_one_person_among_furniture_is_one(counter, root, clip):
    assert [counter.count(frame) for frame in pictures(root, clip, 3)] == [1, 1, 1]


@pytest.mark.model
def test_two_and_three_side_by_side(counter, root):
    parts = [pictures(root, clip)[0].image[:, 200:440] for clip in (CLIPS[0], CLIPS[2], CLIPS[1])]
    for pair in permutations(parts, 2):
        assert counter.count(VideoFrame(0, 0.0, np.hstack(pair))) == 2
    assert counter.count(VideoFrame(0, 0.0, np.hstack(parts))) == MOST_PEOPLE == 3


@pytest.mark.model
def test_nobody(counter, root):
    frame = pictures(root, CLIPS[0])[0]
    assert counter.count(VideoFrame(0, 0.0, np.full_like(frame.image, 90))) == 0
    noise = np.random.default_rng(5).integers(0, 255, frame.image.shape, dtype=np.uint8)
    assert counter.count(VideoFrame(0, 0.0, noise)) == 0
    corner = np.ascontiguousarray(frame.image[:100, :200])
    assert counter.count(VideoFrame(0, 0.0, corner)) == 0
    assert counter.count(VideoFrame(0, 0.0, np.ascontiguousarray(frame.image[100:116, 300:316]))) == 0


def test_a_counter_must_be_opened_first():
    from formcheck.capture.bundles import ModelBundle

    with pytest.raises(RuntimeError, match="with statement"):
        PeopleCounter(ModelBundle("lite", Path("x"), "0")).count(VideoFrame(0, 0.0, np.zeros((4, 4, 3), np.uint8)))
