"""The rest pose of a seated person and the camera that sees it, from where hips, knees and ankles are in the picture.

Six points cannot say everything: what they leave open is held by what is known of people, seats and cameras, each value with the spread
that it has. The answer is the most likely pose and how far it may be off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.seat import SEATED_KNEE_FLEXION_DEG, LegPose, SeatedPose

__all__ = ["RestFit", "assumed_rest", "fitted_rest"]

#: How far beside its joint a landmark may be, in shank lengths. The outline of a limb holds it across (0.8 cm); along the limb, and on the
#: hip, which has no outline, nothing does (2.5 cm).
ACROSS_SD_SHANKS = 0.02
ALONG_SD_SHANKS = 0.06
#: World landmarks give the turn of the body to within this.
YAW_SD_DEG = 6.0
#: Webcams and phones see 55 to 80 degrees along the long side of the picture: a focal length of 0.6 to 0.96 of it.
FOCAL_PER_LONG_SIDE = 0.77
FOCAL_SD_FRAC = 0.2
#: Further off than this many standard deviations (the landmarks in the mean, anything else alone), the body is not of somebody who sits.
MAX_MISFIT = 2.5

#: (mean, standard deviation) of what is fitted, in the order of the vector after place and scale. Judgement from anatomy: hip joints
#: 17-21 cm apart, shank and thigh 40-44 cm; seats: thighs level within 6 degrees and apart by 10 +- 10, feet up to 10 cm beside the knees,
#: which is 14 degrees of rotation (two standard deviations); cameras: at knee or table height, tilted by hand, held straight.
_LEG = {"abduction": (10.0, 10.0), "slope": (0.0, 6.0), "knee": (SEATED_KNEE_FLEXION_DEG, 4.0), "rotation": (0.0, 7.0)}
_BODY = {"pitch": (0.0, 10.0), "roll": (0.0, 3.0), "half_width": (0.24, 0.04), "thigh": (1.0, 0.06)}


_IS_DISTANCE = np.array([0.0, 1.0, *[0.0] * (len(_BODY) + 2 * len(_LEG))])


@dataclass(frozen=True, eq=False)
class RestFit:
    """A fitted rest pose.

    Attributes
    ----------
    pose
        The most likely one.
    variants
        Poses one standard deviation away along each independent direction of what may be off: their spread is its uncertainty.
    shank_px
        Length of a shank across the picture at the distance of the hips.
    sd
        Standard deviation of "yaw_deg", "pitch_deg", "roll_deg" and "distance_frac".
    """

    pose: SeatedPose
    variants: tuple[SeatedPose, ...]
    shank_px: float
    sd: dict[str, float]


def fitted_rest(rest_xy: Float, image_size: tuple[int, int], yaw_deg: float) -> RestFit | None:
    """Fit the pose to (33, 2) landmarks at rest, px; NaN for what is not seen.

    Parameters
    ----------
    image_size
        (width, height) px.
    yaw_deg
        Turn of the person as the world landmarks have it.

    Returns
    -------
    RestFit or None
        None when no whole leg and both hips are seen, or when nobody who sits looks like this.
    """
    from scipy.optimize import least_squares

    seen = _observed(rest_xy)
    shanks = [float(np.linalg.norm(seen[i + 1] - seen[i + 2])) for i in (0, 3)]
    length = float(np.nanmax(shanks)) if np.isfinite(shanks).any() else float("nan")
    if not (np.isfinite(length) and length > 0 and np.isfinite(seen[[0, 3]]).all() and np.isfinite(yaw_deg)):
        return None
    focal_shanks = FOCAL_PER_LONG_SIDE * max(image_size) / length
    mean, sd = _expected(focal_shanks, yaw_deg)
    middle = (seen[0] + seen[3]) / 2
    known = np.isfinite(seen)
    expected_error = np.array([[ALONG_SD_SHANKS] * 2, *[[ACROSS_SD_SHANKS, ALONG_SD_SHANKS]] * 2] * 2)[known] * length

    def residuals(vector: Float) -> Float:
        picture = middle + (_pictured(_pose(vector[3:])) * (1 + vector[2]) + vector[:2]) * length
        misfit = (picture - seen)[known] / expected_error
        # The focal length is what is known of cameras: distance times scale.
        unlikely = (vector[3:] + np.log1p(vector[2]) * _IS_DISTANCE - mean) / sd
        return np.concatenate([misfit, unlikely])

    start = np.concatenate([[0.0, 0.0, -0.05], mean])
    steps = np.concatenate([[0.1, 0.1, 0.1], sd])
    fit = least_squares(residuals, start, x_scale=steps)
    misfit, unlikely = np.split(fit.fun, [int(known.sum())])
    if not fit.success or float(np.sqrt(np.mean(misfit**2))) > MAX_MISFIT or float(np.abs(unlikely).max()) > MAX_MISFIT:
        return None
    covariance = np.linalg.inv(fit.jac.T @ fit.jac)[3:, 3:]
    values, axes = np.linalg.eigh(covariance)
    offsets = (axes * np.sqrt(np.maximum(values, 0))).T
    spread = np.sqrt(np.diag(covariance))
    return RestFit(
        _pose(fit.x[3:]),
        tuple(_pose(fit.x[3:] + offset) for offset in offsets),
        float(length * (1 + fit.x[2])),
        {"yaw_deg": float(spread[0]), "distance_frac": float(spread[1]), "pitch_deg": float(spread[2]), "roll_deg": float(spread[3])},
    )


def assumed_rest(yaw_deg: float, image_size: tuple[int, int], shank_px: float) -> RestFit:
    """The usual rest pose, where none could be fitted: all that is known are the turn of the person and the length of a shank, px."""
    mean, sd = _expected(FOCAL_PER_LONG_SIDE * max(image_size) / shank_px if shank_px > 0 else 5.0, yaw_deg)
    offsets = np.diag(sd)
    spread = dict(zip(("yaw_deg", "distance_frac", "pitch_deg", "roll_deg"), (float(v) for v in sd), strict=False))
    return RestFit(_pose(mean), tuple(_pose(mean + offset) for offset in offsets), shank_px, spread)


def _observed(xy: Float) -> Float:
    """(6, 2) hip, knee and ankle of the left and the right leg."""
    return np.asarray(xy[[Landmark.of(side, part) for side in Side for part in ("hip", "knee", "ankle")]], np.float64)


def _expected(distance_shanks: float, yaw_deg: float) -> tuple[Float, Float]:
    """Mean and standard deviation of the vector: yaw, log distance, body, left leg, right leg."""
    pairs = [(yaw_deg, YAW_SD_DEG), (np.log(distance_shanks), FOCAL_SD_FRAC), *_BODY.values(), *_LEG.values(), *_LEG.values()]
    mean, sd = np.array(pairs, np.float64).T
    return mean, sd


def _pose(vector: Float) -> SeatedPose:
    yaw, log_distance, pitch, roll, half_width, thigh = (float(v) for v in vector[:6])
    legs = [LegPose(*(float(v) for v in vector[start : start + 4])) for start in (6, 10)]
    return SeatedPose(yaw, pitch, roll, float(np.exp(log_distance)), half_width, thigh, *legs)


def _pictured(pose: SeatedPose) -> Float:
    """(6, 2) the observed points as the pose has them."""
    return pose.pictured(np.array([joint for side in Side for joint in pose.joints(side)]))
