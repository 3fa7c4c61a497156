"""Films for the benchmark: a stretch of one in memory, one cut short, one shown again and again."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from formcheck.capture.frame import VideoFrame
from formcheck.capture.video import VideoFile
from formcheck.errors import InputError

__all__ = ["cut_video", "film_facts", "repeat_video", "stretch"]

_STRETCH_BYTES = 150_000_000
_FEWEST, _MOST = 48, 240


def stretch(path: Path) -> list[VideoFrame]:
    """The first pictures of a film, as many as memory allows without harm.

    Raises
    ------
    InputError
        It cannot be read.
    """
    with VideoFile(path) as video:
        frames = iter(video)
        first = list(islice(frames, 1))
        if not first:
            raise InputError(f"{path}: holds no picture; choose another film.")
        most = min(max(_STRETCH_BYTES // first[0].image.nbytes, _FEWEST), _MOST)
        return first + list(islice(frames, most - 1))


def film_facts(path: Path) -> dict[str, Any]:
    """Name, number of frames and picture size of a film, read to its end.

    Raises
    ------
    InputError
        It cannot be read.
    """
    with VideoFile(path) as video:
        frames = sum(1 for _ in video)
        info = video.info
    return {"name": path.name, "frames": frames, "width": info.width, "height": info.height, "fps": round(info.fps, 3)}


def cut_video(source: Path, target: Path, packets: int) -> Path:
    """Write the beginning of a film, so many packets; nothing is encoded anew. The last of them may lack what they lean on."""
    return _copied(source, target, lambda _: 1, packets)


def repeat_video(source: Path, target: Path, duration_s: float) -> Path:
    """Write a film that shows another one again and again, as often as comes nearest to ``duration_s``; nothing is encoded anew.

    Raises
    ------
    InputError
        The length of the source is not known.
    """
    return _copied(source, target, lambda length_s: max(1, round(duration_s / length_s)), None)


def _copied(source: Path, target: Path, turns: Callable[[float], int], packets: int | None) -> Path:
    import av

    with av.open(str(source)) as first:
        video = first.streams.video[0]
        length = video.duration or 0
        step_s = float(length * (video.time_base or Fraction(0)))
    if step_s <= 0:
        raise InputError(f"{source}: its length is not known; choose an MP4.")
    with av.open(str(target), "w") as out:
        stream = None
        for turn in range(turns(step_s)):
            with av.open(str(source)) as again:
                video = again.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                whole = (packet for packet in again.demux(video) if packet.dts is not None and packet.pts is not None)
                for packet in islice(whole, packets):
                    packet.pts, packet.dts = (packet.pts or 0) + turn * length, (packet.dts or 0) + turn * length
                    packet.stream = stream
                    out.mux(packet)
    return target
