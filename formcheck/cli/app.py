"""The words of the command line. What they do is imported only when it is asked for, so that help comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from formcheck import __version__
from formcheck.cli import tools
from formcheck.cli.console import INTERRUPTED, complain, complain_of, say
from formcheck.cli.groups import exercises_app, history_app, profile_app
from formcheck.cli.options import (
    DEFAULT_EXERCISE,
    DEFAULT_SAMPLE_FPS,
    DirectionOption,
    EveryPicture,
    Exercise,
    Force,
    InHistory,
    Json,
    Legs,
    Limit,
    Mirrored,
    Model,
    ModelOption,
    NoAnnotated,
    NoBreath,
    OfPerson,
    Opensim,
    Out,
    Pacer,
    Parquet,
    PictureOption,
    Quiet,
    SampleFps,
    Scheduler,
    SideChoice,
    SideOption,
    TablesOut,
    TablesParquet,
    Videos,
    Workers,
)
from formcheck.cli.report_words import report_app
from formcheck.errors import UsageError

__all__ = ["app", "main"]

app = typer.Typer(
    name="formcheck",
    help="Watch hip exercises in a video: count repetitions, measure angles, name mistakes. Everything stays on this machine.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.add_typer(exercises_app, name="exercises")
app.add_typer(profile_app, name="profile")
app.add_typer(history_app, name="history")
app.add_typer(report_app, name="report")

_WELCOME = """\
formcheck watches hip exercises, live or filmed: it counts, measures, and says what to do better.

  demo                  analyse the bundled sample and say where the report is
  analyse, count        VIDEO...: a folder with a report for each; or one line, just the repetitions
  live, web             the webcam: a guided session in a window; films and history in the browser
  history, report       what was done before, and trends; reports made again, two sessions compared
  profile, exercises    a person's own comfortable range; how each exercise is done
  doctor, benchmark     cameras, models, versions and speed, and what to fix; time the analysis

Add --help to any of these. Start with: demo"""


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

    settings = Settings(DEFAULT_EXERCISE, model=model.value, out=out, quiet=quiet, annotated=not no_annotated, force=force)
    raise typer.Exit(run_demo(settings))


@app.command(short_help="Measure videos; a folder with a report for each.")
def analyse(
    videos: Videos,
    exercise: Exercise = DEFAULT_EXERCISE,
    side: SideOption = SideChoice.AUTO,
    direction: DirectionOption = None,
    model: ModelOption = Model.HEAVY,
    out: Out = Path("results"),
    limit_deg: Limit = None,
    profile: OfPerson = None,
    mirrored: Mirrored = False,
    quiet: Quiet = False,
    no_annotated: NoAnnotated = False,
    parquet: Parquet = False,
    opensim: Opensim = False,
    picture: PictureOption = None,
    force: Force = False,
    pacer: Pacer = False,
    no_breath: NoBreath = False,
    history: InHistory = False,
    sample_fps: SampleFps = DEFAULT_SAMPLE_FPS,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Measure recorded videos; each gets a folder with session.json, reps.csv, frames.csv, landmarks.npz, annotated.mp4, report.html.

    Of several films, those that were done before with the same settings are skipped, and files.csv and repetitions.csv hold all of them.
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
        parquet=parquet,
        opensim=opensim,
        picture=picture.value if picture is not None else None,
        force=force,
        as_json=as_json,
        history=history,
        pacer=pacer,
        breath=not no_breath,
        sample_fps=sample_fps,
        workers=workers,
        scheduler=scheduler,
    )
    raise typer.Exit(run_analyse(videos, settings))


@app.command(short_help="Only count the repetitions.")
def count(
    videos: Videos,
    exercise: Exercise = DEFAULT_EXERCISE,
    side: SideOption = SideChoice.AUTO,
    direction: DirectionOption = None,
    model: ModelOption = Model.HEAVY,
    profile: OfPerson = None,
    mirrored: Mirrored = False,
    quiet: Quiet = False,
    out: TablesOut = None,
    parquet: TablesParquet = False,
    force: Force = False,
    sample_fps: SampleFps = DEFAULT_SAMPLE_FPS,
    workers: Workers = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Only count the repetitions, one line a video. Writes no files, unless --out says where.

    Exit codes: 0 done, 2 the words were wrong, 3 an input could not be read, 4 nothing measurable, 130 stopped by Ctrl-C.
    """
    from formcheck.cli.sessions import Settings, run_count

    settings = Settings(
        exercise,
        side.value,
        direction,
        model.value,
        profile=profile,
        mirrored=mirrored,
        breath=False,
        quiet=quiet,
        tables=out,
        parquet=parquet,
        force=force,
        sample_fps=sample_fps,
        workers=workers,
        scheduler=scheduler,
        as_json=as_json,
    )
    raise typer.Exit(run_count(videos, settings))


@app.command(short_help="The webcam: a guided session in a window.")
def live(
    camera: Annotated[
        str, typer.Option("--camera", metavar="N|NAME|VIDEO", help="Number or name of the camera, or a film to rehearse with.")
    ] = "0",
    cameras: Annotated[bool, typer.Option("--cameras", help="List the cameras and end.")] = False,
    exercise: Exercise = DEFAULT_EXERCISE,
    legs: Annotated[
        Legs | None, typer.Option("--legs", metavar="right-left|left-right|right|left|both", help="Which legs, in which order.")
    ] = None,
    target: Annotated[int | None, typer.Option("--target", metavar="N", help="Repetitions for each leg; by default 12.")] = None,
    direction: Annotated[str | None, typer.Option("--direction", metavar="inward|outward", help="Which way counts.")] = None,
    model: Annotated[
        Model | None, typer.Option("--model", metavar="lite|full|heavy", help="Pose model; by default the best this computer can follow.")
    ] = None,
    limit_deg: Limit = None,
    profile: Annotated[str, typer.Option("--profile", metavar="NAME", help="Whose comfortable range is used and kept.")] = "me",
    discomfort: Annotated[int | None, typer.Option("--discomfort", metavar="0-10", help="How much discomfort there is before.")] = None,
    rest_s: Annotated[float | None, typer.Option("--rest-s", metavar="S", help="Seconds of rest between the legs; by default 30.")] = None,
    no_range: Annotated[bool, typer.Option("--no-range", help="Do not measure the comfortable range before the set.")] = False,
    no_breath: NoBreath = False,
    start_now: Annotated[bool, typer.Option("--start", help="Begin with these settings, without choosing in the window.")] = False,
    no_guide: Annotated[bool, typer.Option("--no-guide", help="Watch and count from the first picture on; implies --start.")] = False,
    no_mirror: Annotated[bool, typer.Option("--no-mirror", help="Show the picture as the camera sees it.")] = False,
    no_voice: Annotated[bool, typer.Option("--no-voice", help="Speak nothing.")] = False,
    no_sounds: Annotated[bool, typer.Option("--no-sounds", help="Play no tones.")] = False,
    no_window: Annotated[bool, typer.Option("--no-window", help="Say in the terminal what would be said, without a window.")] = False,
    no_history: Annotated[bool, typer.Option("--no-history", help="Keep nothing of this session.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the report at the end.")] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE.mp4", help="Also film the session; otherwise no picture is kept.")
    ] = None,
    every_picture: EveryPicture = False,
    quiet: Quiet = False,
) -> None:
    """Guide a session in front of the camera: place, rest, comfortable range, a set for each leg, and a summary.

    Keys are shown in the window; P or Esc means pain, stop now. What is measured is kept on this computer; pictures are not.
    Exit codes: 0 done, 2 the words were wrong, 3 no camera, film, model or window, 130 stopped by Ctrl-C, what was measured is kept.
    """
    from formcheck.cli.live import LiveSettings, list_cameras, run_live

    if cameras:
        raise typer.Exit(list_cameras())
    settings = LiveSettings(
        camera,
        exercise,
        legs.value if legs is not None else None,
        target,
        direction,
        model.value if model is not None else None,
        limit_deg,
        profile,
        discomfort,
        rest_s,
        measure_range=not no_range,
        breath=not no_breath,
        at_once=start_now,
        guided=not no_guide,
        mirrored=not no_mirror,
        voice=not no_voice,
        sounds=not no_sounds,
        window=not no_window,
        history=not no_history,
        opens=not no_open,
        record=record,
        every_picture=every_picture,
        quiet=quiet,
    )
    raise typer.Exit(run_live(settings))


app.command(short_help="Check what is there and what to fix.")(tools.doctor)
app.command(short_help="Time taken beside the bare pose model.")(tools.benchmark)
app.command(short_help="Measure clips with known truth; print the errors.")(tools.validate)


@app.command(short_help="The local web app, in the browser.")
def web(
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Also let others in this network connect, with a key.")
    ] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="By default 8765, or the next that is free.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
    upload_mb: Annotated[int, typer.Option("--upload-mb", min=1, max=100_000, help="Larger films are refused.")] = 4000,
) -> None:
    """Films, history, profiles and exercises in the browser. Nothing leaves this computer."""
    from formcheck.web.server import WebSettings, run_web

    raise typer.Exit(run_web(WebSettings(host, port, not no_open, upload_mb), say, complain))


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
