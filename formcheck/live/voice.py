"""The system's own voice, where there is one, and short tones. Both are optional, and neither ever holds up or ends a session."""

from __future__ import annotations

import io
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.coach.guidance import Cue, Tone

__all__ = ["Sounds", "Speaker", "Voice", "tone_wav"]

_RATE = 22050
#: (frequency in Hz, seconds) of the notes of each tone; soft sines, quiet ones for the breath.
_NOTES: dict[Tone, tuple[tuple[float, float], ...]] = {
    Tone.COUNT: ((880.0, 0.09),),
    Tone.BREATH_IN: ((392.0, 0.16),),
    Tone.BREATH_OUT: ((330.0, 0.16),),
    Tone.NOTICE: ((587.0, 0.11),),
    Tone.CORRECTION: ((494.0, 0.12), (440.0, 0.16)),
    Tone.DONE: ((587.0, 0.12), (740.0, 0.12), (880.0, 0.2)),
    Tone.STOP: ((440.0, 0.2), (330.0, 0.35)),
}
_LOUDNESS = {Tone.BREATH_IN: 0.12, Tone.BREATH_OUT: 0.12}
_USUAL_LOUDNESS = 0.3
#: Sentences that wait longer than this have been overtaken by what happened since.
_MOST_WAITING = 2
_PLAYERS = (("paplay",), ("pw-play",), ("aplay", "-q"))


def tone_wav(tone: Tone) -> bytes:
    """A tone as a WAV file, mono, 16 bit; empty for `Tone.NONE`."""
    notes = _NOTES.get(tone, ())
    if not notes:
        return b""
    parts = []
    for frequency, length in notes:
        time = np.arange(round(_RATE * length)) / _RATE
        ramp = np.clip(np.minimum(time, length - time) / 0.02, 0.0, 1.0)
        parts.append(np.sin(2 * np.pi * frequency * time) * ramp)
    samples = np.concatenate(parts) * _LOUDNESS.get(tone, _USUAL_LOUDNESS)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return content.getvalue()


class Voice:
    """Speaks sentences one after the other in a thread, by pyttsx3 when it is installed and finds a voice.

    Parameters
    ----------
    make_engine
        Makes the speaking engine, in the thread; by default that of pyttsx3.
    """

    def __init__(self, make_engine: Callable[[], Any] | None = None) -> None:
        self._make = make_engine or _system_engine
        self._todo: queue.Queue[str | None] = queue.Queue()
        self._engine: Any = None
        self.trouble: str | None = None
        self._thread = threading.Thread(target=self._work, name="voice", daemon=True)
        self._thread.start()

    def say(self, text: str, interrupts: bool = False) -> None:
        """Speak soon; ``interrupts`` drops what is waiting and stops what is being said."""
        if self.trouble is not None or not text:
            return
        if interrupts or self._todo.qsize() >= _MOST_WAITING:
            self._drop()
        if interrupts and self._engine is not None:
            try:
                self._engine.stop()
            except Exception as error:
                self.trouble = f"The voice stopped working ({error})."
        self._todo.put(text)

    def close(self) -> None:
        """Say nothing more."""
        self._drop()
        self._todo.put(None)
        self._thread.join(1.0)

    def _drop(self) -> None:
        while True:
            try:
                self._todo.get_nowait()
            except queue.Empty:
                return

    def _work(self) -> None:
        # Whatever a speech engine does, the session goes on in silence.
        try:
            self._engine = self._make()
        except Exception as error:
            self.trouble = _why_silent(error)
            return
        while (text := self._todo.get()) is not None:
            try:
                self._engine.say(text)
                self._engine.runAndWait()
            except Exception as error:
                self.trouble = f"The voice stopped working ({error})."
                return


def _system_engine() -> Any:
    import pyttsx3  # type: ignore[import-not-found,unused-ignore]

    engine = pyttsx3.init()
    engine.setProperty("rate", 165)
    return engine


def _why_silent(error: Exception) -> str:
    if isinstance(error, ImportError):
        return "Nothing is spoken: pyttsx3 is not installed (pip install 'formcheck[voice]')."
    return f"Nothing is spoken: this system has no voice ({str(error) or type(error).__name__})."


class Sounds:
    """Plays tones by what the system has for it; silent where it has nothing."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: dict[Tone, Path] = {}
        self._command = _player()
        self._playing: list[subprocess.Popen[bytes]] = []

    @property
    def trouble(self) -> str | None:
        """Why nothing is heard, or None."""
        return None if self._command is not None else "No sounds: this system has no player for them."

    def play(self, tone: Tone) -> None:
        """Play a tone and return at once."""
        if self._command is None or tone is Tone.NONE:
            return
        self._playing = [one for one in self._playing if one.poll() is None]
        # A player that hangs must not be started again and again.
        if len(self._playing) > 3:
            return
        try:
            if sys.platform == "win32":
                import winsound

                winsound.PlaySound(str(self._file(tone)), winsound.SND_FILENAME | winsound.SND_ASYNC)
                return
            quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
            self._playing.append(subprocess.Popen([*self._command, str(self._file(tone))], **quiet))
        except OSError:
            self._command = None

    def close(self) -> None:
        """Forget the files."""
        for one in self._playing:
            one.kill()
            one.wait()
        if self._folder is not None:
            self._folder.cleanup()

    def _file(self, tone: Tone) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="formcheck-")
        if tone not in self._files:
            self._files[tone] = Path(self._folder.name) / f"{tone.value}.wav"
            self._files[tone].write_bytes(tone_wav(tone))
        return self._files[tone]


def _player() -> tuple[str, ...] | None:
    if sys.platform == "win32":
        return ("winsound",)
    if sys.platform == "darwin":
        return ("afplay",) if shutil.which("afplay") else None
    return next((command for command in _PLAYERS if shutil.which(command[0])), None)


class Speaker:
    """Everything that is heard: a cue's words by the voice, its tone by the sounds.

    Parameters
    ----------
    voice, sounds
        None leaves one of them out.
    """

    def __init__(self, voice: Voice | None, sounds: Sounds | None) -> None:
        self._voice, self._sounds = voice, sounds

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why something is not heard."""
        return tuple(one.trouble for one in (self._voice, self._sounds) if one is not None and one.trouble is not None)

    def give(self, cue: Cue) -> None:
        """Let a cue be heard, unless it is muted."""
        if not cue.aloud:
            return
        if self._sounds is not None:
            self._sounds.play(cue.tone)
        if self._voice is not None:
            self._voice.say(cue.text, cue.interrupts)

    def close(self) -> None:
        """Be silent."""
        for one in (self._voice, self._sounds):
            if one is not None:
                one.close()
