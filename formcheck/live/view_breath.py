"""The breath as it is seen: a line that rises and falls over the last ten seconds, an arrow, and words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from formcheck.coach.guidance import BreathSeen, ChestMove
from formcheck.report.overlay_sprites import Canvas, Image, Sprite, SpriteCache
from formcheck.report.palette import COMFORT, MUTED, OUTLINE, PAPER, Rgb
from formcheck.report.text import REGULAR, SEMIBOLD, text_width_px

__all__ = ["BreathView"]

_SHIFT = 4
_ONE = 1 << _SHIFT
_MIDDLE: Rgb = (74, 84, 100)
#: A breath deeper than this many usual ones is drawn at the border.
_MOST = 1.4
#: Values shown, five a second for ten seconds.
_SHOWN = 50


class BreathView:
    """A panel as high as the gauge, to stand beside it: what the chest does in words with an arrow, and under them its line."""

    def __init__(self, em: float, height_px: int) -> None:
        self._em, self.height = em, height_px
        self.width = round(11.5 * em)

    def draw(self, image: Image, x: int, y: int, seen: BreathSeen, cache: SpriteCache) -> None:
        """Draw onto ``image`` (changed), the top-left corner at (x, y) px. What was not measured is no line."""
        cache.get(("breath seen", seen.move, seen.words, self._em), lambda: self._paint(seen)).paste(image, x, y)
        for part in _parts(seen.trace):
            points = np.array([self._place(x, y, place, level) for place, level in part])
            line = [np.rint(points * _ONE).astype(np.int32)]
            cv2.polylines(image, line, False, OUTLINE, max(3, round(0.42 * self._em)), cv2.LINE_AA, _SHIFT)
            cv2.polylines(image, line, False, COMFORT, max(2, round(0.24 * self._em)), cv2.LINE_AA, _SHIFT)
        if seen.move is not ChestMove.UNSEEN and seen.trace and math.isfinite(seen.trace[-1]):
            at = self._place(x, y, _SHOWN - 1, seen.trace[-1])
            centre = (round(at[0] * _ONE), round(at[1] * _ONE))
            cv2.circle(image, centre, round(0.34 * self._em * _ONE), PAPER, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def _place(self, x: int, y: int, place: int, level: float) -> tuple[float, float]:
        em = self._em
        across = x + 0.8 * em + (self.width - 1.6 * em) * place / (_SHOWN - 1)
        return across, y + 3.1 * em - 0.95 * em * min(max(level / _MOST, -1.0), 1.0)

    def _paint(self, seen: BreathSeen) -> Sprite:
        em, is_seen = self._em, seen.move is not ChestMove.UNSEEN
        canvas = Canvas(self.width, self.height)
        canvas.panel(0.5 * em, opacity=0.86)
        left, top, size = 0.8 * em, 0.55 * em, 0.95 * em
        if seen.move is ChestMove.IN:
            canvas.polygon([(left, top + size), (left + size, top + size), (left + size / 2, top)], PAPER)
        elif seen.move is ChestMove.OUT:
            canvas.polygon([(left, top), (left + size, top), (left + size / 2, top + size)], PAPER)
        elif is_seen:
            canvas.box(left, top + 0.38 * size, size, 0.28 * size, 0.05 * em, PAPER)
        begin = left + 1.35 * em if is_seen else left
        weight = SEMIBOLD if is_seen else REGULAR
        text = max(8, round(1.05 * em))
        while text > 8 and text_width_px(seen.words, text, weight) > self.width - begin - 0.5 * em:
            text -= 1
        canvas.text(seen.words, begin, 1.4 * em, text, PAPER if is_seen else MUTED, weight)
        canvas.box(0.8 * em, 3.1 * em - 0.5, self.width - 1.6 * em, 1, 0, _MIDDLE)
        return canvas.sprite()


def _parts(trace: Sequence[float]) -> Iterator[list[tuple[int, float]]]:
    """The stretches that were measured, with the place of each value; the newest value has the last place."""
    part: list[tuple[int, float]] = []
    for place, level in enumerate(trace[-_SHOWN:], _SHOWN - len(trace[-_SHOWN:])):
        if math.isfinite(level):
            part.append((place, level))
            continue
        if len(part) > 1:
            yield part
        part = []
    if len(part) > 1:
        yield part
