"""Sessions as plain values, and their movements as a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from formcheck.history.entry import RepRow, SessionRow

__all__ = ["session_values", "write_table"]


def session_values(row: SessionRow) -> dict[str, Any]:
    """A session as JSON values."""
    return asdict(row) | {"started_at": row.started_at.isoformat(), "reps": dict(row.reps)}


def write_table(out: TextIO, sessions: Iterable[tuple[SessionRow, Sequence[RepRow]]]) -> None:
    """Write a CSV line for each movement of some sessions, after a line of names."""
    writer = csv.DictWriter(out, ["session", "started_at", "person", "exercise", *RepRow.__dataclass_fields__])
    writer.writeheader()
    for row, reps in sessions:
        first = {"session": row.id, "started_at": row.started_at.isoformat(), "person": row.person, "exercise": row.exercise}
        writer.writerows(first | asdict(rep) for rep in reps)
