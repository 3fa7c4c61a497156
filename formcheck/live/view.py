"""The live window as a picture: the camera's image, mirrored to the eye, and over it all that the coach wants to show.

Drawn for two distances: what matters while moving (count, correction, gauge, ring) is large enough to be read from three metres away; the
rest is for somebody at the keys. Everything scales with the window, and nothing is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from formcheck.coach.guidance import Screen, Stage
from formcheck.exercise.session import FrameResult
from formcheck.live.chooser import Row
from formcheck.live.view_breath import BreathView
from formcheck.live.view_cards import (
    Style,
    advice_card,
    chooser_card,
    correction_card,
    count_card,
    hint_bar,
    notice_card,
    text_card,
    title_card,
)
from formcheck.live.view_gauge import GaugeView, RingView
from formcheck.motion.landmarks import Side
from formcheck.report.overlay_skeleton import RestDirections, arc_of, draw_arc, draw_skeleton, picture_points
from formcheck.report.overlay_sprites import Image, SpriteCache

__all__ = ["LiveView"]

_BACKGROUND = (14, 19, 29)
#: The picture behind a card that has to be read.
_DIMMED = 0.45
_CARDS = (Stage.CHOOSE, Stage.SUMMARY, Stage.STOPPED, Stage.DONE)


class LiveView:
    """Draws one window size; make another for another size.

    Parameters
    ----------
    size
        (width, height) px.
    shown_angle
        The angle of the exercise in words, for its arc on the body.
    """

    def __init__(self, size: tuple[int, int], shown_angle: str = "hip rotation") -> None:
        self.size = size
        self.shown_angle = shown_angle
        width, height = size
        self._em = max(10.0, min(width / 50, height / 29))
        self._cache = SpriteCache(96, 48_000_000)
        self._background: Image = np.full((height, width, 3), _BACKGROUND, np.uint8)
        self._rest = RestDirections()
        self._ring = RingView(self._em)
        room = width - self._ring.width - 3 * 0.8 * self._em
        self._gauge = GaugeView(self._em, round(room))
        self._breath = BreathView(self._em, self._gauge.height)
        #: Beside the breath.
        self._narrow_gauge = GaugeView(self._em, round(room - self._breath.width - 0.8 * self._em))

    def draw(
        self,
        picture: Image | None,
        result: FrameResult | None,
        screen: Screen,
        *,
        mirrored: bool = True,
        working: Side | None = None,
        rows: Sequence[Row] = (),
        status: str = "",
    ) -> Image:
        """The window's content, (H, W, 3) uint8 RGB.

        Parameters
        ----------
        picture
            The camera's image, never mirrored; None when there is none.
        mirrored
            Show it as a mirror would.
        working
            The leg at work, drawn strong; None for both.
        rows
            What can be chosen, in the stage of choosing.
        status
            How the camera is doing, small in a corner.
        """
        bar = self._cache.get(("hints", screen.hints, status), lambda: hint_bar(self._style(1.0), screen.hints, self.size[0], status))
        floor = self.size[1] - bar.height
        # Feet stand at the lower border of a picture: nothing may hide them while they are looked at.
        free = floor - (self._gauge.height + 2 * round(0.8 * self._em) if screen.gauge is not None else 0)
        canvas = self._camera(picture, result, screen, mirrored, working, free)
        bar.paste(canvas, 0, floor)
        if screen.stage in _CARDS:
            self._card(canvas, screen, rows, floor)
        else:
            self._guide(canvas, screen, floor)
        return canvas

    def _style(self, share: float) -> Style:
        return Style(self._em, share * self.size[0])

    def _camera(
        self, picture: Image | None, result: FrameResult | None, screen: Screen, mirrored: bool, working: Side | None, free: int
    ) -> Image:
        width = self.size[0]
        canvas = self._background.copy()
        if picture is None:
            return canvas
        scale = min(width / picture.shape[1], free / picture.shape[0])
        inner = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        left, top = (width - inner[0]) // 2, (free - inner[1]) // 2
        area = canvas[top : top + inner[1], left : left + inner[0]]
        sized = picture if inner == picture.shape[1::-1] else cv2.resize(picture, inner, interpolation=cv2.INTER_LINEAR)
        if mirrored:
            cv2.flip(sized, 1, dst=area)
        else:
            np.copyto(area, sized)
        if screen.stage in _CARDS:
            cv2.convertScaleAbs(canvas, dst=canvas, alpha=_DIMMED)
        elif result is not None:
            self._body(area, result, mirrored, working)
        return canvas

    def _body(self, area: Image, result: FrameResult, mirrored: bool, working: Side | None) -> None:
        height, width = area.shape[:2]
        points = picture_points(result.pose, width, height)
        if mirrored:
            points[:, 0] = width - points[:, 0]
        self._rest.update(points, result.phase, self.shown_angle, result.pose.time_s)
        legs = [working] if working is not None else list(Side)
        draw_skeleton(area, points, legs, 0.8 * self._em)
        for side in legs:
            if math.isfinite(result.angle_deg.get(side, math.nan)):
                arc = arc_of(points, side, self.shown_angle, self._rest)
                if arc is not None:
                    draw_arc(area, arc, 0.8 * self._em)

    def _guide(self, canvas: Image, screen: Screen, floor: int) -> None:
        width, gap = self.size[0], round(0.8 * self._em)
        count = screen.count or (screen.counts[0] if screen.counts and screen.stage is Stage.SWITCH else None)
        share = 0.56 if count is not None else 0.8
        below = self._head(canvas, screen, share, gap)
        remaining = None if screen.remaining_s is None else math.ceil(screen.remaining_s)
        if count is not None:
            seconds = remaining if screen.stage is Stage.SWITCH else None
            others = screen.counts if screen.stage is Stage.SET else ()
            card = self._cache.get(("count", count, others, seconds), lambda: count_card(self._style(0.4), count, others, seconds))
            card.paste(canvas, width - card.width - gap, gap)
        if screen.notice:
            notice = screen.notice
            card = self._cache.get(("notice", notice, share), lambda: notice_card(self._style(share), notice))
            card.paste(canvas, gap, below)
        if screen.gauge is not None:
            self._ring.draw(canvas, gap, floor - self._ring.height - gap, screen.gauge.phase, screen.breath, self._cache)
            gauge = self._gauge if screen.breath_seen is None else self._narrow_gauge
            left, top = 2 * gap + self._ring.width, floor - gauge.height - gap
            if screen.breath_seen is not None:
                # What is done beside what is suggested.
                self._breath.draw(canvas, left, top, screen.breath_seen, self._cache)
                left += self._breath.width + gap
            gauge.draw(canvas, left, top, screen.gauge, self._cache)
        elif screen.asks_discomfort:
            text = "How much discomfort is there, 0 to 10? Press a digit, T for ten."
            card = self._cache.get(("asks", text), lambda: notice_card(self._style(0.8), text))
            card.paste(canvas, (width - card.width) // 2, floor - card.height - gap)

    def _head(self, canvas: Image, screen: Screen, share: float, gap: int) -> int:
        """What is to be done better now, else what this stage is, in the upper left corner; return where the next card may begin."""
        if screen.correction is not None:
            said, style = screen.correction, self._style(share)
            card = self._cache.get(("correction", said.text, said.detail), lambda: correction_card(style, said.text, said.detail))
        else:
            progress = None if screen.progress is None else round(screen.progress, 2)
            words = ("title", share, screen.title, screen.instruction, screen.detail, progress)
            card = self._cache.get(words, lambda: title_card(self._style(share), screen.title, screen.instruction, screen.detail, progress))
        card.paste(canvas, gap, gap)
        return 2 * gap + card.height

    def _card(self, canvas: Image, screen: Screen, rows: Sequence[Row], floor: int) -> None:
        width = self.size[0]
        room = floor - 2 * round(0.8 * self._em)
        if screen.stage is Stage.CHOOSE:
            key = ("chooser", screen.title, tuple(rows), screen.detail)
            card = self._cache.get(key, lambda: chooser_card(self._style(0.8), screen.title, rows, screen.detail))
            card.paste(canvas, (width - card.width) // 2, max(0, (floor - card.height) // 2))
            return
        top = round(0.8 * self._em)
        if screen.advice is not None:
            advice = screen.advice
            card = self._cache.get(("advice", screen.title, advice), lambda: advice_card(self._style(0.86), screen.title, advice))
            card.paste(canvas, (width - card.width) // 2, top)
            top += card.height + round(0.6 * self._em)
            room -= card.height
        lines = tuple(screen.detail)
        if screen.asks_discomfort:
            lines = (*lines, "How much discomfort is there now, 0 to 10? Press a digit, T for ten.")
        title = screen.title if screen.advice is None else "Until then"
        if not lines and screen.advice is not None:
            return
        card = self._cache.get(
            ("text", title, lines, room), lambda: text_card(self._style(0.86), title, lines or (screen.instruction,), room)
        )
        card.paste(canvas, (width - card.width) // 2, max(top, (floor - card.height) // 2) if screen.advice is None else top)
