"""When is a difference between two ranges a change? Only when it is larger than what measuring twice may differ by.

Each range comes with the half width of its 95 % interval, ``pm = 1.96 · sem``. Two measurements of an unchanged leg then differ by less
than ``1.96 · √(sem₁² + sem₂²) = √(pm₁² + pm₂²)`` in 95 of 100 pairs: the *minimal detectable change*. That holds what one recording can
know of itself: noise, view, and how far its repetitions were apart. It cannot hold what differs between two recordings: the chair, the
place of the foot at rest, the warmth of the muscles. For that there is a floor of 5.4°, by which two people who measured the same seated,
active internal rotation with an inclinometer differed (Krause et al. 2014, minimal detectable change). Nobody has yet measured how
repeatable *this* instrument is from day to day; until then nothing finer is called a change, however small the own ± is. The floor
was measured on seated rotation; using it for the other exercises is a judgement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["MIN_CHANGE_DEG", "Change", "change_between", "detectable_change_deg"]

#: Smaller differences are never called a change (Krause et al. 2014).
MIN_CHANGE_DEG = 5.4


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two ranges, held against what measuring twice may differ by.

    Attributes
    ----------
    difference_deg
        The second minus the first.
    detectable_deg
        The minimal detectable change; NaN when the error of either is not known.
    changed
        Whether the difference is larger than that; None when it cannot be told.
    """

    difference_deg: float
    detectable_deg: float
    changed: bool | None


def detectable_change_deg(first_pm_deg: float, second_pm_deg: float) -> float:
    """Smallest difference that is called a change: ``√(pm₁² + pm₂²)`` of the half widths of the 95 % intervals, at least 5.4°.

    NaN when either is not known.
    """
    if not (math.isfinite(first_pm_deg) and math.isfinite(second_pm_deg)):
        return float("nan")
    return max(math.hypot(first_pm_deg, second_pm_deg), MIN_CHANGE_DEG)


def change_between(first_deg: float, first_pm_deg: float, second_deg: float, second_pm_deg: float) -> Change:
    """Compare two ranges, each with the half width of its 95 % interval, in degrees; NaN where not measured."""
    difference = second_deg - first_deg
    detectable = detectable_change_deg(first_pm_deg, second_pm_deg)
    known = math.isfinite(difference) and math.isfinite(detectable)
    return Change(difference, detectable, abs(difference) > detectable if known else None)
