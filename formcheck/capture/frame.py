"""One picture of a video and the moment it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Image", "VideoFrame"]

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One decoded picture, upright.

    Attributes
    ----------
    index
        Number of the frame in the film, from 0; with gaps where frames are passed over.
    time_s
        Presentation time in seconds, 0.0 for the first frame of the video; strictly increasing.
    image
        (H, W, 3) uint8 RGB, C-contiguous. Very large pictures come smaller than they are: see `scale`.
    full_size
        (width, height) px of the upright picture at its original size; None when ``image`` has it already.

    Notes
    -----
    Landmarks, and everything else given in pixels, refer to `image_size`, the original size. Whoever draws on ``image`` multiplies
    them by `scale`.
    """

    index: int
    time_s: float
    image: Image
    full_size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8 or not self.image.flags.c_contiguous:
            raise ValueError(f"image must be (H, W, 3) uint8 and C-contiguous, got {self.image.shape} {self.image.dtype}")

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height) px of the upright picture at its original size."""
        return self.full_size or (self.image.shape[1], self.image.shape[0])

    @property
    def scale(self) -> float:
        """Pixels of ``image`` for each pixel of the original: 1.0, or less for a picture that was made smaller."""
        width, height = self.image_size
        return float(self.image.shape[1] / width if width >= height else self.image.shape[0] / height)
