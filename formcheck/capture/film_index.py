"""The times of all pictures of a film, read from its packets without decoding one: where it can be entered in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from formcheck.capture.container import open_video

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["FilmIndex", "film_index", "length_s"]

#: Containers that are entered where they are asked to be. A GIF has no picture that stands alone, AVI and streams no reliable times.
_SEEKABLE = ("mov,mp4", "matroska")


@dataclass(frozen=True, eq=False)
class FilmIndex:
    """Presentation stamps of a film without gaps or faults in them.

    Attributes
    ----------
    stamps
        (N,) of all pictures, in units of ``base_s``, strictly increasing; N is at least 1.
    keys
        (K,) of the pictures at which decoding can begin, increasing; the first is that of the film.
    base_s
        Seconds of one unit.
    last_length_s
        Seconds that the last picture is shown; 0.0 when the file does not say.
    """

    stamps: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]
    base_s: float
    last_length_s: float = 0.0

    @property
    def zero_s(self) -> float:
        """The stamp of the first picture in seconds; what is called time counts from there."""
        return int(self.stamps[0]) * self.base_s

    @property
    def time_s(self) -> npt.NDArray[np.float64]:
        """(N,) seconds since the first picture; the same numbers that decoding gives."""
        return np.asarray(self.stamps * self.base_s - self.zero_s, np.float64)

    @property
    def last_s(self) -> float:
        """Time of the last picture."""
        return float(self.time_s[-1])

    @property
    def fps(self) -> float:
        """Mean pictures a second; 0.0 for a single picture."""
        return (len(self.stamps) - 1) / self.last_s if len(self.stamps) > 1 else 0.0

    def key_before(self, time_s: float) -> int:
        """The last stamp at which decoding can begin so that the picture before ``time_s`` comes out too; the first one at the latest."""
        shown = max(0, int(np.searchsorted(self.time_s, time_s)) - 1)
        return int(self.keys[max(0, int(np.searchsorted(self.keys, self.stamps[shown], side="right")) - 1)])


def film_index(path: Path) -> FilmIndex | None:
    """Read the index of a film, or give None where it cannot be relied on: then the film has to be decoded from its beginning.

    None is given for containers that cannot be entered in the middle, and for any doubt about the stamps: missing, twice the same, packets
    that are damaged or cannot be read.

    Raises
    ------
    InputError
        The file cannot be opened as a video.
    """
    import av

    container, stream = open_video(path)
    with container:
        if not container.format.name.startswith(_SEEKABLE) or not stream.time_base:
            return None
        try:
            return _read(container, stream)
        except (av.error.FFmpegError, OSError):
            return None


def _read(container: InputContainer, stream: VideoStream) -> FilmIndex | None:
    stamps: list[int] = []
    keys: list[int] = []
    last = (-(2**63), 0)
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        if packet.pts is None or packet.is_corrupt:
            return None
        if packet.is_discard:
            continue
        if packet.is_keyframe:
            keys.append(packet.pts)
        stamps.append(packet.pts)
        last = max(last, (packet.pts, packet.duration or 0))
    shown = np.unique(np.array(stamps, np.int64))
    doors = np.unique(np.array(keys, np.int64))
    if len(shown) == 0 or len(shown) != len(stamps) or len(doors) == 0 or doors[0] != shown[0]:
        return None
    assert stream.time_base is not None
    base_s = float(stream.time_base)
    return FilmIndex(shown, doors, base_s, length_s(last[1], base_s))


def length_s(ticks: int | None, base_s: float) -> float:
    """Seconds that a picture of this many ticks is shown; 0.0 for what cannot be: nothing, or a minute and more."""
    seconds = (ticks or 0) * base_s
    return seconds if 0 < seconds < 60 else 0.0
