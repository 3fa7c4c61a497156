"""The breath pacer of an annotated video: a disc that fills while the leg goes out and empties while it comes back.

It shows the breathing that goes with the movement as it was made (in as the turn begins, out on the way back), not how the person breathed.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from formcheck.exercise.session import FrameResult, Phase, Rep
from formcheck.report.overlay_sprites import Canvas, Image, Sprite, SpriteCache
from formcheck.report.palette import COMFORT, MUTED, OUTLINE, PAPER
from formcheck.report.text import BOLD, SEMIBOLD, text_width_px

__all__ = ["BreathPacer"]

_WORDS = {Phase.OUT: "breathe in", Phase.HOLD: "", Phase.BACK: "breathe out", Phase.REST: "", Phase.UNSEEN: ""}
_SHIFT = 4
_ONE = 1 << _SHIFT
#: Share of the ring that the disc has when the breath is out.
_LEAST = 0.35


class BreathPacer:
    """Draws the pacer; knows the repetitions, so that each breath lasts as long as its part of the movement.

    Parameters
    ----------
    reps
        The counted repetitions.
    em_px
        Size of text.
    """

    def __init__(self, reps: tuple[Rep, ...], em_px: float) -> None:
        self._reps = tuple(rep for rep in reps if rep.counted and math.isfinite(rep.out_s) and math.isfinite(rep.back_s))
        self._em = em_px
        self.width, self.height = round(7.2 * em_px), round(7.6 * em_px)

    def fullness(self, time_s: float) -> float:
        """How full the breath is at a moment, 0 to 1: rising on the way out, full while the leg holds, falling on the way back."""
        for rep in self._reps:
            if rep.start_s <= time_s <= rep.end_s:
                out_until, back_from = rep.start_s + rep.out_s, rep.end_s - rep.back_s
                if time_s < out_until:
                    return (time_s - rep.start_s) / rep.out_s
                return 1.0 if time_s <= back_from else max(0.0, (rep.end_s - time_s) / rep.back_s)
        return 0.0

    def phase(self, time_s: float) -> Phase:
        """What the breath goes with at a moment."""
        for rep in self._reps:
            if rep.start_s <= time_s <= rep.end_s:
                if time_s < rep.start_s + rep.out_s:
                    return Phase.OUT
                return Phase.HOLD if time_s <= rep.end_s - rep.back_s else Phase.BACK
        return Phase.REST

    def draw(self, image: Image, x: int, y: int, result: FrameResult, cache: SpriteCache) -> None:
        """Draw onto ``image`` (changed), the top-left corner at (x, y) px."""
        em, time_s = self._em, result.pose.time_s
        words = _WORDS[self.phase(time_s)]
        cache.get(("pacer", words, em), lambda: self._ground(words)).paste(image, x, y)
        radius = (_LEAST + (1.0 - _LEAST) * self.fullness(time_s)) * 2.2 * em
        middle = (np.array([x + self.width / 2, y + 3.0 * em]) * _ONE).round().astype(int)
        cv2.circle(image, (int(middle[0]), int(middle[1])), round(radius * _ONE), COMFORT, -1, cv2.LINE_AA, _SHIFT)

    def _ground(self, words: str) -> Sprite:
        em = self._em
        canvas = Canvas(self.width, self.height)
        canvas.panel(0.5 * em)
        canvas.disc(self.width / 2, 3.0 * em, 2.55 * em, OUTLINE)
        canvas.disc(self.width / 2, 3.0 * em, 2.4 * em, MUTED)
        canvas.disc(self.width / 2, 3.0 * em, 2.25 * em, OUTLINE)
        said, size, weight, colour = (words, round(0.95 * em), BOLD, PAPER) if words else ("breath", round(0.9 * em), SEMIBOLD, MUTED)
        canvas.text(said, (self.width - text_width_px(said, size, weight)) / 2, 6.9 * em, size, colour, weight)
        return canvas.sprite()
