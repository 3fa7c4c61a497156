"""Commands about formcheck itself: is all there, how fast is it, how exact."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formcheck.cli.options import Json, Model, Quiet

__all__ = ["benchmark", "doctor", "validate"]

_CONDITIONS = "fps-15|fps-10|360p|480p|far|dim|jpeg"


def doctor(as_json: Json = False) -> None:
    """Check versions, models, speed and the video encoder, and say what to fix."""
    from formcheck.cli.checks import run_doctor

    raise typer.Exit(run_doctor(as_json=as_json))


def benchmark(
    video: Annotated[Path | None, typer.Argument(metavar="[VIDEO]", help="By default the bundled sample.")] = None,
    model: Annotated[
        list[Model] | None, typer.Option("--model", metavar="lite|full|heavy", help="Only this model; may be given more than once.")
    ] = None,
    memory: Annotated[
        bool, typer.Option("--memory", help="Also measure the memory of a long video, or of an hour live; takes long.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="What the live loop adds to each frame, the video played as a camera.")] = False,
    report: Annotated[bool, typer.Option("--report", help="How long the report takes; landmarks.npz may stand for the video.")] = False,
    web: Annotated[
        bool, typer.Option("--web", help="A guided session in Chromium, the video as its camera: pictures a second and latency.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """How long `count` and `analyse` take beside the bare pose model, and frames per second of each model, from one run."""
    from formcheck.cli.checks import run_benchmark, run_live_benchmark, run_report_benchmark, run_web_benchmark

    if report and (live or memory or web):
        raise typer.BadParameter("the report is measured by itself: leave out --live, --web and --memory.", param_hint="--report")
    if web and live:
        raise typer.BadParameter("measures the session in a page, --live that in a window: give one of them.", param_hint="--web")
    models = [one.value for one in model or list(Model)]
    if live:
        raise typer.Exit(run_live_benchmark(video, models, memory=memory, as_json=as_json))
    if web:
        raise typer.Exit(run_web_benchmark(video, models, memory=memory, as_json=as_json))
    if report:
        raise typer.Exit(run_report_benchmark(video, models, as_json=as_json))
    raise typer.Exit(run_benchmark(video, models, memory=memory, quiet=quiet, as_json=as_json))


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
    live: Annotated[
        bool, typer.Option("--live", help="Compare the live loop with the recording in place of the recording with the truth.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare what is measured with the truth, clip by clip and model by model: angles, repetitions, tempo, faults, and the ±.

    Exit codes: 0 done, 1 a figure is worse than the --check file records or live falls short, 2 the words were wrong, 3 a file could not
    be read.
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
        live,
        as_json,
        quiet,
    )
    raise typer.Exit(run_validate(asked))
