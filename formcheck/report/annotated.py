"""Videos that are written picture by picture, and single pictures for the report."""

from __future__ import annotations

import math
import queue
import secrets
import threading
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
import cv2
import numpy as np

from formcheck.errors import OutputError
from formcheck.exercise.session import FrameResult
from formcheck.report.annotated_sound import SoundTrack
from formcheck.report.overlay import Overlay
from formcheck.report.overlay_sprites import Image

__all__ = ["LONGEST_SIDE_PX", "AnnotatedVideo", "h264_encoder", "still"]

#: Larger pictures are made smaller: browsers and phones play this size everywhere.
LONGEST_SIDE_PX = 1920

#: The software encoders first; of the others only those open for which the machine has the hardware.
_ENCODERS = ("libx264", "libopenh264", "h264_videotoolbox", "h264_nvenc", "h264_qsv", "h264_amf", "h264_mf", "h264_v4l2m2m")
_TICKS_PER_S = 90_000
_QUEUE_LENGTH = 4
#: One: with several the bytes were not always the same, and one worker is to keep one core busy.
_ENCODER_THREADS = 1
#: What the fastest preset leaves out and the size of the file needs most. Half the computing of "veryfast"; on bundled clips of 720p a
#: tenth smaller at the same quality (41.3 dB), of 480p a third larger and 0.4 dB better.
_X264 = "mbtree=1:rc-lookahead=10:cabac=1:deblock=0,0"
_KEY_FRAME_EVERY_S = 2.0
_USUAL_FPS = 30.0
_STILL_WIDTH_PX = 640
_STILL_QUALITY = 80
#: What OpenCV's conversion from RGB means, so that players turn it back the same way.
_COLOURS = {"colorspace": "smpte170m", "color_primaries": "smpte170m", "color_trc": "smpte170m", "color_range": "tv"}


class AnnotatedVideo:
    """An MP4 (H.264, yuv420p) that browsers play, encoded in a thread of its own while the caller draws the next picture, or at once.

    The file appears under its name only when it is whole: until then it is a hidden one in the same folder, which goes away when the
    block is left by an exception. Every picture keeps its own time, to 1/90000 s, so that a variable frame rate stays one.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced when the new one is whole.
    fps
        About how many pictures there are in a second; a hint for the encoder, which does not change any time.
    sound_from
        A video whose sound is to go with the pictures, its first picture at time 0. Sound that cannot be read is left out.
    beside
        Whether a thread is made for encoding. Without one `write` encodes. The file is the same.

    Attributes
    ----------
    frames
        Pictures written so far.
    sound_trouble
        Why the sound is missing or ends early, for people to read; None when all is well or there is none. Complete after the block.

    Raises
    ------
    OutputError
        The folder cannot be written, the disk is full, no H.264 encoder works here, or no picture was written.
    """

    def __init__(self, path: Path, *, fps: float = _USUAL_FPS, sound_from: Path | None = None, beside: bool = True) -> None:
        self.path = Path(path)
        self._beside = beside
        self._encoder: _Encoder | None = None
        self.frames = 0
        self.sound_trouble: str | None = None
        self._staging = self.path.with_name(f".formcheck-{secrets.token_hex(4)}.partial.mp4")
        self._fps = min(max(fps, 1.0), 1000.0) if math.isfinite(fps) else _USUAL_FPS
        self._sound_from = sound_from
        self._shape: tuple[int, ...] = ()
        self._time_s = -math.inf
        self._queue: queue.Queue[tuple[Image, float] | None] = queue.Queue(_QUEUE_LENGTH)
        self._thread: threading.Thread | None = None
        self._trouble: Exception | None = None
        self._unwanted = False
        self._ended = False

    def __enter__(self) -> Self:
        try:
            self._staging.touch(exist_ok=False)
        except OSError as error:
            raise self._refusal(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._unwanted |= error is not None
        try:
            self._join()
            if self._unwanted:
                return
            if self._trouble is not None:
                raise self._refusal(self._trouble) from self._trouble
            if not self.frames:
                raise OutputError(f"{self.path}: not written, since there is no picture to put into it.")
            try:
                self._staging.replace(self.path)
            except OSError as trouble:
                raise self._refusal(trouble) from trouble
        finally:
            with suppress(OSError):
                self._staging.unlink(missing_ok=True)

    def write(self, image: Image, time_s: float) -> None:
        """Add the next picture. The array is handed over: it must not be changed afterwards.

        Parameters
        ----------
        image
            (H, W, 3) uint8 RGB, of the same size every time. An odd size is made even by repeating the last row or column.
        time_s
            Presentation time in seconds, at least 0 and later than that of the picture before.

        Raises
        ------
        OutputError
            An earlier picture could not be written.
        ValueError
            The picture or its time does not fit those before.
        """
        if self._trouble is not None:
            raise self._refusal(self._trouble) from self._trouble
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or (self._shape and image.shape != self._shape):
            raise ValueError(f"the picture must be {self._shape or '(H, W, 3)'} uint8, got {image.shape} {image.dtype}")
        if not time_s >= 0 or time_s <= self._time_s or math.isinf(time_s):
            raise ValueError(f"time_s must be at least 0 and increase strictly, got {time_s} after {self._time_s}")
        self._shape = image.shape
        # Here and not beside: encoding takes longer than drawing, and the colours of a picture in the queue take half the room.
        planes = _planes(image)
        if not self._beside:
            self._encode_now(planes, time_s)
        elif self._thread is None:
            self._thread = threading.Thread(target=self._work, name="annotated video", daemon=True)
            self._thread.start()
        if self._beside:
            self._queue.put((planes, time_s))
        self._time_s = time_s
        self.frames += 1

    def abandon(self) -> None:
        """Give the video up: nothing is left behind when the block ends."""
        self._unwanted = True

    def _encode_now(self, planes: Image, time_s: float) -> None:
        try:
            self._add(planes, time_s)
        except Exception as error:
            self._trouble = error
            raise self._refusal(error) from error

    def _join(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
        else:
            self._finish()

    def _work(self) -> None:
        try:
            while (item := self._next()) is not None:
                if not self._unwanted:
                    self._add(*item)
        except Exception as error:
            self._trouble = error
            # The caller may be waiting for room in the queue; after the end nothing more will come.
            while not self._ended and self._next() is not None:
                pass
        self._finish()

    def _next(self) -> tuple[Image, float] | None:
        item = self._queue.get()
        self._ended = item is None
        return item

    def _add(self, planes: Image, time_s: float) -> None:
        if self._encoder is None:
            self._encoder = _Encoder(self._staging, planes.shape, self._fps, self._sound_from)
        self._encoder.add(planes, time_s)

    def _finish(self) -> None:
        """End the file if it is wanted and whole so far, and let go of the encoder in any case."""
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return
        try:
            if not self._unwanted and self._trouble is None:
                encoder.finish()
                self.sound_trouble = encoder.sound_trouble
        except Exception as error:
            self._trouble = error
        finally:
            encoder.close()

    def _refusal(self, error: Exception) -> OutputError:
        if isinstance(error, OutputError):
            return error
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return OutputError(f"{self.path}: the annotated video could not be written ({reason}); free some space or choose another folder.")


class _Encoder:
    """The container and the encoder, used by one thread."""

    def __init__(self, path: Path, shape: tuple[int, ...], fps: float, sound_from: Path | None) -> None:
        size = (shape[1], shape[0] * 2 // 3)
        self._pending: tuple[Any, int] | None = None
        self._durations: dict[int, int] = {}
        self._usual_ticks = round(_TICKS_PER_S / fps)
        self._end_s = 0.0
        name = h264_encoder()
        self._container = av.open(f"file:{path.absolute()}", "w", format="mp4", options={"movflags": "+faststart"})
        self._sound: SoundTrack | None = None
        try:
            self._stream: Any = self._container.add_stream(name, rate=Fraction(fps).limit_denominator(1001), options=_options(name))
            _set_up(self._stream, size, fps)
            sound = SoundTrack(sound_from) if sound_from is not None else None
            self._sound = sound if sound is not None and sound.attach(self._container) else None
            self.sound_trouble = sound.trouble if sound is not None else None
        except BaseException:
            self.close()
            raise

    def add(self, planes: Image, time_s: float) -> None:
        """Encode one picture of `_planes`; it is written when the next one tells how long it lasts."""
        # Not copied where it can be: of heights that four does not divide, PyAV 18 takes two rows less.
        of = av.VideoFrame.from_numpy_buffer if planes.shape[0] % 6 == 0 else av.VideoFrame.from_ndarray
        frame = of(planes, format="yuv420p")
        ticks = round(time_s * _TICKS_PER_S)
        if self._pending is not None:
            ticks = max(ticks, self._pending[1] + 1)
            self._usual_ticks = ticks - self._pending[1]
            self._send(self._usual_ticks)
        self._pending = (frame, ticks)

    def finish(self) -> None:
        """Write what is left, and the index."""
        if self._pending is not None:
            self._send(self._usual_ticks)
        self._mux(None)
        if self._sound is not None:
            self._sound.copy_until(self._container, self._end_s)
            self.sound_trouble = self._sound.trouble
        self._container.close()

    def close(self) -> None:
        """Let go of everything; what was not finished is not a video."""
        if self._sound is not None:
            self._sound.close()
        with suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def _send(self, duration: int) -> None:
        assert self._pending is not None
        frame, ticks = self._pending
        frame.pts, frame.time_base = ticks, Fraction(1, _TICKS_PER_S)
        self._durations[ticks] = duration
        self._mux(frame)
        self._end_s = (ticks + duration) / _TICKS_PER_S
        if self._sound is not None:
            self._sound.copy_until(self._container, ticks / _TICKS_PER_S)

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            # The encoder believes in its frame rate; the last picture of the file shows it.
            packet.duration = self._durations.pop(packet.pts, packet.duration)
            self._container.mux(packet)


def h264_encoder() -> str:
    """Name of the best H.264 encoder that works on this machine.

    Raises
    ------
    OutputError
        There is none.
    """
    known = [name for name in _ENCODERS if name in av.codecs_available]
    for name in known:
        try:
            context: Any = av.CodecContext.create(name, "w")
            context.width, context.height, context.pix_fmt = 640, 480, "yuv420p"
            context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
            context.options = _options(name)
            context.open()
        except (av.error.FFmpegError, OSError, ValueError):
            continue
        return name
    tried = f"tried {', '.join(known)}" if known else "it knows none"
    raise OutputError(f"no H.264 encoder of PyAV {av.__version__} works here ({tried}); install av from PyPI, or add --no-annotated.")


def still(image: Image, result: FrameResult, overlay: Overlay) -> bytes:
    """One moment as a JPEG, drawn and at most 640 px wide; the overlay's memory of the video is not touched.

    Parameters
    ----------
    image
        (H, W, 3) uint8 RGB, of the overlay's size; not changed.

    Raises
    ------
    ValueError
        The picture has another size or type.
    """
    width, height = overlay.image_size
    if image.shape != (height, width, 3) or image.dtype != np.uint8:
        raise ValueError(f"the picture must be ({height}, {width}, 3) uint8, got {image.shape} {image.dtype}")
    if width > _STILL_WIDTH_PX:
        size = (_STILL_WIDTH_PX, max(1, round(height * _STILL_WIDTH_PX / width)))
        image, overlay = _shrunk(image, size), overlay.at_size(size)
    drawn = overlay.draw_moment(image, result)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _STILL_QUALITY])
    return data.tobytes()


def _set_up(stream: Any, size: tuple[int, int], fps: float) -> None:
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
    stream.codec_context.gop_size = max(1, round(fps * _KEY_FRAME_EVERY_S))
    if stream.codec_context.name == "libx264":
        # By default it works in as many threads, and slices, as there are cores: the bytes would tell whose computer it was.
        stream.codec_context.thread_count = _ENCODER_THREADS
    else:
        stream.bit_rate = round(max(200_000.0, 0.1 * size[0] * size[1] * min(fps, 60.0)))


def _options(encoder: str) -> dict[str, str]:
    return _COLOURS | ({"preset": "ultrafast", "crf": "23", "x264-params": _X264} if encoder == "libx264" else {})


def _even_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST_SIDE_PX / max(width, height))
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    return width + width % 2, height + height % 2


def _planes(image: Image) -> Image:
    """The picture as it is encoded, (3/2 H, W) uint8: its brightness, and below it its colours at half the size."""
    fitted = _fitted_picture(image, _even_size(image.shape[1], image.shape[0]))
    return cast(Image, cv2.cvtColor(fitted, cv2.COLOR_RGB2YUV_I420))


def _fitted_picture(image: Image, size: tuple[int, int]) -> Image:
    """The picture at the even size: larger ones are shrunk, a missing row or column is a copy of its neighbour."""
    height, width = image.shape[:2]
    if max(width, height) > LONGEST_SIDE_PX:
        return _shrunk(image, size)
    if (width, height) == size:
        return image
    return cast(Image, cv2.copyMakeBorder(image, 0, size[1] - height, 0, size[0] - width, cv2.BORDER_REPLICATE))


def _shrunk(image: Image, size: tuple[int, int]) -> Image:
    return cast(Image, cv2.resize(image, size, interpolation=cv2.INTER_AREA))
