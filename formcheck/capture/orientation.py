"""How a recorded picture must be turned to stand upright."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import cast

import numpy as np

from formcheck.capture.frame import Image
from formcheck.capture.runtime import load_opencv

__all__ = ["Orientation"]


@dataclass(frozen=True, slots=True)
class Orientation:
    """What to do with a stored picture, in this order: swap its axes, flip it left-right, flip it upside down.

    Phones store the picture as the sensor sees it, and beside it a display matrix that says how to show it.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def from_matrix(cls, matrix: bytes | None) -> Orientation:
        """Read a display matrix: nine 32-bit integers, of which the upper left 2x2 turns or mirrors.

        Angles between quarter turns go to the nearest one. None, or anything that is no such matrix, is upright.
        """
        if matrix is None or len(matrix) != 36:
            return cls()
        a, b, _, c, d, *_ = struct.unpack("=9i", matrix)
        if a == b == c == d == 0:
            return cls()
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    @property
    def rotation_deg(self) -> int:
        """0, 90, 180 or 270: the clockwise part of the turn, seen before any mirroring of left and right."""
        x, y = (0, -1 if self.flip_y else 1) if self.transpose else (-1 if self.flip_x else 1, 0)
        return round(math.degrees(math.atan2(y, x))) % 360

    @property
    def is_mirrored(self) -> bool:
        """Whether the display matrix mirrors the picture as well."""
        return self.transpose ^ self.flip_x ^ self.flip_y

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) px of the upright picture of a stored one of this size; the same function leads back."""
        return (height, width) if self.transpose else (width, height)

    def upright(self, image: Image) -> Image:
        """Turn a stored picture (H, W, 3) upright; the result is C-contiguous.

        Raises
        ------
        InputError
            OpenCV, which does the turning, cannot be loaded; the message says what to install.
        """
        if self == Orientation():
            return np.ascontiguousarray(image)
        cv2 = load_opencv()
        if self.transpose and self.flip_x != self.flip_y:
            return cast(Image, cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE if self.flip_x else cv2.ROTATE_90_COUNTERCLOCKWISE))
        if self.transpose:
            image = cv2.transpose(image)
        if self.flip_x or self.flip_y:
            image = cv2.flip(image, -1 if self.flip_x and self.flip_y else int(self.flip_x))
        return image
