"""The words of `report`: make the files of earlier sessions again, or compare two. What they do is imported only when it is asked for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from formcheck.cli.options import DirectionOption, Force, Limit, Opensim, Out, Parquet, PictureOption, Quiet, SideChoice

__all__ = ["report_app"]


class Unit(StrEnum):
    """The units of angles."""

    DEG = "deg"
    RAD = "rad"


class _MakeUnlessNamed(TyperGroup):
    """A group whose first command is meant when none is named: ``report FOLDER`` is ``report make FOLDER``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["make", *args]
        return super().parse_args(ctx, args)


report_app = typer.Typer(
    cls=_MakeUnlessNamed,
    help="Make the report and tables of earlier sessions again, without the video, or compare two sessions.\n\n"
    "`report SOURCE...` is short for `report make SOURCE...`.",
    rich_markup_mode=None,
)

_SOURCE = "A result folder, a landmarks.npz, or a session of the history: its id or the word last."
Sources = Annotated[list[str], typer.Argument(metavar="SOURCE...", help=_SOURCE)]
UnitOption = Annotated[Unit, typer.Option("--units", metavar="deg|rad", help="Angles in degrees or radians.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]


@report_app.command("make", short_help="Make report, tables and JSON again.")
def report_make(
    sources: Sources,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the folders go; by default the source's own.")] = None,
    units: UnitOption = Unit.DEG,
    parquet: Parquet = False,
    opensim: Opensim = False,
    picture: PictureOption = None,
    exercise: Annotated[
        str | None, typer.Option("--exercise", metavar="ID|FILE.toml", help="What is done in it; by default as it was.")
    ] = None,
    side: Annotated[SideChoice | None, typer.Option("--side", metavar="auto|left|right|both", help="By default as it was.")] = None,
    direction: DirectionOption = None,
    limit_deg: Limit = None,
    mirrored: Annotated[
        bool | None, typer.Option("--mirrored/--not-mirrored", help="Whether the film is a mirror image; by default as it was.")
    ] = None,
    opens: OpenOption = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Make report.html, session.json, reps.csv and frames.csv of earlier sessions again, from their landmarks and settings.

    In a result folder they take the place of the old ones (--force), and annotated.mp4 stays. Landmarks without a session.json and
    sessions of the history go to results/. With --units rad the columns of angles end in _rad; session.json stays in degrees.
    Exit codes: 0 done, 2 the words were wrong or results are there already, 3 a source could not be read, 4 nothing measurable.
    """
    from formcheck.cli.report import MakeSettings, run_make
    from formcheck.exports import Exports
    from formcheck.sources import Chosen

    settings = MakeSettings(
        Chosen(exercise, side.value if side is not None else None, direction, limit_deg, mirrored),
        Exports(parquet, opensim, (picture.value,) if picture is not None else ()),
        out,
        units.value,
        opens=opens,
        quiet=quiet,
        force=force,
    )
    raise typer.Exit(run_make(sources, settings))


@report_app.command("compare", short_help="Hold two sessions against each other.")
def report_compare(
    first: Annotated[str, typer.Argument(metavar="A", help=_SOURCE)],
    second: Annotated[str, typer.Argument(metavar="B", help="The session to hold against it.")],
    out: Out = Path("results"),
    units: UnitOption = Unit.DEG,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs; writes no page.")] = False,
    opens: OpenOption = False,
    force: Force = False,
) -> None:
    """Compare two sessions of one exercise: repetitions, range, tempo, mistakes; print a table and write compare.html.

    A difference is called one only when it is larger than what measuring twice may differ by.
    Exit codes: 0 done, 2 the words were wrong or the exercises differ, 3 a session could not be read, 4 nothing measurable.
    """
    from formcheck.cli.report import run_compare

    raise typer.Exit(run_compare(first, second, out, units.value, as_json=as_json, opens=opens, force=force))
