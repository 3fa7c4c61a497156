"""The legs of a seated person: hip rotation and abduction from the tilt of the shin, with what they may be off by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.exercise.movements import leg_curve
from formcheck.motion import angles
from formcheck.motion.filters import smoothed
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.rest import followed_rest, planted, rest_level
from formcheck.motion.restfit import RestFit, assumed_rest, fitted_rest
from formcheck.motion.swivel import Swivel

__all__ = ["SeatedLeg", "SeatedLegs", "seated_legs"]

_TILT_CUTOFF_HZ = 6.0
#: Without a rest, what is within this of the neutral tilt stands for it.
_NEAR_NEUTRAL_DEG = 3.0
#: A knee that should have moved by less than this, in shank lengths, says nothing of whether the thigh moves.
_MIN_KNEE_SHIFT = 0.03
_STRETCH = 0.05


@dataclass(frozen=True, eq=False)
class SeatedLeg:
    """Angles of one leg, (N,) degrees; NaN where it is not seen.

    Attributes
    ----------
    rotation_deg, adduction_deg
        Hip rotation and adduction; NaN also beyond what this view can show.
    counted_deg
        The rotation held at the ends of what this view can show: good for counting.
    rest_rotation_deg
        The rotation at rest.
    per_stretch_deg
        How much the rotation changes when the tilt's change from rest is stretched by the whole of itself, to first order.
    geometry_change_sd_deg, geometry_sd_deg, adduction_change_sd_deg, adduction_sd_deg
        Standard deviation that the uncertain rest pose, camera and knee bring, of the change from rest and of the angle.
    """

    rotation_deg: Float
    adduction_deg: Float
    counted_deg: Float
    rest_rotation_deg: float
    per_stretch_deg: Float
    geometry_change_sd_deg: Float
    geometry_sd_deg: Float
    adduction_change_sd_deg: Float
    adduction_sd_deg: Float


@dataclass(frozen=True, eq=False)
class SeatedLegs:
    """Both legs, the fit they were read with, whether it is a fit or an assumption, and where they rest."""

    legs: dict[Side, SeatedLeg]
    fit: RestFit
    fitted: bool
    still: npt.NDArray[np.bool_]


def seated_legs(
    time_s: Float, image: npt.NDArray[np.floating], image_size: tuple[int, int], yaw_deg: float, in_posture: npt.NDArray[np.bool_]
) -> SeatedLegs:
    """Measure both legs of a seated person.

    Parameters
    ----------
    image
        (N, 33, 2) px, NaN where not seen.
    yaw_deg
        Turn of the person by the world landmarks.
    in_posture
        (N,) bool, the person sits.
    """
    tilts = {side: smoothed(time_s, angles.shin_tilt_deg(image, side), _TILT_CUTOFF_HZ) for side in Side}
    still = _resting(time_s, tilts, in_posture)
    fit = fitted_rest(_median_pose(image, still), image_size, yaw_deg)
    known = fit if fit is not None else assumed_rest(yaw_deg, image_size, _longest_shank_px(image))
    legs = {side: _leg(time_s, image, side, known, still) for side in Side}
    return SeatedLegs(legs, known, fit is not None, still)


def _resting(time_s: Float, tilts: dict[Side, Float], in_posture: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    curves = [leg_curve(time_s, tilt, _TILT_CUTOFF_HZ) for tilt in tilts.values() if np.isfinite(tilt).any()]
    still = in_posture & np.logical_and.reduce([curve.still | np.isnan(curve.slow_deg) for curve in curves] or [in_posture])
    if still.any():
        return np.asarray(still)
    near = [np.abs(curve.slow_deg) < _NEAR_NEUTRAL_DEG for curve in curves]
    return np.asarray(in_posture & np.logical_and.reduce(near or [in_posture]))


def _median_pose(image: npt.NDArray[np.floating], still: npt.NDArray[np.bool_]) -> Float:
    pose = np.full(image.shape[1:], np.nan)
    rest = image[still]
    for index in np.flatnonzero(np.isfinite(rest).all(axis=-1).any(axis=0)) if len(rest) else []:
        pose[index] = np.nanmedian(rest[:, index], axis=0)
    return pose


def _longest_shank_px(image: npt.NDArray[np.floating]) -> float:
    lengths = np.concatenate([angles.shank_length(image, side) for side in Side])
    seen = lengths[np.isfinite(lengths)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _leg(time_s: Float, image: npt.NDArray[np.floating], side: Side, fit: RestFit, still: npt.NDArray[np.bool_]) -> SeatedLeg:
    shank_px = rest_level(angles.shank_length(image, side), still)
    knee = np.asarray(angles.point(image, side, "knee"), np.float64)
    ankle, moved = planted(time_s, np.asarray(angles.point(image, side, "ankle"), np.float64), still, shank_px)
    tilt = side.sign * np.degrees(np.arctan2(knee[:, 0] - ankle[:, 0], ankle[:, 1] - knee[:, 1]))
    change = tilt - rest_level(tilt, still)
    knee_shift = side.sign * (knee[:, 0] - followed_rest(time_s, knee[:, 0], still)) / fit.shank_px
    swivel = Swivel(side, fit.pose)
    free = _swinging(swivel, change, knee_shift, moved)

    def read(other: Swivel, planted_angle: Callable[[Float], Float], stretch: float = 1.0) -> Float:
        seen = stretch * change + other.rest_tilt_deg
        swung = other.swung_rotation_deg(seen) - other.clipped_rotation_deg(seen)
        return planted_angle(seen) + free * swung

    counted = read(swivel, swivel.clipped_rotation_deg)

    def read_adduction(other: Swivel) -> Float:
        seen = other.adduction_deg(change + other.rest_tilt_deg)
        return np.asarray(seen + free * (_at_rest(other) - seen), np.float64)

    adduction = read_adduction(swivel)
    others = [Swivel(side, pose) for pose in fit.variants]
    rotations = [read(other, other.clipped_rotation_deg) for other in others]
    adductions = [read_adduction(other) for other in others]
    rest = swivel.rest_rotation_deg
    return SeatedLeg(
        read(swivel, swivel.rotation_deg),
        adduction,
        counted,
        rest,
        (read(swivel, swivel.clipped_rotation_deg, 1 + _STRETCH) - read(swivel, swivel.clipped_rotation_deg, 1 - _STRETCH))
        / (2 * _STRETCH),
        _spread([(r - other.rest_rotation_deg) - (counted - rest) for r, other in zip(rotations, others, strict=True)]),
        _spread([r - counted for r in rotations]),
        _spread([(a - _at_rest(o)) - (adduction - _at_rest(swivel)) for a, o in zip(adductions, others, strict=True)]),
        _spread([a - adduction for a in adductions]),
    )


def _at_rest(swivel: Swivel) -> float:
    return float(swivel.adduction_deg(swivel.rest_tilt_deg))


def _spread(differences: list[Float]) -> Float:
    return np.asarray(np.sqrt(np.sum(np.square(differences), axis=0)), np.float64)


def _swinging(swivel: Swivel, change: Float, knee_shift: Float, moved: Float) -> Float:
    """(N,) 0 the knee swivels, 1 the shank swings from a knee that stays: how much of the way a swivelling knee would go is missing.

    Only for a foot that has moved; a planted one cannot swing.
    """
    expected = swivel.knee_shift_shanks(change + swivel.rest_tilt_deg)
    with np.errstate(invalid="ignore", divide="ignore"):
        gone = np.where(np.abs(expected) > _MIN_KNEE_SHIFT, np.clip(knee_shift / expected, 0, 1), 1.0)
    return np.asarray(moved * (1 - gone), np.float64)
