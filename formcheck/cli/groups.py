"""The groups of commands: exercises, profiles, history. What they do is imported only when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formcheck.cli.options import (
    DEFAULT_EXERCISE,
    DirectionOption,
    Exercise,
    Json,
    Model,
    ModelOption,
    PersonName,
    Quiet,
    SideChoice,
    SideOption,
)

__all__ = ["exercises_app", "history_app", "profile_app"]

exercises_app = typer.Typer(help="List, show or check exercises.", rich_markup_mode=None)
profile_app = typer.Typer(help="Make, show, list, export or delete a person's own comfortable range.", rich_markup_mode=None)
history_app = typer.Typer(help="List, show, export or delete earlier sessions, and how they went over time.", rich_markup_mode=None)


@exercises_app.callback(invoke_without_command=True)
def exercises(context: typer.Context) -> None:
    """List, show or check exercises."""
    if context.invoked_subcommand is None:
        exercises_list()


@exercises_app.command("list")
def exercises_list() -> None:
    """List the exercises formcheck knows."""
    from formcheck.cli.exercises import list_exercises

    list_exercises()


@exercises_app.command("show")
def exercises_show(exercise: Annotated[str, typer.Argument(metavar="ID|FILE.toml")]) -> None:
    """Show how to do an exercise and what is measured in it."""
    from formcheck.cli.exercises import show_exercise

    show_exercise(exercise)


@exercises_app.command("check")
def exercises_check(file: Annotated[Path, typer.Argument(metavar="FILE.toml")]) -> None:
    """Check an exercise file of your own; name the line and the key that is wrong."""
    from formcheck.cli.exercises import check_exercise

    check_exercise(file)


@profile_app.callback(invoke_without_command=True)
def profiles(context: typer.Context) -> None:
    """Make, show, list, export or delete a person's own comfortable range."""
    if context.invoked_subcommand is None:
        profile_list()


@profile_app.command("make", short_help="Measure a comfortable range from a recording.")
def profile_make(
    name: PersonName,
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A few comfortable repetitions, or the landmarks.npz of them.")],
    exercise: Exercise = DEFAULT_EXERCISE,
    side: SideOption = SideChoice.AUTO,
    direction: DirectionOption = None,
    model: ModelOption = Model.HEAVY,
    quiet: Quiet = False,
) -> None:
    """Measure a comfortable range from a recording and keep it under a name; what was measured before stays as history.

    Record 3 to 5 slow repetitions with each leg, only as far as is comfortable, resting shortly between them. Repetitions with a
    mistake are left out. Make it again for each exercise, and whenever the camera's place or the pose model changes.
    Exit codes: 0 kept, 2 the words were wrong, 3 the recording or the profile could not be read, 4 fewer than 3 good repetitions.
    """
    from formcheck.cli.profiles import run_make
    from formcheck.cli.sessions import Settings

    settings = Settings(exercise, side.value, direction, model.value, quiet=quiet)
    raise typer.Exit(run_make(name, video, settings))


@profile_app.command("show")
def profile_show(name: PersonName, as_json: Json = False) -> None:
    """Show the comfortable ranges of a person, how they changed, and how the legs compare."""
    from formcheck.cli.profiles import run_show

    raise typer.Exit(run_show(name, as_json=as_json))


@profile_app.command("list")
def profile_list(as_json: Json = False) -> None:
    """List the profiles and where they are kept."""
    from formcheck.cli.profiles import run_list

    raise typer.Exit(run_list(as_json=as_json))


@profile_app.command("delete")
def profile_delete(name: PersonName, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete a profile with all its history."""
    from formcheck.cli.profiles import run_delete

    raise typer.Exit(run_delete(name, yes=yes))


@profile_app.command("export")
def profile_export(
    name: PersonName, file: Annotated[Path, typer.Argument(metavar="FILE", help="A JSON file that is not there yet.")]
) -> None:
    """Write a profile with all its history to a JSON file."""
    from formcheck.cli.profiles import run_export

    raise typer.Exit(run_export(name, file))


@profile_app.command("import")
def profile_import(file: Annotated[Path, typer.Argument(metavar="FILE", help="What export wrote.")]) -> None:
    """Take a profile in from a file that export wrote, for example on another computer."""
    from formcheck.cli.profiles import run_import

    raise typer.Exit(run_import(file))


Wanted = Annotated[str, typer.Argument(metavar="ID|last", help="A session's id or the beginning of it, or the word last.")]
OfPersonAlone = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Only this person's.")]
OfExercise = Annotated[str | None, typer.Option("--exercise", metavar="ID", help="Only this exercise.")]


@history_app.callback(invoke_without_command=True)
def history(context: typer.Context) -> None:
    """List, show, export or delete earlier sessions, and how they went over time."""
    if context.invoked_subcommand is None:
        history_list()


@history_app.command("list")
def history_list(exercise: OfExercise = None, profile: OfPersonAlone = None, as_json: Json = False) -> None:
    """List the sessions, the newest first."""
    from formcheck.cli.history import run_list

    raise typer.Exit(run_list(exercise, profile, as_json))


@history_app.command("show")
def history_show(
    session: Wanted = "last",
    as_json: Json = False,
    opens: Annotated[bool, typer.Option("--open", help="Open its report in the browser.")] = False,
) -> None:
    """Show one session: its repetitions, mistakes, and where its report is."""
    from formcheck.cli.history import run_show

    raise typer.Exit(run_show(session, as_json, opens))


@history_app.command("trend")
def history_trend(
    exercise: OfExercise = None,
    profile: OfPersonAlone = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page that is not there yet.")] = None,
    opens: Annotated[bool, typer.Option("--open", help="Open it as a page in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Show how each exercise and leg went over time, how regularly, and whether the range changed by more than measuring can be off."""
    from formcheck.cli.history import run_trend

    raise typer.Exit(run_trend(exercise, profile, as_json, html, opens))


@history_app.command("export")
def history_export(
    session: Annotated[str, typer.Argument(metavar="ID|last|all", help="Which session.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .json or .csv file that is not there yet.")],
) -> None:
    """Write sessions with their repetitions to a file, for a spreadsheet or another program."""
    from formcheck.cli.history import run_export

    raise typer.Exit(run_export(session, file))


@history_app.command("delete")
def history_delete(
    session: Annotated[str, typer.Argument(metavar="ID|last|all", help="Which session.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a session, or all of them, with the files. Profiles stay; see: profile delete."""
    from formcheck.cli.history import run_delete

    raise typer.Exit(run_delete(session, yes))


@history_app.command("recover")
def history_recover() -> None:
    """Keep what a session measured that a crash or a power cut ended."""
    from formcheck.cli.history import run_recover

    raise typer.Exit(run_recover())
