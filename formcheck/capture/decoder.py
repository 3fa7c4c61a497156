"""Packets of a film turned into pictures, in one pass that does not stop at damage."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from formcheck.capture.film_index import length_s
from formcheck.capture.timeline import DamageLog, StampQueue

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.packet import Packet as AnyPacket
    from av.video.stream import VideoStream

    Packet = AnyPacket["VideoStream"]

__all__ = ["Decoder"]

_MOST_READ_ERRORS = 64


class Decoder:
    """One pass over the packets of a stream that does not stop at damage.

    Parameters
    ----------
    container, stream
        Opened, and standing where decoding is to begin.
    interval_s
        Usual seconds between two pictures, for the account of what was lost.
    threads
        How many threads decode; 0: as many as the computer has cores.

    Attributes
    ----------
    damage
        What could not be decoded so far.
    broke_off
        Whether the packets read last were damaged or could not be read.
    entered_late
        Whether the first packet was not where it should have been.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, interval_s: float, threads: int = 0) -> None:
        self.damage = DamageLog(interval_s)
        self.broke_off = False
        self.entered_late = False
        self._last = (-(2**63), 0)
        self._container = container
        self._stream = stream
        self._base = float(stream.time_base or Fraction(1, 1000))
        # AVI stores no presentation times; what the demuxer calls so is the order of decoding, which B-frames turn into another.
        reordered = container.format.name == "avi" and bool(stream.codec_context.has_b_frames)
        self._queue = StampQueue() if reordered else None
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads

    def frames(self, not_after: int | None = None) -> Iterator[tuple[av.VideoFrame, float | None]]:
        """Yield (picture, its stamp in seconds or None) of every whole picture in the order of presentation.

        ``not_after`` is the stamp at or before which the first packet should be, and stand alone; `entered_late` tells when it is not.
        """
        for packet in self._packets():
            if not_after is not None:
                self.entered_late = packet.pts is None or packet.pts > not_after or not packet.is_keyframe
                not_after = None
            self._last = max(self._last, (packet.pts if packet.pts is not None else packet.dts or 0, packet.duration or 0))
            if self._queue is not None:
                self._queue.push(self._seconds(packet.dts))
            else:
                self.damage.sent(self._seconds(packet.pts))
            yield from self._pictures(packet)
        yield from self._pictures(None)
        self.damage.finish()

    @property
    def last_length_s(self) -> float:
        """Seconds that the last picture of those read is shown; 0.0 when the file does not say."""
        return length_s(self._last[1], self._base)

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
