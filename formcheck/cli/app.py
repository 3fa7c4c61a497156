"""The words of the command line. What they do is imported only when it is asked for, so that help comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from formcheck import __version__
from formcheck.cli.console import INTERRUPTED, complain, complain_of, say
from formcheck.errors import UsageError

__all__ = ["Model", "SideChoice", "app", "main"]

app = typer.Typer(
    name="formcheck",
    help="Watch hip exercises in a video: count repetitions, measure angles, name mistakes. Everything stays on this machine.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
exercises_app = typer.Typer(help="List, show or check exercises.", rich_markup_mode=None)
app.add_typer(exercises_app, name="exercises")
profile_app = typer.Typer(help="Make, show, list, export or delete a person's own comfortable range.", rich_markup_mode=None)
app.add_typer(profile_app, name="profile")

_WELCOME = """\
formcheck watches hip exercises in a video: it counts, measures, and says what to do better.

  demo                  analyse the bundled sample and say where the report is
  analyse VIDEO...      repetitions, angles, mistakes: a folder with a report for each video
  count VIDEO...        only the repetitions, one line a video
  exercises             list the exercises; show ID; check FILE.toml
  profile               a person's own comfortable range: make, show, list, delete
  doctor, benchmark     check models, versions and speed, and what to fix; time the analysis

Add --help to any of these. Start with: demo"""


class SideChoice(StrEnum):
    """Which leg is to be measured."""

    AUTO = "auto"
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Model(StrEnum):
    """The pose models, from the fastest to the most exact."""

    LITE = "lite"
    FULL = "full"
    HEAVY = "heavy"


_VIDEOS_HELP = "Videos, or landmarks.npz of earlier ones. After -- names may begin with a dash."

Videos = Annotated[list[Path], typer.Argument(metavar="VIDEO...", help=_VIDEOS_HELP)]
Exercise = Annotated[str, typer.Option("--exercise", metavar="ID|FILE.toml", help="What is done in the video; see: exercises.")]
SideOption = Annotated[
    SideChoice, typer.Option("--side", metavar="auto|left|right|both", help="The leg that works, the person's own left or right.")
]
DirectionOption = Annotated[
    str | None,
    typer.Option("--direction", metavar="inward|outward|both", help="Which way counts; by default as the exercise says."),
]
ModelOption = Annotated[Model, typer.Option("--model", metavar="lite|full|heavy", help="Pose model: lite is fastest, heavy most exact.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the result folders go.")]
Limit = Annotated[float | None, typer.Option("--limit-deg", metavar="DEG", help="Further than this is too far, in degrees from rest.")]
OfPerson = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Judge by this person's own range; see: profile.")]
PersonName = Annotated[str, typer.Argument(metavar="NAME", help="The person: letters, digits, spaces, - and _.")]
Mirrored = Annotated[bool, typer.Option("--mirrored", help="The film is a mirror image, as some front cameras save it.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no summary; complaints remain.")]
NoAnnotated = Annotated[bool, typer.Option("--no-annotated", help="Do not make annotated.mp4.")]
Force = Annotated[bool, typer.Option("--force", help="Replace results that are there already.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]

_DEFAULT_EXERCISE = "hip-internal-rotation"
_CONDITIONS = "fps-15|fps-10|360p|480p|far|dim|jpeg"


def _version(wanted: bool) -> None:
    if wanted:
        say(f"formcheck {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")] = False,
) -> None:
    """Watch hip exercises in a video: count repetitions, measure angles, name mistakes. Everything stays on this machine."""
    if context.invoked_subcommand is None:
        say(_WELCOME)


@app.command(short_help="Analyse the bundled sample.")
def demo(
    model: ModelOption = Model.HEAVY,
    out: Out = Path("results"),
    quiet: Quiet = False,
    no_annotated: NoAnnotated = False,
    force: Force = False,
) -> None:
    """Analyse the bundled sample, print the summary, and say where the report is."""
    from formcheck.cli.sessions import Settings, run_demo

    settings = Settings(_DEFAULT_EXERCISE, model=model.value, out=out, quiet=quiet, annotated=not no_annotated, force=force)
    raise typer.Exit(run_demo(settings))


@app.command(short_help="Measure videos; a folder with a report for each.")
def analyse(
    videos: Videos,
    exercise: Exercise = _DEFAULT_EXERCISE,
    side: SideOption = SideChoice.AUTO,
    direction: DirectionOption = None,
    model: ModelOption = Model.HEAVY,
    out: Out = Path("results"),
    limit_deg: Limit = None,
    profile: OfPerson = None,
    mirrored: Mirrored = False,
    quiet: Quiet = False,
    no_annotated: NoAnnotated = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Measure recorded videos; each gets a folder with session.json, reps.csv, frames.csv, landmarks.npz, annotated.mp4, report.html.

    Ctrl-C stops reading and writes what was measured so far (exit code 130); a second Ctrl-C gives up at once.
    Exit codes: 0 done, 2 the words were wrong or results are there already, 3 an input could not be read, 4 nothing measurable.
    """
    from formcheck.cli.sessions import Settings, run_analyse

    settings = Settings(
        exercise,
        side.value,
        direction,
        model.value,
        limit_deg,
        profile=profile,
        mirrored=mirrored,
        out=out,
        quiet=quiet,
        annotated=not no_annotated,
        force=force,
        as_json=as_json,
    )
    raise typer.Exit(run_analyse(videos, settings))


@app.command(short_help="Only count the repetitions.")
def count(
    videos: Videos,
    exercise: Exercise = _DEFAULT_EXERCISE,
    side: SideOption = SideChoice.AUTO,
    direction: DirectionOption = None,
    model: ModelOption = Model.HEAVY,
    profile: OfPerson = None,
    mirrored: Mirrored = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Only count the repetitions, one line a video. Writes no files.

    Exit codes: 0 done, 2 the words were wrong, 3 an input could not be read, 4 nothing measurable, 130 stopped by Ctrl-C.
    """
    from formcheck.cli.sessions import Settings, run_count

    settings = Settings(exercise, side.value, direction, model.value, profile=profile, mirrored=mirrored, quiet=quiet, as_json=as_json)
    raise typer.Exit(run_count(videos, settings))


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
    exercise: Exercise = _DEFAULT_EXERCISE,
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


@app.command(short_help="Check what is there and what to fix.")
def doctor(as_json: Json = False) -> None:
    """Check versions, models, speed and the video encoder, and say what to fix."""
    from formcheck.cli.checks import run_doctor

    raise typer.Exit(run_doctor(as_json=as_json))


@app.command(short_help="Time taken beside the bare pose model.")
def benchmark(
    video: Annotated[Path | None, typer.Argument(metavar="[VIDEO]", help="By default the bundled sample.")] = None,
    model: Annotated[
        list[Model] | None, typer.Option("--model", metavar="lite|full|heavy", help="Only this model; may be given more than once.")
    ] = None,
    memory: Annotated[bool, typer.Option("--memory", help="Also measure the memory of a long video; takes long.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """How long `count` and `analyse` take beside the bare pose model, and frames per second of each model, from one run."""
    from formcheck.cli.checks import run_benchmark

    models = [one.value for one in model or list(Model)]
    raise typer.Exit(run_benchmark(video, models, memory=memory, quiet=quiet, as_json=as_json))


@app.command(short_help="Measure clips with known truth; print the errors.")
def validate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Videos, each with a NAME.truth.json and NAME.truth.csv beside it.")],
    model: Annotated[
        list[Model] | None, typer.Option("--model", metavar="lite|full|heavy", help="Only this model; may be given more than once.")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar=_CONDITIONS, help="Also as a poorer camera or room sees it; may be given more than once."),
    ] = None,
    clips: Annotated[
        list[str] | None, typer.Option("--clips", metavar="PART", help="Only clips with this in their name; may be given more than once.")
    ] = None,
    landmarks: Annotated[Path | None, typer.Option("--landmarks", metavar="DIR", help="Keep landmarks here, and use them again.")] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE.md", help="Also write the tables as a page, with a plot, and their figures as FILE.json."),
    ] = None,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FILE.json", help="Fail when a figure is worse than in this file of --write.")
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare what is measured with the truth, clip by clip and model by model: angles, repetitions, tempo, faults, and the ±.

    Exit codes: 0 done, 1 a figure is worse than the --check file records, 2 the words were wrong, 3 a file could not be read.
    """
    from formcheck.cli.validation import Validation, run_validate

    asked = Validation(
        folder,
        tuple(one.value for one in model or list(Model)),
        tuple(condition or ()),
        tuple(clips or ()),
        landmarks,
        write,
        check,
        as_json,
        quiet,
    )
    raise typer.Exit(run_validate(asked))


@app.command(short_help="Say how the tests are run.")
def test() -> None:
    """Say how the test suite is run: from a checkout, by run.py."""
    raise UsageError("the tests are not part of the installed package; run them from a checkout with: python3 run.py test")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; never raises.

    Parameters
    ----------
    arguments
        The words after the program's name; by default those of this process.
    """
    try:
        code = app(args=list(sys.argv[1:] if arguments is None else arguments), prog_name=_program_name(), standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped; nothing more was written.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (as in `| head`); Python must not complain about it again on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except Exception as error:
        if hasattr(error, "format_message"):
            what = _sentence(error.format_message().replace("Value error, ", ""))
            complain(f"{what} Try: {_program_name()} {_help_words(error)}--help")
            return UsageError.exit_code
        return complain_of(error)


def _program_name() -> str:
    name = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else ""
    return "python3 run.py" if name == "run.py" else "formcheck"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _help_words(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    words = [] if context is None else context.command_path.removeprefix(_program_name()).split()
    return "".join(f"{word} " for word in words)
