"""A run for people: a table for the terminal, and a page."""

from __future__ import annotations

import math
from collections.abc import Iterator

from formcheck.benchmark.kinds import KINDS
from formcheck.benchmark.measurement import Measurement, Run

__all__ = ["page", "table"]

_HEAD = """\
# Speed

How long formcheck takes, beside the loop that is usually written around a pose model and beside the bare pose model. Made by

    {command}

on {machine}. How it is measured, how to read it and how to compare with it is in [benchmark.md](benchmark.md). Less is better
everywhere. Compare ratios; the times are of this computer.

"""
_COLUMNS = ("measured", "model", "value", "x usual loop", "x bare model")


def table(run: Run) -> str:
    """All figures as a table of plain text, and what was left out."""
    rows = [_COLUMNS, *(_row(one) for one in run.measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = [_film(run), _machine(run), ""]
    for row in rows:
        cells = [cell.ljust(width) if at < 2 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells))
    lines += [f"left out: {sentence}" for sentence in _left_out(run)]
    return "\n".join(line.rstrip() for line in lines)


def page(run: Run, command: str) -> str:
    """The same as a page in Markdown.

    Parameters
    ----------
    command
        The words that made it.
    """
    lines = [f"{_film(run)}; {_turns(run)}.", "", f"| {' | '.join(_COLUMNS)} |", "|---|---|---:|---:|---:|"]
    lines += [f"| {' | '.join(_row(one))} |" for one in run.measurements]
    measured = {one.name.partition("/")[0] for one in run.measurements}
    lines += ["", *(f"- `{kind.name}`: {kind.what}" for kind in KINDS if kind.name in measured)]
    left_out = list(_left_out(run))
    lines += ["", "Left out:", "", *(f"- {sentence}" for sentence in left_out)] if left_out else []
    return _HEAD.format(command=command, machine=_machine(run)) + "\n".join(lines) + "\n"


def _row(one: Measurement) -> tuple[str, ...]:
    return one.name, one.model, f"{_short(one.value)} {one.unit}", _short(one.ratio_to_naive), _short(one.ratio_to_bare)


def _short(value: float) -> str:
    """Three digits, and no more after the point than tell something."""
    if not math.isfinite(value):
        return "-"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3 if value >= 0.1 else 4
    return f"{value:.{digits}f}"


def _film(run: Run) -> str:
    film = run.film
    return f"{film['name']}: {film['frames']} frames of {film['width']} x {film['height']}"


def _turns(run: Run) -> str:
    return "one turn" if run.turns == 1 else f"median of {run.turns} turns"


def _machine(run: Run) -> str:
    machine = run.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version is not None)
    cores = "1 core" if machine["cores"] == 1 else f"{machine['cores']} cores"
    return f"{cores} of {machine['cpu'] or 'an unnamed processor'}, {machine['system']}, Python {machine['python']}, {versions}"


def _left_out(run: Run) -> Iterator[str]:
    return (f"{one.name}: {one.reason.rstrip('.')}." for one in run.skipped)
