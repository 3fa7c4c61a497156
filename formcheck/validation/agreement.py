"""How far an estimate agrees with the truth: error, slope, correlation, and how often the interval holds what is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.motion.geometry import Float

__all__ = ["MOVING_DEG", "Agreement", "Coverage"]

#: A truth that changes by less is standing still: it has no slope, and its frames are not those of a movement.
MOVING_DEG = 2.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Estimate against truth over the frames in which both are known: bias, RMSE, slope, correlation, number of frames."""

    bias_deg: float
    rmse_deg: float
    slope: float
    correlation: float
    frames: int

    @classmethod
    def of(cls, estimate: Float, truth: Float) -> Agreement:
        """Compare two (N,) curves in degrees.

        NaN figures where fewer than three frames are known; slope and correlation also where the truth moves by less than `MOVING_DEG`.
        """
        known = np.isfinite(estimate) & np.isfinite(truth)
        a, b = estimate[known], truth[known]
        if len(a) < 3:
            return cls(float("nan"), float("nan"), float("nan"), float("nan"), len(a))
        moving = float(np.ptp(b)) > MOVING_DEG and float(np.std(a)) > 1e-9
        slope = float(np.polyfit(b, a, 1)[0]) if moving else float("nan")
        correlation = float(np.corrcoef(a, b)[0, 1]) if moving else float("nan")
        return cls(float(np.mean(a - b)), float(np.sqrt(np.mean((a - b) ** 2))), slope, correlation, len(a))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many values had the truth within their interval, of those that had an interval."""

    inside: int = 0
    known: int = 0

    @classmethod
    def of(cls, error: npt.NDArray[np.floating], half_width: npt.NDArray[np.floating]) -> Coverage:
        """Count over (N,) errors and half widths; NaN in either leaves the value out."""
        known = np.isfinite(error) & np.isfinite(half_width)
        return cls(int(np.sum(np.abs(error[known]) <= half_width[known])), int(known.sum()))

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.inside + other.inside, self.known + other.known)

    @property
    def fraction(self) -> float:
        """Share with the truth inside; NaN when there was no value."""
        return self.inside / self.known if self.known else float("nan")
