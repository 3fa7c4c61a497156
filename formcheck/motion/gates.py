"""Which landmarks may be used: seen, inside the picture, and part of a body that a person could have.

A pose model draws a skeleton into a chair when asked to, and gives joints it cannot see a high visibility. So the visibility gate is
joined by geometry: a trunk and two legs in human proportion, and bones whose length does not jump.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from formcheck.motion.angles import middle, shank_length, trunk_length
from formcheck.motion.filters import running_median
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording

__all__ = ["MIN_SHANK_PX", "MIN_VISIBILITY", "gated_points", "leg_seen", "person_seen"]

#: Below this the model itself doubts that the joint can be seen.
MIN_VISIBILITY = 0.5
#: A landmark this far (fraction of the picture) inside each border counts as in the picture.
BORDER = 0.005
#: Shorter shanks make a pixel of noise worth more than 3 degrees.
MIN_SHANK_PX = 24.0
#: Longest believable shank, thigh and trunk against one another: perspective doubles a true ratio of 0.6-1.1 at most.
MAX_SHANK_PER_TRUNK = 2.4
MIN_SHANK_PER_TRUNK = 0.2
#: A bone that changes by more than this part of its length between neighbouring frames (0.1 s) is a tracking jump.
MAX_BONE_JUMP = 0.25

_TRUNK = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP)


def inside_picture(recording: PoseRecording) -> npt.NDArray[np.bool_]:
    """(N, 33) True for landmarks within the picture; a joint beyond its border is guessed, not seen."""
    size = np.array(recording.image_size, np.float32)
    inside = (recording.image_xy >= size * BORDER) & (recording.image_xy <= size * (1 - BORDER))
    return np.asarray(inside.all(axis=-1))


def gated_points(recording: PoseRecording) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Image (N, 33, 2) px and world (N, 33, 3) m points with everything not seen set to NaN."""
    seen = (recording.visibility >= MIN_VISIBILITY) & inside_picture(recording)
    image = np.where(seen[..., None], recording.image_xy, np.float32(np.nan))
    world = np.where(seen[..., None], recording.world_xyz, np.float32(np.nan))
    return image, world


def person_seen(recording: PoseRecording) -> npt.NDArray[np.bool_]:
    """(N,) True where shoulders and hips of somebody of human proportion are in the picture."""
    xy = recording.image_xy
    seen = (recording.visibility[:, _TRUNK] >= MIN_VISIBILITY).all(axis=1)
    with np.errstate(invalid="ignore"):
        trunk = trunk_length(xy)
        shoulders = np.linalg.norm(xy[:, Landmark.LEFT_SHOULDER] - xy[:, Landmark.RIGHT_SHOULDER], axis=-1)
        hips = np.linalg.norm(xy[:, Landmark.LEFT_HIP] - xy[:, Landmark.RIGHT_HIP], axis=-1)
        human = (shoulders < 1.6 * trunk) & (hips < 1.2 * trunk) & (trunk > 0)
        legs = np.zeros(len(recording), bool)
        for side in Side:
            ratio = shank_length(xy, side) / trunk
            legs |= (ratio > MIN_SHANK_PER_TRUNK) & (ratio < MAX_SHANK_PER_TRUNK)
    centre = middle(xy, "hip")
    in_view = (centre >= 0).all(axis=1) & (centre <= np.array(recording.image_size)).all(axis=1)
    return np.asarray(seen & human & legs & in_view)


def leg_seen(recording: PoseRecording, image: npt.NDArray[np.float32], side: Side) -> npt.NDArray[np.bool_]:
    """(N,) True where hip, knee and ankle of a leg passed the gates, the shank is long enough and its length is steady.

    ``image`` are the points of `gated_points`.
    """
    joints = [Landmark.of(side, part) for part in ("hip", "knee", "ankle")]
    seen = np.isfinite(image[:, joints]).all(axis=(1, 2))
    shank = shank_length(image, side)
    usual = _local_median(shank, recording.time_s)
    with np.errstate(invalid="ignore"):
        steady = np.abs(shank - usual) <= MAX_BONE_JUMP * usual
    return np.asarray(seen & (shank >= MIN_SHANK_PX) & steady)


def _local_median(value: Float, time_s: Float) -> Float:
    if len(value) < 3:
        return value
    step = float(np.median(np.diff(time_s)))
    width = max(3, 2 * round(0.15 / step) + 1) if step > 0 else 3
    filled = np.where(np.isfinite(value), value, np.nanmedian(value) if np.isfinite(value).any() else 0.0)
    return running_median(filled, width)
