"""``reps.parquet`` and ``frames.parquet``: the tables of the CSV files with their types, and the unit of each column in the schema.

Numbers are the ones of the CSV files; what was not measured is null. Parquet is written by pyarrow, which is an extra.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from formcheck import __version__
from formcheck.errors import UsageError
from formcheck.exercise.session import SessionReport
from formcheck.report.session_json import SCHEMA_VERSION
from formcheck.report.tables import FRAME_COLUMNS, frame_curves, rep_columns, rep_rows
from formcheck.report.units import AngleUnit, unit_of_column

__all__ = ["PARQUET_FILES", "column_type", "require_pyarrow", "schema_of", "write_parquet"]

PARQUET_FILES = ("reps.parquet", "frames.parquet")

_TEXTS = {"side", "direction", "rejected", "smoothness_reason", "faults", "culprit"}
_TEXTS |= {"path", "sha256", "status", "exercise", "model", "error"}
_COUNTS = {"number", "reps_left", "reps_right", "reps_both", "reps_total", "partial"}


def require_pyarrow() -> None:
    """Raise UsageError when Parquet cannot be written here, with how to mend that."""
    if find_spec("pyarrow") is None:
        raise UsageError("--parquet needs the package pyarrow, which is not installed; run: pip install 'formcheck[parquet]'")


def write_parquet(report: SessionReport, folder: Path, unit: AngleUnit = "deg") -> None:
    """Write both files into a folder. The same report gives the same bytes with the same pyarrow.

    Raises
    ------
    UsageError
        pyarrow is not installed.
    OSError
        A file cannot be written.
    """
    require_pyarrow()
    _write(folder / PARQUET_FILES[0], _rep_table(report, unit))
    _write(folder / PARQUET_FILES[1], _frame_table(report, unit))


def column_type(name: str) -> Any:
    """The pyarrow type of a column of a table of repetitions or of films: text, int32, bool, or float64."""
    import pyarrow as pa

    if name in _TEXTS:
        return pa.string()
    return pa.int32() if name in _COUNTS else pa.bool_() if name == "counted" else pa.float64()


def schema_of(columns: list[tuple[str, Any]]) -> Any:
    """The schema of (name, type) of each column, with its unit, and the version of formcheck."""
    import pyarrow as pa

    fields = [pa.field(name, kind, metadata={"unit": unit_of_column(name)}) for name, kind in columns]
    return pa.schema(fields, metadata={"formcheck": __version__, "formcheck_schema": str(SCHEMA_VERSION)})


def _rep_table(report: SessionReport, unit: AngleUnit) -> Any:
    import pyarrow as pa

    names, rows = rep_columns(unit), rep_rows(report, unit)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [pa.array(values, column_type(name)) for name, values in zip(names, columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema_of([(name, array.type) for name, array in zip(names, arrays, strict=True)]))


def _frame_table(report: SessionReport, unit: AngleUnit) -> Any:
    import pyarrow as pa

    line = report.timeline
    first = (np.arange(len(line.time_s), dtype=np.int32), np.round(line.time_s, 4) + 0.0, np.asarray(line.person, np.int8))
    curves = dict(zip(FRAME_COLUMNS, first, strict=True)) | frame_curves(report, unit)
    arrays = [pa.array(values, from_pandas=True) for values in curves.values()]
    return pa.Table.from_arrays(arrays, schema=schema_of([(name, array.type) for name, array in zip(curves, arrays, strict=True)]))


def _write(path: Path, table: Any) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")
