"""`report` and `report compare`: files of earlier sessions made again, and two sessions held against each other."""

from __future__ import annotations

import json
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.cli.console import complain, complain_of, say, say_wrapped, worst
from formcheck.errors import FormcheckError, UsageError
from formcheck.exports import NO_EXPORTS, Exports
from formcheck.outputs import ResultFolder, safe_name
from formcheck.report.units import AngleUnit, shown_in
from formcheck.sources import Chosen, Source, find_source, remade

if TYPE_CHECKING:
    from formcheck.report.comparison import Comparison

__all__ = ["MakeSettings", "run_compare", "run_make"]

_AS_IT_WAS = Chosen()


@dataclass(frozen=True, slots=True)
class MakeSettings:
    """The options of `report make`; ``out`` None: where the landmarks lie."""

    chosen: Chosen = _AS_IT_WAS
    exports: Exports = NO_EXPORTS
    out: Path | None = None
    unit: AngleUnit = "deg"
    opens: bool = False
    quiet: bool = False
    force: bool = False


def run_make(sources: list[str], settings: MakeSettings) -> int:
    """Make the files of each session again; return the exit code."""
    limit = settings.chosen.limit_deg
    try:
        if limit is not None and not 0 < limit <= 90:
            raise UsageError(f"--limit-deg {limit:g} is out of range; give the degrees from rest, more than 0 and at most 90.")
        settings.exports.checked()
    except FormcheckError as error:
        return complain_of(error)
    codes, taken = [], set[str]()
    for text in sources:
        try:
            codes.append(_make(find_source(text), settings, taken))
        except BrokenPipeError:
            raise
        except Exception as error:
            codes.append(complain_of(error, text))
    return worst(codes)


def _make(source: Source, settings: MakeSettings, taken: set[str]) -> int:
    from formcheck.regeneration import write_again

    made = remade(source, settings.chosen)
    target = _target(source, settings.out, taken)
    written = write_again(made, target, unit=settings.unit, exports=settings.exports, force=settings.force)
    for note in written.notes:
        complain(f"{source.name}: {note}")
    page = written.folder / "report.html"
    if not settings.quiet:
        from formcheck.report.summary import summary

        with shown_in(settings.unit):
            say_wrapped(source.name)
            say_wrapped(summary(made.report))
        say(f"\nReport: {page}\n")
    if settings.opens:
        webbrowser.open(page.resolve().as_uri())
    return 0


def _target(source: Source, out: Path | None, taken: set[str]) -> Path | None:
    """The folder for a session; None: its own. Recordings without one, and the history, are not written into."""
    if out is None and source.session is not None and not source.in_history:
        return None
    name, number = safe_name(source.name), 1
    while name.casefold() in taken:
        number += 1
        name = f"{safe_name(source.name)}-{number}"
    taken.add(name.casefold())
    return (out or Path("results")) / name


def run_compare(first: str, second: str, out: Path, unit: AngleUnit, *, as_json: bool, opens: bool, force: bool) -> int:
    """Compare two sessions, print a table and write the page; return the exit code."""
    from formcheck.comparison import compared
    from formcheck.report.comparison import comparison_json, comparison_text

    try:
        made = []
        for text in (first, second):
            try:
                made.append(remade(find_source(text)))
            except FormcheckError as error:
                return complain_of(error, text)
        comparison = compared(made[0], made[1])
        if as_json:
            say(json.dumps(comparison_json(comparison), allow_nan=False))
            return 0
        with shown_in(unit):
            folder = ResultFolder(out / safe_name(f"{comparison.first.name}-against-{comparison.second.name}"), replace=force)
            folder.refuse_existing()
            text = comparison_text(comparison)
            page = _write_page(comparison, folder)
    except FormcheckError as error:
        return complain_of(error)
    say(text)
    say(f"\nPage: {page}")
    if opens:
        webbrowser.open(page.resolve().as_uri())
    return 0


def _write_page(comparison: Comparison, folder: ResultFolder) -> Path:
    from formcheck.report.compare_page import write_compare_page

    with folder:
        write_compare_page(comparison, folder.staging / "compare.html")
        return folder.commit() / "compare.html"
