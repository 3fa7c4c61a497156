"""The angle as a gauge and the phase as a ring that paces the breath."""

from __future__ import annotations

import math

import cv2
import numpy as np

from formcheck.coach.guidance import Breath, BreathMoment, Gauge
from formcheck.exercise.session import Phase
from formcheck.report.overlay_sprites import Canvas, Image, Sprite, SpriteCache
from formcheck.report.palette import ALARM, COMFORT, MUTED, OUTLINE, PAPER, PHASE_WORDS, Rgb
from formcheck.report.text import BOLD, REGULAR, SEMIBOLD, text_width_px, wrapped

__all__ = ["GaugeView", "RingView"]

_SHIFT = 4
_ONE = 1 << _SHIFT
_TRACK: Rgb = (74, 84, 100)
_SPAN_DEG = 50.0
_WRONG_WAY = 0.15
_BREATH_WORDS = {Breath.IN: "breathe in", Breath.OUT: "breathe out", Breath.REST: ""}


class GaugeView:
    """A wide bar: the comfortable zone, the limit, and a pointer at the angle."""

    def __init__(self, em: float, width_px: int) -> None:
        self._em, self.width = em, width_px
        self.height = round(4.4 * em)

    def draw(self, image: Image, x: int, y: int, gauge: Gauge, cache: SpriteCache) -> None:
        """Draw onto ``image`` (changed), the top-left corner at (x, y) px; without a measured angle the reason stands there."""
        key = ("gauge", self.width, _key(gauge.comfort_deg), _key(gauge.limit_deg), gauge.reason)
        cache.get(key, lambda: self._paint(gauge)).paste(image, x, y)
        if not math.isfinite(gauge.angle_deg):
            return
        self._pointer(image, x, y, gauge)
        text = f"{round(gauge.angle_deg) + 0}°"
        beyond = math.isfinite(gauge.limit_deg) and gauge.angle_deg > gauge.limit_deg
        cache.get(("degrees", text, self._em, beyond), lambda: self._number(text)).paste(image, x + round(0.6 * self._em), y)

    def _ends(self, gauge: Gauge) -> tuple[float, float]:
        span = 1.35 * gauge.limit_deg if math.isfinite(gauge.limit_deg) else _SPAN_DEG
        return -_WRONG_WAY * span, span

    def _at(self, gauge: Gauge, value_deg: float) -> float:
        low, high = self._ends(gauge)
        pad = 0.9 * self._em
        return pad + (self.width - 2 * pad) * min(max((value_deg - low) / (high - low), 0.0), 1.0)

    def _paint(self, gauge: Gauge) -> Sprite:
        em = self._em
        canvas = Canvas(self.width, self.height)
        canvas.panel(0.5 * em, opacity=0.86)
        top, thick = 2.35 * em, 0.85 * em
        if gauge.reason is not None and not math.isfinite(gauge.angle_deg):
            size = max(8, round(1.0 * em))
            for number, line in enumerate(wrapped(gauge.reason, round(self.width - 1.8 * em), size)[:3]):
                canvas.text(line, 0.9 * em, (1.3 + 1.25 * number) * em, size, PAPER)
            return canvas.sprite()
        low, high = (self._at(gauge, value) for value in self._ends(gauge))
        canvas.box(low, top, high - low, thick, 0.2 * em, _TRACK)
        zero = self._at(gauge, 0.0)
        limit = self._at(gauge, gauge.limit_deg) if math.isfinite(gauge.limit_deg) else high
        comfort = self._at(gauge, gauge.comfort_deg) if math.isfinite(gauge.comfort_deg) else limit
        canvas.box(zero, top, comfort - zero, thick, 0, COMFORT)
        if math.isfinite(gauge.limit_deg):
            canvas.box(limit, top, high - limit, thick, 0, ALARM)
            for stripe in np.arange(limit + 0.25 * em, high - 0.1 * em, 0.55 * em):
                canvas.line([(stripe, top + thick), (min(stripe + 0.3 * em, high), top)], max(1.0, 0.1 * em), OUTLINE)
            canvas.box(limit - 0.08 * em, top - 0.25 * em, 0.16 * em, thick + 0.25 * em, 0, PAPER)
        canvas.box(zero - 0.05 * em, top, max(1.0, 0.1 * em), thick, 0, PAPER)
        self._scale(canvas, gauge, (zero, comfort, limit))
        return canvas.sprite()

    def _scale(self, canvas: Canvas, gauge: Gauge, places: tuple[float, float, float]) -> None:
        em, size = self._em, max(8, round(0.85 * self._em))
        zero, comfort, limit = places
        words = [("rest", zero, MUTED)]
        if math.isfinite(gauge.limit_deg):
            words.append((f"limit {round(gauge.limit_deg)}°", limit, PAPER))
        if math.isfinite(gauge.comfort_deg):
            words.append((f"comfortable {round(gauge.comfort_deg)}°", comfort, PAPER))
        taken: list[tuple[float, float]] = []
        for text, at, colour in words:
            width = text_width_px(text, size)
            left = min(max(at - width / 2, 0.5 * em), self.width - width - 0.5 * em)
            if text.startswith("comfortable"):
                left = min(left, at - width + 0.5 * em)
            if any(left < end + 0.4 * em and left + width > begin - 0.4 * em for begin, end in taken):
                continue
            taken.append((left, left + width))
            canvas.text(text, left, 4.05 * em, size, colour)

    def _number(self, text: str) -> Sprite:
        em = self._em
        size = max(8, round(1.7 * em))
        canvas = Canvas(round(text_width_px(text, size, BOLD) + em), round(2.2 * em))
        canvas.text(text, 0.3 * em, 1.75 * em, size, PAPER, BOLD)
        return canvas.sprite()

    def _pointer(self, image: Image, x: int, y: int, gauge: Gauge) -> None:
        em = self._em
        at, top = x + self._at(gauge, gauge.angle_deg), y + 2.35 * em
        shape = np.array([(at, top + 0.2 * em), (at - 0.55 * em, top - 0.8 * em), (at + 0.55 * em, top - 0.8 * em)])
        points = [np.rint(shape * _ONE).astype(np.int32)]
        cv2.polylines(image, points, True, OUTLINE, max(2, round(0.25 * em)), cv2.LINE_AA, _SHIFT)
        cv2.fillPoly(image, points, PAPER, cv2.LINE_AA, _SHIFT)
        low, high = (round((top + part * em) * 1) for part in (0.0, 0.85))
        cv2.line(image, (round(at), low), (round(at), high), OUTLINE, max(2, round(0.2 * em)))


class RingView:
    """A ring that fills with the breath in and empties with the breath out; in it what the leg does now."""

    def __init__(self, em: float) -> None:
        self._em = em
        self.width = round(8.6 * em)
        self.height = round(10.2 * em)

    def draw(self, image: Image, x: int, y: int, phase: Phase, breath: BreathMoment | None, cache: SpriteCache) -> None:
        """Draw onto ``image`` (changed), the top-left corner at (x, y) px."""
        em = self._em
        words = _BREATH_WORDS[breath.breath] if breath is not None else ""
        cache.get(("ring", phase, words, em), lambda: self._paint(phase, words)).paste(image, x, y)
        if breath is None:
            return
        centre = (round((x + self.width / 2) * _ONE), round((y + 4.3 * em) * _ONE))
        radius = round((1.5 + 1.9 * breath.fill) * em * _ONE)
        cv2.circle(image, centre, radius, OUTLINE, max(3, round(0.5 * em)), cv2.LINE_AA, _SHIFT)
        cv2.circle(image, centre, radius, COMFORT, max(2, round(0.32 * em)), cv2.LINE_AA, _SHIFT)
        cache.get(("ring word", phase, em), lambda: self._word(phase)).paste(image, x, y)

    def _paint(self, phase: Phase, breath: str) -> Sprite:
        em = self._em
        canvas = Canvas(self.width, self.height)
        canvas.panel(0.5 * em, opacity=0.86)
        canvas.disc(self.width / 2, 4.3 * em, 3.6 * em, _TRACK)
        canvas.disc(self.width / 2, 4.3 * em, 3.45 * em, (24, 32, 46))
        size = max(8, round(1.05 * em))
        canvas.text(breath, (self.width - text_width_px(breath, size, SEMIBOLD)) / 2, 9.4 * em, size, PAPER, SEMIBOLD)
        if not breath:
            word = "breathe"
            canvas.text(word, (self.width - text_width_px(word, size, REGULAR)) / 2, 9.4 * em, size, MUTED, REGULAR)
        self._lay_word(canvas, phase)
        return canvas.sprite()

    def _word(self, phase: Phase) -> Sprite:
        canvas = Canvas(self.width, self.height)
        self._lay_word(canvas, phase)
        return canvas.sprite()

    def _lay_word(self, canvas: Canvas, phase: Phase) -> None:
        em = self._em
        text = PHASE_WORDS[phase]
        size = max(8, round((1.5 if len(text) < 6 else 0.95) * em))
        canvas.text(text, (self.width - text_width_px(text, size, BOLD)) / 2, 4.3 * em + 0.35 * size, size, PAPER, BOLD)


def _key(value: float) -> int | None:
    return round(value) if math.isfinite(value) else None
