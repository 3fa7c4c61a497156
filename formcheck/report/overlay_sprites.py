"""Small pictures with see-through parts, painted once and pasted onto every frame."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formcheck.report.palette import PANEL, PANEL_OPACITY, Rgb
from formcheck.report.text import REGULAR, TextBlock, text_mask

__all__ = ["Canvas", "Image", "Sprite", "SpriteCache"]

Image = npt.NDArray[np.uint8]

#: Fractional bits of the coordinates given to OpenCV.
_SHIFT = 4
_ONE = 1 << _SHIFT


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A picture to be laid over another.

    Attributes
    ----------
    light
        (H, W, 3) uint8 RGB, already multiplied by its opacity.
    keep
        (H, W, 3) uint8, how much of what is below stays, 255 for all.
    """

    light: Image
    keep: Image

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return int(self.light.nbytes + self.keep.nbytes)

    @property
    def width(self) -> int:
        """Width in px."""
        return int(self.light.shape[1])

    @property
    def height(self) -> int:
        """Height in px."""
        return int(self.light.shape[0])

    def paste(self, image: Image, x: int, y: int) -> None:
        """Lay the sprite over ``image`` (changed), its top-left corner at (x, y) px; what is outside the image is left away."""
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + self.width, image.shape[1]), min(y + self.height, image.shape[0])
        if left >= right or top >= bottom:
            return
        below = image[top:bottom, left:right]
        part = np.s_[top - y : bottom - y, left - x : right - x]
        cv2.multiply(below, self.keep[part], dst=below, scale=1 / 255)
        cv2.add(below, self.light[part], dst=below)


class Canvas:
    """Paints one sprite: shapes with opacity, laid over each other."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(1, width), max(1, height)
        self._light = np.zeros((self.height, self.width, 3), np.float32)
        self._keep = np.ones((self.height, self.width, 1), np.float32)

    def sprite(self) -> Sprite:
        """What was painted so far."""
        keep = np.repeat(np.rint(self._keep * 255).astype(np.uint8), 3, axis=2)
        return Sprite(np.rint(self._light).astype(np.uint8), np.ascontiguousarray(keep))

    def panel(self, radius: float, colour: Rgb = PANEL, opacity: float = PANEL_OPACITY) -> None:
        """Fill the whole canvas, round at the corners."""
        self.box(0, 0, self.width, self.height, radius, colour, opacity)

    def box(self, x: float, y: float, width: float, height: float, radius: float, colour: Rgb, opacity: float = 1.0) -> None:
        """Fill a rectangle, round at the corners, its top-left corner at (x, y) px."""
        radius = max(0.0, min(radius, width / 2, height / 2))
        turns = np.radians(np.arange(0, 91, 10))
        corner = np.stack([np.sin(turns), -np.cos(turns)], axis=1) * radius
        points = []
        for quarter, (cx, cy) in enumerate(((1, 0), (1, 1), (0, 1), (0, 0))):
            middle = (x + (width - radius if cx else radius), y + (height - radius if cy else radius))
            cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter]
            points.append(corner @ np.array([[cos, sin], [-sin, cos]]) + middle)
        self.polygon(np.concatenate(points), colour, opacity)

    def polygon(self, points: Sequence[tuple[float, float]] | npt.NDArray[np.floating], colour: Rgb, opacity: float = 1.0) -> None:
        """Fill a shape given by its corners (N, 2) in px."""
        self._paint(lambda mask, pts: cv2.fillPoly(mask, [pts], (255,), cv2.LINE_AA, _SHIFT), points, colour, opacity)

    def line(self, points: Sequence[tuple[float, float]] | npt.NDArray[np.floating], width: float, colour: Rgb) -> None:
        """Draw an open line through points (N, 2) in px."""
        thickness = max(1, round(width))
        self._paint(
            lambda mask, pts: cv2.polylines(mask, [pts], False, (255,), thickness, cv2.LINE_AA, _SHIFT), points, colour, 1.0, thickness + 2
        )

    def disc(self, x: float, y: float, radius: float, colour: Rgb) -> None:
        """Fill a circle."""
        turns = np.linspace(0, 2 * math.pi, 48, endpoint=False)
        self.polygon(np.stack([x + radius * np.cos(turns), y + radius * np.sin(turns)], axis=1), colour)

    def text(self, text: str, x: float, baseline: float, size_px: int, colour: Rgb, weight: int = REGULAR) -> None:
        """Write one line that begins at ``x`` and stands on ``baseline``, in px."""
        letters, ascent = text_mask(text, size_px, weight)
        left, top = round(x) - 1, round(baseline) - ascent
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + letters.shape[1], self.width), min(top + letters.shape[0], self.height)
        if x0 < x1 and y0 < y1:
            self._lay(letters[y0 - top : y1 - top, x0 - left : x1 - left], colour, 1.0, x0, y0)

    def block(self, block: TextBlock, x: float, y: float, colour: Rgb, weight: int = REGULAR) -> None:
        """Write wrapped text, the top-left corner of the block at (x, y) px."""
        pitch = block.height_px / max(len(block.lines), 1)
        for number, line in enumerate(block.lines):
            self.text(line, x, y + pitch * number + block.size_px * 0.95, block.size_px, colour, weight)

    def _paint(
        self,
        draw: Callable[[Image, npt.NDArray[np.int32]], object],
        points: Sequence[tuple[float, float]] | npt.NDArray[np.floating],
        colour: Rgb,
        opacity: float,
        reach: int = 2,
    ) -> None:
        corners = np.asarray(points, np.float64)
        # Only where the shape is: a card is large and its shapes are small.
        x0, y0 = np.maximum(np.floor(corners.min(axis=0)).astype(int) - reach, 0)
        x1, y1 = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + reach, (self.width, self.height))
        if x0 >= x1 or y0 >= y1:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        # OpenCV counts from the middle of the first pixel, this class from its corner.
        draw(mask, np.rint((corners - (x0, y0) - 0.5) * _ONE).astype(np.int32))
        self._lay(mask, colour, opacity, int(x0), int(y0))

    def _lay(self, mask: Image, colour: Rgb, opacity: float, x: int, y: int) -> None:
        """Lay a colour where a mask covers, its top-left corner at (x, y) px."""
        part = np.s_[y : y + mask.shape[0], x : x + mask.shape[1]]
        cover = (mask.astype(np.float32) * (opacity / 255))[:, :, None]
        self._light[part] *= 1 - cover
        self._light[part] += cover * np.array(colour, np.float32)
        self._keep[part] *= 1 - cover


class SpriteCache:
    """Keeps the sprites that were used last, so that each is painted once.

    Parameters
    ----------
    size
        The most sprites kept.
    most_bytes
        The most memory they take together; the newest is kept whatever its size.
    """

    def __init__(self, size: int = 192, most_bytes: int = 12_000_000) -> None:
        self._size = size
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sprites: OrderedDict[Hashable, Sprite] = OrderedDict()

    def get(self, key: Hashable, paint: Callable[[], Sprite]) -> Sprite:
        """The sprite of this key, painted when it is not there."""
        sprite = self._sprites.get(key)
        if sprite is None:
            sprite = self._sprites[key] = paint()
            self._bytes += sprite.bytes
            while len(self._sprites) > 1 and (len(self._sprites) > self._size or self._bytes > self._most_bytes):
                self._bytes -= self._sprites.popitem(last=False)[1].bytes
        else:
            self._sprites.move_to_end(key)
        return sprite
