"""Ground truth of a clip: ``NAME.truth.json`` (repetitions, faults) and ``NAME.truth.csv`` (a row a frame), beside ``NAME.mp4``."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formcheck.errors import InputError
from formcheck.motion.geometry import Float

__all__ = ["TrueRep", "Truth", "clips_in"]


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition as it was made. ``angle`` names the truth's column without its side; degrees and seconds."""

    number: int
    side: str
    counts: bool
    start_s: float
    peak_s: float
    end_s: float
    angle: str
    peak_deg: float
    excursion_deg: float
    faults: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Truth:
    """All that is known of one clip. ``columns`` are (N,) arrays by the names of the CSV; ``azimuth_deg`` is how far the camera stands
    beside straight ahead, NaN where the truth does not say.
    """

    name: str
    video: Path
    exercise: str
    direction: str | None
    reps: tuple[TrueRep, ...]
    columns: dict[str, Float]
    azimuth_deg: float = float("nan")

    @property
    def angle(self) -> str:
        """The angle that the exercise is about, as the truth names it; "hip_rotation" where there is no repetition."""
        return self.reps[0].angle if self.reps else "hip_rotation"

    @property
    def first_s(self) -> float:
        """Start of the first repetition; infinite when there is none."""
        return min((rep.start_s for rep in self.reps), default=float("inf"))

    @property
    def counts(self) -> dict[str, int]:
        """Repetitions that count, by side."""
        counts = {"left": 0, "right": 0, "both": 0}
        for rep in self.reps:
            counts[rep.side] += rep.counts
        return counts

    @property
    def sides(self) -> list[str]:
        """Legs that moved."""
        named = {rep.side for rep in self.reps}
        return ["left", "right"] if "both" in named else sorted(named)

    @classmethod
    def load(cls, path: Path) -> Truth:
        """Read the truth of a ``.truth.json``.

        Raises
        ------
        InputError
            A file is missing or not of this form.
        """
        name = path.name.removesuffix(".truth.json")
        table = path.with_name(f"{name}.truth.csv")
        try:
            data = json.loads(path.read_text("utf-8"))
            with table.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            columns = {key: np.array([float(row[key] or "nan") for row in rows]) for key in rows[0]}
            reps = tuple(_rep(item) for item in data["repetitions"])
            azimuth = float(data.get("camera_placement", {}).get("azimuth_deg", "nan"))
            return cls(name, path.with_name(data["clip"]), data["exercise"], data.get("direction"), reps, columns, azimuth)
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read ({error.strerror}).") from error
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: is not a ground truth of formcheck's form ({type(error).__name__}: {error}).") from error


def _rep(item: dict[str, object]) -> TrueRep:
    def number(key: str) -> float:
        return float(str(item[key]))

    faults = item["faults"]
    if not isinstance(faults, list):
        raise TypeError("faults must be a list")
    return TrueRep(
        int(number("number")),
        str(item["side"]),
        bool(item["counts"]),
        number("start_s"),
        number("peak_s"),
        number("end_s"),
        str(item["angle"]).removesuffix("_deg"),
        number("peak_deg"),
        number("excursion_deg"),
        tuple(str(code) for code in faults),
    )


def clips_in(folder: Path) -> list[Truth]:
    """All clips with truth in a folder, by name.

    Raises
    ------
    InputError
        The folder is missing or holds none.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; name one with NAME.mp4, NAME.truth.json and NAME.truth.csv in it.")
    clips = [Truth.load(path) for path in sorted(folder.glob("*.truth.json"))]
    if not clips:
        raise InputError(f"{folder}: holds no clip with ground truth (NAME.truth.json beside NAME.mp4).")
    return clips
