"""How the person sits, stands or lies, and how far they are turned from the camera."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from formcheck.motion.angles import middle, point, segment, shank_length, trunk_vector
from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side

__all__ = ["Posture", "body_yaw_deg", "kept_up", "postures", "thigh_drop"]


class Posture(StrEnum):
    """What the whole body does; an exercise is measured in one of them."""

    SEATED = "seated"
    STANDING = "standing"
    LYING = "lying"
    UNKNOWN = "unknown"


#: Seated or with the feet drawn up the thighs reach at most this part of a shank below the hips (standing: about 1).
MAX_SEATED_DROP = 0.62
MIN_STANDING_DROP = 0.72
#: A trunk further than this from the vertical of the picture lies.
MIN_LYING_DEG = 55.0
MAX_UPRIGHT_DEG = 40.0


def thigh_drop(xy: npt.NDArray[np.floating]) -> Float:
    """(N,) how far the thighs reach below the hips, in shank lengths, the larger of the two legs. NaN: neither leg seen.

    Taken from hip and ankle, as a knee that swings inwards seems to sink: their height difference less one full shank.
    """
    drops = np.stack([segment(xy, side, "hip", "ankle")[:, 1] / _full_length(shank_length(xy, side)) - 1 for side in Side])
    return np.asarray(np.fmax(drops[0], drops[1]), np.float64)


def _full_length(length: Float) -> float:
    # A bone looks its length when it lies across the view: nearly the longest that was seen.
    seen = length[np.isfinite(length)]
    return float(np.percentile(seen, 90)) if len(seen) else float("nan")


def postures(xy: npt.NDArray[np.floating]) -> npt.NDArray[np.object_]:
    """(N,) `Posture` of each frame; ``Posture.UNKNOWN`` between postures and where the body is not seen."""
    trunk = trunk_vector(xy)
    with np.errstate(invalid="ignore", divide="ignore"):
        lean = np.degrees(np.arctan2(np.abs(trunk[:, 0]), -trunk[:, 1]))
        drop = thigh_drop(xy)
        result = np.full(len(xy), Posture.UNKNOWN, object)
        result[(lean <= MAX_UPRIGHT_DEG) & (drop >= MIN_STANDING_DROP)] = Posture.STANDING
        result[(lean < MIN_LYING_DEG) & (drop <= MAX_SEATED_DROP)] = Posture.SEATED
        result[lean >= MIN_LYING_DEG] = Posture.LYING
    return result


def body_yaw_deg(xyz: npt.NDArray[np.floating], seated: bool) -> Float:
    """(N,) how far the person is turned from the camera, degrees, positive to their own left; 0 faces it.

    Weighted mean of shoulder line and hip line, and seated also of the direction of the thighs, from the model's world landmarks:
    the hip line alone is off by up to 20 degrees. What is not seen is left out; NaN when neither shoulders nor hips are seen.
    """
    lines = [point(xyz, Side.LEFT, part) - point(xyz, Side.RIGHT, part) for part in ("shoulder", "hip")]
    directions = [np.stack([line[:, 0], line[:, 2]], axis=-1) for line in lines]
    if seated:
        forward = middle(xyz, "knee") - middle(xyz, "hip")
        directions.append(np.stack([-forward[:, 2], forward[:, 0]], axis=-1))
    # An error of depth turns a short line more than a long one: the weight of a direction is its squared length.
    weighted = np.stack([d * np.linalg.norm(d, axis=-1, keepdims=True) for d in directions])
    mean = np.where(np.isfinite(weighted), weighted, 0.0).sum(axis=0)
    lines_seen = np.isfinite(weighted[:2]).all(axis=-1).any(axis=0)
    return np.where(lines_seen, np.degrees(np.arctan2(mean[:, 1], mean[:, 0])), np.nan)


def kept_up(time_s: Float, mask: npt.NDArray[np.bool_], min_s: float, gap_s: float) -> npt.NDArray[np.bool_]:
    """(N,) the mask with gaps up to ``gap_s`` closed and then runs under ``min_s`` dropped: sitting is not passing through a squat."""
    closed = mask.copy()
    for start, stop in true_runs(~mask):
        if start > 0 and stop < len(mask) and time_s[stop] - time_s[start - 1] <= gap_s:
            closed[start:stop] = True
    for start, stop in list(true_runs(closed)):
        if time_s[stop - 1] - time_s[start] < min_s:
            closed[start:stop] = False
    return closed
