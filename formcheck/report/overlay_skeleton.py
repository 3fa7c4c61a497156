"""The person as lines: bones, the working leg, and the arc of the angle that counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Phase
from formcheck.motion.landmarks import EDGES, Landmark, PoseFrame, Side
from formcheck.report.overlay_sprites import Image
from formcheck.report.palette import LEG_COLOURS, OUTLINE, PAPER, Rgb

__all__ = ["Arc", "RestDirections", "arc_of", "draw_arc", "draw_skeleton", "picture_points"]

Points = npt.NDArray[np.float64]
#: (N, 2) landmarks at the two ends of each bone.
Bones = npt.NDArray[np.intp]

MIN_VISIBILITY = 0.5

_SHIFT = 4
_ONE = 1 << _SHIFT
#: Landmarks this many picture sizes away from the picture are as good as there; further ones overflow the drawing.
_FAR = 4.0
_LEG = ("hip", "knee", "ankle")
_FOOT = ("ankle", "heel", "foot_index")

#: Which bone turns, as (where the arc stands, the end that moves); of angles that are not here no arc is drawn.
_TURNING = {
    "hip rotation": ("knee", "ankle"),
    "shin tilt": ("knee", "ankle"),
    "hip abduction": ("hip", "knee"),
    "leg to vertical": ("hip", "ankle"),
    "hip flexion": ("hip", "knee"),
    "knee flexion": ("knee", "ankle"),
}
#: Angles between two bones: the arc begins where the first bone would go on straight.
_FROM_BONE = {"knee flexion": "hip", "hip flexion": "shoulder"}

#: A shorter one has no direction.
_SHORTEST_BONE_PX = 1e-3
_MIN_SWEEP_DEG = 2.0
_REST_TIME_CONSTANT_S = 0.3


def picture_points(pose: PoseFrame, width: int, height: int) -> Points:
    """Landmarks in a picture of another size than the pose was found in.

    Returns
    -------
    ndarray
        (33, 2) px, NaN where a landmark was not seen well enough to draw.
    """
    scale = np.array([width / max(pose.image_size[0], 1), height / max(pose.image_size[1], 1)])
    with np.errstate(invalid="ignore"):
        xy: Points = pose.image_xy.astype(np.float64) * scale
        limit = _FAR * np.array([width, height], np.float64)
        seen = (pose.visibility >= MIN_VISIBILITY) & np.isfinite(xy).all(axis=1)
        np.clip(xy, -limit, limit, out=xy)
    xy[~seen] = np.nan
    return xy


def draw_skeleton(image: Image, points: Points, working: Iterable[Side], em_px: float) -> None:
    """Draw the bones onto ``image`` (changed): thin and white, the working legs thick and in their colour.

    Parameters
    ----------
    points
        (33, 2) px from `picture_points`.
    em_px
        Text size, to which lines are in proportion.
    """
    seen = np.isfinite(points[:, 0])
    fixed = np.rint(np.where(seen[:, None], points, 0) * _ONE).astype(np.int32)
    weak, strong = _bones_of(tuple(working))
    thin = max(1, round(0.09 * em_px))
    thick = max(1, round(0.2 * em_px))
    edge = max(1, round(0.05 * em_px)) if em_px > 8 else 0
    _bone_lines(image, fixed, seen, weak, PAPER, thin, edge)
    for side, bones in strong.items():
        _bone_lines(image, fixed, seen, bones, LEG_COLOURS[side], thick, edge)
        for joint in _joints(side):
            if seen[joint]:
                _joint(image, fixed[joint], thick, edge, LEG_COLOURS[side])


@dataclass(frozen=True, slots=True)
class Arc:
    """Where an angle is drawn.

    Attributes
    ----------
    side
        The leg.
    pivot
        (x, y) px of the joint.
    from_rad, sweep_rad
        Direction where it begins and how far it turns, clockwise in the picture from the x axis; NaN when the beginning is not known.
    length_px
        Of the bone that turns.
    """

    side: Side
    pivot: tuple[float, float]
    from_rad: float
    sweep_rad: float
    length_px: float


class RestDirections:
    """Remembers which way the turning bone of each leg points at rest, from one picture to the next."""

    def __init__(self) -> None:
        self._direction: dict[Side, complex] = {}
        self._time_s: dict[Side, float] = {}

    def clear(self) -> None:
        """Forget everything, as when a video begins anew."""
        self._direction.clear()
        self._time_s.clear()

    def update(self, points: Points, phases: Mapping[Side, Phase], shown_angle: str, time_s: float) -> None:
        """Follow the legs that rest at this moment."""
        if shown_angle not in _TURNING or shown_angle in _FROM_BONE:
            return
        for side, phase in phases.items():
            pivot, end = _turning(points, side, shown_angle)
            now = complex(*(end - pivot))
            if phase is not Phase.REST or not abs(now) >= _SHORTEST_BONE_PX:
                continue
            now /= abs(now)
            before = self._direction.get(side)
            if before is not None:
                share = 1 - math.exp(-max(time_s - self._time_s[side], 0.0) / _REST_TIME_CONSTANT_S)
                blend = before + share * (now - before)
                now = blend / abs(blend) if abs(blend) > 1e-6 else now
            self._direction[side], self._time_s[side] = now, time_s

    def of(self, side: Side) -> float:
        """Direction in radians, clockwise in the picture from the x axis; NaN when the leg was not seen at rest yet."""
        direction = self._direction.get(side)
        return math.nan if direction is None else math.atan2(direction.imag, direction.real)


def arc_of(points: Points, side: Side, shown_angle: str, rest: RestDirections) -> Arc | None:
    """The arc of one leg, as it turns in the picture; None when the joint is not seen or the angle has no place on the body."""
    if shown_angle not in _TURNING:
        return None
    pivot, end = _turning(points, side, shown_angle)
    bone = end - pivot
    length = float(np.hypot(*bone))
    if not np.isfinite(length) or length < 1:
        return None
    start = rest.of(side)
    if shown_angle in _FROM_BONE:
        first = pivot - points[Landmark.of(side, _FROM_BONE[shown_angle])]
        start = math.atan2(first[1], first[0]) if np.isfinite(first).all() else math.nan
    sweep = math.remainder(math.atan2(bone[1], bone[0]) - start, math.tau) if math.isfinite(start) else math.nan
    return Arc(side, (float(pivot[0]), float(pivot[1])), start, sweep, length)


def draw_arc(image: Image, arc: Arc, em_px: float) -> None:
    """Draw the wedge between rest and now, its rim, and a dashed line where the bone rests, onto ``image`` (changed)."""
    if not abs(math.degrees(arc.sweep_rad)) >= _MIN_SWEEP_DEG:
        return
    colour = LEG_COLOURS[arc.side]
    radius = max(min(0.62 * arc.length_px, 4.5 * em_px), 1.0 * em_px)
    turns = arc.from_rad + np.linspace(0, arc.sweep_rad, max(4, int(abs(math.degrees(arc.sweep_rad)) / 4) + 2))
    rim = np.array(arc.pivot) + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    _tint(image, np.concatenate([[arc.pivot], rim]), colour, 0.38)
    line = np.rint(rim * _ONE).astype(np.int32)
    width = max(1, round(0.12 * em_px))
    cv2.polylines(image, [line], False, OUTLINE, width + max(2, width), cv2.LINE_AA, _SHIFT)
    cv2.polylines(image, [line], False, PAPER, width, cv2.LINE_AA, _SHIFT)
    direction = np.array([math.cos(arc.from_rad), math.sin(arc.from_rad)])
    steps = np.arange(0.35 * em_px, 1.15 * radius, max(0.7 * em_px, 4))
    dashes = [np.rint((arc.pivot + np.outer([a, a + 0.35 * em_px], direction)) * _ONE).astype(np.int32) for a in steps]
    cv2.polylines(image, dashes, False, PAPER, max(1, round(0.08 * em_px)), cv2.LINE_AA, _SHIFT)


def _turning(points: Points, side: Side, shown_angle: str) -> tuple[Points, Points]:
    pivot, end = _turning_marks(side, shown_angle)
    return points[pivot], points[end]


@cache
def _turning_marks(side: Side, shown_angle: str) -> tuple[int, int]:
    pivot, end = _TURNING[shown_angle]
    return int(Landmark.of(side, pivot)), int(Landmark.of(side, end))


@cache
def _joints(side: Side) -> tuple[int, ...]:
    return tuple(int(Landmark.of(side, part)) for part in _LEG)


@cache
def _bones_of(working: tuple[Side, ...]) -> tuple[Bones, dict[Side, Bones]]:
    """The bones of no working leg, and those of each working one."""
    strong = {}
    for side in working:
        parts = {Landmark.of(side, part) for part in (*_LEG, *_FOOT)}
        strong[side] = [bone for bone in EDGES if set(bone) <= parts]
    weak = [bone for bone in EDGES if not any(bone in bones for bones in strong.values())]
    return np.array(weak, np.intp).reshape(-1, 2), {side: np.array(bones, np.intp) for side, bones in strong.items()}


def _bone_lines(
    image: Image,
    fixed: npt.NDArray[np.int32],
    seen: npt.NDArray[np.bool_],
    bones: Bones,
    colour: Rgb,
    width: int,
    edge: int,
) -> None:
    lines = list(fixed[bones[seen[bones].all(axis=1)]])
    if not lines:
        return
    if edge:
        cv2.polylines(image, lines, False, OUTLINE, width + 2 * edge, cv2.LINE_AA, _SHIFT)
    cv2.polylines(image, lines, False, colour, width, cv2.LINE_AA, _SHIFT)


def _joint(image: Image, point: npt.NDArray[np.int32], thick: int, edge: int, colour: Rgb) -> None:
    middle = (int(point[0]), int(point[1]))
    radius = round(thick * 1.3 * _ONE)
    if edge:
        cv2.circle(image, middle, radius + edge * _ONE, OUTLINE, -1, cv2.LINE_AA, _SHIFT)
    cv2.circle(image, middle, radius, colour, -1, cv2.LINE_AA, _SHIFT)
    cv2.circle(image, middle, radius // 2, PAPER, -1, cv2.LINE_AA, _SHIFT)


def _tint(image: Image, polygon: Points, colour: Rgb, opacity: float) -> None:
    """Lay a see-through polygon (N, 2) px over the image."""
    x0, y0 = np.maximum(np.floor(polygon.min(axis=0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(polygon.max(axis=0)).astype(int) + 1, image.shape[1::-1])
    if x0 >= x1 or y0 >= y1:
        return
    below = image[y0:y1, x0:x1]
    above = below.copy()
    cv2.fillPoly(above, [np.rint((polygon - (x0, y0)) * _ONE).astype(np.int32)], colour, cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(above, opacity, below, 1 - opacity, 0, dst=below)
