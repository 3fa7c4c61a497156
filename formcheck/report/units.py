"""Degrees or radians: in the names and numbers of tables, and in the words of a page.

Everything is measured and kept in degrees. Another unit is a matter of writing: tables are told which, and words ask `angle_unit`, which is
degrees except within `shown_in`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["AngleUnit", "angle_unit", "column_in", "in_unit", "is_angle", "shown_in", "unit_of_column"]

AngleUnit = Literal["deg", "rad"]

_ANGLE = re.compile(r"_deg(?=$|_s$)")
_UNITS = {"_deg": "deg", "_rad": "rad", "_deg_s": "deg/s", "_rad_s": "rad/s", "_s": "s", "_frac": "1"}
#: Columns whose unit their name does not tell.
_SPECIAL = {
    **{f"{part}_lift_{side}_frac": "shank lengths" for part in ("heel", "toe", "ankle", "foot") for side in ("left", "right")},
    "trunk_shortening_frac": "trunk lengths",
    "smoothness_peak_to_mean": "1",
    "smoothness_mid_dip": "1",
    "smoothness_high_band_log10": "log10",
    "smoothness_noise_ratio": "1",
}

_unit: ContextVar[AngleUnit] = ContextVar("angle_unit", default="deg")


def angle_unit() -> AngleUnit:
    """The unit in which words tell angles now."""
    return _unit.get()


@contextmanager
def shown_in(unit: AngleUnit) -> Iterator[None]:
    """Within the block, words tell angles in this unit."""
    token = _unit.set(unit)
    try:
        yield
    finally:
        _unit.reset(token)


def is_angle(name: str) -> bool:
    """Whether a column's name says that it holds degrees or degrees per second."""
    return _ANGLE.search(name) is not None


def column_in(name: str, unit: AngleUnit) -> str:
    """Name of a column when its angles are in this unit: ``peak_deg`` is ``peak_rad`` and ``peak_speed_deg_s`` is ``peak_speed_rad_s``."""
    return _ANGLE.sub(f"_{unit}", name)


def in_unit(name: str, values: npt.NDArray[np.float64], unit: AngleUnit) -> npt.NDArray[np.float64]:
    """The values of a column that is kept in degrees; those that are no angles as they are. NaN stays NaN."""
    return values * (math.pi / 180) if unit == "rad" and is_angle(name) else values


def unit_of_column(name: str) -> str:
    """Unit of a column, as ``deg``, ``deg/s``, ``s``, ``shank lengths``; "1" for a ratio, "" for what has none."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    ending = max((end for end in _UNITS if name.endswith(end)), key=len, default="")
    return _UNITS.get(ending, "")
