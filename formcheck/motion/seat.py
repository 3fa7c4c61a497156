"""A seated person before a camera, in a handful of numbers: what the picture of hips, knees and ankles at rest depends on.

Person's frame: x to their right, y forwards, z up, the origin between the hips, the shank as the unit of length. The camera stands at a
distance in front, is tilted down by its pitch and about its own axis by its roll; the person is turned from it by the yaw.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from formcheck.motion.geometry import Float, cross, dot, unit
from formcheck.motion.landmarks import Side

__all__ = ["LegPose", "SeatedPose", "turned"]

#: Knee flexion of a comfortable seat, degrees. A vertical shank under a level thigh is 90; good sitting has the feet slightly forward
#: (OSHA, computer workstations, good working positions), which is 4 cm here.
SEATED_KNEE_FLEXION_DEG = 85.0


@dataclass(frozen=True)
class LegPose:
    """Joint angles of one leg at rest, degrees, signs as in `formcheck.motion.angles`.

    ``thigh_slope_deg`` is how far the thigh points down from the level of the seat.
    """

    abduction_deg: float = 0.0
    thigh_slope_deg: float = 0.0
    knee_flexion_deg: float = SEATED_KNEE_FLEXION_DEG
    rotation_deg: float = 0.0


@dataclass(frozen=True)
class SeatedPose:
    """The rest pose of a seated person and the camera that sees it.

    Attributes
    ----------
    yaw_deg, pitch_deg, roll_deg
        The person's turn to their own left; the camera's tilt downwards; the picture's turn clockwise.
    distance_shanks
        From the camera to the middle of the hips; infinite for a picture without perspective.
    hip_half_width_shanks, thigh_shanks
        Half the distance of the hip joints, and the thigh, in shank lengths.
    left, right
        The legs.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    distance_shanks: float = float("inf")
    hip_half_width_shanks: float = 0.24
    thigh_shanks: float = 1.0
    left: LegPose = field(default_factory=LegPose)
    right: LegPose = field(default_factory=LegPose)

    def leg(self, side: Side) -> LegPose:
        """The leg of a side."""
        return self.left if side is Side.LEFT else self.right

    def faced(self, max_yaw_deg: float) -> SeatedPose:
        """The same pose, turned away by at most so much."""
        return replace(self, yaw_deg=float(np.clip(self.yaw_deg, -max_yaw_deg, max_yaw_deg)))

    def hip(self, side: Side) -> Float:
        """(3,) the hip joint."""
        return np.array([side.sign * self.hip_half_width_shanks, 0.0, 0.0])

    def joints(self, side: Side) -> tuple[Float, Float, Float]:
        """(3,) each: hip, knee and ankle at rest."""
        leg, hip = self.leg(side), self.hip(side)
        knee = hip + self.thigh_shanks * _thigh(leg, side)
        return hip, knee, knee + _shanks(leg, side, np.array([leg.rotation_deg]))[0]

    def swivelled(self, side: Side, swivel_rad: Float) -> tuple[Float, Float]:
        """(N, 3) knees and (3,) ankle when the knee turns inwards about the line from hip to ankle, the foot staying where it is."""
        hip, knee, ankle = self.joints(side)
        return hip + turned(knee - hip, unit(ankle - hip), -side.sign * swivel_rad), ankle

    def swung(self, side: Side, rotation_deg: Float) -> tuple[Float, Float]:
        """(3,) knee and (N, 3) ankles when the thigh turns about itself and the free shank swings."""
        _, knee, _ = self.joints(side)
        return knee, knee + _shanks(self.leg(side), side, rotation_deg)

    def pictured(self, points: Float) -> Float:
        """(..., 2) x to the right and y down in the picture, in shank lengths at the distance of the hips, of (..., 3) points."""
        yaw, pitch, roll = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        right, forward, up = points[..., 0], points[..., 1], points[..., 2]
        across = -right * np.cos(yaw) + forward * np.sin(yaw)
        away = -(forward * np.cos(yaw) + right * np.sin(yaw))
        down = -up * np.cos(pitch) - away * np.sin(pitch)
        away = away * np.cos(pitch) - up * np.sin(pitch)
        scale = 1 / (1 + away / self.distance_shanks)
        x, y = across * scale, down * scale
        return np.stack([x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)], axis=-1)


def _thigh(leg: LegPose, side: Side) -> Float:
    abduction, slope = np.radians([leg.abduction_deg, leg.thigh_slope_deg])
    return np.array([side.sign * np.sin(abduction), np.cos(abduction) * np.cos(slope), -np.cos(abduction) * np.sin(slope)])


def _shanks(leg: LegPose, side: Side, rotation_deg: Float) -> Float:
    """(N, 3) unit vectors from knee to ankle for (N,) rotations of the hip: the hinge of the knee turned about the thigh."""
    thigh = _thigh(leg, side)
    right = np.array([1.0, 0.0, 0.0])
    neutral = unit(right - dot(right, thigh) * thigh)
    hinge = turned(neutral, thigh, -side.sign * np.radians(rotation_deg))
    flexion = np.radians(leg.knee_flexion_deg)
    return np.asarray(thigh * np.cos(flexion) - cross(hinge, thigh) * np.sin(flexion), np.float64)


def turned(vector: Float, axis: Float, angle_rad: Float) -> Float:
    """(N, 3) one (3,) vector turned about a (3,) unit axis by (N,) angles (Rodrigues)."""
    cos, sin = np.cos(angle_rad)[:, None], np.sin(angle_rad)[:, None]
    return np.asarray(vector * cos + cross(axis, vector) * sin + axis * dot(axis, vector) * (1 - cos), np.float64)
