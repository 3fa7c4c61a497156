"""Video files as a stream of upright pictures with their true times."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from formcheck.capture.container import open_video
from formcheck.capture.frame import Image, VideoFrame
from formcheck.capture.orientation import Orientation
from formcheck.capture.timeline import DamageLog, PresentationClock, StampQueue
from formcheck.errors import InputError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.packet import Packet as AnyPacket
    from av.video.stream import VideoStream

    Packet = AnyPacket["VideoStream"]

__all__ = ["LONGEST_SIDE_PX", "VideoFile", "VideoInfo"]

#: The longest side of a decoded picture; the pose model sees 256 px of a person, and larger pictures only cost time and memory.
LONGEST_SIDE_PX = 1920

_USUAL_FPS = 30.0
_FPS_RANGE = (0.05, 2000.0)
_SQUEEZE_RANGE = (0.2, 5.0)
_MOST_READ_ERRORS = 64


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

    Every frame is given, none is sampled away. Times are the presentation times in the file, from 0.0 at the first picture, for a variable
    frame rate too. Pictures stand upright as the file's display matrix says, and pixels are square. A picture whose longest side is over
    `LONGEST_SIDE_PX` is made smaller while it is decoded; `VideoFrame.image_size` and `info` keep the original size, to which landmarks
    refer.

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

    Raises
    ------
    InputError
        On entering: the file cannot be read, or holds no picture that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.damaged_frames = 0
        self.damaged_ranges_s: tuple[tuple[float, float], ...] = ()
        self.dropped_frames = 0
        self.retimed_frames = 0
        self.cut_short = False
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
        decoder = _Decoder(container, stream, self._claims.interval_s)
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
        from av.video.reformatter import Interpolation, VideoReformatter

        container, stream = open_video(self.path)
        with container:
            decoder = _Decoder(container, stream, self._claims.interval_s)
            clock = PresentationClock(self._claims.interval_s)
            painter = VideoReformatter()
            full_size = (self.info.width, self.info.height)
            full = None if self.info.scale == 1.0 else full_size
            width, height = self._stored_size
            index, length_s = 0, 0.0
            for picture, stamp_s in decoder.frames():
                time_s = clock.time_s(stamp_s)
                if time_s is None:
                    continue
                same = (picture.width, picture.height) == self._stored_size
                how = Interpolation.BILINEAR if same else Interpolation.AREA
                rgb = painter.reformat(picture, width, height, "rgb24", interpolation=how).to_ndarray()
                length_s = _length_s(picture)
                yield VideoFrame(index, time_s, self._orientation.upright(cast(Image, rgb)), full)
                index += 1
            self._finish(decoder, clock, index, length_s)

    def _finish(self, decoder: _Decoder, clock: PresentationClock, frames: int, last_length_s: float) -> None:
        self.damaged_ranges_s = decoder.damage.ranges(clock)
        self.damaged_frames = len(decoder.damage.lost_s())
        self.dropped_frames = clock.dropped
        self.retimed_frames = clock.retimed
        claims = self._claims
        fps = (frames - 1) / clock.last_s if frames > 1 else claims.fps
        interval_s = 1.0 / fps if fps else claims.interval_s
        duration_s = clock.last_s + (last_length_s or interval_s)
        shown_to_s = max([duration_s, *(end for _, end in self.damaged_ranges_s)])
        tolerance_s = max(3 * interval_s, 0.25) if claims.own else max(3 * interval_s, 1.0)
        self.cut_short = decoder.broke_off or claims.duration_s - shown_to_s > tolerance_s
        self._info = replace(self.info, duration_s=duration_s, fps=fps, frames_estimate=frames)


class _Decoder:
    """One pass over the packets of a stream that does not stop at damage."""

    def __init__(self, container: InputContainer, stream: VideoStream, interval_s: float) -> None:
        self.damage = DamageLog(interval_s)
        self.broke_off = False
        self._container = container
        self._stream = stream
        self._base = float(stream.time_base or Fraction(1, 1000))
        # AVI stores no presentation times; what the demuxer calls so is the order of decoding, which B-frames turn into another.
        reordered = container.format.name == "avi" and bool(stream.codec_context.has_b_frames)
        self._queue = StampQueue() if reordered else None
        stream.thread_type = "AUTO"

    def frames(self) -> Iterator[tuple[av.VideoFrame, float | None]]:
        """Yield (picture, its stamp in seconds or None) of every whole picture in the order of presentation."""
        for packet in self._packets():
            if self._queue is not None:
                self._queue.push(self._seconds(packet.dts))
            else:
                self.damage.sent(self._seconds(packet.pts))
            yield from self._pictures(packet)
        yield from self._pictures(None)
        self.damage.finish()

    def _packets(self) -> Iterator[Packet]:
        import av

        errors = 0
        packets = self._container.demux(self._stream)
        while errors < _MOST_READ_ERRORS:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                break
            except (av.error.FFmpegError, OSError):
                # The rest may be readable; a file that is cut off complains until the end.
                errors += 1
                self.broke_off = True
                packets = self._container.demux(self._stream)
                continue
            if packet is None or (packet.size == 0 and packet.dts is None):
                break
            if packet.size == 0:
                continue
            errors = 0
            self.broke_off = packet.is_corrupt
            yield packet

    def _pictures(self, packet: Packet | None) -> Iterator[tuple[av.VideoFrame, float | None]]:
        import av

        try:
            pictures = self._stream.decode(packet)
        except av.error.EOFError:
            return
        except (av.error.FFmpegError, OSError):
            self._complain()
            return
        for picture in pictures:
            if picture.is_corrupt:
                self._complain()
                continue
            stamp_s = self._queue.pop() if self._queue is not None else self._seconds(picture.pts)
            self.damage.shown(stamp_s)
            yield picture, stamp_s

    def _complain(self) -> None:
        if self._queue is not None:
            self._queue.pop()
        self.damage.complained()

    def _seconds(self, stamp: int | None) -> float | None:
        return None if stamp is None else stamp * self._base


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


def _length_s(picture: av.VideoFrame) -> float:
    """Seconds that a picture is shown; 0.0 when the file does not say."""
    if not picture.duration or not picture.time_base:
        return 0.0
    seconds = float(picture.duration * picture.time_base)
    return seconds if 0 < seconds < 60 and math.isfinite(seconds) else 0.0


def _square_pixels(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Size of a picture once its pixels are square: the side that is too short grows."""
    ratio = float(aspect) if aspect else 1.0
    if ratio == 1.0 or not _SQUEEZE_RANGE[0] <= ratio <= _SQUEEZE_RANGE[1]:
        return width, height
    return (round(width * ratio), height) if ratio > 1.0 else (width, round(height / ratio))
