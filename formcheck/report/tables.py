"""``reps.csv`` and ``frames.csv``: the numbers of a session for spreadsheets and statistics, as RFC 4180 with bare line feeds.

Columns and units are described in ``docs/data-dictionary.md``. A value that was not measured is an empty cell. Angles are in degrees
unless radians are asked for; then their columns are named so (``peak_rad``).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.session import Rep, SessionReport
from formcheck.report.session_json import rounded
from formcheck.report.units import AngleUnit, column_in, in_unit, is_angle
from formcheck.report.words import clean_text

__all__ = ["FRAME_COLUMNS", "REP_COLUMNS", "frame_curves", "rep_columns", "rep_rows", "write_frames_csv", "write_reps_csv"]

#: The first columns of ``frames.csv``; those of the timeline follow in its order.
FRAME_COLUMNS = ("frame", "time_s", "person")
_REP_NUMBERS = (
    "start_s",
    "peak_s",
    "end_s",
    "peak_deg",
    "peak_pm_deg",
    "range_deg",
    "out_s",
    "hold_s",
    "back_s",
    "peak_speed_deg_s",
)
_CLEAN_NUMBERS = ("range_pm_deg", "clean_range_deg", "clean_until_s", "isolation_frac")
_SMOOTH_NUMBERS = ("peak_to_mean", "mid_dip", "high_band_log10", "noise_ratio")
REP_COLUMNS = (
    "number",
    "side",
    "direction",
    "counted",
    "rejected",
    *_REP_NUMBERS,
    *(f"smoothness_{name}" for name in _SMOOTH_NUMBERS),
    "smoothness_reason",
    "faults",
    *_CLEAN_NUMBERS,
    "culprit",
)

_BLOCK = 1024
#: A radian is 57 degrees, so it needs two more decimals to say the same.
_RAD_DECIMALS = {"reps": 4, "frames": 5}


def rep_columns(unit: AngleUnit = "deg") -> tuple[str, ...]:
    """The columns of ``reps.csv`` in their order."""
    return tuple(column_in(name, unit) for name in REP_COLUMNS)


def rep_rows(report: SessionReport, unit: AngleUnit = "deg") -> list[list[Any]]:
    """One row a movement in the order of `rep_columns`: int, str, bool, float, and None where nothing was measured or is to be said."""
    return [_rep_row(rep, unit) for rep in report.reps]


def frame_curves(report: SessionReport, unit: AngleUnit = "deg") -> dict[str, npt.NDArray[np.float64]]:
    """The columns of ``frames.csv`` after `FRAME_COLUMNS`: name to (N,) numbers as they are written, NaN where not measured."""
    return {
        clean_text(column_in(name, unit)): _near(in_unit(name, values, unit), _decimals(name, unit))
        for name, values in _columns(report).items()
    }


def write_reps_csv(report: SessionReport, path: Path, unit: AngleUnit = "deg") -> None:
    """Write one row a movement, counted or not, rounded as in ``session.json``; radians have 4 decimals.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with _opened(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rep_columns(unit))
        writer.writerows([str(cell).lower() if isinstance(cell, bool) else cell for cell in row] for row in rep_rows(report, unit))


def write_frames_csv(report: SessionReport, path: Path, unit: AngleUnit = "deg") -> None:
    """Write one row a frame: number from 0, time to 0.1 ms, person 1 or 0, then every column of the timeline, and after
    them the half width of the 95 % interval of each angle whose error is known: ``hip_rotation_left_pm_deg``.

    Degrees have 3 decimals, radians and fractions 5. Written in blocks of rows, so the memory does not grow with the length of the video.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with _opened(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*FRAME_COLUMNS, *(clean_text(column_in(name, unit)) for name in _columns(report))])
        for rows in _frame_blocks(report, unit):
            writer.writerows(rows)


def _columns(report: SessionReport) -> dict[str, npt.NDArray[np.float64]]:
    """All curves of the timeline by the name of their column."""
    line = report.timeline
    return {**line.values, **{f"{name.removesuffix('_deg')}_pm_deg": pm for name, pm in line.pm_deg.items()}}


def _opened(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")


def _rep_row(rep: Rep, unit: AngleUnit) -> list[Any]:
    return [
        rep.number,
        rep.side_name,
        clean_text(rep.direction),
        rep.counted,
        rep.rejected.value if rep.rejected is not None else None,
        *(_rep_number(name, getattr(rep, name), unit) for name in _REP_NUMBERS),
        *(rounded(name, getattr(rep.smoothness, name)) for name in _SMOOTH_NUMBERS),
        clean_text(rep.smoothness.reason) if rep.smoothness.reason is not None else None,
        ";".join(code.value for code in rep.faults),
        *(_rep_number(name, getattr(rep, name), unit) for name in _CLEAN_NUMBERS),
        rep.culprit.value if rep.culprit is not None else None,
    ]


def _rep_number(name: str, value: float, unit: AngleUnit) -> float | None:
    if unit == "deg" or not is_angle(name):
        return rounded(name, value)
    value = math.radians(float(value))
    return round(value, _RAD_DECIMALS["reps"]) + 0.0 if math.isfinite(value) else None


def _frame_blocks(report: SessionReport, unit: AngleUnit) -> Iterator[Iterator[tuple[Any, ...]]]:
    line = report.timeline
    count = len(line.time_s)
    curves = _columns(report)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        columns: list[list[Any]] = [
            list(range(start, stop)),
            _cells(line.time_s[start:stop], 4),
            np.asarray(line.person[start:stop], np.int8).tolist(),
        ]
        for name, values in curves.items():
            columns.append(_cells(in_unit(name, values[start:stop], unit), _decimals(name, unit)))
        yield zip(*columns, strict=True)


def _decimals(name: str, unit: AngleUnit) -> int:
    if unit == "rad" and is_angle(name):
        return _RAD_DECIMALS["frames"]
    return 5 if name.endswith("_frac") else 3


def _near(values: npt.NDArray[np.floating], decimals: int) -> npt.NDArray[np.float64]:
    """Rounded, NaN where not finite; never a negative zero."""
    near = np.round(np.asarray(values, np.float64), decimals) + 0.0
    return np.where(np.isfinite(near), near, np.nan)


def _cells(values: npt.NDArray[np.floating], decimals: int) -> list[float | None]:
    """Rounded Python floats, None where not measured."""
    near = _near(values, decimals)
    cells: list[float | None] = near.tolist()
    for index in np.flatnonzero(np.isnan(near)):
        cells[index] = None
    return cells
