"""The panel of one leg: its name, how many repetitions, the phase, and the gauge of the angle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from formcheck.exercise.session import Phase
from formcheck.report.overlay_sprites import Canvas, Image, Sprite, SpriteCache
from formcheck.report.palette import ALARM, COMFORT, LEG_WORDS, MUTED, OUTLINE, PAPER, PHASE_WORDS, Rgb
from formcheck.report.text import BOLD, CAP_HEIGHT, SEMIBOLD, text_width_px
from formcheck.report.words import degrees

__all__ = ["PANEL_EM", "LegPanel", "phase_icon"]

#: Width and height of a panel in text sizes.
PANEL_EM = (9.2, 5.3)

_SHIFT = 4
_ONE = 1 << _SHIFT
#: What the gauge shows when the exercise has no limit.
_USUAL_SPAN_DEG = 60.0
_BEYOND = 1.35
_WRONG_WAY = 0.18


@dataclass(frozen=True, slots=True)
class _Gauge:
    """Place of the gauge within its panel (px) and the angles at its ends."""

    x: float
    y: float
    width: float
    height: float
    low_deg: float
    high_deg: float

    def at(self, value_deg: float) -> float:
        share = (value_deg - self.low_deg) / (self.high_deg - self.low_deg)
        return self.x + self.width * min(max(share, 0.0), 1.0)


class LegPanel:
    """Draws the panel of one leg, or of both as one.

    Parameters
    ----------
    who
        "left", "right" or "both".
    colour
        Of the leg, as in the skeleton.
    em_px
        Text size.
    limit_deg
        The over-rotation limit, NaN for none.
    target_reps
        (least, most) repetitions to make.
    """

    def __init__(self, who: str, colour: Rgb, em_px: float, limit_deg: float, target_reps: tuple[int, int]) -> None:
        self._who = who
        self._colour = colour
        self._em = em_px
        self._limit_deg = limit_deg
        self._target = target_reps
        self.width, self.height = (round(size * em_px) for size in PANEL_EM)
        span = limit_deg * _BEYOND if math.isfinite(limit_deg) else _USUAL_SPAN_DEG
        pad = 0.6 * em_px
        self._gauge = _Gauge(pad, self.height - 0.95 * em_px, self.width - 2 * pad, 0.5 * em_px, -_WRONG_WAY * span, span)

    def draw(self, image: Image, x: int, y: int, count: int, phase: Phase, angle_deg: float, cache: SpriteCache) -> None:
        """Draw onto ``image`` (changed), the top-left corner at (x, y) px. An angle that is NaN leaves the gauge without a pointer."""
        cache.get(("panel", self._who, count, phase), lambda: self._paint(count, phase)).paste(image, x, y)
        if math.isfinite(angle_deg):
            self._point(image, x, y, angle_deg)

    def _paint(self, count: int, phase: Phase) -> Sprite:
        em = self._em
        canvas = Canvas(self.width, self.height)
        canvas.panel(0.4 * em)
        canvas.box(0, 0.4 * em, max(2.0, 0.16 * em), self.height - 0.8 * em, 0, self._colour)
        left = 0.6 * em
        number_size = round(2.5 * em)
        number = str(count)
        number_width = text_width_px(number, number_size, BOLD)
        canvas.text(LEG_WORDS[self._who], left, 1.35 * em, round(1.12 * em), PAPER, SEMIBOLD)
        target = f"of {_span(*self._target)}"
        size = round(0.85 * em)
        canvas.text(target, left, 2.35 * em, size, MUTED)
        canvas.text(number, self.width - 0.6 * em - number_width, 2.35 * em, number_size, PAPER, BOLD)
        baseline = 3.7 * em
        middle = baseline - CAP_HEIGHT * em / 2
        phase_icon(canvas, phase, left, middle - 0.5 * em, em, self._phase_colour(phase))
        canvas.text(PHASE_WORDS[phase], left + 1.3 * em, baseline, round(em), PAPER, SEMIBOLD)
        if math.isfinite(self._limit_deg):
            self._limit_text(canvas, baseline, self.width - 2.5 * em - text_width_px(PHASE_WORDS[phase], round(em), SEMIBOLD))
        self._paint_gauge(canvas)
        return canvas.sprite()

    def _limit_text(self, canvas: Canvas, baseline: float, room: float) -> None:
        em = self._em
        for words in (f"limit {degrees(self._limit_deg)}", f"≤ {degrees(self._limit_deg)}"):
            size = round(0.85 * em)
            width = text_width_px(words, size)
            if width <= room:
                canvas.text(words, self.width - 0.6 * em - width, baseline, size, MUTED)
                return

    def _phase_colour(self, phase: Phase) -> Rgb:
        return MUTED if phase in (Phase.REST, Phase.UNSEEN) else self._colour

    def _paint_gauge(self, canvas: Canvas) -> None:
        gauge, em = self._gauge, self._em
        canvas.box(gauge.x, gauge.y, gauge.width, gauge.height, 0.1 * em, (74, 84, 100))
        if not math.isfinite(self._limit_deg):
            canvas.box(gauge.at(0) - 0.05 * em, gauge.y, max(1.0, 0.1 * em), gauge.height, 0, PAPER)
            return
        zero, limit, end = gauge.at(0), gauge.at(self._limit_deg), gauge.x + gauge.width
        canvas.box(zero, gauge.y, limit - zero, gauge.height, 0, COMFORT)
        # Stripes, so that the forbidden part is told by its pattern too.
        canvas.box(limit, gauge.y, end - limit, gauge.height, 0.1 * em, (110, 34, 24))
        step = max(0.42 * em, 3.0)
        slant = gauge.height + step / 2
        for start in np.arange(limit, end - slant, step):
            top, bottom = gauge.y, gauge.y + gauge.height
            corners = [(start, bottom), (start + gauge.height, top), (start + slant, top), (start + step / 2, bottom)]
            canvas.polygon(corners, ALARM)
        canvas.box(limit - 0.07 * em, gauge.y - 0.22 * em, max(2.0, 0.14 * em), gauge.height + 0.44 * em, 0, PAPER)

    def _point(self, image: Image, x: int, y: int, angle_deg: float) -> None:
        gauge, em = self._gauge, self._em
        tip = (x + gauge.at(angle_deg), y + gauge.y + 0.32 * em)
        half, high = 0.36 * em, 0.62 * em
        corners = np.array([tip, (tip[0] - half, tip[1] - high), (tip[0] + half, tip[1] - high)])
        foot = np.array([(tip[0] - 0.07 * em, tip[1] - 0.2 * em), (tip[0] + 0.07 * em, tip[1] - 0.2 * em)])
        foot = np.concatenate([foot, foot[::-1] + np.array((0, 0.38 * em))])
        shapes = [np.rint(shape * _ONE).astype(np.int32) for shape in (corners, foot)]
        cv2.polylines(image, shapes, True, OUTLINE, max(2, round(0.16 * em)), cv2.LINE_AA, _SHIFT)
        for shape in shapes:
            cv2.fillConvexPoly(image, shape, PAPER, cv2.LINE_AA, _SHIFT)


def phase_icon(canvas: Canvas, phase: Phase, x: float, y: float, size: float, colour: Rgb) -> None:
    """Paint the sign of a phase into a square with its top-left corner at (x, y) px: the shape alone tells which.

    An arrow to the right goes out, two bars hold, an arrow to the left goes back, a ring rests, a crossed ring is not seen.
    """
    middle = (x + size / 2, y + size / 2)
    if phase in (Phase.OUT, Phase.BACK):
        turn = 1 if phase is Phase.OUT else -1
        arrow = np.array([(-0.46, -0.14), (0.02, -0.14), (0.02, -0.42), (0.48, 0.0), (0.02, 0.42), (0.02, 0.14), (-0.46, 0.14)])
        canvas.polygon(arrow * (turn * size, size) + middle, colour)
    elif phase is Phase.HOLD:
        for offset in (-0.34, 0.1):
            canvas.box(middle[0] + offset * size, y + 0.1 * size, 0.24 * size, 0.8 * size, 0.05 * size, colour)
    else:
        turns = np.linspace(0, 2 * math.pi, 40)
        canvas.line(np.stack([np.cos(turns), np.sin(turns)], axis=1) * 0.36 * size + middle, 0.13 * size, colour)
        if phase is Phase.UNSEEN:
            canvas.line([(x + 0.08 * size, y + 0.92 * size), (x + 0.92 * size, y + 0.08 * size)], 0.13 * size, colour)


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"
