"""Commands about formcheck itself: is all there, how fast is it, how exact."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from formcheck.benchmark.kinds import KINDS
from formcheck.cli.options import Json, Model, Quiet

__all__ = ["benchmark", "doctor", "validate"]

_LONG = ", ".join(kind.name for kind in KINDS if kind.takes_long)
_ONLY = f"Only these: {', '.join(kind.name for kind in KINDS)}; all for everything, also {_LONG}, which take long."
_CONDITIONS = "fps-15|fps-10|360p|480p|far|dim|jpeg"


def doctor(as_json: Json = False) -> None:
    """Check versions, models, speed and the video encoder, and say what to fix."""
    from formcheck.cli.checks import run_doctor

    raise typer.Exit(run_doctor(as_json=as_json))


def benchmark(
    video: Annotated[Path | None, typer.Argument(metavar="[VIDEO]", help="By default the bundled sample.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME,...", help=_ONLY)] = None,
    model: Annotated[
        list[Model] | None, typer.Option("--model", metavar="lite|full|heavy", help="Only this model; may be given more than once.")
    ] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, max=100, metavar="N", help="Turns that each takes; the median counts.")] = 3,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE.md", help="Also write the table as a page, and its figures as FILE.json.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FILE.json", help="Fail when a ratio is worse than in this file of --write.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option("--tolerance", min=0.0, metavar="SHARE", help="By how much it may be worse; by default 0.2, a fifth.")
    ] = None,
    quiet: Quiet = False,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as one JSON object, for programs.")] = False,
) -> None:
    """How long everything takes beside the usual loop and the bare pose model, in turns, so that a busy computer favours none.

    Exit codes: 0 done, 1 a ratio is worse than the --check file records, 2 the words were wrong, 3 a file could not be read, 4 nothing
    measurable in the film.
    """
    from formcheck.cli.benchmark import Benchmark, run_benchmark_command

    models = tuple(one.value for one in model or list(Model))
    asked = Benchmark(video, tuple(only or ()), models, runs, write, check, tolerance, as_json, quiet)
    raise typer.Exit(run_benchmark_command(asked))


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
