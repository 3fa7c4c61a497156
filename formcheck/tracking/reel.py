"""A film as a source of frames for the pose model: from its beginning, or any stretch of it where it can be entered."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from formcheck.capture.film_index import FilmIndex
from formcheck.capture.frame import VideoFrame
from formcheck.capture.prefetch import prefetched
from formcheck.capture.thinning import Thinning
from formcheck.capture.video import VideoFile
from formcheck.tracking.pieces import Piece, cut

__all__ = ["Reel"]

_PREFETCH = 8


class Reel:
    """The frames of an opened film that are to be looked at, and the pieces it is cut into.

    Parameters
    ----------
    video
        The film.
    film
        Its index; None where it cannot be relied on. Then the film is one piece.
    thinning
        Which of its frames are looked at.
    altered
        Changes each frame, or leaves it out with None; sees them in order, once. Only for films without index.
    ahead
        Whether decoding from the beginning works ahead in a thread of its own.

    Attributes
    ----------
    pieces
        They follow from the film alone.
    divisible
        Whether it can be entered in the middle. Set it to False when that turned out not to be so.
    """

    def __init__(
        self,
        video: VideoFile,
        film: FilmIndex | None,
        thinning: Thinning,
        altered: Callable[[VideoFrame], VideoFrame | None] | None = None,
        *,
        ahead: bool = False,
    ) -> None:
        if film is not None and altered is not None:
            raise ValueError("altered frames have to be seen in order")
        video.thinning = thinning
        self._video = video
        self._thinning = thinning
        self._film = film
        self._altered = altered
        self._ahead = ahead
        self.pieces: tuple[Piece, ...] = (Piece(),) if film is None else cut(film.last_s, thinning.kept_fps)
        self.divisible = film is not None and len(self.pieces) > 1

    @property
    def frames_expected(self) -> int | None:
        """About how many frames will be looked at, those that warm up included; None when unknown."""
        claimed = self._video.info.frames_estimate
        frames = len(self._film.stamps) if self._film is not None else claimed
        warm_up = sum(piece.warm_up_s for piece in self.pieces) * self._thinning.kept_fps
        return None if frames is None else round(frames / self._thinning.step + warm_up)

    def whole(self) -> Generator[VideoFrame, None, None]:
        """All frames from the beginning."""
        if not self._ahead:
            yield from self._changed(iter(self._video))
            return
        with closing(prefetched(self._video, _PREFETCH)) as frames:
            yield from self._changed(frames)

    def between(self, start_s: float, end_s: float) -> Generator[VideoFrame, None, None]:
        """The frames with ``start_s <= time_s < end_s``.

        Raises
        ------
        NotSeekableError
            It cannot be entered there after all.
        """
        if self.divisible and self._film is not None:
            yield from self._video.between(self._film, start_s, end_s)
            return
        for frame in self.whole():
            if frame.time_s >= end_s:
                return
            if frame.time_s >= start_s:
                yield frame

    def conclude(self) -> None:
        """Note that every stretch of a divisible film was read to its end."""
        if self.divisible and self._film is not None:
            self._video.conclude(self._film)

    def _changed(self, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        if self._altered is None:
            yield from frames
            return
        for frame in frames:
            changed = self._altered(frame)
            if changed is not None:
                yield changed
