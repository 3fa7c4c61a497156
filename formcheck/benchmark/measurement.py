"""A figure of the benchmark, and all of one run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SCHEMA", "Measurement", "Run", "Skipped"]

#: Changes when the same name no longer means the same.
SCHEMA = 1

_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure; less is better.

    Attributes
    ----------
    name
        As in `formcheck.benchmark.kinds`, a part of it behind a slash.
    model
        "lite", "full" or "heavy".
    unit
        "ms/frame", "ms", "s" or "MB".
    value
        Median of the runs.
    runs
        What each turn gave.
    ratio_to_naive, ratio_to_bare
        How many times what the usual loop and the bare pose model took in the same turn, median of the turns; NaN where there is no
        such comparison.
    """

    name: str
    model: str
    unit: str
    value: float
    runs: tuple[float, ...]
    ratio_to_naive: float = math.nan
    ratio_to_bare: float = math.nan

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON values, None for NaN."""
        return {
            "name": self.name,
            "model": self.model,
            "unit": self.unit,
            "value": _plain(self.value),
            "runs": [_plain(value) for value in self.runs],
            "ratio_to_naive": _plain(self.ratio_to_naive),
            "ratio_to_bare": _plain(self.ratio_to_bare),
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was asked for and could not be measured, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """All that one run measured.

    Attributes
    ----------
    machine
        From `formcheck.benchmark.machine`.
    film
        Name, frames and picture size of the film.
    turns
        How often each was measured.
    """

    machine: Mapping[str, Any]
    film: Mapping[str, Any]
    turns: int
    measurements: tuple[Measurement, ...] = ()
    skipped: tuple[Skipped, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Give it as one JSON object, always of the same structure."""
        return {
            "schema": SCHEMA,
            "machine": dict(self.machine),
            "film": dict(self.film),
            "turns": self.turns,
            "measurements": [one.as_json() for one in self.measurements],
            "skipped": [{"name": one.name, "reason": one.reason} for one in self.skipped],
        }


def _plain(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
