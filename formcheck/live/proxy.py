"""A line of the picture that goes with the angle of an exercise: what carries the angle on between two analyses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion import angles
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.view import Posture

__all__ = ["proxy_deg"]


def proxy_deg(image_xy: npt.NDArray[np.floating], side: Side, spec: ExerciseSpec) -> Float:
    """(N,) degrees of (N, 33, 2) px landmarks; NaN where they are.

    Seated the lean of the shin, standing that of the leg, lying the knee's height over the hip line as an angle of the thigh. It is no
    measurement: only its changes over some tenths of a second are used, scaled by what the analysis found.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if spec.view.posture is Posture.SEATED:
            return np.asarray(angles.shin_tilt_deg(image_xy, side), np.float64)
        if spec.view.posture is Posture.STANDING:
            return np.asarray(angles.leg_to_vertical_deg(image_xy, side), np.float64)
        lift = angles.point(image_xy, side, "hip")[:, 1] - angles.point(image_xy, side, "knee")[:, 1]
        return np.degrees(np.arcsin(np.clip(lift / (0.854 * angles.trunk_length(image_xy)), -1.0, 1.0)))
