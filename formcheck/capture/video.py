"""Video files as a stream of upright pictures with their true times."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from formcheck.capture.container import open_video
from formcheck.capture.decoder import Decoder
from formcheck.capture.film_index import FilmIndex
from formcheck.capture.frame import VideoFrame
from formcheck.capture.orientation import Orientation
from formcheck.capture.painter import Painter
from formcheck.capture.thinning import Keeping, Thinning
from formcheck.capture.timeline import PresentationClock
from formcheck.errors import InputError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["LONGEST_SIDE_PX", "NotSeekableError", "VideoFile", "VideoInfo"]

#: The longest side of a decoded picture; the pose model sees 256 px of a person, and larger pictures only cost time and memory.
LONGEST_SIDE_PX = 1920

_USUAL_FPS = 30.0
_FPS_RANGE = (0.05, 2000.0)
_SQUEEZE_RANGE = (0.2, 5.0)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts about a video.

    Until the video was decoded to its end once, ``duration_s``, ``fps`` and ``frames_estimate`` are what the file claims. Afterwards they
    are measured.

    Attributes
    ----------
    path
        The file.
    duration_s
        Seconds from the first picture to the end of the last; 0.0 while unknown.
    fps
        Mean frames per second; 0.0 while unknown, and for a video of one picture without a claim.
    width, height
        px of the upright picture at its original size, with square pixels.
    rotation_deg
        0, 90, 180, 270: by how much the stored picture was turned clockwise.
    frames_estimate
        Number of frames; None while unknown.
    has_audio
        Whether there is sound.
    scale
        Pixels of a decoded picture for each original pixel: 1.0, or less when the longest side is over `LONGEST_SIDE_PX`.
    """

    path: Path
    duration_s: float
    fps: float
    width: int
    height: int
    rotation_deg: int
    frames_estimate: int | None
    has_audio: bool
    scale: float = 1.0


class NotSeekableError(Exception):
    """A film cannot be entered in the middle: read it from its beginning."""


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a file says of itself. ``duration_s`` is of the picture track alone when ``own`` is true, else of the whole file."""

    duration_s: float
    fps: float
    own: bool

    @property
    def interval_s(self) -> float:
        return 1.0 / (self.fps or _USUAL_FPS)


class VideoFile:
    """A video file, decoded in one pass and constant memory; iterating again starts from the beginning.

    Every frame is given unless `thinning` says otherwise. Times are the presentation times in the file, from 0.0 at the first picture, for
    a variable frame rate too. Pictures stand upright as the file's display matrix says, and pixels are square. A picture whose longest side
    is over `LONGEST_SIDE_PX` is made smaller while it is decoded; `VideoFrame.image_size` and `info` keep the original size, to which
    landmarks refer.

    What could not be decoded is left out, and told afterwards by the attributes below, which are complete once an iteration ended.

    Parameters
    ----------
    path
        MP4, MOV, MKV, WebM, AVI, GIF and whatever else FFmpeg decodes from a single file.

    Attributes
    ----------
    damaged_frames
        Pictures that could not be decoded.
    damaged_ranges_s
        (start, end) in seconds of each stretch of them.
    dropped_frames
        Pictures left out because their time was not after that of the one before.
    retimed_frames
        Pictures whose time was missing or unusable and was estimated from the frame rate.
    cut_short
        Whether the file ends before the length it claims, as a copy or recording that was interrupted does.
    thinning
        Which pictures are given; all, unless it is set. The others are decoded and not converted.

    Other Parameters
    ----------------
    threads
        How many threads decode; 0: as many as the computer has cores.

    Raises
    ------
    InputError
        On entering: the file cannot be read, or holds no picture that can be decoded.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        self.path = Path(path)
        self._threads = threads
        self.damaged_frames = 0
        self.damaged_ranges_s: tuple[tuple[float, float], ...] = ()
        self.dropped_frames = 0
        self.retimed_frames = 0
        self.cut_short = False
        self.thinning: Keeping = Thinning()
        self._info: VideoInfo | None = None
        self._claims = _Claims(0.0, 0.0, False)
        self._orientation = Orientation()
        self._stored_size = (0, 0)
        self._passes: list[Generator[VideoFrame, None, None]] = []

    @property
    def info(self) -> VideoInfo:
        """Facts about the video; only inside the ``with`` block, or after it."""
        if self._info is None:
            raise RuntimeError("a VideoFile is opened with a with statement")
        return self._info

    def __enter__(self) -> Self:
        container, stream = open_video(self.path)
        with container:
            self._probe(container, stream)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for one in self._passes:
            # A pass that another thread is in the middle of ends by itself.
            with suppress(ValueError):
                one.close()
        self._passes.clear()

    def __iter__(self) -> Iterator[VideoFrame]:
        if self._info is None:
            raise RuntimeError("a VideoFile is opened with a with statement")
        one = self._frames()
        self._passes.append(one)
        return one

    def _probe(self, container: InputContainer, stream: VideoStream) -> None:
        self._claims = _claims(container, stream)
        decoder = Decoder(container, stream, self._claims.interval_s)
        first = next(decoder.frames(), None)
        if first is None:
            raise InputError(f"{self.path}: holds no picture that can be decoded; copy, record or export it again.")
        picture = first[0]
        self._orientation = Orientation.from_matrix(_display_matrix(picture))
        shown = _square_pixels(picture.width, picture.height, stream.sample_aspect_ratio)
        scale = min(1.0, LONGEST_SIDE_PX / max(shown))
        self._stored_size = (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale)))
        width, height = self._orientation.size(*shown)
        claims = self._claims
        frames = stream.frames or (round(claims.duration_s * claims.fps) if claims.fps and claims.duration_s else None)
        self._info = VideoInfo(
            self.path,
            claims.duration_s,
            claims.fps,
            width,
            height,
            self._orientation.rotation_deg,
            frames,
            bool(container.streams.audio),
            scale,
        )

    def _frames(self) -> Generator[VideoFrame, None, None]:
        container, stream = open_video(self.path)
        with container:
            decoder = Decoder(container, stream, self._claims.interval_s, self._threads)
            clock = PresentationClock(self._claims.interval_s)
            painter, keeps = self._painter(), self.thinning.keeps
            index, before_s = 0, -math.inf
            for picture, stamp_s in decoder.frames():
                time_s = clock.time_s(stamp_s)
                if time_s is None:
                    continue
                if keeps(time_s, before_s):
                    yield painter.frame(picture, index, time_s)
                index, before_s = index + 1, time_s
            self._finish(decoder, clock, index)

    def between(self, film: FilmIndex, start_s: float, end_s: float) -> Generator[VideoFrame, None, None]:
        """The pictures with ``start_s <= time_s < end_s`` that `thinning` keeps, the very ones that iterating over the whole film gives.

        Decoding begins at the last picture before that stands alone. What is told of the film afterwards stays as it was; see `conclude`.

        Raises
        ------
        InputError
            The file cannot be opened any more.
        NotSeekableError
            Something in the film is damaged, or it was not entered where it was asked to be: only decoding all of it gives the right
            pictures.
        """
        container, stream = open_video(self.path)
        with container:
            decoder = Decoder(container, stream, self._claims.interval_s, self._threads)
            door = film.key_before(start_s)
            if door != film.keys[0]:
                container.seek(door, stream=stream, backward=True, any_frame=False)
            painter, zero_s, times_s = self._painter(), film.zero_s, film.time_s
            for picture, stamp_s in decoder.frames(not_after=door):
                if stamp_s is None or _in_doubt(decoder):
                    raise NotSeekableError(f"{self.path}: damaged near {start_s:.1f} s")
                time_s = stamp_s - zero_s
                if time_s >= end_s:
                    return
                if time_s < start_s:
                    continue
                index = int(np.searchsorted(times_s, time_s))
                if self.thinning.keeps(time_s, float(times_s[index - 1]) if index else -math.inf):
                    yield painter.frame(picture, index, time_s)
            if _in_doubt(decoder):
                raise NotSeekableError(f"{self.path}: damaged near {end_s:.1f} s")

    def conclude(self, film: FilmIndex) -> None:
        """Take over what is known of the film after all of it was given by `between`, as an iteration to its end would."""
        self._measure(film.last_s, len(film.stamps), film.last_length_s, film.last_s, broke_off=False)

    def _painter(self) -> Painter:
        full = None if self.info.scale == 1.0 else (self.info.width, self.info.height)
        return Painter(self._stored_size, self._orientation, full)

    def _finish(self, decoder: Decoder, clock: PresentationClock, frames: int) -> None:
        self.damaged_ranges_s = decoder.damage.ranges(clock)
        self.damaged_frames = len(decoder.damage.lost_s())
        self.dropped_frames = clock.dropped
        self.retimed_frames = clock.retimed
        damaged_to_s = max((end for _, end in self.damaged_ranges_s), default=0.0)
        self._measure(clock.last_s, frames, decoder.last_length_s, damaged_to_s, broke_off=decoder.broke_off)

    def _measure(self, last_s: float, frames: int, last_length_s: float, damaged_to_s: float, *, broke_off: bool) -> None:
        claims = self._claims
        fps = (frames - 1) / last_s if frames > 1 else claims.fps
        interval_s = 1.0 / fps if fps else claims.interval_s
        duration_s = last_s + (last_length_s or interval_s)
        tolerance_s = max(3 * interval_s, 0.25) if claims.own else max(3 * interval_s, 1.0)
        self.cut_short = broke_off or claims.duration_s - max(duration_s, damaged_to_s) > tolerance_s
        self._info = replace(self.info, duration_s=duration_s, fps=fps, frames_estimate=frames)


def _in_doubt(decoder: Decoder) -> bool:
    return decoder.entered_late or decoder.broke_off or decoder.damage.complaints > 0


def _claims(container: InputContainer, stream: VideoStream) -> _Claims:
    rates = (float(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)
    fps = next((rate for rate in rates if _FPS_RANGE[0] <= rate <= _FPS_RANGE[1]), 0.0)
    if stream.duration and stream.duration > 0 and stream.time_base:
        return _Claims(float(stream.duration * stream.time_base), fps, True)
    tag = _clock_time_s(stream.metadata.get("DURATION", ""))
    if tag > 0:
        return _Claims(tag, fps, True)
    whole = (container.duration or 0) / 1e6
    return _Claims(max(0.0, whole), fps, not container.streams.audio)


def _display_matrix(picture: av.VideoFrame) -> bytes | None:
    data: Any = picture.side_data.get("DISPLAYMATRIX")
    return None if data is None else bytes(data)


def _clock_time_s(text: str) -> float:
    """Seconds of ``HH:MM:SS.fraction``, the way Matroska tags write it; 0.0 for anything else."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return 0.0


def _square_pixels(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Size of a picture once its pixels are square: the side that is too short grows."""
    ratio = float(aspect) if aspect else 1.0
    if ratio == 1.0 or not _SQUEEZE_RANGE[0] <= ratio <= _SQUEEZE_RANGE[1]:
        return width, height
    return (round(width * ratio), height) if ratio > 1.0 else (width, round(height / ratio))
