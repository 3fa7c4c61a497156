"""Where a banner may stand on a picture, and how much of the person it would hide there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.motion.landmarks import Landmark, Side
from formcheck.report.overlay_panel import PANEL_EM
from formcheck.report.overlay_skeleton import Arc, Points

__all__ = ["Place", "Rect", "beside", "hides", "places"]

_BODY = [Landmark.of(side, part) for side in Side for part in ("shoulder", "hip", "knee", "ankle", "heel", "foot_index")]
_LEGS = [Landmark.of(side, part) for side in Side for part in ("knee", "ankle", "heel", "foot_index")]
_SHOULDERS = [Landmark.of(side, "shoulder") for side in Side]
#: A column of words is at least this wide, and leaves this much beside the person, more where the angle is written.
_NARROWEST_EM, _CLEAR_EM, _CLEAR_OF_ANGLE_EM = 8.5, 1.0, 6.0
_ROOM_BESIDE_PANEL_EM = 15.0


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in px, its top-left corner at (x, y)."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, points: np.ndarray) -> int:
        """How many of the (N, 2) points lie inside; NaN lies nowhere."""
        x, y = points[:, 0], points[:, 1]
        with np.errstate(invalid="ignore"):
            return int(((x >= self.x) & (x <= self.x + self.width) & (y >= self.y) & (y <= self.y + self.height)).sum())


@dataclass(frozen=True, slots=True)
class Place:
    """Room for a banner, which stands at its top, or at its bottom."""

    room: Rect
    at_bottom: bool = False

    def at(self, height_px: int) -> Rect:
        """Where a banner of this height stands."""
        y = self.room.y + self.room.height - height_px if self.at_bottom else self.room.y
        return Rect(self.room.x, y, self.room.width, height_px)


def places(image_size: tuple[int, int], em_px: float, margin_px: int, panels: int, points: Points, arcs: Sequence[Arc]) -> list[Place]:
    """At the bottom, at the top, and beside the person, in the order in which they are liked.

    Parameters
    ----------
    image_size
        (width, height) px.
    panels
        How many panels of legs stand in the upper corners.
    points
        (33, 2) px, NaN where not seen.
    arcs
        The angles that are written beside their joints.
    """
    (width, height), margin = image_size, margin_px
    half = height // 2
    found = [
        Place(Rect(margin, half, width - 2 * margin, height - half - margin), True),
        Place(_top_room(image_size, em_px, margin, panels)),
    ]
    seen = points[np.isfinite(points).all(axis=1)]
    if not len(seen):
        return found
    ways = {beside(points, arc)[0] for arc in arcs}
    left = round(float(seen[:, 0].min()) - (_CLEAR_OF_ANGLE_EM if -1 in ways else _CLEAR_EM) * em_px)
    right = round(float(seen[:, 0].max()) + (_CLEAR_OF_ANGLE_EM if 1 in ways else _CLEAR_EM) * em_px)
    below = 2 * margin + round(PANEL_EM[1] * em_px)
    top = below if panels > 1 else margin
    columns = [
        Rect(right, top, width - margin - right, height - top - margin),
        Rect(margin, below, left - margin, height - below - margin),
    ]
    return found + [Place(room) for room in columns if room.width >= _NARROWEST_EM * em_px]


def hides(box: Rect, points: Points) -> int:
    """How much of the person a box covers: landmarks of the body, those of the legs and the head counted more."""
    return box.holds(points[_BODY]) + 2 * box.holds(points[_LEGS]) + 2 * box.holds(_head(points))


def beside(points: Points, arc: Arc) -> tuple[int, int]:
    """Which way from a joint there is room for a label, as (right, down): away from the other leg, above one who lies."""
    hips, shoulders = (points[[Landmark.of(side, part) for side in Side]].mean(axis=0) for part in ("hip", "shoulder"))
    trunk = np.abs(shoulders - hips)
    if trunk[0] > trunk[1]:
        return 0, -1
    knee, other = (points[Landmark.of(side, "knee"), 0] for side in (arc.side, arc.side.other))
    return (1 if knee > other else -1) if knee != other and np.isfinite(other - knee) else -arc.side.sign, 0


def _top_room(image_size: tuple[int, int], em_px: float, margin: int, panels: int) -> Rect:
    """Beside the panels where there is room for a line of text, else below them."""
    width, height = image_size
    panel_width, panel_height = (round(size * em_px) for size in PANEL_EM)
    columns = min(panels, 2)
    x = margin + (panel_width + margin if columns == 1 else 0)
    if columns == 1 and width - x - margin >= _ROOM_BESIDE_PANEL_EM * em_px:
        return Rect(x, margin, width - x - margin, height // 2 - margin)
    y = 2 * margin + panel_height
    return Rect(margin, y, width - 2 * margin, height - y - margin)


def _head(points: Points) -> Points:
    """Where the head is: the landmarks of the face, and the crown and the sides as far as the face tells."""
    face = points[: Landmark.LEFT_SHOULDER]
    middle, shoulders = face.mean(axis=0), points[_SHOULDERS].mean(axis=0)
    # Eyes and nose are half way between crown and chin, and the chin half way from them to the shoulders.
    high = 0.5 * abs(float(shoulders[1] - middle[1]))
    return np.concatenate([face, middle + high * np.array([[0.0, -1.0], [0.0, 1.0], [0.7, 0.0], [-0.7, 0.0]])])
