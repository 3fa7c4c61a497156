"""Clinical angles of the legs and the trunk, and the one table of their signs.

Every function takes landmark arrays with any leading sample axes, in pixels (``xy``: x right, y down, picture not mirrored) or metres
(``xyz``: x right, y down, z away from the camera), and gives degrees or a fraction of the shank's length per sample. NaN in, NaN out.

==================  ===========================================  =================================================
name                positive                                     zero
==================  ===========================================  =================================================
hip_rotation        internal (knee inwards, foot outwards)       knee's hinge axis in line with the pelvic axis
hip_abduction       away from the midline (adduction negative)   thigh at a right angle to the pelvic axis
hip_flexion         thigh forwards                               thigh in line with the trunk
knee_flexion        heel towards the buttock                     straight leg
shin_tilt           knee inwards of the ankle                    shin upright in the picture
knee_opening        knee outwards of the ankle                   shin upright in the picture
leg_to_vertical     ankle outwards of the hip                    hip above ankle
heel/toe/ankle_lift up, as a fraction of the shank's length      its own height at rest
trunk_lean          towards the person's left                    mid-shoulder above mid-hip
trunk_forward       forwards                                     upright
pelvis_obliquity    left hip higher than the right               level
shoulder_tilt       left shoulder higher than the right          level
trunk_shortening    trunk shorter, as a fraction of rest         its own length at rest
==================  ===========================================  =================================================

Signs of the legs are equal on both sides: a mirrored pose gives the same value for the other leg. Signs of the trunk change with mirroring.

References
----------
Hip: joint coordinate system of the ISB (Wu et al. 2002, J Biomech 35:543), Grood-Suntay order, with the trunk in place of the iliac
landmarks; rotation from the knee's flexion axis, which contains neither trunk nor pelvic depth axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.motion.geometry import Float, angle_between_deg, cross, dot, from_vertical_deg, unit
from formcheck.motion.landmarks import Landmark, Side

__all__ = [
    "hip_abduction_deg",
    "hip_flexion_deg",
    "hip_rotation_deg",
    "knee_flexion_deg",
    "leg_to_vertical_deg",
    "middle",
    "pelvic_axis",
    "pelvis_obliquity_deg",
    "shank_length",
    "shin_tilt_deg",
    "shoulder_tilt_deg",
    "trunk_forward_deg",
    "trunk_lean_deg",
    "trunk_length",
]

Points = npt.NDArray[Any]

#: Below this knee flexion the shank no longer shows the femur's rotation (noise grows with 1 / sin of the flexion).
MIN_KNEE_FLEXION_DEG = 35.0
#: Above this part of a unit vector the thigh lies along the pelvic axis and rotation has no meaning.
MAX_THIGH_ALONG_PELVIS = 0.94


def point(points: Points, side: Side, part: str) -> Points:
    """One landmark of one side, e.g. ``point(xy, Side.LEFT, "knee")``: the sample axes, then its coordinates."""
    return points[..., Landmark.of(side, part), :]


def middle(points: Points, part: str) -> Float:
    """The point half way between the left and the right of a pair."""
    return np.asarray(point(points, Side.LEFT, part) + point(points, Side.RIGHT, part), np.float64) / 2


def segment(points: Points, side: Side, start: str, end: str) -> Float:
    """The vector from one landmark to another of the same side."""
    return np.asarray(point(points, side, end) - point(points, side, start), np.float64)


def trunk_vector(points: Points) -> Float:
    """From mid-hip to mid-shoulder."""
    return middle(points, "shoulder") - middle(points, "hip")


def trunk_length(points: Points) -> Float:
    """Length of the trunk vector, in the unit of the points."""
    return np.asarray(np.linalg.norm(trunk_vector(points), axis=-1), np.float64)


def shank_length(points: Points, side: Side) -> Float:
    """Distance of knee and ankle, in the unit of the points."""
    return np.asarray(np.linalg.norm(segment(points, side, "knee", "ankle"), axis=-1), np.float64)


def pelvic_axis(xyz: Points) -> Float:
    """Unit vector from the left hip to the right hip."""
    return unit(np.asarray(point(xyz, Side.RIGHT, "hip") - point(xyz, Side.LEFT, "hip"), np.float64))


def knee_flexion_deg(points: Points, side: Side) -> Float:
    """Angle of thigh and shank, 0 straight."""
    return angle_between_deg(segment(points, side, "hip", "knee"), segment(points, side, "knee", "ankle"))


def hip_flexion_deg(xyz: Points, side: Side) -> Float:
    """Flexion of the thigh against the trunk about the pelvic axis; contains the tilt of the lumbar spine."""
    axis = pelvic_axis(xyz)
    trunk = trunk_vector(xyz)
    up = unit(trunk - dot(trunk, axis)[..., None] * axis)
    forward = cross(up, axis)
    thigh = unit(segment(xyz, side, "hip", "knee"))
    return np.degrees(np.arctan2(dot(thigh, forward), -dot(thigh, up)))


def hip_abduction_deg(xyz: Points, side: Side, axis: Points | None = None) -> Float:
    """Abduction of the thigh against a pelvic axis (of each sample, unless one is given)."""
    axis = pelvic_axis(xyz) if axis is None else axis
    thigh = unit(segment(xyz, side, "hip", "knee"))
    return side.sign * np.degrees(np.arcsin(np.clip(dot(thigh, axis), -1.0, 1.0)))


def hip_rotation_deg(xyz: Points, side: Side, axis: Points | None = None) -> Float:
    """Rotation of the thigh about itself, from the knee's flexion axis. NaN where the knee is too straight or the thigh along the pelvis.

    Parameters
    ----------
    axis
        Pelvic axis, unit vectors broadcastable to the samples; of each sample when left out. Held from rest it is less noisy.
    """
    axis = pelvic_axis(xyz) if axis is None else axis
    thigh = unit(segment(xyz, side, "hip", "knee"))
    shank = unit(segment(xyz, side, "knee", "ankle"))
    hinge = cross(shank, thigh)
    length = np.linalg.norm(hinge, axis=-1)
    rotation = side.sign * np.degrees(np.arctan2(-dot(hinge, cross(thigh, axis)), dot(hinge, axis)))
    bad = (length < np.sin(np.radians(MIN_KNEE_FLEXION_DEG))) | (np.abs(dot(thigh, axis)) > MAX_THIGH_ALONG_PELVIS)
    return np.where(bad, np.nan, rotation)


def shin_tilt_deg(xy: Points, side: Side) -> Float:
    """Lean of the shin in the picture, knee inwards of the ankle positive, for a person who faces the camera."""
    return side.sign * from_vertical_deg(segment(xy, side, "ankle", "knee"))


def leg_to_vertical_deg(xy: Points, side: Side) -> Float:
    """Lean of the line from hip to ankle in the picture, ankle outwards positive, for a person who faces the camera."""
    return side.sign * from_vertical_deg(-segment(xy, side, "hip", "ankle"))


def trunk_lean_deg(xy: Points) -> Float:
    """Sideways lean of the trunk in the picture, towards the person's left positive, for a person who faces the camera."""
    return from_vertical_deg(trunk_vector(xy))


def trunk_forward_deg(xyz: Points) -> Float:
    """Forward lean of the trunk out of the picture plane; from the model's depth, good to 5-8 degrees at best."""
    trunk = trunk_vector(xyz)
    return np.degrees(np.arctan2(-trunk[..., 2], -trunk[..., 1]))


def _line_tilt_deg(xy: Points, part: str) -> Float:
    line = np.asarray(point(xy, Side.LEFT, part) - point(xy, Side.RIGHT, part), np.float64)
    return np.degrees(np.arctan2(-line[..., 1], np.abs(line[..., 0])))


def pelvis_obliquity_deg(xy: Points) -> Float:
    """Tilt of the hip line in the picture, left hip higher positive."""
    return _line_tilt_deg(xy, "hip")


def shoulder_tilt_deg(xy: Points) -> Float:
    """Tilt of the shoulder line in the picture, left shoulder higher positive."""
    return _line_tilt_deg(xy, "shoulder")
