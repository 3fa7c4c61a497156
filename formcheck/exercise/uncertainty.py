"""How far each angle may be off: half widths of 95 % intervals, from what is known of every step between the body and the number.

Four independent parts, added as variances: the noise measured while the legs of this clip rest; the rest pose and the camera, by the spread
of the poses that fit them (`formcheck.motion.restfit`); the pose model, which shrinks or stretches a movement by a share of it; and the
rest itself, which the model does not find in the same place twice. `docs/uncertainty.md` gives the source of every figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.exercise.curves import Curves
from formcheck.exercise.movements import LegCurve
from formcheck.exercise.spec import ExerciseSpec
from formcheck.exercise.standing import OBLIQUITY_CHANGE_SD_DEG
from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.rest import rest_level
from formcheck.motion.view import Posture

__all__ = ["Intervals", "intervals_of"]

#: Standard deviations to a half width that holds 95 % of a normal error.
TO_95 = 1.96
#: How much a pose model shrinks or stretches a movement in the picture: standard deviation of its slope about 1.
MODEL_SLOPE_SD = {"heavy": 0.10, "full": 0.20, "lite": 0.33}
#: From the side less of the movement crosses the picture, and more of it goes into the depth, which the model guesses: its slope spreads
#: by this power of 1 / cos(yaw), twice as far at 37 degrees.
OBLIQUE_POWER = 3
#: The same leg at rest is not found in the same place twice, degrees.
REST_SD_DEG = 0.7
#: Where an angle rests on the model's depth: its own error as an angle, and as change from rest.
DEPTH_SD_DEG = 12.0
DEPTH_CHANGE_SD_DEG = 2.5
#: A leg seen standing: landmarks of the hip lie 2 cm beside the joint, on a leg of 80 cm.
STANDING_SD_DEG = 1.5
#: A leg lifted this far may have taken all of the pelvis with it that it ever will.
STANDING_FULL_DEG = 10.0
#: A leg seen lying: the camera looks down by 5 to 20 degrees, which the angle holds and its change does not; a pelvis that rolls back with
#: the knee hides up to a half of the opening (two standard deviations).
LYING_SD_DEG = 10.0
LYING_SHARE_SD = 0.25
#: Lines of the picture: two landmarks, each 1-2 cm off, on the length of a shank, a trunk, a pelvis, the shoulders.
LINE_SD_DEG = {
    "shin_tilt": 2.0,
    "knee_opening": 2.0,
    "leg_to_vertical": 1.5,
    "trunk_lean": 2.0,
    "pelvis_obliquity": 4.0,
    "shoulder_tilt": 3.0,
}
#: People sit and stand leaning forwards by up to twice this; from the side of the camera it looks like a lean to the side.
FORWARD_LEAN_SD_DEG = 6.0


@dataclass(frozen=True, eq=False)
class Intervals:
    """Half widths of 95 % intervals, degrees; NaN where the angle itself was not measured.

    Attributes
    ----------
    pm_deg
        Column name to (N,), of the angle as it is.
    shown_pm_deg
        Per side (N,), of the exercise's angle as change from rest.
    """

    pm_deg: dict[str, Float]
    shown_pm_deg: dict[Side, Float]


@dataclass(frozen=True, eq=False)
class _Error:
    """Standard deviations, (N,) degrees: of the angle, of its change from rest."""

    angle: Float
    change: Float


def intervals_of(curves: Curves, legs: dict[Side, LegCurve], spec: ExerciseSpec, model: str | None) -> Intervals:
    """The intervals of every column and of the change that is shown.

    Parameters
    ----------
    model
        Name of the pose model; unknown ones are taken to be as good as "full".
    """
    slope_sd = MODEL_SLOPE_SD.get(model or "", MODEL_SLOPE_SD["full"])
    resting = np.logical_and.reduce([leg.still | np.isnan(leg.change_deg) for leg in legs.values()])
    pm = {}
    shown = {}
    for name, value in curves.columns.items():
        error = _error(name, value, curves, spec, slope_sd, resting)
        pm[name] = np.where(np.isfinite(value), TO_95 * error.angle, np.nan)
        for side in Side:
            if name == f"{spec.reps.angle}_{side.value}_deg":
                seen = np.isfinite(legs[side].change_deg) & np.isfinite(value)
                shown[side] = np.where(seen, TO_95 * error.change, np.nan)
    return Intervals(pm, shown)


def _error(name: str, value: Float, curves: Curves, spec: ExerciseSpec, slope_sd: float, resting: npt.NDArray[np.bool_]) -> _Error:
    angle, side = _named(name)
    noise = _noise_deg(value, resting)
    change = value - rest_level(value, resting)
    if side is not None and curves.seated is not None and angle in ("hip_rotation", "hip_abduction"):
        leg = curves.seated.legs[side]
        stretch = slope_sd / np.cos(np.radians(curves.seated.fit.pose.yaw_deg)) ** OBLIQUE_POWER
        seated: list[Float | float] = [noise, REST_SD_DEG]
        if angle == "hip_rotation":
            seated.append(stretch * leg.per_stretch_deg)
            return _Error(_sum(*seated, leg.geometry_sd_deg), _sum(*seated, leg.geometry_change_sd_deg))
        seated.append(stretch * change)
        return _Error(_sum(*seated, leg.adduction_sd_deg), _sum(*seated, leg.adduction_change_sd_deg))
    shared: list[Float | float] = [noise, slope_sd * change, REST_SD_DEG]
    if angle == "hip_abduction" and spec.view.posture is Posture.STANDING:
        # What the pelvis did is only known while the leg is up: at rest it stands level by definition.
        others = (curves.columns[f"hip_abduction_{leg.value}_deg"] for leg in Side)
        lifted = np.fmax.reduce([np.abs(other - rest_level(other, resting)) for other in others])
        doubt = OBLIQUITY_CHANGE_SD_DEG * np.clip(lifted / STANDING_FULL_DEG, 0, 1)
        return _Error(_sum(*shared, doubt, STANDING_SD_DEG), _sum(*shared, doubt))
    if angle == "hip_rotation" and spec.view.posture is Posture.LYING:
        return _Error(_sum(*shared, LYING_SD_DEG), _sum(*shared, LYING_SHARE_SD * change))
    if angle in LINE_SD_DEG:
        turned = FORWARD_LEAN_SD_DEG * np.sin(np.radians(curves.yaw_deg)) if angle == "trunk_lean" else 0.0
        return _Error(_sum(*shared, LINE_SD_DEG[angle], turned), _sum(*shared))
    return _Error(_sum(*shared, DEPTH_SD_DEG), _sum(*shared, DEPTH_CHANGE_SD_DEG))


def _named(column: str) -> tuple[str, Side | None]:
    """Angle and side of a column name."""
    for side in Side:
        ending = f"_{side.value}_deg"
        if column.endswith(ending):
            return column.removesuffix(ending), side
    return column.removesuffix("_deg"), None


def _noise_deg(value: Float, resting: npt.NDArray[np.bool_]) -> float:
    """Standard deviation of a curve within its rests; 0 when there is none to measure it on."""
    runs = [value[a:b] for a, b in true_runs(resting & np.isfinite(value)) if b - a >= 5]
    return float(np.median([np.std(run) for run in runs])) if runs else 0.0


def _sum(*parts: Float | float) -> Float:
    return np.asarray(np.sqrt(sum(np.square(part) for part in parts)), np.float64)
