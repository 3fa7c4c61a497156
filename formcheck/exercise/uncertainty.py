"""How far a peak may be off: what is known of noise and geometry, carried through the formulas that were used.

Not in it: how much the pose model itself shrinks a movement, which `docs/accuracy.md` reports per model.
"""

from __future__ import annotations

import numpy as np

from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion.landmarks import Side
from formcheck.motion.swivel import Swivel
from formcheck.motion.view import Posture

__all__ = ["peak_pm_deg"]

#: Standard deviations of what is assumed rather than measured: the knee of a seat, the estimate of yaw.
KNEE_FLEXION_SD_DEG = 6.0
YAW_SD_DEG = 6.0
#: A yaw error of 10 degrees reads a standing leg 0.4-1.4 degrees off, the hip line 2-4 degrees after filtering.
STANDING_SD_DEG = 1.5
#: Depth landmarks, on which the other angles rest.
SPATIAL_SD_DEG = 3.5


def peak_pm_deg(spec: ExerciseSpec, yaw_deg: float, side: Side, peak_deg: float, noise_deg: float) -> float:
    """Half width of the 95 % interval of a peak, degrees. NaN when the noise or the view is not known."""
    if not np.isfinite([yaw_deg if spec.view.posture is not Posture.LYING else 0.0, peak_deg, noise_deg]).all():
        return float("nan")
    if spec.view.posture is Posture.SEATED and spec.reps.angle == "hip_rotation":
        parts = _seated_parts(yaw_deg, side, peak_deg)
    elif spec.view.posture is Posture.STANDING and spec.reps.angle in ("hip_abduction", "leg_to_vertical"):
        parts = [STANDING_SD_DEG]
    else:
        parts = [SPATIAL_SD_DEG]
    return float(1.96 * np.sqrt(noise_deg**2 + sum(part**2 for part in parts)))


def _seated_parts(yaw_deg: float, side: Side, peak_deg: float) -> list[float]:
    """Change of the peak when the knee's flexion or the yaw is one standard deviation off."""
    tilts = np.linspace(-60, 60, 481)
    rotations = Swivel(side, yaw_deg).clipped_rotation_deg(tilts)
    tilt = float(tilts[int(np.argmin(np.abs(rotations - peak_deg)))])
    parts = []
    for d_yaw, d_knee in ((YAW_SD_DEG, 0.0), (0.0, KNEE_FLEXION_SD_DEG)):
        ends = [float(Swivel(side, yaw_deg + sign * d_yaw, 90.0 + sign * d_knee).clipped_rotation_deg(tilt)) for sign in (-1, 1)]
        parts.append(abs(ends[1] - ends[0]) / 2)
    return parts
