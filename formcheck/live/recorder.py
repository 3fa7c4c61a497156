"""The film of a session, only when it was asked for: the camera's own pictures, as an MP4 that a crash does not spoil."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av

from formcheck.capture.frame import VideoFrame
from formcheck.errors import OutputError, UsageError
from formcheck.report.annotated import h264_encoder

__all__ = ["FilmRecorder"]

_TICKS_PER_S = 90_000
#: Pictures that may wait for the encoder; when it falls behind, pictures are left out of the film, never of the session.
_WAITING = 8
#: A second of film in each part of the file: what a crash can cost.
_PART_S = 1.0
_USUAL_FPS = 30


class FilmRecorder:
    """Writes the pictures it is offered in a thread of its own. A picture of another size begins another file, NAME-2, NAME-3 and so on.

    The pictures are those of the camera: not mirrored, nothing drawn in. There is no sound.

    Parameters
    ----------
    path
        The file to write, ending in ``.mp4``.

    Attributes
    ----------
    left_out
        Pictures that the encoder had no time for.
    trouble
        Why the film ended early, for people to read; None while all is well. The session goes on without it.
    files
        The files written.

    Raises
    ------
    UsageError
        The file is there already, or has another ending.
    OutputError
        It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() != ".mp4":
            raise UsageError(f"--record {path}: the film is an MP4; choose a name that ends in .mp4.")
        if path.exists():
            raise UsageError(f"--record {path}: is there already; choose another name, so that it is not lost.")
        self._path = path
        self.left_out = 0
        self.trouble: str | None = None
        self.files: list[Path] = []
        self._queue: queue.Queue[VideoFrame | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._work, name="film", daemon=True)

    def __enter__(self) -> Self:
        self._encoder_name = h264_encoder()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(exist_ok=False)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error.strerror}); choose another file with --record.") from error
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._queue.put(None)
        self._thread.join()
        if not self.files:
            # No picture ever came; an empty file is not a film.
            self._path.unlink(missing_ok=True)

    def offer(self, frame: VideoFrame) -> None:
        """Add a picture, unless the encoder is behind or has failed; never waits."""
        if self.trouble is not None:
            return
        try:
            self._queue.put_nowait(frame)
        except queue.Full:
            self.left_out += 1

    def _work(self) -> None:
        film: _Film | None = None
        try:
            while (frame := self._queue.get()) is not None:
                if self.trouble is not None:
                    continue
                try:
                    if film is None or film.shape != frame.image.shape:
                        film = self._next_film(film, frame)
                    film.add(frame)
                except (av.error.FFmpegError, OSError) as error:
                    reason = (getattr(error, "strerror", None) or str(error)).lower()
                    self.trouble = f"The film ended early ({reason}); the session goes on."
        finally:
            if film is not None:
                film.close()

    def _next_film(self, before: _Film | None, frame: VideoFrame) -> _Film:
        if before is not None:
            before.close()
        number = len(self.files) + 1
        path = self._path if number == 1 else self._path.with_stem(f"{self._path.stem}-{number}")
        film = _Film(path, self._encoder_name, frame)
        self.files.append(path)
        return film


class _Film:
    """One file in parts of a second each: whatever was written when the program is killed can be played."""

    def __init__(self, path: Path, encoder: str, frame: VideoFrame) -> None:
        self.shape = frame.image.shape
        self._start_s = frame.time_s
        self._last = -1
        height, width = self.shape[0] // 2 * 2, self.shape[1] // 2 * 2
        options = {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
        self._container = av.open(f"file:{path.absolute()}", "w", format="mp4", options=options)
        fast = {"preset": "ultrafast", "crf": "23", "tune": "zerolatency"} if encoder == "libx264" else {}
        stream: Any = self._container.add_stream(encoder, rate=_USUAL_FPS, options=fast)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        stream.codec_context.gop_size = round(_USUAL_FPS * _PART_S)
        if encoder != "libx264":
            stream.bit_rate = round(max(200_000.0, 0.1 * width * height * _USUAL_FPS))
        self._stream = stream

    def add(self, frame: VideoFrame) -> None:
        ticks = max(self._last + 1, round((frame.time_s - self._start_s) * _TICKS_PER_S))
        self._last = ticks
        picture = av.VideoFrame.from_ndarray(frame.image[: self._stream.height, : self._stream.width], format="rgb24")
        picture.pts, picture.time_base = ticks, Fraction(1, _TICKS_PER_S)
        self._container.mux(self._stream.encode(picture))

    def close(self) -> None:
        with suppress(av.error.FFmpegError, OSError):
            self._container.mux(self._stream.encode(None))
        with suppress(av.error.FFmpegError, OSError):
            self._container.close()
