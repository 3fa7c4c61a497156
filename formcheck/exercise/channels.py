"""What should stay as it was: trunk, pelvis, feet and the other knee, each as change from rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from formcheck.exercise.curves import Curves
from formcheck.motion.filters import smoothed, true_runs
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.rest import followed_rest, rest_level

__all__ = ["Channels"]

_CUTOFF_HZ = 3.0


@dataclass(frozen=True, eq=False)
class Channels:
    """Changes from rest, computed from the curves and the moments at which the legs rest.

    Every method gives (N,) values; NaN where the landmarks it needs were not seen.
    """

    curves: Curves
    still: npt.NDArray[np.bool_]
    _kept: dict[tuple[object, ...], Float] = field(default_factory=dict, repr=False)
    _noise: dict[int, tuple[Float, float]] = field(default_factory=dict, repr=False)

    def trunk_side_bend_deg(self) -> Float:
        """Sideways bend of the trunk, to the person's left positive: the mean of two signs of it, the line from hips to shoulders
        and the tilt of the shoulders. A swaying hip line moves only the first, a shrug only the second.
        """

        def bend() -> Float:
            lean = self._from_rest(self.curves.columns["trunk_lean_deg"])
            return (lean - self._from_rest(self.curves.columns["shoulder_tilt_deg"])) / 2

        return self._once(bend, "trunk_side_bend")

    def trunk_forward_deg(self) -> Float:
        """Change of the forward lean; from the model's depth."""
        return self._once(lambda: self._from_rest(self.curves.columns["trunk_forward_deg"]), "trunk_forward")

    def trunk_shortening_frac(self) -> Float:
        """How much shorter the trunk looks than at rest, against the width of the shoulders."""
        ratio = self.curves.trunk_ratio
        return self._once(lambda: 1 - smoothed(self.curves.time_s, ratio, _CUTOFF_HZ) / rest_level(ratio, self.still), "trunk_shortening")

    def pelvis_hike_deg(self, side: Side) -> Float:
        """How far the pelvis is raised on one side, upwards positive."""
        return self._once(lambda: -side.sign * self._from_rest(self.curves.columns["pelvis_obliquity_deg"]), "pelvis_hike", side)

    def knee_shift_frac(self, side: Side) -> Float:
        """Distance of a knee from its place at rest, in shank lengths."""
        knee = self.curves.knee_xy[side]
        shank = self.curves.shank_px[side]
        return self._once(lambda: np.hypot(*(self._from_rest(knee[:, axis]) for axis in (0, 1))) / shank, "knee_shift", side)

    def foot_lift_frac(self, side: Side, against_other: bool) -> Float:
        """Height of a foot over its own rest, in shank lengths: the larger of toe and ankle, as the heel is hidden from the front.

        Parameters
        ----------
        against_other
            Take away what the other foot does at the same time: a shaken camera lifts both.
        """

        def lift(leg: Side) -> Float:
            return np.fmax(self.part_lift_frac(leg, "foot_index"), self.part_lift_frac(leg, "ankle"))

        def compared() -> Float:
            other = lift(side.other)
            return lift(side) - np.where(np.isfinite(other), np.clip(other, -0.15, 0.15), 0.0)

        return self._once(compared if against_other else lambda: lift(side), "foot_lift", side, against_other)

    def part_lift_frac(self, side: Side, part: str) -> Float:
        """Height of one landmark of a foot ("heel", "foot_index", "ankle") over its own rest, in shank lengths."""

        def lift() -> Float:
            height = smoothed(self.curves.time_s, self.curves.feet_px[side, part], _CUTOFF_HZ)
            return (height - followed_rest(self.curves.time_s, height, self.still)) / self.curves.shank_px[side]

        return self._once(lift, "part_lift", side, part)

    def feet_apart_frac(self) -> Float:
        """How much further apart the feet are than at rest, in shank lengths of the longer-looking leg."""

        def apart() -> Float:
            gap = smoothed(self.curves.time_s, self.curves.foot_gap_px, _CUTOFF_HZ)
            shanks = [length for length in self.curves.shank_px.values() if np.isfinite(length)]
            return (gap - followed_rest(self.curves.time_s, gap, self.still)) / max(shanks)

        return self._once(apart, "feet_apart")

    def rest_noise(self, value: Float) -> float:
        """Standard deviation of a curve within the rests of the recording, in its unit; of its roughness where it never rests."""
        if id(value) not in self._noise:
            runs = [value[a:b] for a, b in true_runs(self.still & np.isfinite(value)) if b - a >= 5]
            # The curve is kept beside its noise: an identity is only good while its object lives.
            self._noise[id(value)] = value, float(np.median([np.std(run) for run in runs])) if runs else _roughness(value)
        return self._noise[id(value)][1]

    def _once(self, compute: Callable[[], Float], *name: object) -> Float:
        """Compute a channel once; every repetition looks at it."""
        if name not in self._kept:
            self._kept[name] = np.asarray(compute(), np.float64)
        return self._kept[name]

    def _from_rest(self, value: Float) -> Float:
        return smoothed(self.curves.time_s, value, _CUTOFF_HZ) - rest_level(value, self.still)


def _roughness(value: Float) -> float:
    """Standard deviation of white noise with the second differences of a curve, from their median deviation; 0 for fewer than five."""
    second = np.diff(value, 2)
    second = second[np.isfinite(second)]
    return 1.4826 * float(np.median(np.abs(second))) / np.sqrt(6) if len(second) >= 5 else 0.0
