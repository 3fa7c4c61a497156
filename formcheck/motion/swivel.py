"""Hip rotation from the tilt of the shin in the picture, for a pelvis that stays.

With hip and ankle fixed the knee can only swivel about the line between them. The shin then leans in the picture, and the lean says how
far: an exact relation once the rest pose and the camera are known. Seen from straight ahead and far away, thigh and shank equal and level,
``rotation = atan(cos(k/2) tan(phi))`` and ``tan(tilt) = tan(phi/2) / cos(k/2)`` in the picture, k the flexion of the knee and phi the
swivel (Napier's rules on the right spherical triangle of pelvis, thigh and hip-ankle line). A foot in the air leaves the thigh where it is
and lets the shank swing: another relation of tilt and rotation, smaller by a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from formcheck.motion.geometry import Float, cross, dot, unit
from formcheck.motion.landmarks import Side
from formcheck.motion.seat import SeatedPose

__all__ = ["Swivel"]

_STEP_DEG = 0.5
_REACH_DEG = 75.0


@dataclass(frozen=True)
class Swivel:
    """The relation between shin tilt and hip rotation of one leg of one person before one camera.

    Every tilt is in the picture, degrees, knee inwards of the ankle positive; every result has the shape of the tilt. NaN where no
    movement of this view makes such a tilt, and for NaN.
    """

    side: Side
    pose: SeatedPose = field(default_factory=SeatedPose)

    @property
    def rest_tilt_deg(self) -> float:
        """Tilt of the shin at rest."""
        return _planted(self).rest_tilt_deg

    @property
    def rest_rotation_deg(self) -> float:
        """Hip rotation at rest, internal positive."""
        return self.pose.leg(self.side).rotation_deg

    def rotation_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """Hip rotation, internal positive, with the foot planted."""
        table = _planted(self)
        return np.interp(np.asarray(shin_tilt_deg, np.float64), table.tilt_deg, table.rotation_deg, left=np.nan, right=np.nan)

    def clipped_rotation_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """As `rotation_deg`, but a tilt beyond the reach of this view gives the rotation at its end: for counting, not for showing."""
        table = _planted(self)
        return np.interp(np.asarray(shin_tilt_deg, np.float64), table.tilt_deg, table.rotation_deg)

    def swung_rotation_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """Hip rotation with the foot in the air and the thigh at rest, clipped at the ends."""
        tilt, rotation = _swung(self)
        return np.interp(np.asarray(shin_tilt_deg, np.float64), tilt, rotation)

    def adduction_deg(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """Hip adduction with the foot planted; abduction negative."""
        table = _planted(self)
        return np.interp(np.asarray(shin_tilt_deg, np.float64), table.tilt_deg, table.adduction_deg, left=np.nan, right=np.nan)

    def knee_shift_shanks(self, shin_tilt_deg: npt.ArrayLike) -> Float:
        """How far across the picture the knee has moved from rest, inwards positive, in shank lengths, clipped at the ends."""
        table = _planted(self)
        return np.interp(np.asarray(shin_tilt_deg, np.float64), table.tilt_deg, table.knee_shift_shanks)


@dataclass(frozen=True, eq=False)
class _Table:
    tilt_deg: Float
    rotation_deg: Float
    adduction_deg: Float
    knee_shift_shanks: Float
    rest_tilt_deg: float


@lru_cache(maxsize=256)
def _planted(swivel: Swivel) -> _Table:
    side, pose = swivel.side, swivel.pose
    angles = np.radians(np.arange(-_REACH_DEG, _REACH_DEG + _STEP_DEG / 2, _STEP_DEG))
    knees, ankle = pose.swivelled(side, angles)
    rotation, adduction = _hip_angles(unit(knees - pose.hip(side)), unit(ankle - knees), side)
    knees_xy = pose.pictured(knees)
    tilt = _tilt_deg(knees_xy, pose.pictured(ankle), side)
    centre = len(tilt) // 2
    part = _rising_part(tilt)
    shift = side.sign * (knees_xy[:, 0] - knees_xy[centre, 0])
    return _Table(tilt[part], rotation[part], adduction[part], shift[part], float(tilt[centre]))


@lru_cache(maxsize=64)
def _swung(swivel: Swivel) -> tuple[Float, Float]:
    side, pose = swivel.side, swivel.pose
    rotation = swivel.rest_rotation_deg + np.arange(-_REACH_DEG, _REACH_DEG + _STEP_DEG / 2, _STEP_DEG)
    knee, ankles = pose.swung(side, rotation)
    tilt = _tilt_deg(pose.pictured(knee), pose.pictured(ankles), side)
    part = _rising_part(tilt)
    return tilt[part], rotation[part]


def _hip_angles(thigh: Float, shank: Float, side: Side) -> tuple[Float, Float]:
    """Rotation and adduction of unit vectors, as in `formcheck.motion.angles`."""
    right = np.array([1.0, 0.0, 0.0])
    hinge = cross(shank, thigh)
    rotation = side.sign * np.degrees(np.arctan2(-dot(hinge, cross(thigh, right)), dot(hinge, right)))
    return rotation, -side.sign * np.degrees(np.arcsin(dot(thigh, right)))


def _tilt_deg(knee_xy: Float, ankle_xy: Float, side: Side) -> Float:
    shin = knee_xy - ankle_xy
    return np.degrees(np.arctan2(side.sign * shin[..., 0], -shin[..., 1]))


def _rising_part(tilt: Float) -> slice:
    # Far off the front view the knee comes towards the camera faster than it moves across it: the relation turns back.
    rising = np.diff(tilt) > 0
    centre = len(tilt) // 2
    before = np.flatnonzero(~rising[:centre])
    after = np.flatnonzero(~rising[centre:])
    start = int(before[-1]) + 1 if len(before) else 0
    stop = centre + int(after[0]) + 1 if len(after) else len(tilt)
    return slice(start, stop)
