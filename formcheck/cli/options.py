"""Words of the command line that several commands share: their types, and what their help says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "DEFAULT_EXERCISE",
    "DEFAULT_SAMPLE_FPS",
    "DirectionOption",
    "EveryPicture",
    "Exercise",
    "Force",
    "InHistory",
    "Json",
    "Legs",
    "Limit",
    "Mirrored",
    "Model",
    "ModelOption",
    "NoAnnotated",
    "OfPerson",
    "Opensim",
    "Out",
    "Pacer",
    "Parquet",
    "PersonName",
    "Picture",
    "PictureOption",
    "Quiet",
    "SampleFps",
    "Scheduler",
    "SideChoice",
    "SideOption",
    "TablesOut",
    "TablesParquet",
    "Videos",
    "Workers",
]


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


class Legs(StrEnum):
    """Which legs a live session is for, and in which order."""

    RIGHT_LEFT = "right-left"
    LEFT_RIGHT = "left-right"
    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"


class Picture(StrEnum):
    """The kinds of still pictures."""

    PNG = "png"
    SVG = "svg"


_VIDEOS_HELP = (
    "Videos, landmarks.npz of earlier ones, folders with all in them, patterns as 'films/**/*.mp4', and addresses of all these as "
    "s3://bucket/films/. "
    "After -- names may begin with a dash."
)
_WORKERS_HELP = (
    "How many films are measured at once, each in a process of its own; a single film gets as many threads. By default one for each "
    "core, and no more than fit into three quarters of the free memory at 0.9 GB each."
)

Videos = Annotated[list[str], typer.Argument(metavar="VIDEO...", help=_VIDEOS_HELP)]
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
EveryPicture = Annotated[
    bool, typer.Option("--every-picture", help="Of a film: look at every picture, however long that takes this computer.")
]
NoBreath = Annotated[bool, typer.Option("--no-breath", help="Leave the breath out.")]
Pacer = Annotated[bool, typer.Option("--pacer", help="Show in annotated.mp4 the breathing that goes with the movement.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Have the films done by the dask cluster with this scheduler: tcp://HOST:8786."),
]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", min=1, max=1024, help=_WORKERS_HELP)]
SampleFps = Annotated[
    float,
    typer.Option(
        "--sample-fps",
        metavar="N",
        min=5,
        max=1000,
        help="Pictures a second that are enough: of faster films every second, third, ... is looked at, so that at least N are left. "
        "20 are needed to judge how even a movement is.",
    ),
]
TablesOut = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Write tables of all films there, and remember what was done: it is not done again. Without, nothing."
    ),
]
TablesParquet = Annotated[bool, typer.Option("--parquet", help="Write the tables as Parquet too; needs --out and pyarrow.")]
Force = Annotated[bool, typer.Option("--force", help="Do everything again, and replace results that are there already.")]
InHistory = Annotated[bool, typer.Option("--history", help="Also keep it in the history, without pictures: as --profile NAME's, or as me.")]
Parquet = Annotated[bool, typer.Option("--parquet", help="Write reps.parquet and frames.parquet too; needs pyarrow.")]
Opensim = Annotated[bool, typer.Option("--opensim", help="Write markers.trc and angles.mot for OpenSim too.")]
PictureOption = Annotated[
    Picture | None, typer.Option("--picture", metavar="png|svg", help="Write the angle and a card of the session as still pictures too.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]

DEFAULT_EXERCISE = "hip-internal-rotation"
#: That of `formcheck.capture.thinning`, which is not loaded for help.
DEFAULT_SAMPLE_FPS = 25.0
