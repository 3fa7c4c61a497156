"""Where something is while the legs rest, and a foot that is planted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from formcheck.motion.filters import true_runs
from formcheck.motion.geometry import Float

__all__ = ["followed_rest", "planted", "rest_level"]

_MIN_REST_S = 0.3
#: A foot that stands stays where it is; what the pose model moves it by (up to 0.09 of the way of the knee, 0.05 of a shank) is its error.
#: Below the first part of a shank it is planted, above the second (twice what is called a lift) it has moved as far as it seems.
PLANTED_FRAC = 0.06
MOVED_FRAC = 0.12


def rest_level(value: Float, still: npt.NDArray[np.bool_]) -> float:
    """Median of a curve while the legs rest; of all of it when they never do. NaN for a curve without a value."""
    for where in (still, np.ones(len(value), bool)):
        seen = value[where & np.isfinite(value)]
        if len(seen):
            return float(np.median(seen))
    return float("nan")


def followed_rest(time_s: Float, value: Float, still: npt.NDArray[np.bool_]) -> Float:
    """(N,) level at rest, from one rest to the next: a foot may be put elsewhere between two repetitions."""
    knots: list[tuple[float, float]] = []
    for start, stop in true_runs(still & np.isfinite(value)):
        if time_s[stop - 1] - time_s[start] >= _MIN_REST_S:
            level = float(np.median(value[start:stop]))
            knots += [(float(time_s[start]), level), (float(time_s[stop - 1]), level)]
    if not knots:
        return np.full(len(value), rest_level(value, still))
    times, levels = zip(*knots, strict=True)
    return np.asarray(np.interp(time_s, times, levels), np.float64)


def planted(time_s: Float, ankle_xy: Float, still: npt.NDArray[np.bool_], shank_px: float) -> tuple[Float, Float]:
    """An ankle held where it rests as long as it is not clearly elsewhere.

    Parameters
    ----------
    ankle_xy
        (N, 2) px.
    still
        (N,) bool, the legs rest.
    shank_px
        Length of the shank.

    Returns
    -------
    xy, moved
        (N, 2) px the held ankle, NaN where the ankle is; (N,) how far it is believed to have moved, 0 planted to 1 as far as it seems.
    """
    rest = np.stack([followed_rest(time_s, ankle_xy[:, axis], still) for axis in (0, 1)], axis=-1)
    away = ankle_xy - rest
    part = np.clip((np.linalg.norm(away, axis=-1) / shank_px - PLANTED_FRAC) / (MOVED_FRAC - PLANTED_FRAC), 0, 1)
    moved = part**2 * (3 - 2 * part)
    return rest + moved[:, None] * away, moved
