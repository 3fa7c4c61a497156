"""The drawing of a moment onto its picture: skeleton, angle, count, phase, gauge, and what went wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np

from formcheck.exercise.session import Fault, FrameResult, Phase, Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report.overlay_banner import angle_label, fault_banner, notice, title_strip, warning_sign
from formcheck.report.overlay_moment import ShownFault, Unseen
from formcheck.report.overlay_pacer import BreathPacer
from formcheck.report.overlay_panel import PANEL_EM, LegPanel
from formcheck.report.overlay_place import Place, Rect, beside, hides, places
from formcheck.report.overlay_skeleton import Arc, Points, RestDirections, arc_of, draw_arc, draw_skeleton, picture_points
from formcheck.report.overlay_sprites import Image, Sprite, SpriteCache
from formcheck.report.palette import LEG_COLOURS, PAPER, most_important
from formcheck.report.words import about_text

__all__ = ["Overlay"]

#: Below this text size words are not legible, and only shapes are drawn.
_MIN_EM_PX = 7.0
_CANNOT_SEE = "Cannot see you"
_ORDER = {"both": 0, "right": 1, "left": 2}


class Overlay:
    """Draws every moment of one video, made once per video.

    Text is as large as the picture allows: a 640 by 480 video can be read on a phone. Where a picture is too small for words, only
    the skeleton and the warning sign are drawn.

    Parameters
    ----------
    image_size
        (width, height) px of the pictures to draw on. Landmarks found in another size are scaled.
    title
        Name of the exercise.
    target_reps
        (least, most) repetitions to make with each leg.
    limit_deg
        The over-rotation limit as change from rest, NaN for none.
    limits_deg
        The limits of legs ("left", "right", "both") that have one of their own.
    sides
        Legs that work: "left", "right", "both" (counted as one). None given: both legs are shown, each by itself.
    shown_angle
        Name of the angle, as in `SessionReport.shown_angle`; it says at which joint the arc stands.
    sign
        +1 or -1, the sign that the angle has in the direction that counts; 0 when both directions count. The drawing shows that
        direction as positive.
    paced
        Repetitions whose breathing is shown; none: there is no pacer.

    Notes
    -----
    `draw` takes the pictures in the order of time: it remembers where each leg rests, and keeps a banner for as long as it takes to
    read. Time that goes backwards begins anew. `draw_moment` changes nothing of that. An overlay belongs to one thread.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        title: str,
        target_reps: tuple[int, int],
        limit_deg: float,
        sides: Iterable[str] = (),
        shown_angle: str = "hip rotation",
        sign: int = 1,
        limits_deg: Mapping[str, float] | None = None,
        paced: tuple[Rep, ...] = (),
    ) -> None:
        self.image_size = image_size
        self._who = sorted(set(sides), key=lambda who: _ORDER[who]) or ["right", "left"]
        self._working = [side for side in Side if side.value in self._who or "both" in self._who]
        self._settings = (title, target_reps, limit_deg, tuple(self._who), shown_angle, sign, limits_deg, paced)
        self._title, self._shown_angle, self._sign = title, shown_angle, sign
        self._em = _text_size_px(*image_size)
        self._has_words = self._em >= _MIN_EM_PX
        self._margin = round(0.55 * self._em)
        colours = {"both": PAPER} | {side.value: LEG_COLOURS[side] for side in Side}
        limits = {who: (limits_deg or {}).get(who, limit_deg) for who in self._who}
        self._panels = {who: LegPanel(who, colours[who], self._em, limits[who], target_reps) for who in self._who}
        self._pacer = BreathPacer(paced, self._em) if paced else None
        self._cache = SpriteCache()
        self._rest = RestDirections()
        self._shown = ShownFault()
        self._unseen = Unseen()
        self._time_s = -math.inf
        self._place: tuple[Fault, Place | None] | None = None
        self._smaller: Overlay | None = None

    @classmethod
    def of(cls, report: SessionReport, image_size: tuple[int, int], *, pacer: bool = False) -> Self:
        """The overlay of a finished session, for pictures of (width, height) px; ``pacer`` adds the breath that goes with the movement."""
        return cls(
            image_size,
            report.title,
            report.target_reps,
            report.limit_deg,
            report.sides,
            report.shown_angle,
            _counted_sign(report),
            report.limits_deg,
            report.reps if pacer else (),
        )

    def draw(self, image: Image, result: FrameResult, *, in_place: bool = False) -> Image:
        """Draw the next moment.

        Parameters
        ----------
        image
            (H, W, 3) uint8 RGB, of the overlay's size; not changed.
        in_place
            Whether ``image`` itself may be drawn on, if it can be.

        Returns
        -------
        ndarray
            A picture of the same shape: a new one, or ``image``.

        Raises
        ------
        ValueError
            The picture has another size or type.
        """
        self._check(image)
        points = picture_points(result.pose, *self.image_size)
        unseen = self._follow(result, points)
        drawn = image if in_place and image.flags.writeable else np.array(image, order="C")
        return self._drawn(drawn, result, points, self._shown.fault, unseen)

    def follow(self, result: FrameResult) -> bool:
        """Take the next moment without drawing it, for whoever draws only some; `draw` does this itself.

        Returns
        -------
        bool
            Whether nobody has been in view for long enough to say so.
        """
        return self._follow(result, picture_points(result.pose, *self.image_size))

    def _follow(self, result: FrameResult, points: Points) -> bool:
        time_s = result.pose.time_s
        if time_s < self._time_s:
            self._begin()
        self._time_s = time_s
        self._rest.update(points, result.phase, self._shown_angle, time_s)
        self._shown.update(result.faults, time_s)
        return self._unseen.update(result)

    def draw_moment(self, image: Image, result: FrameResult) -> Image:
        """Draw one moment by itself, with the most important of its faults; parameters, result and errors as in `draw`."""
        self._check(image)
        place, self._place = self._place, None
        try:
            points = picture_points(result.pose, *self.image_size)
            drawn = np.array(image, order="C")
            return self._drawn(drawn, result, points, most_important(result.faults), result.pose.is_missing)
        finally:
            self._place = place

    def at_size(self, image_size: tuple[int, int]) -> Overlay:
        """The same overlay for pictures of another size, with what is known of the resting legs."""
        if image_size == self.image_size:
            return self
        if self._smaller is None or self._smaller.image_size != image_size:
            self._smaller = type(self)(image_size, *self._settings)
            self._smaller._rest = self._rest
        return self._smaller

    def _begin(self) -> None:
        self._rest.clear()
        self._shown.clear()
        self._unseen.clear()
        self._place = None

    def _check(self, image: Image) -> None:
        width, height = self.image_size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise ValueError(f"the picture must be ({height}, {width}, 3) uint8, got {image.shape} {image.dtype}")

    def _drawn(self, drawn: Image, result: FrameResult, points: Points, fault: Fault | None, unseen: bool) -> Image:
        arcs = [arc for side in self._working if (arc := self._arc(points, result, side)) is not None]
        for arc in arcs:
            draw_arc(drawn, arc, self._em)
        draw_skeleton(drawn, points, self._working, self._em)
        if self._has_words:
            for arc in arcs:
                self._label(drawn, arc, points, result)
            self._draw_panels(drawn, result)
        at_bottom = self._draw_fault(drawn, fault, points, arcs) if fault is not None else False
        if self._pacer is not None and self._has_words:
            width, height = self.image_size
            x, y = width - self._margin - self._pacer.width, height - self._margin - self._pacer.height
            if not at_bottom:
                self._pacer.draw(drawn, x, y, result, self._cache)
        if self._has_words and not at_bottom:
            self._draw_foot(drawn, unseen)
        return drawn

    def _arc(self, points: Points, result: FrameResult, side: Side) -> Arc | None:
        if not math.isfinite(result.angle_deg.get(side, math.nan)):
            return None
        return arc_of(points, side, self._shown_angle, self._rest)

    def _signed(self, angle_deg: float) -> float:
        return abs(angle_deg) if self._sign == 0 else self._sign * angle_deg

    def _label(self, image: Image, arc: Arc, points: Points, result: FrameResult) -> None:
        words = about_text(self._signed(result.angle_deg[arc.side]), result.angle_pm_deg.get(arc.side, math.nan))
        sprite = self._cache.get(("angle", words, arc.side), lambda: angle_label(words, self._em, LEG_COLOURS[arc.side]))
        right, down = beside(points, arc)
        x = arc.pivot[0] + right * (1.3 * self._em + sprite.width / 2) - sprite.width / 2
        y = arc.pivot[1] + down * (1.3 * self._em + sprite.height / 2) - sprite.height / 2
        _paste_inside(sprite, image, x, y, self._margin)

    def _draw_panels(self, image: Image, result: FrameResult) -> None:
        heights = {False: self._margin, True: self._margin}
        for who, panel in self._panels.items():
            on_right = who == "left" and len(self._panels) > 1
            x = self.image_size[0] - self._margin - panel.width if on_right else self._margin
            phase, angle_deg = _of_leg(who, result.phase, Phase.UNSEEN), self._signed(_mean(who, result.angle_deg))
            panel.draw(image, x, heights[on_right], result.counts.get(who, 0), phase, angle_deg, self._cache)
            heights[on_right] += panel.height + self._margin // 2

    def _draw_fault(self, image: Image, fault: Fault, points: Points, arcs: Sequence[Arc]) -> bool:
        """Draw the banner, and say whether it stands at the bottom."""
        width, height = self.image_size
        if not self._has_words:
            sign = self._cache.get(("sign", fault.severity), lambda: warning_sign(0.45 * min(width, height), fault.severity))
            sign.paste(image, 0, height - sign.height)
            return True
        if self._place is None or self._place[0] != fault:
            self._place = (fault, self._best_place(fault, points, arcs))
        place = self._place[1]
        banner = self._banner(fault, place.room) if place is not None else None
        if place is None or banner is None:
            sign = self._cache.get(("sign", fault.severity), lambda: warning_sign(4 * self._em, fault.severity))
            _paste_inside(sign, image, self._margin, height, self._margin)
            return True
        box = place.at(banner.height)
        banner.paste(image, box.x, box.y)
        return place.at_bottom

    def _best_place(self, fault: Fault, points: Points, arcs: Sequence[Arc]) -> Place | None:
        """Where the banner hides least of the person; once there it stays there. None: there is room nowhere."""
        best: tuple[float, Place] | None = None
        for place in places(self.image_size, self._em, self._margin, len(self._panels), points, arcs):
            banner = self._banner(fault, place.room)
            hidden = hides(place.at(banner.height), points) if banner is not None else math.inf
            if banner is not None and (best is None or hidden < best[0]):
                best = (hidden, place)
        return best[1] if best is not None else None

    def _banner(self, fault: Fault, box: Rect) -> Sprite | None:
        if box.width <= 0 or box.height <= 0:
            return None
        key = ("banner", fault.code, fault.severity, fault.message, fault.measured, fault.limit, box)
        sprite = self._cache.get(key, lambda: fault_banner(fault, box.width, box.height, self._em) or _nothing())
        return sprite if sprite.height else None

    def _draw_foot(self, image: Image, unseen: bool) -> None:
        width, height = self.image_size
        room = width - 2 * self._margin
        words = _CANNOT_SEE if unseen else self._title
        key = ("foot", unseen)
        if unseen:
            sprite = self._cache.get(key, lambda: notice(words, room, height // 3, self._em) or _nothing())
            sprite.paste(image, (width - sprite.width) // 2, height - self._margin - sprite.height)
        else:
            sprite = self._cache.get(key, lambda: title_strip(words, room, self._em) or _nothing())
            sprite.paste(image, self._margin, height - self._margin - sprite.height)


def _text_size_px(width: int, height: int) -> float:
    """Text size: in proportion to the picture, and so that two panels fit side by side and one half fits its height."""
    room = min((width - 2) / (2 * PANEL_EM[0] + 1.6), height / (PANEL_EM[1] + 5.0))
    return float(min(max(math.sqrt(width * height) / 27, 9.0), room))


def _of_leg(who: str, values: Mapping[Side, Phase], missing: Phase) -> Phase:
    if who != "both":
        return values.get(Side(who), missing)
    found = [values.get(side, missing) for side in Side]
    return next((phase for phase in found if phase not in (Phase.REST, Phase.UNSEEN)), found[0])


def _mean(who: str, values: Mapping[Side, float]) -> float:
    sides = list(Side) if who == "both" else [Side(who)]
    seen = [value for side in sides if math.isfinite(value := values.get(side, math.nan))]
    return sum(seen) / len(seen) if seen else math.nan


def _paste_inside(sprite: Sprite, image: Image, x: float, y: float, margin: int) -> None:
    height, width = image.shape[:2]
    x = min(max(x, margin), width - margin - sprite.width)
    y = min(max(y, margin), height - margin - sprite.height)
    sprite.paste(image, round(x), round(y))


def _nothing() -> Sprite:
    return Sprite(np.empty((0, 0, 3), np.uint8), np.empty((0, 0, 3), np.uint8))


def _counted_sign(report: SessionReport) -> int:
    """The sign of the shown angle at the peaks of the counted repetitions; 0 when both occur, 1 when there is none."""
    line = report.timeline
    signs = set()
    for rep in report.reps:
        if rep.counted and len(line.time_s):
            index = int(np.argmin(np.abs(line.time_s - rep.peak_s)))
            peaks = [line.shown_deg[side][index] for side in ([rep.side] if rep.side else list(Side))]
            signs |= {int(np.sign(value)) for value in peaks if math.isfinite(value) and value != 0}
    return signs.pop() if len(signs) == 1 else 0 if signs else 1
