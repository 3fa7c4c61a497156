"""Whole sessions before films that are played as cameras: what is wrong with the picture is on the screen, and the end is an end."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from formcheck.capture.clock import SimulatedClock
from formcheck.capture.feed import Feed
from formcheck.capture.frame import VideoFrame
from formcheck.capture.paced_file import SteppedFile
from formcheck.coach.guidance import Guidance, Hold, Screen, Stage
from formcheck.live import engine
from formcheck.live.chooser import Chooser, Wishes
from formcheck.live.session import LiveSession, Parts
from formcheck.live.view import LiveView
from formcheck.motion.landmarks import PoseFrame, Side
from tests.live_parts import SPEC, FakeDisplay, WrittenVoice, guided
from tests.videos import Painter, write_video

SIZE = (480, 360)


@pytest.fixture(autouse=True)
def _seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "READ_EVERY_S", 2.0)


class PosesByTime:
    """The pose that goes with a time, whatever the picture shows."""

    model = "full"
    trouble = ""

    def __init__(self) -> None:
        self._recording = guided(1)

    def estimate(self, frame: VideoFrame) -> PoseFrame:
        place = min(int(np.searchsorted(self._recording.time_s, frame.time_s)), len(self._recording) - 1)
        return replace(self._recording[place], index=frame.index, time_s=frame.time_s)

    def note(self, time_s: float, busy_s: float) -> None: ...


class Watched:
    """A session before a film; ``screens`` are those that were drawn, ``heard`` what the coach answered."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.screens: list[Screen] = []
        self.heard: list[Guidance] = []
        self.noted: list[str] = []
        drawn = LiveView.draw
        monkeypatch.setattr(LiveView, "draw", lambda view, *args, **more: (self.screens.append(args[2]), drawn(view, *args, **more))[1])

        def opened(place: int, first_index: int) -> Feed:
            feed = SteppedFile(path, SimulatedClock(), first_index=first_index)
            feed.start()
            return feed

        parts = Parts(
            opened,
            PosesByTime(),
            FakeDisplay(),
            WrittenVoice(),  # type: ignore[arg-type]
            None,
            lambda spec, direction: (),
            lambda text: None,
            threaded=False,
            noted=self.noted.append,
        )
        wishes = Wishes(legs=(Side.RIGHT,), target=2, measure_range=False)
        self.session = LiveSession(parts, Chooser([SPEC], wishes), at_once=True)
        self.session.on_guidance = self.heard.append
        self.session.run()

    @property
    def texts(self) -> set[str]:
        return {text for screen in self.screens for text in (screen.instruction, screen.notice, *screen.detail) if text}


def alive(index: int, width: int, height: int) -> np.ndarray:
    """A lit room that is never twice the same."""
    return _grain(index % 5, width, height)


@cache
def _grain(seed: int, width: int, height: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(90, 160, (height // 12, width // 12, 3), dtype=np.uint8)
    return coarse.repeat(12, axis=0).repeat(12, axis=1)


def going_blind(level: int) -> Painter:
    return lambda index, width, height: alive(index, width, height) if index < 75 else np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (4, "The picture is black. Open the cover of the lens, or the privacy switch or key."),
        (120, "The picture stands still. Look for a privacy switch or key; if there is none, unplug the camera and plug it in again."),
    ],
    ids=["black", "frozen"],
)
def test_a_film_that_goes_blind_makes_the_session_wait(level: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(write_video(tmp_path / "a.mp4", 195, SIZE, paint=going_blind(level)), monkeypatch)
    assert said in watched.texts
    assert Hold.CAMERA in {one.screen.hold for one in watched.heard}
    assert watched.session.coach.stage is Stage.DONE


def test_a_film_of_ten_pictures_a_second_is_named_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(write_video(tmp_path / "a.mp4", 60, SIZE, 10, paint=alive), monkeypatch)
    said = "The camera sends only 10 pictures a second. More light usually helps; so does a USB port of its own."
    assert said in watched.texts and said in watched.noted
    assert Hold.CAMERA not in {one.screen.hold for one in watched.heard}


def test_a_film_that_ends_early_ends_the_session_with_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(write_video(tmp_path / "a.mp4", 12 * 30, (64, 48), paint=alive), monkeypatch)
    assert Stage.SET in {one.screen.stage for one in watched.heard}, "it was in the middle of the set"
    assert watched.session.coach.stage is Stage.DONE
    assert watched.session.coach.summary.values["legs"]["right"]["count"] == 1


@pytest.mark.parametrize("frames", [1, 2, 20])
def test_a_film_of_hardly_anything_ends_without_a_word_of_error(frames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(write_video(tmp_path / "a.mp4", frames, SIZE, paint=alive), monkeypatch)
    assert watched.session.coach.stage is Stage.DONE and watched.heard


def test_a_film_that_is_cut_off_is_played_as_far_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "a.mkv", 120, SIZE, paint=alive)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    watched = Watched(path, monkeypatch)
    assert watched.session.coach.stage is Stage.DONE
    assert 20 < len(watched.heard) < 110
