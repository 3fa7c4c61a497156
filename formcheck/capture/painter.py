"""Decoded pictures made upright and RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from formcheck.capture.frame import Image, VideoFrame
from formcheck.capture.orientation import Orientation

if TYPE_CHECKING:
    import av

__all__ = ["Painter"]

_PLAIN = ("yuv420p", "yuvj420p")


class Painter:
    """Makes upright RGB pictures of decoded ones; for one pass over a film.

    Parameters
    ----------
    stored_size
        (width, height) px of the pictures made, before they are turned upright.
    orientation
        How they are turned.
    full_size
        (width, height) px of the upright picture at its original size; None when it is not made smaller.
    """

    def __init__(self, stored_size: tuple[int, int], orientation: Orientation, full_size: tuple[int, int] | None) -> None:
        from av.video.reformatter import Interpolation, VideoReformatter

        self._stored_size = stored_size
        self._orientation = orientation
        self._full_size = full_size
        self._how = {True: Interpolation.BILINEAR, False: Interpolation.AREA}
        self._copying = Interpolation.POINT
        self._reformatter = VideoReformatter()

    def frame(self, picture: av.VideoFrame, index: int, time_s: float) -> VideoFrame:
        """The decoded picture as a frame with this number and time."""
        size = (picture.width, picture.height)
        how = self._copying if size == self._stored_size and _is_plain(picture) else self._how[size == self._stored_size]
        # One thread: a picture is too small for more, and all cores have something to do.
        rgb = self._reformatter.reformat(picture, *self._stored_size, "rgb24", interpolation=how, threads=1).to_ndarray()
        return VideoFrame(index, time_s, self._orientation.upright(cast(Image, rgb)), self._full_size)


def _is_plain(picture: av.VideoFrame) -> bool:
    """Whether nothing has to be interpolated: the bytes are the same without, in a quarter of the time."""
    return picture.format.name in _PLAIN and picture.width % 2 == 0 and picture.height % 2 == 0
