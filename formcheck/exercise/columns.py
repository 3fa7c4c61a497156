"""The angles of both legs, the trunk and the pelvis, each by the way that suits the posture: the columns of ``frames.csv``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from formcheck.exercise.lying import lying_rotation_deg
from formcheck.exercise.seated import SeatedLegs
from formcheck.exercise.spec import ExerciseSpec
from formcheck.exercise.standing import LEVEL_PELVIS_SHARE, standing_obliquity_deg
from formcheck.motion import angles
from formcheck.motion.filters import smoothed
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.view import Posture

__all__ = ["columns_of"]

_OBLIQUITY_CUTOFF_HZ = 2.0
_UPRIGHT = ("trunk_lean_deg", "trunk_forward_deg", "pelvis_obliquity_deg", "shoulder_tilt_deg")

Points = npt.NDArray[np.floating]


def columns_of(time: Float, image: Points, world: Points, spec: ExerciseSpec, yaw: float, legs: SeatedLegs | None) -> dict[str, Float]:
    """Column name with its unit to (N,) values, before smoothing; NaN where not measured.

    Parameters
    ----------
    image, world
        (N, 33, 2) px and (N, 33, 3) m, NaN where not seen.
    yaw
        Turn of the person from the camera, degrees.
    legs
        The seated legs; None for other postures.
    """
    columns: dict[str, Float] = {}
    lean = angles.trunk_lean_deg(image)
    if spec.view.posture is Posture.STANDING:
        obliquity = standing_obliquity_deg(time, image)
    else:
        obliquity = smoothed(time, angles.pelvis_obliquity_deg(image), _OBLIQUITY_CUTOFF_HZ)
    axis = _held_axis(world)
    seen = legs if legs is not None and abs(yaw) <= spec.view.max_angle_yaw_deg else None
    by_name: dict[str, Callable[[Side], Float]] = {
        "hip_rotation": lambda side: _rotation(time, image, world, spec, side, axis, seen),
        "hip_abduction": lambda side: _abduction(image, world, spec, side, axis, obliquity, seen),
        "hip_flexion": lambda side: angles.hip_flexion_deg(world, side),
        "knee_flexion": lambda side: angles.knee_flexion_deg(world, side),
        "shin_tilt": lambda side: angles.shin_tilt_deg(image, side),
        "knee_opening": lambda side: -angles.shin_tilt_deg(image, side),
        "leg_to_vertical": lambda side: angles.leg_to_vertical_deg(image, side),
    }
    for name, measure in by_name.items():
        for side in Side:
            columns[f"{name}_{side.value}_deg"] = np.array(measure(side), np.float64)
    columns["trunk_lean_deg"] = lean
    columns["trunk_forward_deg"] = angles.trunk_forward_deg(world)
    columns["pelvis_obliquity_deg"] = obliquity
    columns["shoulder_tilt_deg"] = angles.shoulder_tilt_deg(image)
    if spec.view.posture is Posture.LYING:
        # Against the vertical they are those of somebody upright; a body that lies has none of them.
        columns |= {name: np.full(len(image), np.nan) for name in _UPRIGHT}
    return columns


def _held_axis(world: Points) -> Float:
    # Of each frame the hip line's depth is noise of 13 degrees; held, it is a constant.
    axes = angles.pelvic_axis(world)
    seen = np.isfinite(axes).all(axis=-1)
    if not seen.any():
        return np.full(3, np.nan)
    mean = np.median(axes[seen], axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float64)


def _rotation(time: Float, image: Points, world: Points, spec: ExerciseSpec, side: Side, axis: Float, legs: SeatedLegs | None) -> Float:
    if spec.view.posture is Posture.SEATED:
        return legs.legs[side].rotation_deg if legs is not None else np.full(len(image), np.nan)
    if spec.view.posture is Posture.LYING:
        return lying_rotation_deg(time, image, side)
    return angles.hip_rotation_deg(world, side, axis)


def _abduction(
    image: Points, world: Points, spec: ExerciseSpec, side: Side, axis: Float, obliquity: Float, legs: SeatedLegs | None
) -> Float:
    if spec.view.posture is Posture.STANDING:
        raised = -LEVEL_PELVIS_SHARE * side.sign * (obliquity - _usual(obliquity))
        return angles.leg_to_vertical_deg(image, side) - raised
    if spec.view.posture is Posture.SEATED:
        return -legs.legs[side].adduction_deg if legs is not None else np.full(len(image), np.nan)
    return angles.hip_abduction_deg(world, side, axis)


def _usual(value: Float) -> float:
    seen = value[np.isfinite(value)]
    return float(np.median(seen)) if len(seen) else float("nan")
