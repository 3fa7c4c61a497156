"""What is written beside the usual results on request: Parquet, OpenSim's files, still pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from formcheck.exercise.session import SessionReport
from formcheck.motion.recording import PoseRecording
from formcheck.report.opensim import OPENSIM_FILES
from formcheck.report.parquet import PARQUET_FILES, require_pyarrow, write_parquet
from formcheck.report.units import AngleUnit, shown_in

__all__ = ["NO_EXPORTS", "PICTURES", "Exports", "PictureKind"]

PictureKind = Literal["png", "svg"]
#: Names of the still pictures, without their kind.
PICTURES = ("angle", "card")


@dataclass(frozen=True, slots=True)
class Exports:
    """What is wanted. ``pictures`` are the kinds of still pictures; `checked` before any long work."""

    parquet: bool = False
    opensim: bool = False
    pictures: tuple[PictureKind, ...] = ()

    def with_those_in(self, folder: Path) -> Exports:
        """The same, and what a folder holds already, so that no file of an earlier making stays beside newer ones."""
        kinds: tuple[PictureKind, ...] = ("png", "svg")
        return Exports(
            self.parquet or any((folder / name).exists() for name in PARQUET_FILES),
            self.opensim or any((folder / name).exists() for name in OPENSIM_FILES),
            tuple(kind for kind in kinds if kind in self.pictures or any((folder / f"{name}.{kind}").exists() for name in PICTURES)),
        )

    def checked(self) -> Exports:
        """The same, when all of it can be written here.

        Raises
        ------
        UsageError
            A package that is needed is not installed.
        """
        if self.parquet:
            require_pyarrow()
        return self

    def write(
        self, folder: Path, recording: PoseRecording, report: SessionReport, unit: AngleUnit = "deg", day: date | None = None
    ) -> tuple[str, ...]:
        """Write what is wanted into a folder and give the names of the files.

        Parameters
        ----------
        unit
            Of the angles in tables and pictures; the ``.mot`` is always in degrees, as its header says.
        day
            The day of the session for its card, where it is known.

        Raises
        ------
        OSError
            A file cannot be written.
        """
        names: list[str] = []
        if self.parquet:
            write_parquet(report, folder, unit)
            names += PARQUET_FILES
        if self.opensim:
            from formcheck.report.opensim import write_opensim

            write_opensim(recording, report, folder)
            names += OPENSIM_FILES
        if self.pictures:
            from formcheck.report.angle_picture import write_angle_picture
            from formcheck.report.session_card import write_session_card

            with shown_in(unit):
                for kind in self.pictures:
                    write_angle_picture(report, folder / f"angle.{kind}", kind)
                    write_session_card(report, folder / f"card.{kind}", kind, day)
                    names += [f"{name}.{kind}" for name in PICTURES]
        return tuple(names)


NO_EXPORTS = Exports()
