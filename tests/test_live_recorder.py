"""The film of a session: real files, read back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from formcheck.capture.frame import VideoFrame
from formcheck.capture.video import VideoFile
from formcheck.errors import OutputError, UsageError
from formcheck.live.recorder import FilmRecorder


def frame(number: int, size: tuple[int, int] = (64, 48), time_s: float | None = None) -> VideoFrame:
    image = np.full((size[1], size[0], 3), (number * 8) % 256, np.uint8)
    return VideoFrame(number, number / 30 if time_s is None else time_s, image)


def offered(film: FilmRecorder, frames: list[VideoFrame]) -> None:
    for one in frames:
        film.offer(one)
        time.sleep(0.002)


def read(path: Path) -> list[VideoFrame]:
    with VideoFile(path) as video:
        return list(video)


def test_what_is_offered_is_in_the_film_at_its_time(tmp_path: Path) -> None:
    times = [5.0, 5.04, 5.1, 5.5, 6.0]
    with FilmRecorder(tmp_path / "film.mp4") as film:
        offered(film, [frame(n, time_s=t) for n, t in enumerate(times)])
    found = read(tmp_path / "film.mp4")
    assert film.left_out == 0
    assert [f.time_s for f in found] == pytest.approx([t - 5.0 for t in times], abs=1e-3)
    assert [float(f.image.mean()) for f in found] == pytest.approx([0, 8, 16, 24, 32], abs=4)


def test_one_picture_is_a_film_and_none_is_no_file(tmp_path: Path) -> None:
    with FilmRecorder(tmp_path / "one.mp4") as film:
        offered(film, [frame(0)])
    assert len(read(tmp_path / "one.mp4")) == 1
    with FilmRecorder(tmp_path / "none.mp4"):
        pass
    assert not (tmp_path / "none.mp4").exists()


def test_another_camera_begins_another_file(tmp_path: Path) -> None:
    with FilmRecorder(tmp_path / "film.mp4") as film:
        offered(film, [frame(n) for n in range(5)] + [frame(n, (48, 64)) for n in range(5, 9)])
    assert [path.name for path in film.files] == ["film.mp4", "film-2.mp4"]
    assert [read(path)[0].image.shape[:2] for path in film.files] == [(48, 64), (64, 48)]


def test_an_odd_size_loses_its_last_row_and_column(tmp_path: Path) -> None:
    with FilmRecorder(tmp_path / "film.mp4") as film:
        offered(film, [frame(n, (65, 49)) for n in range(3)])
    assert read(tmp_path / "film.mp4")[0].image.shape == (48, 64, 3)


def test_a_busy_encoder_leaves_pictures_out_and_never_waits(tmp_path: Path) -> None:
    with FilmRecorder(tmp_path / "film.mp4") as film:
        for n in range(400):
            film.offer(frame(n, (640, 480)))
    assert film.left_out > 0
    assert len(read(tmp_path / "film.mp4")) == 400 - film.left_out


@pytest.mark.parametrize("name", ["film.mkv", "film", "film.mp4.txt"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.mp4"):
        FilmRecorder(tmp_path / name)


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("precious")
    with pytest.raises(UsageError, match="already"):
        FilmRecorder(tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), FilmRecorder(tmp_path / "file" / "film.mp4"):
        pass


def test_an_encoder_that_fails_ends_the_film_and_not_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("formcheck.live.recorder._Film.add", broken)
    with FilmRecorder(tmp_path / "film.mp4") as film:
        offered(film, [frame(n) for n in range(5)])
    assert film.trouble is not None and "no space left" in film.trouble


def test_killed_in_the_middle_what_was_filmed_can_be_played(tmp_path: Path) -> None:
    program = """
import os, sys, time
from pathlib import Path
from tests.test_live_recorder import frame
from formcheck.live.recorder import FilmRecorder
with FilmRecorder(Path(sys.argv[1])) as film:
    for n in range(150):
        film.offer(frame(n))
        time.sleep(0.004)
    while film._queue.qsize():
        time.sleep(0.01)
    time.sleep(0.1)
    os._exit(9)
"""
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "film.mp4")], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=False
    )
    assert done.returncode == 9
    # All but the part of a second that was being written.
    assert len(read(tmp_path / "film.mp4")) >= 150 - 2 * 30
