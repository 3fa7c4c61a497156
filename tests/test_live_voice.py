"""What is heard, and that nothing that is heard can hold up a session."""

from __future__ import annotations

import io
import threading
import time
import wave

import pytest

from formcheck.capture.frame import VideoFrame
from formcheck.coach.guidance import Cue, CueKind, Tone
from formcheck.live.people import PeopleLook
from formcheck.live.voice import Sounds, Speaker, Voice, tone_wav
from tests.live_parts import GREY


class Engine:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.stopped = 0
        self.go = threading.Event()
        self.go.set()

    def say(self, text: str) -> None:
        self.said.append(text)

    def runAndWait(self) -> None:
        self.go.wait(2.0)

    def stop(self) -> None:
        self.stopped += 1
        self.go.set()


def until(holds, limit_s: float = 3.0) -> bool:  # type: ignore[no-untyped-def]
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.005)
    return bool(holds())


def test_sentences_are_spoken_in_order_and_what_is_old_is_dropped() -> None:
    engine = Engine()
    voice = Voice(lambda: engine)
    voice.say("one")
    assert until(lambda: engine.said == ["one"])
    engine.go.clear()
    voice.say("two")
    assert until(lambda: engine.said == ["one", "two"])
    for text in ("three", "four", "five"):
        voice.say(text)
    voice.say("stop now", interrupts=True)
    assert engine.stopped == 1 and until(lambda: engine.said == ["one", "two", "stop now"])
    voice.close()


@pytest.mark.parametrize("error", [ImportError("no pyttsx3"), RuntimeError("libespeak missing"), OSError("no device")])
def test_a_system_without_a_voice_is_silent_and_says_why(error: Exception) -> None:
    def make() -> Engine:
        raise error

    voice = Voice(make)
    assert until(lambda: voice.trouble is not None) and "Nothing is spoken" in (voice.trouble or "")
    voice.say("hello")
    voice.close()


def test_a_voice_that_breaks_is_left_alone() -> None:
    engine = Engine()
    engine.say = lambda text: 1 / 0  # type: ignore[assignment,misc]
    voice = Voice(lambda: engine)
    voice.say("hello")
    assert until(lambda: voice.trouble is not None) and "stopped working" in (voice.trouble or "")
    voice.close()


@pytest.mark.parametrize("tone", [tone for tone in Tone if tone is not Tone.NONE])
def test_tones_are_short_soft_wav_files(tone: Tone) -> None:
    with wave.open(io.BytesIO(tone_wav(tone))) as file:
        assert file.getnchannels() == 1 and 0.05 < file.getnframes() / file.getframerate() < 0.7
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    assert 1000 < max(samples) < 0.35 * 32767 and abs(samples[0]) < 50 and abs(samples[-1]) < 600
    assert tone_wav(Tone.NONE) == b""


def test_without_a_player_nothing_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.live.voice._player", lambda: None)
    sounds = Sounds()
    sounds.play(Tone.COUNT)
    assert sounds.trouble is not None
    sounds.close()


def test_a_player_is_started_and_one_that_is_gone_ends_the_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.live.voice._player", lambda: ("sleep", "5", "--"))
    sounds = Sounds()
    for _ in range(10):
        sounds.play(Tone.COUNT)
    assert len(sounds._playing) <= 4
    sounds.close()
    monkeypatch.setattr("formcheck.live.voice._player", lambda: ("/nowhere/player",))
    gone = Sounds()
    gone.play(Tone.COUNT)
    assert gone.trouble is not None
    gone.close()


def test_what_is_muted_is_not_heard() -> None:
    engine = Engine()
    voice = Voice(lambda: engine)
    speaker = Speaker(voice, None)
    speaker.give(Cue(CueKind.COUNT, "count.1", "1", Tone.COUNT, aloud=False))
    speaker.give(Cue(CueKind.COUNT, "count.2", "2", Tone.COUNT))
    assert until(lambda: engine.said == ["2"]) and speaker.troubles == ()
    speaker.close()


class Counter:
    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *_: object) -> None: ...

    def count(self, frame: VideoFrame) -> int:
        return 2


def test_people_are_looked_for_now_and_then_and_never_waited_for() -> None:
    look = PeopleLook(Counter)
    assert look.people is None
    for place in range(5):
        look.offer(VideoFrame(place, place / 30, GREY))
    assert until(lambda: look.people == 2)
    look.forget()
    assert look.people is None
    look.close()

    def broken() -> Counter:
        raise OSError("no model")

    without = PeopleLook(broken)
    without.offer(VideoFrame(0, 0.0, GREY))
    time.sleep(0.05)
    assert without.people is None
    without.close()
