"""The sound of a video, carried over into another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

__all__ = ["SoundTrack"]

_RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
_BIT_RATE = 128_000


class SoundTrack:
    """Copies the first sound track of a video next to new pictures, at the same moments.

    AAC is taken over as it is, everything else is encoded as AAC. Sound that cannot be read is left out from there on: it is never a
    reason to lose the pictures.

    Parameters
    ----------
    source
        The video. Its first picture is time 0.

    Attributes
    ----------
    trouble
        Why there is no sound although there is a track, or why it ends early; None when all is well.
    """

    def __init__(self, source: Path) -> None:
        self.trouble: str | None = None
        self._source = source
        self._stack = ExitStack()
        self._packets: Iterator[tuple[float, Any]] | None = None
        self._next: tuple[float, Any] | None = None

    def attach(self, target: av.container.OutputContainer) -> bool:
        """Add the sound track to a container that has no header yet. False when there is no sound that can be read."""
        try:
            if not self._readable():
                return False
            container = self._stack.enter_context(_opened(self._source))
            track = container.streams.audio[0]
            copied = track.codec_context.name == "aac" and bool(track.codec_context.extradata)
            start_s = _first_picture_s(container)
            if copied:
                self._packets = _copied(container, track, target.add_stream_from_template(track), start_s)
            else:
                rate = track.rate if track.rate in _RATES else 48000
                new = target.add_stream("aac", rate=rate, layout="mono" if track.channels == 1 else "stereo")
                new.bit_rate = _BIT_RATE
                self._packets = _encoded(container, track, new, start_s)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self._give_up(error)
            return False
        return True

    def copy_until(self, target: av.container.OutputContainer, time_s: float) -> None:
        """Write the sound up to a moment of the video.

        Raises
        ------
        OSError
            It cannot be written.
        """
        while True:
            if self._next is None:
                self._next = self._read()
            if self._next is None or self._next[0] >= time_s:
                return
            target.mux(self._next[1])
            self._next = None

    def close(self) -> None:
        """Let go of the source."""
        self._packets = None
        with suppress(av.error.FFmpegError, OSError):
            self._stack.close()

    def _readable(self) -> bool:
        with _opened(self._source) as container:
            if not container.streams.audio:
                return False
            for frame in container.decode(container.streams.audio[0]):
                if frame.samples and frame.sample_rate:
                    return True
        self.trouble = "its sound track is empty"
        return False

    def _read(self) -> tuple[float, Any] | None:
        if self._packets is None:
            return None
        try:
            return next(self._packets, None)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self._give_up(error)
            return None

    def _give_up(self, error: Exception) -> None:
        self._packets = None
        self.trouble = f"its sound could not be read ({error})"


def _opened(path: Path) -> Any:
    return av.open(f"file:{path.absolute()}", metadata_errors="replace")


def _first_picture_s(container: av.container.InputContainer) -> float:
    stream = container.streams.video[0] if container.streams.video else None
    if stream is None or stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * stream.time_base)


def _copied(container: av.container.InputContainer, track: Any, new: Any, start_s: float) -> Iterator[tuple[float, Any]]:
    """Packets as they are, moved to begin with the first picture; (seconds, packet)."""
    base = track.time_base
    shift = round(start_s / base)
    last: int | None = None
    for packet in container.demux(track):
        if packet.dts is None or packet.pts is None or packet.size == 0:
            continue
        packet.pts -= shift
        packet.dts -= shift
        # A muxer refuses times that do not increase.
        if packet.pts < 0 or (last is not None and packet.dts <= last):
            continue
        last = packet.dts
        packet.stream = new
        yield float(packet.pts * base), packet


def _encoded(container: av.container.InputContainer, track: Any, new: Any, start_s: float) -> Iterator[tuple[float, Any]]:
    """The sound encoded anew; (seconds, packet)."""
    rate = new.codec_context.sample_rate
    resampler = av.AudioResampler("fltp", new.codec_context.layout, rate)
    done = 0
    for frame in container.decode(track):
        if frame.pts is None or frame.time_base is None:
            continue
        frame.pts = round((frame.pts * frame.time_base - Fraction(start_s)) * frame.sample_rate)
        frame.time_base = Fraction(1, frame.sample_rate)
        if frame.pts < 0:
            continue
        for part in resampler.resample(frame):
            # A hole in the sound, or a late beginning, moves what follows to its own time; overlaps are let run on.
            part.pts = done = max(done, part.pts if part.pts is not None else done)
            part.time_base = Fraction(1, rate)
            done += part.samples
            yield from _timed(new.encode(part))
    yield from _timed(new.encode(None))


def _timed(packets: list[Any]) -> Iterator[tuple[float, Any]]:
    for packet in packets:
        yield float((packet.pts or 0) * packet.time_base), packet
