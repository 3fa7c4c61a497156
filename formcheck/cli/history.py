"""The `history` commands: what was done before, and what became of it over time."""

from __future__ import annotations

import json
import math
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from formcheck.cli.console import complain, complain_of, say
from formcheck.errors import FormcheckError, OutputError, UsageError
from formcheck.history.entry import RepRow, SessionRow
from formcheck.history.places import private_folder
from formcheck.history.store import History
from formcheck.history.table import session_values, write_table
from formcheck.profiles.trend import Trend
from formcheck.weeks import change_words, regularity_lines, trends_of, write_weeks

__all__ = ["run_delete", "run_export", "run_list", "run_recover", "run_show", "run_trend"]

_EMPTY = "the history is empty; sessions of `live` are kept in it, and those of `analyse --history`."


def run_list(exercise: str | None, person: str | None, as_json: bool) -> int:
    """List the sessions, the newest first; return the exit code."""
    try:
        rows = History().sessions(exercise, person)
    except FormcheckError as error:
        return complain_of(error)
    if as_json:
        for row in rows:
            say(json.dumps(session_values(row), allow_nan=False))
    elif not rows:
        say(_nothing("session", exercise, person))
    else:
        for row in rows:
            say(f"{row.id}  {_when(row)}  {_whose(row, rows)}{row.title}: {_counts(row)}{_ending(row)}")
    return 0


def run_show(wanted: str, as_json: bool, opens: bool) -> int:
    """Show one session; return the exit code."""
    history = History()
    try:
        row = history.find(wanted)
        reps, faults = history.reps(row.id), history.fault_counts(row.id)
    except FormcheckError as error:
        return complain_of(error)
    folder = history.files_of(row)
    page = folder / "report.html" if folder is not None else None
    if as_json:
        say(json.dumps(session_values(row) | {"repetitions": [asdict(rep) for rep in reps], "faults": faults}, allow_nan=False))
    else:
        _show(row, reps, faults)
        if page is not None and page.exists():
            say(f"\nReport: {page}")
    if opens:
        if page is None or not page.exists():
            complain("this session has no report; nothing of it could be measured, or its files were removed.")
            return 4
        webbrowser.open(page.as_uri())
    return 0


def _show(row: SessionRow, reps: Sequence[RepRow], faults: dict[str, int]) -> None:
    say(f"{row.title}, {_when(row)}: {_counts(row)}{_ending(row)}")
    if row.discomfort_before is not None or row.discomfort_after is not None:
        before, after = (("not said" if level is None else str(level)) for level in (row.discomfort_before, row.discomfort_after))
        say(f"Discomfort, 0 to 10: {before} before, {after} after.")
    for rep in reps:
        far = "angle not measured" if rep.range_deg is None else f"{rep.range_deg:.0f}°" + _pm(rep.range_pm_deg)
        tempo = f", {rep.out_s:.1f} s out, {rep.back_s:.1f} s back" if rep.out_s is not None and rep.back_s is not None else ""
        verdict = "" if rep.rejected is None else f", not counted: {rep.rejected.replace('_', ' ')}"
        say(f"  {rep.number:3d}  {rep.side:5s}  {far}{tempo}{verdict}")
    for code, number in faults.items():
        say(f"  {code.replace('_', ' ')}: {number}")


def run_trend(exercise: str | None, person: str | None, as_json: bool, html: Path | None = None, opens: bool = False) -> int:
    """Show how each exercise and leg went over time, as text, JSON or a page; return the exit code."""
    history = History()
    try:
        rows = history.sessions(exercise, person)
        if html is not None or opens:
            return _trend_page(history, rows, html, opens)
        trends = trends_of(history, rows)
    except FormcheckError as error:
        return complain_of(error)
    if as_json:
        for trend in trends:
            say(json.dumps(_trend_json(trend), allow_nan=False))
    elif not trends:
        say(_nothing("repetition", exercise, person))
    else:
        for line in regularity_lines(rows):
            say(line)
        for trend in trends:
            _show_trend(trend, rows)
    return 0


def _trend_page(history: History, rows: Sequence[SessionRow], html: Path | None, opens: bool) -> int:
    path = html if html is not None else history.folder / "progress.html"
    if html is not None and html.exists():
        raise UsageError(f"{html}: is there already; name another file.")
    try:
        if html is None:
            private_folder(path.parent)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_weeks(history, rows, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({(error.strerror or str(error)).lower()}); choose another place.") from error
    say(f"Progress: {path}")
    if opens:
        webbrowser.open(path.resolve().as_uri())
    return 0


def _nothing(what: str, exercise: str | None, person: str | None) -> str:
    if exercise is None and person is None:
        return _EMPTY[0].upper() + _EMPTY[1:]
    of = [f"of {exercise}"] if exercise is not None else []
    by = [f"by {person}"] if person is not None else []
    return f"No {what} {' '.join([*of, *by])} was kept."


def _whose(row: SessionRow, rows: Sequence[SessionRow]) -> str:
    """Whose session it is, where there are several people in a list."""
    several = len({(other.person or "").casefold() for other in rows}) > 1
    return f"{row.person or 'nobody named'}, " if several else ""


def _show_trend(trend: Trend, rows: Sequence[SessionRow]) -> None:
    leg = "both legs" if trend.side == "both" else f"{trend.side} leg"
    say(f"{_whose(trend.points[0].session, rows)}{trend.title}, {leg}")
    for point in trend.points:
        far = f"{point.range_deg:.0f}°{_pm(point.pm_deg)}" if math.isfinite(point.range_deg) else "range not known"
        say(f"  {_when(point.session)}  {point.reps:3d} repetitions  {far}  {point.faults / point.reps:.1f} to work on per repetition")
    say("  " + change_words(trend))


def run_export(wanted: str, file: Path) -> int:
    """Write sessions with their repetitions to a JSON or CSV file; return the exit code."""
    history = History()
    try:
        if file.suffix.lower() not in (".json", ".csv"):
            raise UsageError(f"{file}: name a file that ends in .json or .csv.")
        if file.exists():
            raise UsageError(f"{file}: is there already; name another file.")
        rows = history.sessions() if wanted == "all" else [history.find(wanted)]
        if not rows:
            raise UsageError(_EMPTY)
        sessions = [(row, history.reps(row.id), history.fault_counts(row.id)) for row in rows]
        _write(file, sessions)
    except FormcheckError as error:
        return complain_of(error)
    say(f"{file}: {len(rows)} session{'' if len(rows) == 1 else 's'} written.")
    return 0


def _write(file: Path, sessions: Sequence[tuple[SessionRow, Sequence[RepRow], dict[str, int]]]) -> None:
    try:
        if file.suffix.lower() == ".json":
            values = [
                session_values(row) | {"repetitions": [asdict(rep) for rep in reps], "faults": faults} for row, reps, faults in sessions
            ]
            file.write_text(json.dumps(values, indent=2, allow_nan=False) + "\n", "utf-8")
            return
        with file.open("x", newline="", encoding="utf-8") as out:
            write_table(out, [(row, reps) for row, reps, _ in sessions])
    except OSError as error:
        raise OutputError(f"{file}: cannot be written ({(error.strerror or str(error)).lower()}); choose another place.") from error


def run_delete(wanted: str, yes: bool) -> int:
    """Forget a session, or all of them, with their files; return the exit code."""
    history = History()
    try:
        rows = history.sessions() if wanted == "all" else [history.find(wanted)]
        if not rows:
            raise UsageError(_EMPTY)
        one = rows[0]
        what = f"the session {one.id} ({_when(one)}, {one.title}) and its" if len(rows) == 1 else f"all {len(rows)} sessions and their"
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("nobody is there to confirm; add --yes to delete.")
            if input(f"Delete {what} files? [y/N] ").strip().lower() not in ("y", "yes"):
                say("Nothing was deleted.")
                return 0
        for row in rows:
            history.delete(row)
    except FormcheckError as error:
        return complain_of(error)
    say(f"{one.id}: deleted." if len(rows) == 1 else f"{len(rows)} sessions deleted.")
    return 0


def run_recover() -> int:
    """Keep the sessions that a crash left behind; return the exit code."""
    from formcheck.cli.live import recover_all
    from formcheck.profiles.store import ProfileStore

    try:
        found = recover_all(History(), ProfileStore(), say)
    except FormcheckError as error:
        return complain_of(error)
    if not found:
        say("There is no unfinished session.")
    return 0


def _trend_json(trend: Trend) -> dict[str, Any]:
    points = [
        {
            "session": point.session.id,
            "started_at": point.session.started_at.isoformat(),
            "model": point.session.model,
            "reps": point.reps,
            "range_deg": _known(point.range_deg),
            "pm_deg": _known(point.pm_deg),
            "faults": point.faults,
        }
        for point in trend.points
    ]
    change = trend.change
    told = None
    if change is not None:
        told = {
            "difference_deg": _known(change.difference_deg),
            "detectable_deg": _known(change.detectable_deg),
            "changed": change.changed,
        }
    return {"person": trend.person, "exercise": trend.exercise, "side": trend.side, "points": points, "change": told}


def _known(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None


def _pm(value: float | None) -> str:
    return f" ± {value:.0f}°" if value is not None and math.isfinite(value) else ""


def _when(row: SessionRow) -> str:
    return f"{row.started_at.astimezone():%Y-%m-%d %H:%M}"


def _counts(row: SessionRow) -> str:
    parts = [f"{side} {number}" for side, number in row.reps.items() if number]
    return ", ".join(parts) if parts else "no repetition"


def _ending(row: SessionRow) -> str:
    words = {"pain": "stopped because of pain", "discomfort": "stopped because of discomfort", "recovered": "recovered after a break-off"}
    words |= {"finished": "ended early", "closed": "ended by closing the window"}
    return f" ({words[row.ended]})" if row.ended in words else ""
