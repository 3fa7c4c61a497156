"""The tables of all films of a folder of results: ``files.csv``, a row a film, and ``repetitions.csv``, a row a repetition.

They hold what the ledger holds, whichever run did it, and are written from it row by row. The same ledger gives the same bytes.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

from formcheck.batch.ledger import Ledger
from formcheck.errors import OutputError
from formcheck.report.tables import rep_columns
from formcheck.report.words import clean_text

__all__ = ["FILE_COLUMNS", "TABLES", "repetition_columns", "write_tables"]

#: Names of the tables, without their kind.
TABLES = ("files", "repetitions")
FILE_COLUMNS = (
    "path",
    "sha256",
    "status",
    "exercise",
    "model",
    "reps_left",
    "reps_right",
    "reps_both",
    "reps_total",
    "partial",
    "measured_fraction",
    "error",
)
#: Rows of a row group of Parquet.
_BLOCK = 10_000

Row = list[Any]


def repetition_columns() -> tuple[str, ...]:
    """The columns of ``repetitions.csv``: those of ``reps.csv`` after path, exercise and model."""
    return ("path", "exercise", "model", *rep_columns())


def write_tables(ledger: Ledger, folder: Path, *, parquet: bool = False) -> tuple[Path, ...]:
    """Write the tables into a folder, each whole or not at all, and give their paths.

    Parameters
    ----------
    parquet
        Whether Parquet is written too; needs pyarrow.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    written = []
    for name in TABLES:
        path = folder / f"{name}.csv"
        with _replaced(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            _write_csv(file, name, ledger)
        written.append(path)
        if parquet:
            path = folder / f"{name}.parquet"
            with _replaced(path) as temporary:
                _write_parquet(temporary, name, ledger)
            written.append(path)
    return tuple(written)


def _columns(name: str) -> tuple[str, ...]:
    return FILE_COLUMNS if name == "files" else repetition_columns()


def _rows(name: str, ledger: Ledger) -> Iterator[Row]:
    return _file_rows(ledger) if name == "files" else _repetition_rows(ledger)


def _shown(ledger: Ledger, columns: str) -> Iterator[Any]:
    """The record of each film and exercise that was asked for last, in the order of the paths."""
    yield from ledger.db.execute(
        f"SELECT address, exercise, model, {columns} FROM films WHERE shown = (SELECT max(shown) FROM films AS other "
        "WHERE other.key = films.key AND other.exercise = films.exercise) ORDER BY address, key, exercise"
    )


def _file_rows(ledger: Ledger) -> Iterator[Row]:
    for row in _shown(ledger, "sha256, status, message, line"):
        line = json.loads(row["line"])
        reps = line["reps"]
        yield [
            clean_text(os.fsdecode(row["address"])),
            row["sha256"] or None,
            row["status"],
            row["exercise"],
            row["model"],
            *(reps[side] for side in ("left", "right", "both", "total")),
            line["partial"],
            line["measured_fraction"],
            row["message"] or None,
        ]


def _repetition_rows(ledger: Ledger) -> Iterator[Row]:
    for row in _shown(ledger, "reps"):
        first = [clean_text(os.fsdecode(row["address"])), row["exercise"], row["model"]]
        yield from ([*first, *rep] for rep in json.loads(row["reps"]))


def _write_csv(file: IO[str], name: str, ledger: Ledger) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_columns(name))
    for row in _rows(name, ledger):
        writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in row])


def _write_parquet(path: Path, name: str, ledger: Ledger) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    from formcheck.report.parquet import column_type, schema_of

    kinds = {one: column_type(one) for one in _columns(name)}
    schema = schema_of(list(kinds.items()))
    rows = _rows(name, ledger)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while block := list(islice(rows, _BLOCK)):
            columns = zip(*block, strict=True)
            arrays = [pa.array(values, kind) for values, kind in zip(columns, kinds.values(), strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place at the end of the block, and is gone when something goes wrong."""
    with ExitStack() as stack:
        try:
            handle, name = tempfile.mkstemp(prefix=".formcheck-", suffix=".partial", dir=path.parent)
            os.close(handle)
            temporary = Path(name)
            stack.callback(temporary.unlink, missing_ok=True)
            yield temporary
            # mkstemp makes files for its user alone.
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise OutputError(f"{path}: cannot be written ({why}); close it elsewhere, or make room.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
