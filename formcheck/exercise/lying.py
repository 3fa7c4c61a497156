"""Hip rotation of somebody who lies on the side, before a camera that faces the front of the body: from the lift of the knee."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from formcheck.exercise.movements import leg_curve
from formcheck.motion import angles
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.rest import planted, rest_level

__all__ = ["lying_rotation_deg"]

_CUTOFF_HZ = 2.0
#: Shank over trunk, from knee to ankle and from hip to shoulder: 0.246 and 0.288 of the stature (Drillis and Contini 1966, in Winter,
#: Biomechanics and Motor Control of Human Movement). The shank itself points at the camera; the trunk lies across the picture.
SHANK_PER_TRUNK = 0.246 / 0.288
#: Knees drawn up to a right angle.
KNEE_FLEXION_DEG = 90.0
_LARGEST_SINE = 0.98


def lying_rotation_deg(time_s: Float, image: npt.NDArray[np.floating], side: Side) -> Float:
    """(N,) rotation of the hip, internal positive, with the foot resting: the knee swivels about the line from hip to ankle.

    ``sin(swivel) = lift / (shank sin(k / 2))`` and ``rotation = atan(cos(k / 2) tan(swivel))``, k the flexion of the knee, lift that of the
    knee over the ankle. A pelvis that rolls back hides in it: it lowers the reading. NaN where knee, ankle or the trunk were not seen.

    Parameters
    ----------
    image
        (N, 33, 2) px, NaN where not seen.
    """
    knee, ankle = (np.asarray(angles.point(image, side, part), np.float64) for part in ("knee", "ankle"))
    trunk = angles.trunk_length(image)
    still = leg_curve(time_s, _rotation_deg(ankle[:, 1] - knee[:, 1], rest_level(trunk, np.ones(len(trunk), bool))), _CUTOFF_HZ).still
    shank_px = SHANK_PER_TRUNK * rest_level(trunk, still)
    held, _ = planted(time_s, ankle, still, shank_px)
    return _rotation_deg(held[:, 1] - knee[:, 1], rest_level(trunk, still))


def _rotation_deg(lift_px: Float, trunk_px: float) -> Float:
    half = np.radians(KNEE_FLEXION_DEG / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        sine = lift_px / (SHANK_PER_TRUNK * trunk_px) / np.sin(half)
        swivel = np.arcsin(np.clip(sine, -_LARGEST_SINE, _LARGEST_SINE))
    return np.asarray(-np.degrees(np.arctan(np.cos(half) * np.tan(swivel))), np.float64)
