"""Hip rotation from the tilt of the shin in the picture, for a planted foot and a pelvis that stays.

With hip and ankle fixed the knee can only swivel about the line between them. The shin then leans in the picture, and the lean says how
far: an exact relation once the knee's flexion and the camera's yaw are known. Seen from straight ahead with thigh and shank equal,
``rotation = atan(cos(k/2) tan(phi))`` and ``tan(tilt) = tan(phi/2) / cos(k/2)`` in the picture, k the flexion of the knee and phi the
swivel (Napier's rules on the right spherical triangle of pelvis, thigh and hip-ankle line).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from formcheck.motion.geometry import Float, dot, unit
from formcheck.motion.landmarks import Side

__all__ = ["Swivel"]

_STEP_DEG = 0.25
_REACH_DEG = 75.0


@dataclass(frozen=True)
class Swivel:
    """The relation between shin tilt and hip rotation of one leg in one view.

    Attributes
    ----------
    side
        The person's leg.
    yaw_deg
        How far the person is turned from the camera, degrees; 0 faces it, positive turned to their own left.
    knee_flexion_deg
        Flexion of the knee at rest, 90 for a square seat.
    """

    side: Side
    yaw_deg: float = 0.0
    knee_flexion_deg: float = 90.0

    def rotation_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """Hip rotation, internal positive, of a shin tilt (knee inwards positive), any shape.

        NaN where no swivel of this view makes such a tilt, and for NaN.
        """
        tilt, rotation, _ = _table(self.side, round(self.yaw_deg, 1), round(self.knee_flexion_deg, 1))
        return np.interp(np.asarray(shin_tilt_deg, np.float64), tilt, rotation, left=np.nan, right=np.nan)

    def clipped_rotation_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """As `rotation_deg`, but a tilt beyond the reach of this view gives the rotation at its end: for counting, not for showing."""
        tilt, rotation, _ = _table(self.side, round(self.yaw_deg, 1), round(self.knee_flexion_deg, 1))
        return np.interp(np.asarray(shin_tilt_deg, np.float64), tilt, rotation)

    def adduction_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """Hip adduction that comes with a shin tilt, 0 upright; NaN as in `rotation_deg`."""
        tilt, _, adduction = _table(self.side, round(self.yaw_deg, 1), round(self.knee_flexion_deg, 1))
        return np.interp(np.asarray(shin_tilt_deg, np.float64), tilt, adduction, left=np.nan, right=np.nan)


@lru_cache(maxsize=64)
def _table(side: Side, yaw_deg: float, knee_flexion_deg: float) -> tuple[Float, Float, Float]:
    # Person's frame: x to their right, y forwards, z up; the hip is the origin, thigh and shank have length 1.
    flexion = np.radians(knee_flexion_deg)
    knee = np.array([0.0, 1.0, 0.0])
    ankle = knee + np.array([0.0, np.cos(flexion), -np.sin(flexion)])
    swivel = np.radians(np.arange(-_REACH_DEG, _REACH_DEG + _STEP_DEG / 2, _STEP_DEG)) * -side.sign
    knees = _turned(knee, unit(ankle), swivel)
    thigh, shank = unit(knees), unit(ankle - knees)
    right = np.array([1.0, 0.0, 0.0])
    hinge = np.cross(shank, thigh)
    rotation = side.sign * np.degrees(np.arctan2(-dot(hinge, np.cross(thigh, right)), dot(hinge, right)))
    adduction = -side.sign * np.degrees(np.arcsin(dot(thigh, right)))
    yaw = np.radians(yaw_deg)
    to_knee = knees - ankle
    image_x = -to_knee[:, 0] * np.cos(yaw) + to_knee[:, 1] * np.sin(yaw)
    tilt = side.sign * np.degrees(np.arctan2(image_x, to_knee[:, 2]))
    part = _rising_part(tilt)
    return tilt[part], rotation[part], adduction[part]


def _turned(vector: Float, axis: Float, angle: Float) -> Float:
    """One vector turned about an axis by many angles, radians (Rodrigues)."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return np.asarray(vector * cos + np.cross(axis, vector) * sin + axis * dot(axis, vector) * (1 - cos), np.float64)


def _rising_part(tilt: Float) -> slice:
    # Far off the front view the knee comes towards the camera faster than it moves across it: the relation turns back.
    rising = np.diff(tilt) > 0
    centre = len(tilt) // 2
    before = np.flatnonzero(~rising[:centre])
    after = np.flatnonzero(~rising[centre:])
    start = int(before[-1]) + 1 if len(before) else 0
    stop = centre + int(after[0]) + 1 if len(after) else len(tilt)
    return slice(start, stop)
