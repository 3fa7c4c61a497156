"""Figures kept beside the tables, and the check that a change of measurement has not made them worse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.errors import InputError
from formcheck.validation.comparison import Comparison
from formcheck.validation.figures import figures_of

__all__ = ["FORMAT", "TOLERANCES", "Tolerance", "as_record", "read_record", "worse"]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much a figure may get worse: pose models give slightly other landmarks on other processors.

    ``goal`` is the value that would be right; a figure is worse when it is farther from it than the recorded one by more than ``room``.
    """

    goal: float
    room: float


#: The figures that are watched. Rooms of angles: what a few frames landing on another pixel can do to a clip of ten seconds.
TOLERANCES: Mapping[str, Tolerance] = {
    "change_rmse_deg": Tolerance(0.0, 0.3),
    "absolute_rmse_deg": Tolerance(0.0, 0.5),
    "slope": Tolerance(1.0, 0.03),
    "peak_error_deg": Tolerance(0.0, 0.5),
    "start_error_s": Tolerance(0.0, 0.04),
    "end_error_s": Tolerance(0.0, 0.04),
    "out_error_s": Tolerance(0.0, 0.05),
    "hold_error_s": Tolerance(0.0, 0.05),
    "back_error_s": Tolerance(0.0, 0.05),
    "phases_good": Tolerance(1.0, 0.1),
    "covered_angle": Tolerance(0.95, 0.05),
    "covered_change": Tolerance(0.95, 0.05),
}


def as_record(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """The figures and fault scores by model, condition and clip, as JSON values (None where unknown)."""
    models: dict[str, Any] = {}
    for item in comparisons:
        figures = {name: round(value, 4) if np.isfinite(value) else None for name, value in figures_of([item]).items()}
        faults = {
            code: {"right": score.right, "wrong": score.wrong, "missed": score.missed, "declared": score.declared}
            for code, score in sorted(item.faults.items())
        }
        models.setdefault(item.model, {}).setdefault(item.condition, {})[item.clip] = {"figures": figures, "faults": faults}
    return {"format": FORMAT, "models": models}


def read_record(path: Path) -> dict[str, Any]:
    """Read recorded figures.

    Raises
    ------
    InputError
        No such file, or not one of `as_record`.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); make it with --write.") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); make it again with --write.") from error
    if not (isinstance(data, dict) and data.get("format") == FORMAT and isinstance(data.get("models"), dict)):
        raise InputError(f"{path}: holds no figures of this version of formcheck; make it again with --write.")
    return dict(data)


def worse(record: Mapping[str, Any], comparisons: Sequence[Comparison]) -> list[str]:
    """What got worse than recorded, a sentence each.

    Raises
    ------
    InputError
        A model, condition or clip of this run was never recorded, so nothing can be said of it; or the record is damaged.
    """
    found: list[str] = []
    for model, conditions in as_record(comparisons)["models"].items():
        for condition, clips in conditions.items():
            for clip, now in clips.items():
                try:
                    was = record["models"][model][condition][clip]
                    where = f"{clip}, {model}, {condition}"
                    found += [*_worse_figures(where, was["figures"], now["figures"]), *_worse_faults(where, was["faults"], now["faults"])]
                except (KeyError, TypeError, AttributeError) as error:
                    raise InputError(
                        f"the recorded figures hold none of {clip} with {model}, {condition}; make them again with --write."
                    ) from error
    return found


def _worse_figures(where: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if now["counts_exact"] < was["counts_exact"]:
        yield f"{where}: the count is wrong, and was right."
    for name, tolerance in TOLERANCES.items():
        before, after = was.get(name), now[name]
        if before is None:
            continue
        if after is None:
            yield f"{where}: {name} is not known any more, was {before:.2f}."
        elif abs(after - tolerance.goal) > abs(before - tolerance.goal) + tolerance.room:
            yield f"{where}: {name} is {after:.2f}, was {before:.2f} (right: {tolerance.goal:g}, room: {tolerance.room:g})."


def _worse_faults(where: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for code in sorted({*was, *now}):
        before, after = was.get(code, {}), now.get(code, {})
        for kind in ("wrong", "missed", "declared"):
            if after.get(kind, 0) > before.get(kind, 0):
                yield f"{where}: {code} {kind} {after[kind]} times, was {before.get(kind, 0)}."
