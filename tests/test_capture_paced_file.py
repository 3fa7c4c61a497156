"""Real video files played as cameras: their pace, their end, and the faults a file can have."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from formcheck.capture.camera_thread import CameraThread
from formcheck.capture.clock import SimulatedClock, SystemClock
from formcheck.capture.feed import CameraState, EndOfVideo, Look
from formcheck.capture.live_source import is_file, open_feed
from formcheck.capture.paced_file import PacedFile, SteppedFile
from formcheck.errors import InputError, UsageError
from tests.videos import number_of, write_video


def played(path: Path, work_s: float = 0.0) -> list[tuple[float, Look]]:
    """Step through a file; each look costs ``work_s`` of simulated time."""
    clock = SimulatedClock()
    looks = []
    with SteppedFile(path, clock) as feed:
        while (look := feed.newest(0.5)).state is not CameraState.ENDED:
            looks.append((clock.now_s(), look))
            clock.advance(work_s)
    return looks


def flat(level: int):
    return lambda index, width, height: np.full((height, width, 3), level, np.uint8)


def first_said_s(looks: list[tuple[float, Look]], code: str) -> float:
    return next(now_s for now_s, look in looks if look.fault is not None and look.fault.code == code)


def test_pictures_come_at_their_own_times_and_then_it_ends(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.08, 0.5, 0.54]
    looks = played(write_video(tmp_path / "a.mkv", 5, (220, 16), times_s=times))
    assert [look.frame.video.time_s for _, look in looks if look.frame] == pytest.approx(times, abs=2e-3)
    assert [number_of(look.frame.video.image) for _, look in looks if look.frame] == [0, 1, 2, 3, 4]


def test_who_is_slow_gets_the_newest_picture_only(tmp_path: Path) -> None:
    looks = played(write_video(tmp_path / "a.mp4", 60, (220, 16)), work_s=0.1)
    frames = [look.frame for _, look in looks if look.frame]
    assert [frame.video.index for frame in frames] == list(range(len(frames)))
    assert len(frames) == pytest.approx(20, abs=1) and sum(frame.dropped for frame in frames) == frames[-1].number - len(frames) + 1
    assert all(now_s - frame.video.time_s < 0.05 for (now_s, _), frame in zip(looks, frames, strict=True)), "what is seen is now"


@pytest.mark.parametrize(
    ("paint", "code", "word"),
    [(flat(5), "black", "Open the cover of the lens"), (flat(120), "frozen", "stands still")],
)
def test_a_black_and_a_frozen_film_are_named(tmp_path: Path, paint: object, code: str, word: str) -> None:
    looks = played(write_video(tmp_path / "a.mp4", 120, (640, 480), paint=paint))
    assert 1.9 < first_said_s(looks, code) < 2.3
    assert word in next(look.sentence for _, look in looks if look.fault is not None and look.fault.code == code)


def test_ten_pictures_a_second_are_named(tmp_path: Path) -> None:
    looks = played(write_video(tmp_path / "a.mp4", 40, (640, 480), 10))
    assert "only 10 pictures a second" in looks[-1][1].sentence and not looks[-1][1].fault.code.blinds


def test_a_real_clock_paces_a_file_and_a_faster_one_plays_it_faster(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 15, (64, 48))
    for speed, longest_s in ((1.0, 2.0), (5.0, 0.4)):
        clock = SystemClock(speed)
        feed = open_feed(path, clock)
        assert isinstance(feed, CameraThread)
        began = time.perf_counter()
        with feed:
            frames = []
            while (look := feed.newest(1.0)).state is not CameraState.ENDED:
                frames += [look.frame] if look.frame is not None else []
        assert 0.4 / speed < time.perf_counter() - began < longest_s
        assert frames and np.all(np.diff([frame.video.time_s for frame in frames]) > 0)


def test_what_came_too_late_is_passed_over(tmp_path: Path) -> None:
    clock = SimulatedClock()
    source = PacedFile(write_video(tmp_path / "a.mp4", 30, (220, 16)), clock)
    first = source.read()
    clock.advance(0.6)
    late = source.read()
    assert first is not None and late is not None and number_of(first.image) == 0
    assert 0.6 - 0.25 <= late.time_s <= 0.6 + 1 / 30
    source.release()


def test_closing_wakes_who_waits_and_an_empty_rest_is_the_end(tmp_path: Path) -> None:
    source = PacedFile(write_video(tmp_path / "a.mp4", 2, (64, 48), 1), SimulatedClock())
    assert source.read() is not None
    source.interrupt()
    assert source.read() is None, "its time has not come, and nobody waits for it any more"
    with pytest.raises(EndOfVideo):
        source.read()
    source.release()


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.mp4").write_text("no film")
    for clock in (SystemClock(), SimulatedClock()):
        with pytest.raises(InputError, match=r"words\.mp4"):
            open_feed(tmp_path / "words.mp4", clock).start()
        with pytest.raises(InputError, match=r"gone\.mp4"):
            open_feed(tmp_path / "gone.mp4", clock).start()


@pytest.mark.parametrize(
    ("wanted", "answer"), [(0, False), ("0", False), ("HD Webcam", False), ("set.mp4", True), ("SET.MOV", True), (Path("x"), True)]
)
def test_files_are_told_from_cameras(wanted: int | str | Path, answer: bool) -> None:
    assert is_file(wanted) is answer


def test_a_file_without_a_usual_ending_is_a_file_when_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "film").write_text("")
    assert is_file(str(tmp_path / "film"))


def test_a_camera_that_nobody_has_is_a_word_that_was_wrong() -> None:
    with pytest.raises(UsageError, match="no camera with this name"):
        open_feed("the camera of nobody", SimulatedClock())
