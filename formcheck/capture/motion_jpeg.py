"""A film as Motion JPEG without a container, which Chromium plays in place of a camera (``--use-file-for-fake-video-capture``)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from formcheck.capture.video import VideoFile

__all__ = ["write_motion_jpeg"]

_FPS = 30
#: Of 31 steps.
_COARSEST = 4


def write_motion_jpeg(source: Path, target: Path, *, last_s: float = float("inf")) -> Path:
    """Write the pictures of a film one after the other; Chromium plays them at 30 a second, over and over.

    Parameters
    ----------
    source, target
        The film, and the file to write.
    last_s
        Only what comes before, seconds from the film's beginning.

    Raises
    ------
    InputError
        The film cannot be read.
    """
    import av

    with VideoFile(source) as film, target.open("wb") as out:
        codec: av.VideoCodecContext | None = None
        for frame in film:
            if frame.time_s >= last_s:
                break
            picture = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(format="yuvj420p")
            if codec is None:
                codec = av.VideoCodecContext.create("mjpeg", "w")
                codec.width, codec.height, codec.pix_fmt = picture.width, picture.height, "yuvj420p"
                codec.time_base = Fraction(1, _FPS)
                # As little is lost as a camera loses; left to itself the encoder makes blocks of everything.
                codec.bit_rate, codec.qmin, codec.qmax = 10 * picture.width * picture.height * _FPS, 2, _COARSEST
            picture.pts, picture.time_base = None, Fraction(1, _FPS)
            for packet in codec.encode(picture):
                out.write(bytes(packet))
        for packet in codec.encode(None) if codec is not None else ():
            out.write(bytes(packet))
    return target
