"""Pieces of real films measured at once: the same as one after the other, whoever the model follows and wherever the work stops."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from formcheck.capture.film_index import FilmIndex, film_index
from formcheck.capture.frame import VideoFrame
from formcheck.capture.thinning import Thinning
from formcheck.capture.video import VideoFile
from formcheck.errors import InputError
from formcheck.motion.landmarks import PoseFrame
from formcheck.motion.recording import PoseRecording
from formcheck.tracking.reel import Reel
from formcheck.tracking.side_by_side import measured
from formcheck.tracking.tracker import PeopleLook, Tracking
from tests.builders import example_recording
from tests.videos import busy, numbered, scratch, write_video

BODY = example_recording(duration_s=2.0, reps=1)[0]
SECONDS = 26


class Follower:
    """Sees two people: follows the one whom it saw first, and prefers whom it is told to at a beginning; forgets slowly where it began."""

    def __init__(self, second_from_s: float = math.inf, second_until_s: float = math.inf) -> None:
        self.prefers_second = (second_from_s, second_until_s)
        self.began_s: float | None = None
        self.closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        if self.began_s is None:
            self.began_s = frame.time_s
        second = self.prefers_second[0] <= self.began_s < self.prefers_second[1]
        forgotten = 2.0 * math.exp(-10 * (frame.time_s - self.began_s))
        beside = forgotten + math.sin(frame.time_s) + (400.0 if second else 0.0)
        image = BODY.image_xy + np.float32(beside)
        return PoseFrame(frame.index, frame.time_s, image, BODY.world_xyz, BODY.visibility, BODY.image_size)


class Counter:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def count(self, frame: VideoFrame) -> int:
        return frame.index % 3


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("films") / "long.mp4", SECONDS * 30, paint=numbered, options={"g": "40", "bf": "2"})


def run(
    path: Path, workers: int, film: FilmIndex | None = None, *, make: Any = Follower, stop: Any = lambda: False, fps: float = 30.0
) -> tuple[PoseRecording, bool, list[float], VideoFile]:
    film = film or film_index(path)
    assert film is not None
    told: list[float] = []
    with VideoFile(path, threads=1) as video, PeopleLook(Counter) as people:
        reel = Reel(video, film, Thinning.to(fps, film.fps))
        recording, whole = measured(reel, Tracking(make, people, told.append, stop), workers)
    return recording, whole, told, video


def same(a: PoseRecording, b: PoseRecording) -> bool:
    names = ("time_s", "image_xy", "world_xyz", "visibility", "people_time_s", "people", "breath_time_s", "breath_flow_px")
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in names)


@pytest.mark.parametrize("fps", [30.0, 10.0])
def test_the_result_does_not_depend_on_how_many_work(path, fps):
    one, whole, told, video = run(path, 1, fps=fps)
    assert whole
    assert len(one) == SECONDS * 30 / (30 / fps)
    assert np.allclose(np.diff(one.time_s), 1 / fps)
    assert np.allclose(one.breath_time_s, np.arange(SECONDS * 10) / 10)
    assert one.people_time_s.tolist() == pytest.approx([2.0 * k for k in range(13)], abs=1e-6)
    for workers in (2, 3, 4, 9):
        other, whole, again, film = run(path, workers, fps=fps)
        assert whole
        assert same(one, other)
        assert sorted(again)[-1] == sorted(told)[-1]
        assert film.info == video.info


def test_no_seam_is_seen(path):
    film = run(path, 2)[0]
    beside = film.image_xy[:, 0, 0] - BODY.image_xy[0, 0] - np.sin(film.time_s)
    assert np.abs(beside[film.time_s > 1.0]).max() < 0.04


def test_each_frame_is_looked_at_once_and_a_little_more(path):
    told = run(path, 2)[2]
    assert SECONDS * 30 < len(told) <= SECONDS * 30 + 3 * 19


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize(("second_from_s", "second_until_s"), [(10.0, math.inf), (5.0, 7.0), (5.0, 14.0), (0.1, math.inf)])
def test_a_piece_that_begins_with_somebody_else_is_carried_on(path, workers, second_from_s, second_until_s):
    opened: list[Follower] = []

    def make() -> Follower:
        opened.append(Follower(second_from_s, second_until_s))
        return opened[-1]

    film, whole, _, _ = run(path, workers, make=make)
    assert whole
    assert film.image_xy[:, 0, 0].max() < BODY.image_xy[0, 0] + 4
    assert len(film) == SECONDS * 30
    assert film.people_time_s.tolist() == pytest.approx([2.0 * k for k in range(13)], abs=1e-6)
    assert all(one.closed for one in opened)
    assert len(opened) == 5
    assert same(film, run(path, 3, make=lambda: Follower(second_from_s, second_until_s))[0])


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("after", [0, 1, 100, 300, 700])
def test_a_stop_keeps_what_was_measured_from_the_beginning(path, workers, after):
    seen, lock = [0], threading.Lock()

    def stop() -> bool:
        with lock:
            seen[0] += 1
            return seen[0] > after

    film, whole, told, _ = run(path, workers, stop=stop)
    assert not whole
    assert len(told) <= after
    complete = run(path, 1)[0]
    if len(film):
        assert same(film.part(-np.inf, film.time_s[-1] - 2.0), complete.part(-np.inf, film.time_s[-1] - 2.0))
        assert film.time_s.tolist() == complete.time_s[: len(film)].tolist()
    if workers == 1:
        assert len(film) >= min(after, 1) * (after - 60)


def test_a_model_that_breaks_ends_the_work_with_its_words(path):
    class Broken(Follower):
        def estimate(self, frame: VideoFrame) -> PoseFrame:
            if frame.time_s > 9.0:
                raise InputError("the pose model failed at 9 s")
            return super().estimate(frame)

    for workers in (1, 2, 4):
        with pytest.raises(InputError, match="failed at 9 s"):
            run(path, workers, make=Broken)


def test_a_damaged_film_is_read_from_its_beginning_whoever_works(tmp_path):
    path = scratch(write_video(tmp_path / "long.mp4", 300, (160, 120), paint=busy, options={"g": "20"}), 0.5, 0.503)
    film = film_index(path)
    assert film is not None
    one, _, _, alone = run(path, 1, film)
    two, _, _, both = run(path, 2, film)
    assert same(one, two)
    assert 0 < both.damaged_frames == alone.damaged_frames
    assert both.damaged_ranges_s == alone.damaged_ranges_s


def test_a_film_without_index_is_one_piece(tmp_path):
    path = write_video(tmp_path / "film.gif", 30)
    with VideoFile(path) as video, PeopleLook(Counter) as people:
        reel = Reel(video, None, Thinning(), ahead=True)
        recording, whole = measured(reel, Tracking(Follower, people, lambda _: None, lambda: False), 4)
    assert (len(reel.pieces), len(recording), whole, reel.divisible) == (1, 30, True, False)


def test_altered_frames_are_never_taken_out_of_order(path):
    film = film_index(path)
    with VideoFile(path) as video, pytest.raises(ValueError, match="in order"):
        Reel(video, film, Thinning(), lambda frame: frame)


@pytest.mark.model
@pytest.mark.slow
def test_with_the_real_model_the_bytes_are_the_same_for_one_two_and_four(tmp_path):
    from formcheck.capture.bundles import bundle
    from formcheck.poses import measure_poses
    from formcheck.progress import Stage, StageClock

    clip = Path(__file__).resolve().parent.parent / "samples/hip-internal-rotation-foot-lift-oblique-30.mp4"
    saved = []
    for workers in (1, 2, 4):
        done = measure_poses(clip, bundle("lite"), StageClock(None), Stage("measuring", 0.0, 1.0), threading.Event(), workers=workers)
        done.recording.save(tmp_path / "landmarks.npz")
        saved.append((tmp_path / "landmarks.npz").read_bytes())
    assert saved[0] == saved[1] == saved[2]
