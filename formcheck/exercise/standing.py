"""The pelvis of somebody who stands, from two witnesses that err in different ways."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from formcheck.exercise.movements import leg_curve
from formcheck.motion import angles
from formcheck.motion.filters import smoothed
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.rest import rest_level

__all__ = ["LEVEL_PELVIS_SHARE", "OBLIQUITY_CHANGE_SD_DEG", "standing_obliquity_deg"]

_CUTOFF_HZ = 2.0
#: The hip landmarks lean with the trunk and lift with the leg (judged on clips with a level pelvis: 4-5 degrees of line for a lifted leg,
#: 10 for a leaning trunk). The legs' ends, a leg's length below the hips, move 1.2 cm beside where they are on a pelvis 18 cm wide.
HIP_LINE_SD_DEG = 5.0
LEG_LENGTH_SD_DEG = 4.0
#: How far a pelvis that is asked to stay level tilts.
LEVEL_SD_DEG = 4.0

_WEIGHTS = np.array([HIP_LINE_SD_DEG, LEG_LENGTH_SD_DEG, LEVEL_SD_DEG]) ** -2.0
#: How much of a seen tilt is believed of a pelvis that is asked to stay level, and how far the rest may be off.
LEVEL_PELVIS_SHARE = float(_WEIGHTS[:2].sum() / _WEIGHTS.sum())
OBLIQUITY_CHANGE_SD_DEG = float(_WEIGHTS.sum() ** -0.5)


def standing_obliquity_deg(time_s: Float, image: npt.NDArray[np.floating]) -> Float:
    """(N,) tilt of the pelvis in the picture, left hip higher positive, the mean of two estimates weighted by their variances.

    One is the line of the hip landmarks. The other puts each hip a leg's length above its ankle: a straight leg keeps its length, whatever
    trunk and pelvis do. Where only one is seen it stands alone.

    Parameters
    ----------
    image
        (N, 33, 2) px, NaN where not seen.
    """
    line = smoothed(time_s, angles.pelvis_obliquity_deg(image), _CUTOFF_HZ)
    hips = {side: _hip_over_ankle(time_s, image, side) for side in Side}
    across = hips[Side.LEFT] - hips[Side.RIGHT]
    legs = np.degrees(np.arctan2(-across[:, 1], np.abs(across[:, 0])))
    legs = smoothed(time_s, legs, _CUTOFF_HZ) - rest_level(legs, _both_still(time_s, image)) + rest_level(line, _both_still(time_s, image))
    both = (_WEIGHTS[0] * line + _WEIGHTS[1] * legs) / _WEIGHTS[:2].sum()
    return np.where(np.isfinite(legs), both, line)


def _hip_over_ankle(time_s: Float, image: npt.NDArray[np.floating], side: Side) -> Float:
    leg = angles.segment(image, side, "ankle", "hip")
    length = np.linalg.norm(leg, axis=-1)
    usual = rest_level(length, _still(time_s, image, side))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(angles.point(image, side, "ankle") + leg / length[:, None] * usual, np.float64)


def _still(time_s: Float, image: npt.NDArray[np.floating], side: Side) -> npt.NDArray[np.bool_]:
    return leg_curve(time_s, angles.leg_to_vertical_deg(image, side), _CUTOFF_HZ).still


def _both_still(time_s: Float, image: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.logical_and.reduce([_still(time_s, image, side) for side in Side]))
